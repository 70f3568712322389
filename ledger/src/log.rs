//! The appender a sequencer drives: stage, let the database commit, adopt, sign, publish.

use std::sync::Arc;

use crate::checkpoint::{Checkpoint, CheckpointTextError, SignedCheckpoint, TreeHead};
use crate::consistency::ConsistencyProof;
use crate::directory::DirectoryError;
use crate::entry_bundle::EntryTooLong;
use crate::frontier::Frontier;
use crate::hash::Hash;
use crate::inclusion::InclusionProof;
use crate::note_signer::{NoteSignError, NoteSigner};
use crate::right_edge::RightEdge;
use crate::staged::Staged;
use crate::subtree::{ProveError, Subtree, root_from_subtrees};
use crate::tile::MAX_TREE_SIZE;
use crate::tile_cache::TileCache;
use crate::tile_store::TileStore;

/// A log held open for appending, one per store; or one that [follows](Log::follow) the sequencer's.
///
/// The caller's database is where entries become part of the log. One round of a sequencer:
///
/// 1. [`Log::stage`] computes indices and root. *A crash here leaves no trace.*
/// 2. The database commits indices and root in one transaction. *A crash after this commit loses
///    only memory: on restart the entries come back through [`Log::replay`].*
/// 3. [`Log::adopt`] makes them the log's state.
/// 4. [`Log::sign`] signs the head: receipts can be given out, since whatever is signed is
///    committed. *A crash here repeats the signature later, byte for byte.*
/// 5. [`Log::publish`], as often as wanted, writes tiles and then the checkpoint.
///
/// On restart: [`Log::open`], [`Log::replay`] page by page with the database's entries from
/// [`Log::size`] on, then [`Log::confirm_head`] with the head the database committed last.
///
/// Memory: the right-most tile of each row, what was adopted since the last publication, and a
/// cache of 16 MB. A caller replaying very many entries signs and publishes on the way.
#[derive(Debug)]
pub struct Log {
    pub(crate) origin: String,
    pub(crate) access: Access,
    pub(crate) edge: RightEdge,
    pub(crate) frontier: Frontier,
    pub(crate) root: Hash,
    pub(crate) published: TreeHead,
    /// The published checkpoint as it was last written or read.
    pub(crate) published_checkpoint: Option<SignedCheckpoint>,
    pub(crate) poisoned: bool,
    pub(crate) cache: TileCache,
}

/// What a log may do with the stored files.
#[derive(Debug)]
pub(crate) enum Access {
    /// The sequencer's log: it publishes.
    Leads(Arc<dyn TileStore>),
    /// A replica's log: it reads.
    Follows,
}

/// Why a batch was not staged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StageError {
    /// An earlier publication failed.
    #[error("a publication failed; reopen the log before appending")]
    Poisoned,
    /// An entry does not fit a bundle.
    #[error(transparent)]
    Entry(#[from] EntryTooLong),
    /// The tree would exceed [`MAX_TREE_SIZE`].
    #[error("the log is full")]
    Full,
}

/// The staged batch does not continue the present tree; nothing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the batch was staged on {staged_on} entries, the log has {size} or another history; \
    reopen the log and replay from the database"
)]
pub struct StaleStaged {
    /// Size of the tree the batch was staged on.
    pub staged_on: u64,
    /// Present size of the log.
    pub size: u64,
}

/// Why committed entries could not be replayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReplayError {
    /// The page does not start where the log ends.
    #[error("replay must go on at entry {size}, the page starts at {first_index}")]
    Gap {
        /// Index of the first entry of the page.
        first_index: u64,
        /// Present size of the log.
        size: u64,
    },
    /// The entries cannot be appended.
    #[error(transparent)]
    Stage(#[from] StageError),
}

/// After replay, the tree is not the one the database committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database committed {} entries with root {:?}, directory and replay give {} with {:?}; \
    one of them is damaged or was restored from an older copy: do not append",
    expected.size, expected.root, found.size, found.root)]
pub struct HeadMismatch {
    /// What the database says.
    pub expected: TreeHead,
    /// What the log has.
    pub found: TreeHead,
}

/// Why the head was not signed.
#[derive(Debug, thiserror::Error)]
pub enum SignError {
    /// An earlier publication failed.
    #[error("a publication failed; reopen the log before signing")]
    Poisoned,
    /// The signer speaks for another log.
    #[error("the signing key is named '{signer}', the log '{origin}'; check the configuration")]
    OtherOrigin {
        /// Name of the signing key.
        signer: String,
        /// Origin of the log.
        origin: String,
    },
    /// The head cannot be put into a checkpoint.
    #[error(transparent)]
    Text(#[from] CheckpointTextError),
    /// The signer failed.
    #[error(transparent)]
    Signer(#[from] NoteSignError),
}

impl Log {
    /// Number of adopted entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// Root over the adopted entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }

    /// Size and root of the adopted tree.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        TreeHead {
            size: self.size(),
            root: self.root,
        }
    }

    /// Number of entries under the published checkpoint.
    #[must_use]
    pub fn published_size(&self) -> u64 {
        self.published.size
    }

