//! Making the log public: tiles and entry bundles first, then the checkpoint that needs them.

use std::sync::Arc;

use crate::checkpoint::{SignedCheckpoint, TreeHead};
use crate::directory::DirectoryError;
use crate::log::{Access, Log};
use crate::tile::{MAX_LEVEL, TILE_WIDTH, Tile, TileKind};
use crate::tile_store::{TileStore, WriteError};

/// Why a checkpoint was not published.
#[derive(Debug, thiserror::Error)]
pub enum PublishError {
    /// An earlier publication failed.
    #[error("a publication failed; reopen the log before publishing")]
    Poisoned,
    /// The log [follows](Log::follow) another process, which publishes.
    #[error("this log follows another process, which publishes; open the log to publish here")]
    Follows,
    /// The checkpoint is another log's.
    #[error("the checkpoint is of the log '{found}', not of '{expected}'")]
    OtherOrigin {
        /// Origin of the checkpoint.
        found: String,
        /// Origin of this log.
        expected: String,
    },
    /// A published log never shrinks.
    #[error("a checkpoint of size {size} cannot replace the published one of size {published}")]
    Older {
        /// Size of the checkpoint.
        size: u64,
        /// Size of the published checkpoint.
        published: u64,
    },
    /// The log has fewer entries than the checkpoint.
    #[error("the checkpoint has {size} entries, the log only {adopted}")]
    Ahead {
        /// Size of the checkpoint.
        size: u64,
        /// Adopted entries.
        adopted: u64,
    },
    /// The checkpoint's root is not this log's at that size.
    #[error(
        "the checkpoint of size {size} has another root than the log: it must not be published"
    )]
    OtherRoot {
        /// Size of the checkpoint.
        size: u64,
    },
    /// A node needed to check the root could not be read. Nothing was written.
    #[error(transparent)]
    Read(#[from] DirectoryError),
    /// Writing failed; the log is poisoned.
    #[error("publication failed half-way; reopen the log: {0}")]
    Write(#[from] WriteError),
}

impl Log {
    /// Writes the tiles and bundles that the checkpoint needs, then the checkpoint itself, durably.
    /// The checkpoint may lag behind the adopted tree (witnesses take their time), and may repeat
    /// the published one with more cosignatures. Its signature is not checked here.
    ///
    /// # Errors
    /// A checkpoint that does not fit is refused and changes nothing. Any failure to write poisons
    /// the log: what reached the disk is unknown, so it never stages, signs or publishes again;
    /// reopening it finds out.
    pub fn publish(&mut self, checkpoint: &SignedCheckpoint) -> Result<(), PublishError> {
        if self.poisoned {
            return Err(PublishError::Poisoned);
        }
        let store = match &self.access {
            Access::Leads(store) => Arc::clone(store),
            Access::Follows => return Err(PublishError::Follows),
        };
        let head = self.check_fits(checkpoint)?;
        let written = self.write(store.as_ref(), checkpoint, head);
        self.poisoned = written.is_err();
        Ok(written?)
    }

    fn check_fits(&self, checkpoint: &SignedCheckpoint) -> Result<TreeHead, PublishError> {
        let claimed = checkpoint.claimed();
        let head = claimed.head();
        if claimed.origin() != self.origin {
            let (found, expected) = (claimed.origin().to_owned(), self.origin.clone());
            return Err(PublishError::OtherOrigin { found, expected });
        }
        if head.size < self.published.size {
            return Err(PublishError::Older {
                size: head.size,
                published: self.published.size,
            });
        }
        if head.size > self.size() {
            return Err(PublishError::Ahead {
                size: head.size,
                adopted: self.size(),
            });
        }
        if head.root != self.root_at(head.size)? {
            return Err(PublishError::OtherRoot { size: head.size });
        }
        Ok(head)
    }

    fn write(
        &mut self,
        store: &dyn TileStore,
        checkpoint: &SignedCheckpoint,
        head: TreeHead,
    ) -> Result<(), WriteError> {
        let tiles = new_tiles(self.published.size, head.size);
        let files = tiles.iter().map(|tile| {
            // The edge holds all that is unpublished; a gap would be our own error.
            let content = self.edge.file_of(*tile);
            Ok((*tile, content.ok_or(WriteError::NotHeld { tile: *tile })?))
        });
        let files = files.collect::<Result<Vec<_>, WriteError>>()?;

        // COMMIT POINT of each file. A crash before, between or after leaves tiles that no
        // checkpoint covers; the next publication computes the same bytes and finds them equal.
        store.create_tiles(&files)?;

        // COMMIT POINT of the publication. Before the replacement readers see the old checkpoint,
        // after it the new one; either way all its tiles are durable.
        store.replace_checkpoint(self.checkpoint.as_ref(), checkpoint)?;
        self.checkpoint = Some(checkpoint.clone());
        self.published = head;
        self.edge.forget_full_tiles(head.size);

        // A crash from here on leaves partial tiles beside full ones, which does no harm.
        let full = tiles.iter().filter(|tile| !tile.is_partial());
        full.copied()
            .try_for_each(|tile| store.remove_partials_of(tile))
    }
}

/// The tiles and bundles of a tree of `to` entries that a tree of `from` entries does not have,
/// row by row.
fn new_tiles(from: u64, to: u64) -> Vec<Tile> {
    let levels = (0..=MAX_LEVEL).map(|level| TileKind::Hashes { level });
    let kinds = std::iter::once(TileKind::Entries).chain(levels);
    let row = |kind: TileKind| {
        let first = kind.items(from) / u64::from(TILE_WIDTH);
        (first..kind.tiles(to)).filter_map(move |index| Tile::in_tree(kind, index, to))
    };
    let in_old = |tile: &Tile| Tile::in_tree(tile.kind(), tile.index(), from) == Some(*tile);
    kinds.flat_map(row).filter(|tile| !in_old(tile)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn paths(from: u64, to: u64) -> Vec<String> {
        new_tiles(from, to).iter().map(Tile::to_string).collect()
    }

    #[test]
    fn only_what_changed_is_written() {
        assert_eq!(paths(0, 0), [""; 0]);
        assert_eq!(paths(5, 5), [""; 0]);
        assert_eq!(paths(0, 1), ["tile/entries/000.p/1", "tile/0/000.p/1"]);
        assert_eq!(
            paths(255, 257),
            [
                "tile/entries/000",
                "tile/entries/001.p/1",
                "tile/0/000",
                "tile/0/001.p/1",
                "tile/1/000.p/1"
            ]
        );
        assert_eq!(paths(256, 257), ["tile/entries/001.p/1", "tile/0/001.p/1"]);
    }
}
