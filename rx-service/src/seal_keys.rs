//! The ledger's keys that seal QRs, and those that have.

use std::sync::Arc;

use ledger::{NoteSigner, VerifierKey};

use crate::keys::{Keys, KeysError, LedgerSigner};
use crate::store::Shard;

/// The keys of every log that this ledger has been.
pub struct SealKeys {
    /// Index of the first entry of each log, and its newest key; oldest first.
    logs: Vec<(u64, Arc<LedgerSigner>)>,
    /// Every key that has signed, newest first.
    known: Vec<VerifierKey>,
}

impl SealKeys {
    /// The keys of these shards, oldest first.
    ///
    /// # Errors
    /// The token refuses, or there is no shard.
    pub fn open(keys: &Keys, shards: &[Shard]) -> Result<Self, KeysError> {
        let mut logs = Vec::with_capacity(shards.len());
        let mut known = Vec::new();
        for shard in shards {
            let newest = keys.ledger_signers(&shard.origin)?.into_iter().next();
            logs.push((shard.first, newest.ok_or(KeysError::NoLedgerKey)?));
            known.extend(shard.keys.iter().filter_map(|key| key.parse().ok()));
        }
        known.reverse();
        if logs.is_empty() {
            return Err(KeysError::NoLedgerKey);
        }
        Ok(Self { logs, known })
    }

    /// The key that seals the prescription whose issue has this index: of the log that holds it.
    #[must_use]
    pub fn of_index(&self, index: u64) -> Option<&Arc<LedgerSigner>> {
        let log = self.logs.iter().rfind(|(first, _)| *first <= index);
        log.map(|(_, signer)| signer)
    }

    /// Every key that may have sealed a QR, newest first.
    #[must_use]
    pub fn known(&self) -> &[VerifierKey] {
        &self.known
    }

    /// Origin of the log that holds the entry with this index.
    #[must_use]
    pub fn origin_of(&self, index: u64) -> Option<&str> {
        self.of_index(index)
            .map(|signer| signer.verifier_key().name())
    }
}