    /// Computes where `leaves` would go. Pure: until [`Log::adopt`] nothing has happened.
    ///
    /// # Errors
    /// When an entry is too long, the log is full, or a publication failed.
    pub fn stage(&self, leaves: &[impl AsRef<[u8]>]) -> Result<Staged, StageError> {
        if self.poisoned {
            return Err(StageError::Poisoned);
        }
        let count = u64::try_from(leaves.len()).map_err(|_| StageError::Full)?;
        if count > MAX_TREE_SIZE - self.size() {
            return Err(StageError::Full);
        }
        Ok(Staged::new(self.head(), self.frontier.clone(), leaves)?)
    }

    /// Makes a staged batch the log's state, after the caller's database committed it.
    ///
    /// # Errors
    /// When the log moved on since the batch was staged (compare-and-set on size and root). If the
    /// database did commit it, somebody else sequences too: reopen and replay.
    pub fn adopt(&mut self, staged: Staged) -> Result<(), StaleStaged> {
        if staged.base != self.head() {
            return Err(StaleStaged {
                staged_on: staged.base.size,
                size: self.size(),
            });
        }
        // COMMIT POINT of memory only. A crash here changes nothing: the database has the batch.
        for (height, hash) in staged.nodes {
            self.edge.push_node(height, hash);
        }
        for piece in &staged.bundles {
            self.edge.push_entries(piece);
        }
        self.frontier = staged.frontier;
        self.root = staged.head.root;
        Ok(())
    }

    /// Appends entries the database committed earlier, from `first_index` on: one page of a
    /// restart. Follow the last page with [`Log::confirm_head`].
    ///
    /// # Errors
    /// When the page does not start at [`Log::size`], or cannot be staged.
    pub fn replay(
        &mut self,
        first_index: u64,
        leaves: &[impl AsRef<[u8]>],
    ) -> Result<(), ReplayError> {
        let gap = ReplayError::Gap {
            first_index,
            size: self.size(),
        };
        if first_index != self.size() {
            return Err(gap);
        }
        let staged = self.stage(leaves)?;
        self.adopt(staged).map_err(|_| gap)
    }

    /// Compares the tree with the head that the database committed last.
    ///
    /// # Errors
    /// When they differ; the caller must not append.
    pub fn confirm_head(&self, expected: TreeHead) -> Result<(), HeadMismatch> {
        let found = self.head();
        if found == expected {
            Ok(())
        } else {
            Err(HeadMismatch { expected, found })
        }
    }

    /// Signs the head of the adopted tree. The log never signs what is not adopted, hence not
    /// committed, and signs the same bytes whenever it signs the same head again.
    ///
    /// # Errors
    /// When the key is another log's, the signer fails, or a publication failed.
    pub fn sign(&self, signer: &dyn NoteSigner) -> Result<SignedCheckpoint, SignError> {
        let checkpoint = self.checkpoint()?;
        let name = signer.verifier_key().name();
        if name != self.origin {
            let (signer, origin) = (name.to_owned(), self.origin.clone());
            return Err(SignError::OtherOrigin { signer, origin });
        }
        Ok(SignedCheckpoint::sign(checkpoint, signer)?)
    }

    /// The head of the adopted tree, to be signed by keys of this log. [`Log::sign`] does it with
    /// one key.
    ///
    /// # Errors
    /// When a publication failed.
    pub fn checkpoint(&self) -> Result<Checkpoint, SignError> {
        if self.poisoned {
            return Err(SignError::Poisoned);
        }
        Ok(Checkpoint::new(&self.origin, self.head())?)
    }

    /// Proof that the first `size` entries include entry `index`; published or not.
    ///
    /// # Errors
    /// When `index < size <= self.size()` does not hold, or a tile cannot be read.
    pub fn inclusion_proof(
        &self,
        index: u64,
        size: u64,
    ) -> Result<InclusionProof, ProveError<DirectoryError>> {
        self.check_known(size)?;
        InclusionProof::generate(index, size, &mut |subtree| self.node(subtree))
    }

    /// Proof that the first `to` entries begin with the first `from`; published or not.
    ///
    /// # Errors
    /// When `0 < from <= to <= self.size()` does not hold, or a tile cannot be read.
    pub fn consistency_proof(
        &self,
        from: u64,
        to: u64,
    ) -> Result<ConsistencyProof, ProveError<DirectoryError>> {
        self.check_known(to)?;
        ConsistencyProof::generate(from, to, &mut |subtree| self.node(subtree))
    }

    /// The root when the log had `size` entries.
    pub(crate) fn root_at(&self, size: u64) -> Result<Hash, DirectoryError> {
        root_from_subtrees(size, &mut |subtree| self.node(subtree))
    }

    /// A node from memory, or else from a published full tile.
    fn node(&self, subtree: Subtree) -> Result<Hash, DirectoryError> {
        match self.edge.node(subtree) {
            Some(hash) => Ok(hash),
            None => self.cache.node(subtree, self.published.size),
        }
    }

    fn check_known(&self, size: u64) -> Result<(), ProveError<DirectoryError>> {
        if size > self.size() {
            return Err(ProveError::NotYet {
                size,
                known: self.size(),
            });
        }
        Ok(())
    }
}
