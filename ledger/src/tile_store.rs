//! Where a log is written: what any store must promise, and how it fails.

use std::io;
use std::path::PathBuf;

use crate::checkpoint::SignedCheckpoint;
use crate::directory::DirectoryError;
use crate::tile::Tile;
use crate::tile_source::TileSource;

/// Files of a log, for its one sequencer to write. [`LockedDirectory`](crate::LockedDirectory)
/// is one on a disk; `ledger-object-store` has one on S3.
///
/// After any error the caller knows nothing about what was stored ([`Log`](crate::Log) is then
/// poisoned, and reopening it finds out), except that a name never refers to half a file and that
/// a tile once published was not altered.
pub trait TileStore: TileSource {
    /// Stores tiles and bundles; on return all of them are durable. One that exists already with
    /// the same bytes is left as it is: an interrupted publication is being repeated.
    ///
    /// # Errors
    /// [`WriteError::Conflict`] when one exists with other bytes, which it keeps.
    fn create_tiles(&self, tiles: &[(Tile, Vec<u8>)]) -> Result<(), WriteError>;

    /// Replaces the checkpoint atomically and durably: readers see the old or the new one, whole.
    /// `expected` is what the caller published last, or found when it opened the log.
    ///
    /// # Errors
    /// [`WriteError::CheckpointMoved`] when the stored checkpoint is not `expected`: it is damaged,
    /// or somebody else publishes.
    fn replace_checkpoint(
        &self,
        expected: Option<&SignedCheckpoint>,
        checkpoint: &SignedCheckpoint,
    ) -> Result<(), WriteError>;

    /// Deletes the partial tiles at the place of a full one that is published. Stopping half-way
    /// leaves some behind, which is harmless.
    ///
    /// # Errors
    /// When they cannot be deleted.
    fn remove_partials_of(&self, tile: Tile) -> Result<(), WriteError>;
}

/// Why a write failed. The log cannot tell what was stored.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// A published file has other content than the log now computes.
    #[error("{} already exists with other content: the store is damaged, or the database \
        assigns entries that differ from the published ones; restore before continuing",
        path.display())]
    Conflict {
        /// The published file.
        path: PathBuf,
    },
    /// The published checkpoint is not the one that this log published or found.
    #[error("{} was changed by somebody else: another process publishes this log, or the file is \
        damaged; nothing was replaced", path.display())]
    CheckpointMoved {
        /// The checkpoint.
        path: PathBuf,
    },
    /// The operating system or the server refused.
    #[error("cannot write {}; check free space and permissions, then reopen the log", path.display())]
    Io {
        /// The file, folder or object.
        path: PathBuf,
        /// The reason given.
        #[source]
        source: io::Error,
    },
    /// The log does not hold the content any more: an error of this program.
    #[error("the content of {tile} is not in memory; reopen the log and report this error")]
    NotHeld {
        /// The tile to be written.
        tile: Tile,
    },
    /// A published file could not be read for comparison.
    #[error(transparent)]
    Compare(#[from] DirectoryError),
}
