//! The keys that sign tree heads.

use std::sync::Arc;

use ledger::{NoteSigner, VerifierKey};

/// A key that several tasks sign with.
pub type SharedSigner = Arc<dyn NoteSigner + Send + Sync>;

/// The keys of a log, newest first. While a key is being replaced there are two, and both sign:
/// whoever pins the one or the other goes on.
#[derive(Clone)]
pub struct Signers {
    newest: SharedSigner,
    older: Vec<SharedSigner>,
}

impl Signers {
    /// One key, or several during a rotation.
    #[must_use]
    pub fn new(newest: SharedSigner, older: Vec<SharedSigner>) -> Self {
        Self { newest, older }
    }

    /// The key that stays.
    #[must_use]
    pub fn newest(&self) -> &dyn NoteSigner {
        self.newest.as_ref()
    }

    /// The keys that will go.
    pub fn older(&self) -> impl Iterator<Item = &dyn NoteSigner> {
        self.older
            .iter()
            .map(|signer| signer.as_ref() as &dyn NoteSigner)
    }

    /// All of them, newest first.
    pub fn all(&self) -> impl Iterator<Item = &dyn NoteSigner> {
        std::iter::once(self.newest()).chain(self.older())
    }

    /// The public keys, newest first.
    pub fn verifier_keys(&self) -> impl Iterator<Item = &VerifierKey> {
        std::iter::once(&self.newest)
            .chain(&self.older)
            .map(|signer| signer.verifier_key())
    }
}
