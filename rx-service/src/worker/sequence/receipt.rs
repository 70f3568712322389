//! Receipts, and those who wait for them.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use ledger::{InclusionError, InclusionProof, Log, SignedCheckpoint, TlogProof, leaf_hash};
use tokio::sync::oneshot;

use super::{Inner, SequenceError, log_error};
use crate::store::Identity;

/// An entry under a signed tree head.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its index, over all shards.
    pub index: u64,
    inclusion: InclusionProof,
    checkpoint: Arc<SignedCheckpoint>,
}

impl Receipt {
    /// The receipt of entry `in_tree` of a log whose first entry has the index `first`.
    pub(super) fn prove(
        log: &Log,
        checkpoint: &Arc<SignedCheckpoint>,
        first: u64,
        in_tree: u64,
    ) -> Result<Self, SequenceError> {
        let size = checkpoint.claimed().size();
        let inclusion = log.inclusion_proof(in_tree, size).map_err(log_error)?;
        Ok(Self::new(inclusion, Arc::clone(checkpoint), first))
    }

    /// The proof and the head of the same size that it leads to.
    pub(super) fn new(
        inclusion: InclusionProof,
        checkpoint: Arc<SignedCheckpoint>,
        first: u64,
    ) -> Self {
        Self {
            index: first + inclusion.index,
            inclusion,
            checkpoint,
        }
    }

    /// The inclusion proof.
    #[must_use]
    pub fn inclusion(&self) -> &InclusionProof {
        &self.inclusion
    }

    /// The signed head that it leads to.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Whether it proves this entry.
    ///
    /// # Errors
    /// Never for one that was just made.
    pub(super) fn is_of(&self, entry: &[u8]) -> Result<bool, InclusionError> {
        let root = self.checkpoint.claimed().root();
        match self.inclusion.verify(leaf_hash(entry), root) {
            Ok(_) => Ok(true),
            Err(InclusionError::OtherRoot) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The receipt as a C2SP tlog-proof.
    ///
    /// # Errors
    /// Never: proof and head are of one size.
    pub fn to_tlog_proof(&self) -> Result<TlogProof, SequenceError> {
        let checkpoint = SignedCheckpoint::clone(&self.checkpoint);
        TlogProof::new(self.inclusion.clone(), checkpoint).map_err(log_error)
    }

    /// The text of [`Self::to_tlog_proof`].
    #[must_use]
    pub fn to_text(&self) -> String {
        let proof = self.to_tlog_proof();
        debug_assert!(proof.is_ok(), "proof and head are of one size");
        proof.map(|proof| proof.to_string()).unwrap_or_default()
    }
}

/// What a caller is told: its receipt, or why nothing was written.
type Answer = Result<Receipt, String>;

/// Those who wait, by what their entry is about.
#[derive(Default)]
pub(super) struct Waiting {
    callers: Mutex<HashMap<Identity, Vec<Caller>>>,
    /// Entries that somebody waits for and that have their index: by it, for whoever signs next.
    indexed: Mutex<Vec<(Identity, u64)>>,
    next: AtomicU64,
}

struct Caller {
    number: u64,
    sender: oneshot::Sender<Answer>,
}

impl Waiting {
    fn callers(&self) -> MutexGuard<'_, HashMap<Identity, Vec<Caller>>> {
        self.callers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn enter(&self, identity: Identity) -> (u64, oneshot::Receiver<Answer>) {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let (sender, receiver) = oneshot::channel();
        let caller = Caller { number, sender };
        self.callers().entry(identity).or_default().push(caller);
        (number, receiver)
    }

    fn leave(&self, identity: Identity, number: u64) {
        let mut callers = self.callers();
        let left = callers.get_mut(&identity).is_some_and(|waiting| {
            waiting.retain(|caller| caller.number != number);
            waiting.is_empty()
        });
        if left {
            callers.remove(&identity);
        }
    }

    /// The entry has this index: [`Self::take_indexed`] gives it to whoever signs a head over it.
    pub(super) fn expect_index(&self, identity: &Identity, index: u64) {
        self.indexed().push((*identity, index));
    }

    /// The entries below `size` that somebody may still wait for.
    pub(super) fn take_indexed(&self, size: u64) -> Vec<(Identity, u64)> {
        self.indexed()
            .extract_if(.., |(_, index)| *index < size)
            .collect()
    }

    fn indexed(&self) -> MutexGuard<'_, Vec<(Identity, u64)>> {
        self.indexed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether nobody waits.
    pub(super) fn is_empty(&self) -> bool {
        self.callers().is_empty()
    }

    /// Answers whoever waits for this entry; `make` is asked only when somebody does.
    pub(super) fn answer<E>(
        &self,
        identity: &Identity,
        make: impl FnOnce() -> Result<Answer, E>,
    ) -> Result<(), E> {
        let Some(callers) = self.callers().remove(identity) else {
            return Ok(());
        };
        let answer = make()?;
        for caller in callers {
            // A caller that has gone away asks again with its identifier.
            drop(caller.sender.send(answer.clone()));
        }
        Ok(())
    }

    /// Tells the callers of this entry that no receipt comes now.
    pub(super) fn dismiss(&self, identity: &Identity) {
        self.callers().remove(identity);
    }

    /// Dropping the senders tells every caller that no receipt comes now.
    pub(super) fn dismiss_all(&self) {
        self.callers().clear();
    }
}

/// A caller's place in the queue, taken before its transaction commits.
pub struct Expectation {
    identity: Identity,
    number: u64,
    receiver: oneshot::Receiver<Answer>,
    inner: Arc<Inner>,
}

impl Drop for Expectation {
    fn drop(&mut self) {
        self.inner.waiting.leave(self.identity, self.number);
    }
}

impl Expectation {
    pub(super) fn new(inner: Arc<Inner>, identity: Identity) -> Self {
        let (number, receiver) = inner.waiting.enter(identity);
        Self {
            identity,
            number,
            receiver,
            inner,
        }
    }

    /// Waits until the entry is under a signed tree head. Call after the commit.
    ///
    /// # Errors
    /// [`SequenceError::Stopped`]: the entry is durable and will be sequenced after a restart.
    /// [`SequenceError::Token`]: it is durable, and its head is signed once the token is back.
    pub async fn receipt(self) -> Result<Receipt, SequenceError> {
        self.inner.wake.notify_one();
        self.answer().await
    }

    /// As [`Self::receipt`], of an entry that somebody else commits.
    pub(super) async fn answer(mut self) -> Result<Receipt, SequenceError> {
        match (&mut self.receiver).await {
            Ok(Ok(receipt)) => Ok(receipt),
            Ok(Err(why)) => Err(SequenceError::NotWritten(why)),
            Err(_) => Err(match &*self.inner.stopped() {
                Some(why) => SequenceError::Stopped(why.clone()),
                None => SequenceError::Token("no receipt was made".to_owned()),
            }),
        }
    }
}
