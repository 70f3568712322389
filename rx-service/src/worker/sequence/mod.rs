//! The sequencer: gives waiting entries their index in continuous batches, signs the tree head,
//! answers whoever waits, publishes tiles and checkpoint.
//!
//! ```text
//! append ─▶ store: durable, once ─▶ batch: index, map head and tree head committed (compare and
//! set) ─▶ log: adopted ─▶ head signed in the token ─▶ callers answered
//!                                     └─▶ publish: witnesses asked ─▶ tiles ─▶ checkpoint
//! ```
//!
//! A head is signed only after it is committed, so that no two heads of one size can ever be
//! signed; Ed25519 being deterministic, signing again after a crash, or by another replica, gives
//! the same bytes. Of several replicas on one database one leads (`role`): it alone gives indices.
//! The others take up what it committed, and answer their own callers.
//!
//! Every batch ends with a map head: the root of the map that its entries lead to (`tree`).

mod append;
mod batch;
mod files;
mod map_proof;
mod open;
mod publish;
mod receipt;
mod role;
mod scrub;
mod shards;
mod signers;
mod tree;
mod witnesses;

use std::collections::HashMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use ledger::{CoseReceipt, NoteSignError, SignError, SignedCheckpoint, TileSource, leaf_hash};
use tokio::sync::{Notify, mpsc};

use crate::store::{Identity, NewEntry, Shard, Store, StoreError};
pub use files::{Bucket, LedgerFiles};
pub use map_proof::ProvenKey;
pub use open::SequencerParts;
pub use receipt::{Expectation, Receipt};
pub use shards::{OpenedShard, SignersOf, open_shard};
pub use signers::{SharedSigner, Signers};

use receipt::Waiting;
use tree::Tree;
use witnesses::Witnesses;

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
    /// The entry was not written: nothing has happened, ask again.
    #[error("the entry was not written: {0}")]
    NotWritten(String),
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

/// Handle on the sequencer. Cheap to clone.
#[derive(Clone)]
pub struct Sequencer(Arc<Inner>);

struct Inner {
    store: Store,
    signers: Signers,
    /// Every shard, oldest first, as it was at the start.
    shards: Vec<Shard>,
    /// The signers of each, by origin.
    signers_of: HashMap<String, Signers>,
    /// The log under way: the newest shard.
    shard: Shard,
    /// The closed ones, oldest first.
    closed: Vec<open::ClosedShard>,
    tree: Mutex<Tree>,
    files: LedgerFiles,
    /// Whether this replica leads.
    leads: AtomicBool,
    /// Where each shard's files are read, by the name of the shard; the first has none.
    sources: HashMap<String, Arc<dyn TileSource>>,
    shard_list: String,
    /// The newest signed head.
    signed: RwLock<Arc<SignedCheckpoint>>,
    waiting: Waiting,
    wake: Notify,
    to_append: mpsc::Sender<NewEntry>,
    /// The other end, until [`Sequencer::run`] takes it.
    queue: Mutex<Option<mpsc::Receiver<NewEntry>>>,
    stopped: RwLock<Option<String>>,
    witnesses: Witnesses,
    /// What the publication waits for, if it does.
    held_back: RwLock<Option<String>>,
}

impl Inner {
    /// Why the ledger has stopped, if it has.
    fn stopped(&self) -> RwLockReadGuard<'_, Option<String>> {
        self.stopped.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn tree(&self) -> MutexGuard<'_, Tree> {
        self.tree.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn signed(&self) -> Arc<SignedCheckpoint> {
        let signed = self.signed.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&signed)
    }
}

impl Sequencer {
    /// Takes a place for the entry of this identity, before its transaction commits.
    ///
    /// # Errors
    /// [`SequenceError::Stopped`]: nothing new is accepted.
    pub fn expect(&self, identity: Identity) -> Result<Expectation, SequenceError> {
        self.health()?;
        Ok(Expectation::new(Arc::clone(&self.0), identity))
    }

    /// Writes an entry that belongs to no transaction of its own, and waits for its receipt. An
    /// entry of this identity that was there already gives its receipt: the same thing twice has
    /// the same index.
    ///
    /// # Errors
    /// [`SequenceError`]; after [`SequenceError::NotWritten`] nothing has happened.
    pub async fn append(&self, entry: NewEntry) -> Result<Receipt, SequenceError> {
        let expectation = self.expect(entry.identity)?;
        if self.0.to_append.send(entry).await.is_err() {
            return Err(SequenceError::Stopped("the service is ending".to_owned()));
        }
        expectation.answer().await
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

    /// Number of entries under the newest signed head, over all shards.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.0.shard.first + self.0.signed().claimed().size()
    }

    /// A receipt for the entry with this index (over all shards) under the newest signed head of
    /// its shard; none while the head over it is still being signed: an index is committed a moment
    /// before its head is signed.
    ///
    /// # Errors
    /// The log cannot be read.
    pub fn receipt(&self, index: u64) -> Result<Option<Receipt>, SequenceError> {
        let first = self.0.shard.first;
        let Some(in_tree) = index.checked_sub(first) else {
            return open::receipt_of_closed(&self.0.closed, index).map(Some);
        };
        let signed = self.0.signed();
        if in_tree >= signed.claimed().size() {
            return Ok(None);
        }
        Receipt::prove(&self.0.tree().log, &signed, first, in_tree).map(Some)
    }

    /// A receipt for `entry` as a COSE receipt (RFC 9942), by the newest key.
    ///
    /// # Errors
    /// The receipt is of another entry, or the token does not sign.
    pub fn cose_receipt(&self, receipt: &Receipt, entry: &[u8]) -> Result<Vec<u8>, SequenceError> {
        let root = receipt.checkpoint().claimed().root();
        let inclusion = receipt.inclusion().clone();
        let origin = receipt.checkpoint().claimed().origin();
        let signers = self.0.signers_of.get(origin).unwrap_or(&self.0.signers);
        let signer = signers.newest();
        CoseReceipt::sign_inclusion(inclusion, leaf_hash(entry), root, signer)
            .map(|signed| signed.encode())
            .map_err(log_error)
    }

    /// What the publication of tiles and checkpoint waits for, if it does.
    #[must_use]
    pub fn held_back(&self) -> Option<String> {
        let held_back = self.0.held_back.read();
        held_back.unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Every shard, oldest first, as it was at the start.
    #[must_use]
    pub fn shards(&self) -> &[Shard] {
        &self.0.shards
    }

    /// The published files of the first shard, or of the later one with this name (`newest`: of
    /// the open one); `None` when there is none.
    #[must_use]
    pub fn files(&self, shard: Option<&str>) -> Option<Arc<dyn TileSource>> {
        let name = match shard {
            None => "",
            Some("newest") => files::name_of(&self.0.shard),
            Some(name) => name,
        };
        self.0.sources.get(name).cloned()
    }

    /// The signed list of shards: the newest, or an older one by its version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn shard_list(&self, version: Option<u64>) -> Result<Option<String>, SequenceError> {
        match version {
            None => Ok(Some(self.0.shard_list.clone())),
            Some(version) => Ok(self.0.store.kept_shard_list(version).await?),
        }
    }

    fn stop(&self, error: &SequenceError) {
        tracing::error!(%error, "the ledger stops");
        *self
            .0
            .stopped
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Some(error.to_string());
        self.0.waiting.dismiss_all();
    }
}
