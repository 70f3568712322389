//! The sequencer: gives waiting entries their index in continuous batches, signs the tree head,
//! publishes tiles and checkpoint.
//!
//! The order is: the entry is durable with its prescription → indices and tree head are committed
//! in one transaction → the head is signed → callers are answered → tiles and checkpoint are
//! published. A head is signed only after it is committed, so that no two heads of one size can
//! ever be signed; Ed25519 being deterministic, signing again after a crash gives the same bytes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};
use std::time::Duration;

use ledger::{Hash, Log, NoteSignError, SignError, SignedCheckpoint, TlogProof, TreeHead};
use tokio::sync::{Notify, oneshot};

use crate::keys::LedgerSigner;
use crate::store::{CommittedHead, SequencedEntry, Store, StoreError};

/// Entries of one batch at most: what bounds the time a batch takes.
const BATCH: i64 = 1024;
/// Leaves replayed at a time after a restart.
const REPLAY: i64 = 4096;
/// The longest time between looking for waiting entries: another replica may have written them.
const IDLE: Duration = Duration::from_millis(50);

/// Why the ledger does not go on.
#[derive(Debug, thiserror::Error)]
pub enum SequenceError {
    /// The database failed or contradicts itself.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The log's files failed or contradict the database.
    #[error("the ledger failed: {0}")]
    Log(String),
    /// The token does not sign: the entries are committed, and the head over them is signed once
    /// the token is back.
    #[error("the token does not sign the tree head: {0}")]
    Token(String),
    /// The ledger has stopped: restart the service once the cause is mended.
    #[error("the ledger has stopped: {0}")]
    Stopped(String),
}

fn log_error(error: impl std::fmt::Display) -> SequenceError {
    SequenceError::Log(error.to_string())
}

fn sign_error(error: SignError) -> SequenceError {
    if let SignError::Signer(NoteSignError::Device(source)) = error {
        SequenceError::Token(source.to_string())
    } else {
        log_error(error)
    }
}

/// An entry under a signed tree head.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// Its index.
    pub index: u64,
    /// The proof, in C2SP tlog-proof text.
    pub proof: String,
}

/// Handle on the sequencer. Cheap to clone.
#[derive(Clone)]
pub struct Sequencer(Arc<Inner>);

struct Inner {
    store: Store,
    signer: Arc<LedgerSigner>,
    log: Mutex<Log>,
    /// The newest signed head.
    signed: RwLock<SignedCheckpoint>,
    /// Callers, by their leaf: its commitment is salted, so that two attempts at the same step, of
    /// which one will win, are two leaves.
    waiting: Mutex<HashMap<Vec<u8>, oneshot::Sender<Receipt>>>,
    wake: Notify,
    stopped: RwLock<Option<String>>,
}

/// A caller's place in the queue, taken before its transaction commits.
pub struct Expectation {
    leaf: Vec<u8>,
    receipt: oneshot::Receiver<Receipt>,
    inner: Arc<Inner>,
}

impl Drop for Expectation {
    fn drop(&mut self) {
        lock(&self.inner.waiting).remove(&self.leaf);
    }
}

impl Expectation {
    /// Waits until the entry is under a signed tree head. Call after the commit.
    ///
    /// # Errors
    /// [`SequenceError::Stopped`]: the entry is durable and will be sequenced after a restart.
    /// [`SequenceError::Token`]: it is durable, and its head is signed once the token is back.
    pub async fn receipt(mut self) -> Result<Receipt, SequenceError> {
        self.inner.wake.notify_one();
        match (&mut self.receipt).await {
            Ok(receipt) => Ok(receipt),
            Err(_) => Err(match &*self.inner.stopped() {
                Some(why) => SequenceError::Stopped(why.clone()),
                None => SequenceError::Token("no receipt was made".to_owned()),
            }),
        }
    }
}

