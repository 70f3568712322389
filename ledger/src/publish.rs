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

/// What has to be written to make a checkpoint public. It does not need the log: the sequencer
/// goes on while it is written.
#[derive(Debug)]
pub struct Publication {
    store: Arc<dyn TileStore>,
    tiles: Vec<(Tile, Vec<u8>)>,
    expected: Option<SignedCheckpoint>,
    checkpoint: SignedCheckpoint,
}

/// A publication that is durable, for [`Log::published`].
#[derive(Debug)]
pub struct Published(SignedCheckpoint);

impl Publication {
    /// Writes the tiles and bundles, then the checkpoint, durably.
    ///
    /// # Errors
    /// What reached the store is unknown then: [`Log::poison`] the log.
    pub fn write(self) -> Result<Published, WriteError> {
        // COMMIT POINT of each file. A crash before, between or after leaves tiles that no
        // checkpoint covers; the next publication computes the same bytes and finds them equal.
        self.store.create_tiles(&self.tiles)?;

        // COMMIT POINT of the publication. Before the replacement readers see the old checkpoint,
        // after it the new one; either way all its tiles are durable.
        self.store
            .replace_checkpoint(self.expected.as_ref(), &self.checkpoint)?;

        // A crash from here on leaves partial tiles beside full ones, which does no harm.
        let tiles = self.tiles.iter().map(|(tile, _)| *tile);
        tiles
            .filter(|tile| !tile.is_partial())
            .try_for_each(|tile| self.store.remove_partials_of(tile))?;
        Ok(Published(self.checkpoint))
    }
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
        match self.prepare_publication(checkpoint)?.write() {
            Ok(published) => {
                self.published(published);
                Ok(())
            }
            Err(error) => {
                self.poison();
                Err(error.into())
            }
        }
    }

    /// The first part of [`Log::publish`], which needs the log; then [`Publication::write`], which
    /// does not; then [`Log::published`] or [`Log::poison`]. One publication at a time.
    ///
    /// # Errors
    /// A checkpoint that does not fit is refused and changes nothing.
    pub fn prepare_publication(
        &self,
        checkpoint: &SignedCheckpoint,
    ) -> Result<Publication, PublishError> {
        if self.poisoned {
            return Err(PublishError::Poisoned);
        }
        let store = match &self.access {
            Access::Leads(store) => Arc::clone(store),
            Access::Follows => return Err(PublishError::Follows),
        };
        let head = self.check_fits(checkpoint)?;
        let tiles = new_tiles(self.published.size, head.size).into_iter();
        let tiles = tiles.map(|tile| {
            // The edge holds all that is unpublished; a gap would be our own error.
            let content = self.edge.file_of(tile);
            Ok((tile, content.ok_or(WriteError::NotHeld { tile })?))
        });
        Ok(Publication {
            store,
            tiles: tiles.collect::<Result<_, WriteError>>()?,
            expected: self.published_checkpoint.clone(),
            checkpoint: checkpoint.clone(),
        })
    }

    /// Takes note that a publication is durable, and gives back the memory of its full tiles.
    pub fn published(&mut self, published: Published) {
        let Published(checkpoint) = published;
        self.published = checkpoint.claimed().head();
        self.edge.forget_full_tiles(self.published.size);
        self.published_checkpoint = Some(checkpoint);
    }

    /// Stops the log: it never stages, signs or publishes again. For a publication that failed.
    pub fn poison(&mut self) {
        self.poisoned = true;
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
