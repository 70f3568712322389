//! Reading published files again, a few at a time and for ever, to find a flipped bit before
//! anybody relies on it.
//!
//! What is compared with what: the log holds the right-most tile of each row in memory, and with it
//! the hash of every full tile that has no full tile above. Each full tile on disk must hash to
//! its parent, which is in that memory or in a full tile verified the same way; each partial tile
//! must equal that memory; each entry must hash to its leaf in a verified tile; a leftover partial
//! tile must be the beginning of the wider one. So one round vouches for every file, by nothing but
//! the memory of the process that built the tree, and no key.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::directory::DirectoryError;
use crate::entry_bundle::{bundle_prefix, decode_bundle};
use crate::hash::{Hash, leaf_hash};
use crate::log::{Access, Log};
use crate::subtree::Subtree;
use crate::tile::{MAX_LEVEL, TILE_HEIGHT, TILE_WIDTH, Tile, TileKind};
use crate::tile_cache::TileNodes;
use crate::tile_source::{LogFile, TileSource};

const WIDTH: u64 = TILE_WIDTH as u64;

/// What a scrub found wrong: the first thing. The scrub stays there, and finds it again.
#[derive(Debug, thiserror::Error)]
pub enum ScrubError {
    /// A file is missing, unreadable or malformed.
    #[error(transparent)]
    Read(#[from] DirectoryError),
    /// The stored checkpoint is not the one that this log published or found.
    #[error("the checkpoint is not the one this log published: it is damaged, or was replaced")]
    Checkpoint,
    /// A tile has other hashes than the log computed.
    #[error("{tile} is damaged: its hashes are not those of the tree; restore it from a copy")]
    Tile {
        /// The damaged tile.
        tile: Tile,
    },
    /// An entry has other content than the log was given.
    #[error("the entry {index} in {bundle} is damaged; restore the bundle from a copy")]
    Entry {
        /// Index of the entry in the log.
        index: u64,
        /// The damaged bundle.
        bundle: Tile,
    },
    /// A leftover partial tile or bundle is not the beginning of the wider one.
    #[error("{partial} is damaged: it is not the beginning of {tile}")]
    Partial {
        /// The damaged leftover.
        partial: Tile,
        /// The wider tile at the same place.
        tile: Tile,
    },
}

/// What a log knows by heart of its published tree: what a [`Scrub`] compares with. A snapshot of
/// some 60 kB at most, so that scrubbing does not hold the log.
#[derive(Debug)]
pub struct ScrubBase {
    source: Arc<dyn TileSource>,
    size: u64,
    /// By level: the hashes of the row's last, partial tile; empty where the row ends with a full
    /// one.
    edge: Vec<Vec<Hash>>,
}

impl Log {
    /// What to scrub the published files with, as of now. The log that publishes also compares the
    /// stored checkpoint with the one it published last.
    ///
    /// # Errors
    /// When the checkpoint is another or cannot be read.
    pub fn scrub_base(&self) -> Result<ScrubBase, ScrubError> {
        let source = Arc::clone(self.cache.source());
        if matches!(self.access, Access::Leads(_)) {
            let published = self.published_checkpoint.as_ref().map(ToString::to_string);
            if source.read(LogFile::Checkpoint)? != published.map(String::into_bytes) {
                return Err(ScrubError::Checkpoint);
            }
        }
        let size = self.published.size;
        let row = |level| {
            let items = TileKind::Hashes { level }.items(size);
            let held = (items - items % WIDTH..items).map(|index| {
                let height = level * TILE_HEIGHT;
                let subtree = Subtree { height, index };
                let missing = DirectoryError::NoSuchNode { subtree, size };
                self.edge.node(subtree).ok_or(missing)
            });
            held.collect::<Result<Vec<_>, _>>()
        };
        let edge = (0..=MAX_LEVEL).map(row).collect::<Result<_, _>>()?;
        Ok(ScrubBase { source, size, edge })
    }
}

impl ScrubBase {
    fn tile(&self, kind: TileKind, index: u64) -> Option<Tile> {
        Tile::in_tree(kind, index, self.size)
    }

    /// The hash at this place of a row if it is in memory.
    fn known(&self, level: u8, index: u64) -> Option<Hash> {
        let items = TileKind::Hashes { level }.items(self.size);
        let at = index.checked_sub(items - items % WIDTH)?;
        let row = self.edge.get(usize::from(level))?;
        row.get(usize::try_from(at).ok()?).copied()
    }

    /// Compares what is left of narrower tiles at the place of a verified one.
    fn check_leftovers(&self, tile: Tile, beginning: Beginning<'_>) -> Result<(), ScrubError> {
        for partial in self.source.partial_tiles(tile)? {
            if partial.width() > tile.width() {
                // Of a publication later than this base.
                continue;
            }
            match self.source.read_file(partial)? {
                Some(bytes) if !beginning(partial.width(), &bytes) => {
                    return Err(ScrubError::Partial { partial, tile });
                }
                // Gone since it was listed: a publication has just completed the tile.
                _ => {}
            }
        }
        Ok(())
    }

