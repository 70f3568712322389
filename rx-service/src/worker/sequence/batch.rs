//! Batches: index, commit, adopt, sign, answer; and taking up what another replica committed.

use std::sync::{Arc, PoisonError};

use ledger::{Checkpoint, Hash, NoteSignError, SignedCheckpoint, TreeHead};

use super::receipt::Receipt;
use super::tree::committed;
use super::{Inner, SequenceError, Sequencer, Signers, log_error, sign_error};
use crate::store::{Conflict, SequencedEntry, StoreError};

/// Entries of one batch at most: what bounds the time a batch takes.
const BATCH: i64 = 1024;
/// Entries taken up at a time.
pub(super) const PAGE: i64 = 4096;

impl Sequencer {
    /// Batches, one after the other, until nothing waits.
    pub(super) async fn sequence_waiting(&self) -> Result<(), SequenceError> {
        self.sign_what_is_adopted().await?;
        loop {
            let entries = self.0.store.waiting_entries(BATCH).await?;
            if entries.is_empty() {
                return Ok(());
            }
            match self.sequence_batch(entries).await {
                // Others wait between them: read again.
                Err(SequenceError::Store(StoreError::Conflict(Conflict::Waiting))) => {}
                result => result?,
            }
        }
    }

    async fn sequence_batch(&self, entries: Vec<SequencedEntry>) -> Result<(), SequenceError> {
        let inner = &self.0;
        let staged = inner.tree().stage(&inner.shard, entries)?;
        let batch = staged.batch.clone();
        let (entries, first) = (Arc::clone(&batch.entries), batch.first_index);
        // The commit point of the batch is in `Store::commit_batch`.
        if let Err(error) = inner.store.commit_batch(batch).await {
            inner.tree().abandon(staged);
            return Err(error.into());
        }
        // A crash from here on loses memory only: the restart replays the batch and signs the same
        // head, byte for byte.
        inner.tree().adopt(staged)?;
        let signed = self.sign_head().await?;
        inner.answer(&entries, first, &signed)
    }

    /// Takes up what the database committed and this replica's log does not have. Returns whether
    /// there was something.
    pub(super) async fn take_up(&self) -> Result<bool, SequenceError> {
        let inner = &self.0;
        let head = inner.store.committed_head(inner.shard.number).await?;
        let mut first = inner.tree().log.size();
        if first == head.size {
            self.sign_what_is_adopted().await?;
            return Ok(false);
        }
        let mut pages = Vec::new();
        while first < head.size {
            let left = i64::try_from(head.size - first).unwrap_or(PAGE);
            let index = inner.shard.first + first;
            let page = inner.store.sequenced_entries(index, PAGE.min(left)).await?;
            if page.is_empty() {
                return Err(log_error("the database lacks entries below its tree head"));
            }
            inner.tree().replay(&inner.shard, index, &page)?;
            first += u64::try_from(page.len()).map_err(log_error)?;
            // At a restart nobody waits yet, and many pages may come.
            if !inner.waiting.is_empty() {
                pages.push((index, page));
            }
        }
        let expected = TreeHead {
            size: head.size,
            root: Hash(head.root),
        };
        inner.tree().log.confirm_head(expected).map_err(log_error)?;
        let signed = self.sign_head().await?;
        for (index, page) in pages {
            inner.answer(&page, index, &signed)?;
        }
        Ok(true)
    }

    /// The token may have been gone when the last head was committed.
    async fn sign_what_is_adopted(&self) -> Result<(), SequenceError> {
        let adopted = self.0.tree().log.head();
        if committed(adopted) == committed(self.0.signed().claimed().head()) {
            return Ok(());
        }
        self.sign_head().await.map(drop)
    }

    /// Signs the newest head.
    async fn sign_head(&self) -> Result<Arc<SignedCheckpoint>, SequenceError> {
        let inner = Arc::clone(&self.0);
        let signed = tokio::task::spawn_blocking(move || inner.sign())
            .await
            .map_err(log_error)??;
        let signed = Arc::new(signed);
        *self
            .0
            .signed
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::clone(&signed);
        self.0.answer_indexed(&signed)?;
        Ok(signed)
    }
}

/// A checkpoint under every key of its log: during a rotation there are two.
pub(super) fn sign(
    checkpoint: Checkpoint,
    signers: &Signers,
) -> Result<SignedCheckpoint, NoteSignError> {
    let mut signed = SignedCheckpoint::sign(checkpoint, signers.newest())?;
    for signer in signers.older() {
        signed.sign_also(signer)?;
    }
    Ok(signed)
}

impl Inner {
    /// Signs the adopted head.
    pub(super) fn sign(&self) -> Result<SignedCheckpoint, SequenceError> {
        let unsigned = self.tree().log.checkpoint().map_err(sign_error)?;
        sign(unsigned, &self.signers).map_err(|error| sign_error(error.into()))
    }

    /// Answers callers of entries that had their index before they asked.
    fn answer_indexed(&self, signed: &Arc<SignedCheckpoint>) -> Result<(), SequenceError> {
        let (first, size) = (self.shard.first, signed.claimed().size());
        for (identity, index) in self.waiting.take_indexed(first + size) {
            let tree = self.tree();
            self.waiting.answer(&identity, || {
                Receipt::prove(&tree.log, signed, first, index - first).map(Ok)
            })?;
        }
        Ok(())
    }

    /// Answers the callers of entries, each with its receipt.
    fn answer(
        &self,
        entries: &[SequencedEntry],
        first: u64,
        signed: &Arc<SignedCheckpoint>,
    ) -> Result<(), SequenceError> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let tree = self.tree();
        for (index, entry) in (first..).zip(entries) {
            let in_tree = index - self.shard.first;
            self.waiting.answer(&entry.identity, || {
                Receipt::prove(&tree.log, signed, self.shard.first, in_tree).map(Ok)
            })?;
        }
        Ok(())
    }
}