impl Inner {
    /// Why the ledger has stopped, if it has.
    fn stopped(&self) -> RwLockReadGuard<'_, Option<String>> {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sequencer {
    /// Opens the log, replays what the database committed but the files do not show yet, and signs
    /// the head.
    ///
    /// # Errors
    /// Another process holds the directory, or files and database contradict each other: nothing
    /// is signed then.
    pub async fn open(
        store: Store,
        signer: Arc<LedgerSigner>,
        directory: &std::path::Path,
        origin: &str,
    ) -> Result<Self, SequenceError> {
        let mut log = Log::open(directory, origin).map_err(log_error)?;
        let committed = store.committed_head(ledger::empty_root().0).await?;
        while log.size() < committed.size {
            let first = log.size();
            let leaves = store.sequenced_leaves(first, REPLAY).await?;
            if leaves.is_empty() {
                return Err(log_error("the database lacks entries below its tree head"));
            }
            log.replay(first, &leaves).map_err(log_error)?;
        }
        log.confirm_head(TreeHead {
            size: committed.size,
            root: Hash(committed.root),
        })
        .map_err(log_error)?;
        let head = log.sign(signer.as_ref()).map_err(log_error)?;
        if log.published_size() < log.size() || log.size() == 0 {
            log.publish(&head).map_err(log_error)?;
        }
        Ok(Self(Arc::new(Inner {
            store,
            signer,
            log: Mutex::new(log),
            signed: RwLock::new(head),
            waiting: Mutex::new(HashMap::new()),
            wake: Notify::new(),
            stopped: RwLock::new(None),
        })))
    }

    /// Takes a place for the entry with this leaf, before its transaction commits.
    ///
    /// # Errors
    /// [`SequenceError::Stopped`]: nothing new is accepted.
    pub fn expect(&self, leaf: &[u8]) -> Result<Expectation, SequenceError> {
        self.health()?;
        let (sender, receipt) = oneshot::channel();
        lock(&self.0.waiting).insert(leaf.to_vec(), sender);
        Ok(Expectation {
            leaf: leaf.to_vec(),
            receipt,
            inner: Arc::clone(&self.0),
        })
    }

    /// Tells the sequencer that something waits.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Whether the ledger goes on.
    ///
    /// # Errors
    /// Why it stopped.
    pub fn health(&self) -> Result<(), SequenceError> {
        let stopped = self.0.stopped().clone();
        stopped.map_or(Ok(()), |why| Err(SequenceError::Stopped(why)))
    }

