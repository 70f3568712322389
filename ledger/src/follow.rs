//! The log of a replica that is not the sequencer: the same tree, in memory, from the database and
//! the published files, without writing any.

use std::sync::Arc;

use crate::checkpoint::TreeHead;
use crate::directory::DirectoryError;
use crate::log::{Access, Log};
use crate::open::OpenError;
use crate::tile_source::TileSource;

/// Why a follower does not go on from what the sequencer published.
#[derive(Debug, thiserror::Error)]
pub enum AdvanceError {
    /// The checkpoint, or a tile needed to compare it, cannot be read. Try again.
    #[error(transparent)]
    Read(#[from] DirectoryError),
    /// The published checkpoint is another log's.
    #[error("the published checkpoint is of the log '{found}', not of '{expected}'")]
    OtherOrigin {
        /// Origin of the checkpoint.
        found: String,
        /// Origin of this log.
        expected: String,
    },
    /// The published checkpoint is older than one seen before.
    #[error("the published checkpoint went back from {published} entries to {size}")]
    Shrunk {
        /// Size of the checkpoint.
        size: u64,
        /// Size seen before.
        published: u64,
    },
    /// The sequencer published another tree than the database committed. The follower is poisoned.
    #[error(
        "the published checkpoint of size {size} has another root than the database's entries: \
        do not sign, and find out which is damaged"
    )]
    OtherRoot {
        /// Size of the checkpoint.
        size: u64,
    },
}

impl Log {
    /// A log that reads what another process publishes and never writes: it stages, adopts,
    /// replays, signs and proves as [any](Log::open), without a lock, while tiles appear under its
    /// eyes. [`Log::publish`] is refused. To take over from a sequencer that died, open the store
    /// anew and replay.
    ///
    /// What the follower adopted since [`Log::published_size`] stays in memory until
    /// [`Log::advance_published`].
    ///
    /// # Errors
    /// Those of [`Log::open_on`].
    pub fn follow(source: Arc<dyn TileSource>, origin: &str) -> Result<Self, OpenError> {
        // Partial tiles may be removed, and the checkpoint replaced, between two reads. What the
        // first checkpoint needs stays readable: a partial tile goes only once its full one is there.
        Self::load(Access::Follows, source, origin)
    }

    /// Reads the published checkpoint, compares its root where this log has come as far, and gives
    /// back the memory of what is published. Returns the new [`Log::published_size`], which is
    /// never more than [`Log::size`]. For the log that publishes, nothing changes.
    ///
    /// # Errors
    /// When the checkpoint cannot be read, or contradicts this log.
    pub fn advance_published(&mut self) -> Result<u64, AdvanceError> {
        if matches!(self.access, Access::Leads(_)) {
            return Ok(self.published.size);
        }
        let Some(checkpoint) = self.cache.source().read_checkpoint()? else {
            return Ok(self.published.size);
        };
        let claimed = checkpoint.claimed();
        if claimed.origin() != self.origin {
            let (found, expected) = (claimed.origin().to_owned(), self.origin.clone());
            return Err(AdvanceError::OtherOrigin { found, expected });
        }
        let TreeHead { size, root } = claimed.head();
        if size < self.published.size {
            let published = self.published.size;
            return Err(AdvanceError::Shrunk { size, published });
        }
        let common = size.min(self.size());
        let ours = self.root_at(common)?;
        if common == size && ours != root {
            self.poisoned = true;
            return Err(AdvanceError::OtherRoot { size });
        }
        // Every full tile of the smaller tree is a tile of the published one, hence durable.
        self.published = TreeHead {
            size: common,
            root: ours,
        };
        self.published_checkpoint = Some(checkpoint);
        self.edge.forget_full_tiles(common);
        Ok(common)
    }
}