    /// Compares entries with verified leaves.
    fn check_bundle(&self, bundle: Tile, leaves: &[Hash]) -> Result<(), ScrubError> {
        let bytes = self.source.read_bundle(bundle)?;
        let damaged = |source| DirectoryError::Bundle {
            tile: bundle,
            source,
        };
        let entries = decode_bundle(&bytes, bundle.width()).map_err(damaged)?;
        for ((index, entry), leaf) in bundle.entries().zip(entries).zip(leaves) {
            if leaf_hash(entry) != *leaf {
                return Err(ScrubError::Entry { index, bundle });
            }
        }
        self.check_leftovers(bundle, &|width, found| {
            bundle_prefix(&bytes, width).is_ok_and(|beginning| beginning == found)
        })
    }
}

/// Whether these bytes are the first so many items of a tile.
type Beginning<'b> = &'b dyn Fn(u16, &[u8]) -> bool;

/// How far a scrub is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScrubProgress {
    /// Entry bundles verified in this round, each with all tiles that begin at it.
    pub verified: u64,
    /// Entry bundles to verify in this round, as of now: the log grows.
    pub bundles: u64,
    /// Rounds completed: every file was verified at least so many times.
    pub rounds: u64,
}

/// A place in the published tree, which goes round and round. One per log; memory holds one tile
/// per level.
#[derive(Debug, Default)]
pub struct Scrub {
    /// Number of the bundle to verify next.
    next: u64,
    rounds: u64,
    /// By level: the full tile verified last, for the hashes of the tiles below it.
    above: BTreeMap<u8, (u64, Vec<Hash>)>,
}

impl Scrub {
    /// A scrub at the beginning of its first round.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Verifies the next `bundles` entry bundles with their leaf tiles, and each tile above that
    /// begins with one of them, up to the end of the round. A bundle with its tile takes two reads
    /// and a listing, and about as much computing as building it took. A base is never older than
    /// that of the step before.
    ///
    /// # Errors
    /// The first file that is not what the log made of it, by name.
    pub fn step(&mut self, base: &ScrubBase, bundles: u64) -> Result<ScrubProgress, ScrubError> {
        let all = TileKind::Entries.tiles(base.size);
        let end = self.next.saturating_add(bundles).min(all);
        while self.next < end {
            self.verify_place(base, self.next)?;
            self.next += 1;
        }
        let verified = self.next;
        if self.next >= all {
            self.next = 0;
            self.above.clear();
            self.rounds += 1;
        }
        Ok(ScrubProgress {
            verified,
            bundles: all,
            rounds: self.rounds,
        })
    }

    /// Bundle number `place`, its leaf tile, and the tiles of higher levels that begin there.
    fn verify_place(&mut self, base: &ScrubBase, place: u64) -> Result<(), ScrubError> {
        // A tile of level `l` begins at every 256^l-th bundle. From the top down: the upper vouch
        // for the lower.
        let begins = |level: &u8| place.trailing_zeros() >= u32::from(level * TILE_HEIGHT);
        for level in (1..=MAX_LEVEL)
            .rev()
            .filter(|level| place == 0 || begins(level))
        {
            self.verify_tile(base, level, place >> (level * TILE_HEIGHT))?;
        }
        let leaves = self.verify_tile(base, 0, place)?;
        match base.tile(TileKind::Entries, place) {
            Some(bundle) => base.check_bundle(bundle, &leaves),
            None => Ok(()),
        }
    }

    /// The hashes of a stored tile, once they are known to be right; none where the tree has no
    /// such tile.
    fn verify_tile(
        &mut self,
        base: &ScrubBase,
        level: u8,
        index: u64,
    ) -> Result<Vec<Hash>, ScrubError> {
        let Some(tile) = base.tile(TileKind::Hashes { level }, index) else {
            return Ok(Vec::new());
        };
        let hashes = base.source.read_hashes(tile)?;
        let right = if tile.is_partial() {
            base.edge.get(usize::from(level)) == Some(&hashes)
        } else {
            let root = TileNodes::new(hashes.clone()).rows.pop();
            root == Some(vec![self.parent(base, level + 1, index)?])
        };
        if !right {
            return Err(ScrubError::Tile { tile });
        }
        base.check_leftovers(tile, &|width, found| {
            let beginning = hashes.iter().take(usize::from(width));
            beginning.flat_map(|hash| &hash.0).eq(found)
        })?;
        if !tile.is_partial() {
            self.above.insert(level, (index, hashes.clone()));
        }
        Ok(hashes)
    }

    /// The right hash at a place of a row: from memory, or from a verified full tile.
    fn parent(&mut self, base: &ScrubBase, level: u8, index: u64) -> Result<Hash, ScrubError> {
        if let Some(hash) = base.known(level, index) {
            return Ok(hash);
        }
        let (tile, position) = (index / WIDTH, usize::try_from(index % WIDTH));
        let held = self.above.get(&level).filter(|(held, _)| *held == tile);
        let hashes = match held {
            Some((_, hashes)) => hashes,
            // The tile became full since the round passed its beginning.
            None => &self.verify_tile(base, level, tile)?,
        };
        let hash = position.ok().and_then(|position| hashes.get(position));
        let (height, size) = (level * TILE_HEIGHT, base.size);
        let subtree = Subtree { height, index };
        let nowhere = || DirectoryError::NoSuchNode { subtree, size };
        Ok(hash.copied().ok_or_else(nowhere)?)
    }
}
