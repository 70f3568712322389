//! The keys of this installation, all behind the HSM.

use std::path::Path;
use std::sync::Arc;

use hsm::{Hsm, HsmConfig, HsmError, Secret, TokenConfig, TokenEd25519};
use ledger::{NoteSignError, NoteSigner, VerifierKey};

use crate::config::{Config, ConfigError, HsmSection, read_file};
use crate::store::{DataKey, Locked, Store, StoreError};
use crate::worker::sequence::{SharedSigner, Signers};
use crate::wrapping::Wrapping;

const DATA_KEY: &str = "receta-data";
/// Name of the sealed data key in the database, and what it is sealed for.
const SEALED_DATA_KEY: &str = "data-key";

/// The keys could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum KeysError {
    /// The PIN cannot be read.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The token refuses.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The database refuses.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The origin cannot name a key.
    #[error("ledger.origin cannot name a key: {0}")]
    Origin(String),
    /// No key is configured for the ledger.
    #[error("ledger.keys names no key; leave it out, or name the newest key first")]
    NoLedgerKey,
    /// The sealed data key has another shape: it was sealed by something else.
    #[error("the sealed data key in the database is damaged")]
    DataKey,
}

/// The token and its keys.
#[derive(Clone)]
pub struct Keys {
    /// The token.
    pub hsm: Hsm,
    /// Wrap the prescribers' keys.
    pub wrapping: Wrapping,
    /// Labels of the first log's keys, newest first.
    labels: Vec<String>,
    /// Origin of the first log.
    origin: String,
}

/// The ledger's key, in the token.
pub struct LedgerSigner {
    key: TokenEd25519,
    verifier_key: VerifierKey,
}

impl LedgerSigner {
    /// A key of the token under the name of a log, which is the log's origin.
    fn new(key: TokenEd25519, origin: &str) -> Result<Self, KeysError> {
        let verifier_key = VerifierKey::new(origin, key.public_key());
        Ok(Self {
            key,
            verifier_key: verifier_key.map_err(|error| KeysError::Origin(error.to_string()))?,
        })
    }

    /// A signature with the ledger's key over something that is not a tree head.
    ///
    /// # Errors
    /// The token refuses.
    pub fn sign_raw(&self, message: &[u8]) -> Result<[u8; 64], HsmError> {
        self.key.sign(message)
    }
}

impl NoteSigner for LedgerSigner {
    fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteSignError> {
        self.key
            .sign(message)
            .map_err(|error| NoteSignError::Device(Box::new(error)))
    }
}

fn hsm_config(section: &HsmSection) -> Result<HsmConfig, ConfigError> {
    let token = |(label, pin_file): (&str, &Path)| {
        let pin = read_file(pin_file)?;
        let pin = String::from_utf8_lossy(&pin).trim().to_owned();
        Ok(TokenConfig {
            label: label.to_owned(),
            pin: Secret::new(pin),
        })
    };
    Ok(HsmConfig {
        module: section.module.clone(),
        tokens: section
            .each_token()?
            .into_iter()
            .map(token)
            .collect::<Result<_, ConfigError>>()?,
        sessions: section.sessions,
    })
}

impl Keys {
    /// Opens the token and finds the ledger's keys; makes them at the first start. Wrapping keys are
    /// found when they are needed.
    ///
    /// # Errors
    /// [`KeysError`].
    pub fn open(config: &Config) -> Result<Self, KeysError> {
        let hsm = Hsm::open(&hsm_config(&config.hsm)?)?;
        if config.ledger.keys.is_empty() {
            return Err(KeysError::NoLedgerKey);
        }
        Ok(Self {
            wrapping: Wrapping::new(hsm.clone()),
            hsm,
            labels: config.ledger.keys.clone(),
            origin: config.ledger.origin.clone(),
        })
    }

    /// The keys of the log called `origin`, newest first; made in the token where they are not
    /// there yet.
    ///
    /// Every log has keys of its own: C2SP policies know a key by its bytes, and two logs must not
    /// be taken for one. Those of a later shard are called as the first's, a hyphen, and its name.
    ///
    /// # Errors
    /// [`KeysError::Origin`], or the token refuses.
    pub fn ledger_signers(&self, origin: &str) -> Result<Vec<Arc<LedgerSigner>>, KeysError> {
        let shard = origin
            .strip_prefix(&self.origin)
            .map(|rest| rest.replace('/', "-"));
        let shard =
            shard.ok_or_else(|| KeysError::Origin(format!("{origin} is another ledger's")))?;
        let of_label = |label: &String| {
            let key = self.hsm.ensure_ed25519(&format!("{label}{shard}"))?;
            Ok(Arc::new(LedgerSigner::new(key, origin)?))
        };
        self.labels.iter().map(of_label).collect()
    }

    /// [`Self::ledger_signers`], for signing tree heads.
    ///
    /// # Errors
    /// As there.
    pub fn signers(&self, origin: &str) -> Result<Signers, KeysError> {
        let signers = self.ledger_signers(origin)?.into_iter();
        let mut signers = signers.map(|signer| -> SharedSigner { signer });
        let newest = signers.next().ok_or(KeysError::NoLedgerKey)?;
        Ok(Signers::new(newest, signers.collect()))
    }

    /// Opens the personal data of a database: unseals its data key, or draws one at the first
    /// start. Two services that start at once agree on the one that was stored first.
    ///
    /// # Errors
    /// [`KeysError`].
    pub async fn unlock(&self, database: Locked) -> Result<Store, KeysError> {
        let sealing = self.hsm.ensure_data_key(DATA_KEY)?;
        let sealed = if let Some(sealed) = database.setting(SEALED_DATA_KEY).await? {
            sealed
        } else {
            let secret = self.hsm.random(DataKey::SECRET_LEN)?;
            let sealed = sealing.seal(SEALED_DATA_KEY.as_bytes(), &secret)?;
            database.set_once(SEALED_DATA_KEY, sealed).await?
        };
        let secret = sealing.open(SEALED_DATA_KEY.as_bytes(), &sealed)?;
        let secret = secret
            .as_slice()
            .try_into()
            .map_err(|_| KeysError::DataKey)?;
        let data_key = DataKey::new(secret).map_err(|_| KeysError::DataKey)?;
        Ok(database.unlock(data_key))
    }
}
