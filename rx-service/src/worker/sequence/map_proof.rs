//! Proofs of what the map says, under a map head that the log holds.

use std::sync::Arc;
use std::time::Duration;

use ledger::{MapHead, MapKey, MapProof};

use super::receipt::Receipt;
use super::tree::Tree;
use super::{SequenceError, Sequencer, log_error};

/// How long a proof waits for a batch to end, and how often it looks.
const PATIENCE: u32 = 200;
const LOOK: Duration = Duration::from_millis(5);

/// What the map says of a key, with everything that shows it.
#[derive(Debug, Clone)]
pub struct ProvenKey {
    /// Presence or absence under the root of `head`.
    pub proof: MapProof,
    /// The entry that commits the root.
    pub head: MapHead,
    /// That the log holds that entry.
    pub receipt: Receipt,
}

/// What came of an attempt to prove.
enum Attempt {
    /// A batch is on its way: the map is ahead of what is committed and signed.
    NotNow,
    /// No batch has ended in this log yet.
    NoMapHead,
    Proven(ProvenKey),
}

impl Sequencer {
    /// Proves what the map says of a key after the newest batch; `None` before the first one.
    ///
    /// # Errors
    /// [`SequenceError::Token`] while the newest head cannot be signed; [`SequenceError::Log`].
    pub async fn prove_key(&self, key: MapKey) -> Result<Option<ProvenKey>, SequenceError> {
        for _ in 0..PATIENCE {
            match self.try_prove(&key)? {
                Attempt::NotNow => tokio::time::sleep(LOOK).await,
                Attempt::NoMapHead => return Ok(None),
                Attempt::Proven(proven) => return Ok(Some(proven)),
            }
        }
        Err(SequenceError::Token(
            "the newest head is not signed".to_owned(),
        ))
    }

    fn try_prove(&self, key: &MapKey) -> Result<Attempt, SequenceError> {
        let first = self.0.shard.first;
        let mut tree = self.0.tree();
        let signed = self.0.signed();
        let size = tree.log.size();
        if tree.is_ahead() || signed.claimed().size() != size {
            return Ok(Attempt::NotNow);
        }
        let Some(last) = size.checked_sub(1) else {
            return Ok(Attempt::NoMapHead);
        };
        let Tree { log, map, .. } = &mut *tree;
        let head = MapHead {
            entries: first + last,
            keys: map.len(),
            root: map.root(),
        };
        let receipt = Receipt::prove(log, &Arc::clone(&signed), first, last)?;
        // Every batch ends with its map head, but the opening of a shard is an entry alone.
        if !receipt.is_of(&head.encode()).map_err(log_error)? {
            return Ok(Attempt::NoMapHead);
        }
        Ok(Attempt::Proven(ProvenKey {
            proof: map.prove(key),
            head,
            receipt,
        }))
    }
}
