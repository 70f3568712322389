//! What works without the ledger's files open: database, token, catalog, clock.
//!
//! The ledger has one writer. What only writes an act into the database, and leaves its place in
//! the ledger to the service that runs, needs no more than this and may run beside it.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use prescription::key::wrapping::FIRST_WRAPPING_KEY;
use signing::trust::{AnchorPolicy, TrustStore};

use crate::catalogs::Catalogs;
use crate::clock::{Clock, day_in};
use crate::config::{Activation, Config, OwnSignatureSection, RevocationSection, read_file};
use crate::entropy::Entropy;
use crate::flow::{PrescriberCache, catalog, key};
use crate::institution::Institution;
use crate::keys::Keys;
use crate::live_trust::LiveTrust;
use crate::store::{Locked, Store};
use crate::worker::revocation;

/// The part of the service that needs no ledger. Cheap to clone.
#[derive(Clone)]
pub struct Office(Arc<Parts>);

/// Its parts.
pub struct Parts {
    /// Medicines and establishments, by day.
    pub catalog: Catalogs,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Entropy,
    /// The token's keys.
    pub keys: Keys,
    /// The database.
    pub store: Store,
    /// Whose certificates may sign prescriptions.
    pub trust: LiveTrust,
    /// How revocation is watched.
    pub revocation: RevocationSection,
    /// Issuing authorities, DER: what a signature carries beside the signer's certificate.
    pub issuers: Vec<Vec<u8>>,
    /// The institution's key, where it has one.
    pub institution: Option<Institution>,
    /// How long what was prepared can be completed.
    pub own_signature: OwnSignatureSection,
    /// How keys are activated.
    pub activation: Activation,
    /// Prescribers ready to sign.
    pub prescribers: PrescriberCache,
    /// The service's own time zone. The law's days are counted where an establishment is:
    /// [`crate::app::App::zone_of`].
    pub zone: TimeZone,
}

impl std::ops::Deref for Office {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl Office {
    /// Opens what the configuration names, except the ledger.
    ///
    /// # Errors
    /// What cannot be opened, and what to do about it.
    pub async fn open(config: &Config, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        std::fs::create_dir_all(&config.data_dir)?;
        let zone = TimeZone::get(&config.time_zone)?;
        let (mut trust, issuers) = open_trust(config)?;
        let keys = Keys::open(config)?;
        let institution = config.institution.as_ref();
        let institution = institution.map(|section| Institution::open(section, &keys));
        let database = Locked::open(&config.database_url()).await?;
        let store = keys.unlock(database).await?;
        open_wrapping(&keys, &store).await?;
        revocation::take_in_all(&store, &mut trust).await?;
        Ok(Self(Arc::new(Parts {
            catalog: catalog::load(&store).await?,
            clock,
            entropy: Entropy::default(),
            keys,
            store,
            trust: LiveTrust::new(trust),
            revocation: config.revocation.clone(),
            issuers,
            institution: institution.transpose()?,
            own_signature: config.own_signature,
            activation: Activation::of(config),
            prescribers: PrescriberCache::default(),
            zone,
        })))
    }

    /// The present instant and the day on it in the service's own zone. The law's days are those of
    /// [`crate::app::App::day_at`].
    #[must_use]
    pub fn now(&self) -> (Timestamp, Date) {
        let now = self.clock.now();
        (now, day_in(now, &self.zone))
    }
}

/// Finds the wrapping key for new keys, so that a token without it is noticed now. The first one is
/// made where no ceremony made it.
async fn open_wrapping(keys: &Keys, store: &Store) -> anyhow::Result<()> {
    let label = key::current_wrapping(store).await?;
    if label == FIRST_WRAPPING_KEY {
        keys.wrapping.ensure_first()?;
    } else {
        keys.wrapping.find(&label)?;
    }
    Ok(())
}

/// The trust store of prescribers, and the issuing authorities in DER.
fn open_trust(config: &Config) -> anyhow::Result<(TrustStore, Vec<Vec<u8>>)> {
    let mut trust = config.revocation.store();
    let policies = [
        (&config.professionals, AnchorPolicy::Professional),
        (&config.efirma, AnchorPolicy::Efirma),
    ];
    for (section, policy) in policies {
        for path in &section.anchors {
            trust.add_anchor(&read_file(path)?, policy)?;
        }
    }
    for path in &config.efirma.issuers {
        trust.add_issuer(&read_file(path)?)?;
    }
    let mut issuers = Vec::new();
    for path in &config.professionals.issuers {
        let pem = read_file(path)?;
        trust.add_issuer(&pem)?;
        issuers.push(crate::certificate::to_der(&pem));
    }
    for path in config.professionals.crls.iter().chain(&config.efirma.crls) {
        trust.add_crl(&read_file(path)?)?;
    }
    Ok((trust, issuers))
}
