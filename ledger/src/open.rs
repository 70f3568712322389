//! Opening a log: the right edge of what is published, checked against the published root.

use std::path::Path;
use std::sync::Arc;

use crate::checkpoint::{SignedCheckpoint, TreeHead};
use crate::directory::DirectoryError;
use crate::hash::empty_root;
use crate::locked_directory::{LockError, LockedDirectory};
use crate::log::{Access, Log};
use crate::right_edge::{EdgeError, RightEdge};
use crate::tile::MAX_TREE_SIZE;
use crate::tile_cache::TileCache;
use crate::tile_source::TileSource;
use crate::tile_store::TileStore;
use crate::vkey::is_key_name;

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The origin cannot be a key name, which logs and their keys share.
    #[error("the log origin must not be empty nor contain white space, '+' or control characters")]
    Origin,
    /// The directory cannot be locked.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// The checkpoint or a tile of the right edge cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The directory belongs to another log.
    #[error("the directory holds the log '{found}', not '{expected}'; check the configuration")]
    OtherOrigin {
        /// Origin of the published checkpoint.
        found: String,
        /// Origin asked for.
        expected: String,
    },
    /// The published checkpoint claims more entries than any tree has.
    #[error("the published checkpoint claims {size} entries, more than this program supports")]
    TooLarge {
        /// The claimed size.
        size: u64,
    },
    /// The right-most tiles or the last bundle are damaged.
    #[error(transparent)]
    Edge(#[from] EdgeError),
    /// The right-most tiles do not give the root of the published checkpoint.
    #[error(
        "the tiles do not give the root of the published checkpoint of size {size}; \
        run the auditor over the directory and restore what it names"
    )]
    EdgeRoot {
        /// Size of the published checkpoint.
        size: u64,
    },
}

impl Log {
    /// Locks the directory, creating it if need be, and opens the log in it: [`Log::open_on`] a
    /// [`LockedDirectory`].
    ///
    /// # Errors
    /// When another process writes the directory, it is another log's, or its edge is damaged.
    pub fn open(path: &Path, origin: &str) -> Result<Self, OpenError> {
        if !is_key_name(origin) {
            return Err(OpenError::Origin);
        }
        Self::open_on(Arc::new(LockedDirectory::open(path)?), origin)
    }

    /// Loads the right edge of the published tree, checked against the published root. The
    /// checkpoint's signature is not checked: the store is the caller's own, and
    /// [`Log::confirm_head`] compares with the database.
    ///
    /// # Errors
    /// When the store is another log's, its edge is damaged, or it cannot be read.
    pub fn open_on(store: Arc<dyn TileStore>, origin: &str) -> Result<Self, OpenError> {
        let source: Arc<dyn TileSource> = store.clone();
        Self::load(Access::Leads(store), source, origin)
    }

    pub(crate) fn load(
        access: Access,
        source: Arc<dyn TileSource>,
        origin: &str,
    ) -> Result<Self, OpenError> {
        if !is_key_name(origin) {
            return Err(OpenError::Origin);
        }
        let checkpoint = source.read_checkpoint()?;
        let published = published_head(checkpoint.as_ref(), origin)?;
        let (edge, frontier) = RightEdge::load(source.as_ref(), published.size)?;
        let root = frontier.root();
        if root != published.root {
            return Err(OpenError::EdgeRoot {
                size: published.size,
            });
        }
        Ok(Self {
            origin: origin.to_owned(),
            access,
            edge,
            frontier,
            root,
            published,
            published_checkpoint: checkpoint,
            poisoned: false,
            cache: TileCache::new(source),
        })
    }
}

/// The head of the log's published checkpoint.
fn published_head(
    checkpoint: Option<&SignedCheckpoint>,
    origin: &str,
) -> Result<TreeHead, OpenError> {
    // Without a checkpoint nothing was ever published. Tiles may exist nevertheless, after a
    // crash during the first publication; replay computes them again and compares.
    let Some(claimed) = checkpoint.map(SignedCheckpoint::claimed) else {
        return Ok(TreeHead {
            size: 0,
            root: empty_root(),
        });
    };
    if claimed.origin() != origin {
        return Err(OpenError::OtherOrigin {
            found: claimed.origin().to_owned(),
            expected: origin.to_owned(),
        });
    }
    let head = claimed.head();
    if head.size > MAX_TREE_SIZE {
        return Err(OpenError::TooLarge { size: head.size });
    }
    Ok(head)
}
