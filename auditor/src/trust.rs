//! Whose checkpoints are believed: the pinned key of the log.

use ledger::{Checkpoint, SignedCheckpoint, TreeHead, VerifierKey};

use crate::verify::checkpoint_in_spanish;

/// What whoever runs the program pins.
#[derive(Debug, Clone)]
pub struct LogTrust {
    key: VerifierKey,
}

/// Evidence that a checkpoint satisfies a [`LogTrust`]. Only [`LogTrust::verify`] makes one.
#[derive(Debug, Clone)]
pub struct TrustedCheckpoint {
    signed: SignedCheckpoint,
    key: VerifierKey,
    cosignatures: Vec<Cosignature>,
}

/// A verified cosignature of a witness that the policy names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cosignature {
    /// Name of the witness.
    pub witness: String,
    /// When it signed, in seconds since 1970.
    pub time: u64,
}

/// Why a checkpoint is not believed, in Spanish.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Distrust(String);

impl LogTrust {
    /// Believes the log of `key`, and asks for no witness.
    #[must_use]
    pub fn of_key(key: VerifierKey) -> Self {
        Self { key }
    }

    /// The newest key of the log.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Identity of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        self.key.name()
    }

    /// How many witnesses must have cosigned, in words.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        format!(
            "llave fijada del registro {}; sin testigos",
            self.key.name()
        )
    }

    /// Checks signature, origin and witnesses.
    ///
    /// # Errors
    /// [`Distrust`], which says what is missing.
    pub fn verify(&self, signed: &SignedCheckpoint) -> Result<TrustedCheckpoint, Distrust> {
        self.verify_log(signed)
    }

    /// Checks signature and origin only: what the log signed binds it, whoever else did.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn verify_log(&self, signed: &SignedCheckpoint) -> Result<TrustedCheckpoint, Distrust> {
        signed
            .verify(&self.key)
            .map_err(|reason| Distrust(checkpoint_in_spanish(&reason)))?;
        Ok(TrustedCheckpoint {
            signed: signed.clone(),
            key: self.key.clone(),
            cosignatures: Vec::new(),
        })
    }

    /// Reads a checkpoint and checks it as [`LogTrust::verify_log`] does.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn read_log(&self, bytes: &[u8]) -> Result<TrustedCheckpoint, Distrust> {
        self.verify_log(&parse(bytes)?)
    }

    /// Reads a checkpoint and checks it as [`LogTrust::verify`] does.
    ///
    /// # Errors
    /// [`Distrust`].
    pub fn read(&self, bytes: &[u8]) -> Result<TrustedCheckpoint, Distrust> {
        self.verify(&parse(bytes)?)
    }
}

fn parse(bytes: &[u8]) -> Result<SignedCheckpoint, Distrust> {
    SignedCheckpoint::parse(bytes).map_err(|reason| Distrust(checkpoint_in_spanish(&reason)))
}

impl TrustedCheckpoint {
    /// The checkpoint with its signatures, as published.
    #[must_use]
    pub fn signed(&self) -> &SignedCheckpoint {
        &self.signed
    }

    /// What the log signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        self.signed.claimed()
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.signed.claimed().head()
    }

    /// The key of the log that signed.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The witnesses that vouch for it.
    #[must_use]
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }
}