    /// Number of entries under the newest signed head.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.signed().claimed().size()
    }

    /// A receipt for the entry with this index under the newest signed head; none while the head
    /// over it is still being signed: an index is committed a moment before its head is signed.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn receipt(&self, index: u64) -> Result<Option<Receipt>, SequenceError> {
        let signed = self.signed();
        if index >= signed.claimed().size() {
            return Ok(None);
        }
        let log = lock(&self.0.log);
        prove(&log, &signed, index).map(Some)
    }

    fn signed(&self) -> SignedCheckpoint {
        self.0
            .signed
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Sequences until `shutdown` resolves or something fails. On failure the ledger stops: no
    /// head is signed any more, and [`Self::health`] says why. For a token that is gone it waits.
    pub async fn run(self, publish_every: Duration, shutdown: impl Future<Output = ()>) {
        let mut publish = tokio::time::interval(publish_every);
        publish.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        tokio::pin!(shutdown);
        let mut without_token = false;
        loop {
            let step = tokio::select! {
                () = &mut shutdown => break,
                _ = publish.tick() => self.publish().await,
                () = self.0.wake.notified() => self.sequence_waiting().await,
                () = tokio::time::sleep(IDLE) => self.sequence_waiting().await,
            };
            match step {
                Ok(()) => without_token = false,
                Err(SequenceError::Token(error)) => {
                    if !without_token {
                        tracing::error!(%error, "the ledger waits for the token");
                    }
                    without_token = true;
                    // Dropping the senders tells every waiting caller.
                    lock(&self.0.waiting).clear();
                }
                Err(error) => {
                    self.stop(&error);
                    return;
                }
            }
        }
        let last = async {
            self.sequence_waiting().await?;
            self.publish().await
        };
        if let Err(error) = last.await {
            self.stop(&error);
        }
    }

    fn stop(&self, error: &SequenceError) {
        tracing::error!(%error, "the ledger stops");
        *self
            .0
            .stopped
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        // Dropping the senders tells every waiting caller.
        lock(&self.0.waiting).clear();
    }

    /// Batches, one after the other, until nothing waits.
    async fn sequence_waiting(&self) -> Result<(), SequenceError> {
        if lock(&self.0.log).size() > self.size() {
            // The token was gone when this head was committed.
            self.sign_head().await?;
        }
        loop {
            let entries = self.0.store.waiting_entries(BATCH).await?;
            if entries.is_empty() {
                return Ok(());
            }
            self.sequence_batch(&entries).await?;
        }
    }

    async fn sequence_batch(&self, entries: &[SequencedEntry]) -> Result<(), SequenceError> {
        let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf.clone()).collect();
        let (before, staged) = {
            let log = lock(&self.0.log);
            (log.head(), log.stage(&leaves).map_err(log_error)?)
        };
        let before = CommittedHead {
            size: before.size,
            root: before.root.0,
        };
        let after = CommittedHead {
            size: staged.size(),
            root: staged.root().0,
        };
        let first = staged.first_index();
        // Commit point of the batch. A crash before it: the entries wait, and get an index after
        // the restart. A crash after it: indices and head stand; the restart replays them into the
        // log, signs the same head and publishes it.
        self.0.store.commit_batch(before, after, entries).await?;
        let inner = Arc::clone(&self.0);
        tokio::task::spawn_blocking(move || lock(&inner.log).adopt(staged).map_err(log_error))
            .await
            .map_err(log_error)??;
        let signed = self.sign_head().await?;
        self.answer(entries, first, &signed)
    }

    /// Signs the newest head.
    async fn sign_head(&self) -> Result<SignedCheckpoint, SequenceError> {
        let inner = Arc::clone(&self.0);
        let sign = move || lock(&inner.log).sign(inner.signer.as_ref());
        let signed = tokio::task::spawn_blocking(sign)
            .await
            .map_err(log_error)?
            .map_err(sign_error)?;
        *self
            .0
            .signed
            .write()
            .unwrap_or_else(PoisonError::into_inner) = signed.clone();
        Ok(signed)
    }

    /// Answers the callers of a batch, each with its receipt.
    fn answer(
        &self,
        entries: &[SequencedEntry],
        first: u64,
        signed: &SignedCheckpoint,
    ) -> Result<(), SequenceError> {
        let log = lock(&self.0.log);
        for (index, entry) in (first..).zip(entries) {
            let caller = lock(&self.0.waiting).remove(&entry.leaf);
            if let Some(caller) = caller {
                // A caller that has gone away asks again with its identifier.
                drop(caller.send(prove(&log, signed, index)?));
            }
        }
        Ok(())
    }

    /// Writes tiles and checkpoint. Any failure stops the ledger: what cannot be published must
    /// not be signed.
    async fn publish(&self) -> Result<(), SequenceError> {
        let (inner, signed) = (Arc::clone(&self.0), self.signed());
        tokio::task::spawn_blocking(move || {
            let mut log = lock(&inner.log);
            let waits_for_token = signed.claimed().size() != log.size();
            if waits_for_token || log.published_size() == log.size() {
                return Ok(());
            }
            log.publish(&signed).map_err(log_error)
        })
        .await
        .map_err(log_error)?
    }
}

fn prove(log: &Log, signed: &SignedCheckpoint, index: u64) -> Result<Receipt, SequenceError> {
    let size = signed.claimed().size();
    let inclusion = log.inclusion_proof(index, size).map_err(log_error)?;
    let proof = TlogProof::new(inclusion, signed.clone()).map_err(log_error)?;
    Ok(Receipt {
        index,
        proof: proof.to_string(),
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
