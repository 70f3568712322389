//! What an audit of a directory can find.

use crate::checkpoint::CheckpointError;
use crate::directory::DirectoryError;
use crate::tile::Tile;

/// The first thing found wrong. Entries are counted from 0 over the whole log.
#[derive(Debug, thiserror::Error)]
pub enum AuditError {
    /// A file is missing, unreadable or malformed.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// There is no checkpoint.
    #[error("the directory has no checkpoint")]
    NoCheckpoint,
    /// The checkpoint is not by the pinned key.
    #[error("the checkpoint is refused: {0}")]
    Checkpoint(CheckpointError),
    /// The checkpoint claims more entries than any tree has.
    #[error("the checkpoint claims {size} entries, more than this program supports")]
    TooLarge {
        /// The claimed size.
        size: u64,
    },
    /// One of the earlier checkpoints is not by the pinned key.
    #[error("the earlier checkpoint of size {size} is refused: {reason}")]
    EarlierCheckpoint {
        /// Its claimed size.
        size: u64,
        /// Why.
        reason: CheckpointError,
    },
    /// Signed earlier, yet larger than what is published: entries were taken back.
    #[error("the log published {size} entries but signed {earlier} before: entries were removed")]
    Shrunk {
        /// Size of the earlier checkpoint.
        earlier: u64,
        /// Size of the published checkpoint.
        size: u64,
    },
    /// The log signed another root at this size: it showed two histories.
    #[error("the log signed another tree of {size} entries before: its history was changed")]
    OtherHistory {
        /// Size of the earlier checkpoint.
        size: u64,
    },
    /// An entry is not the one the tree was built from.
    #[error("the entry {index} in {bundle} does not hash to {tile}")]
    Entry {
        /// Index of the entry.
        index: u64,
        /// The bundle that holds the entry.
        bundle: Tile,
        /// The tile that should hold its hash.
        tile: Tile,
    },
    /// A hash above level 0 is not the root of the tile below it.
    #[error("hash {position} of {tile} is not the root of entries {first} to {last}")]
    Node {
        /// The tile with the wrong hash.
        tile: Tile,
        /// Position in the tile, from 0.
        position: u64,
        /// First entry below it.
        first: u64,
        /// Last entry below it.
        last: u64,
    },
    /// A leftover partial tile or bundle is not the beginning of the wider one.
    #[error("{partial} is not the beginning of {tile}")]
    Partial {
        /// The leftover.
        partial: Tile,
        /// The wider tile at the same place.
        tile: Tile,
    },
    /// All tiles agree with each other, but not with the signature.
    #[error("the {size} entries do not have the root that the checkpoint signs")]
    Root {
        /// Size of the checkpoint.
        size: u64,
    },
}
