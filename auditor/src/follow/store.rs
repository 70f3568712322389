//! Writing what the mirror lacks of a tree: from the top level down, so that each tile is checked
//! against one that is there already, several at a time.

use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use ledger::{TILE_WIDTH, Tile, TileKind};

use super::mirror::{Mirror, MirrorError};
use super::tree::{LEVELS, Tree, items};
use super::{Following, RoundError};

/// What was written.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Written {
    pub(super) files: u64,
    pub(super) bytes: u64,
}

/// One pass: what all workers share.
struct Pass<'p> {
    tree: &'p Tree<'p>,
    mirror: &'p Mirror,
    /// Entries that the mirror had.
    from: u64,
    workers: usize,
    progress: &'p (dyn Fn(Following) + Sync),
    entries: AtomicU64,
    files: AtomicU64,
    bytes: AtomicU64,
}

/// Writes every tile and bundle that a tree of `from` entries does not have and `tree` has.
pub(super) fn store(
    tree: &Tree<'_>,
    mirror: &Mirror,
    from: u64,
    workers: usize,
    progress: &(dyn Fn(Following) + Sync),
) -> Result<Written, RoundError> {
    let pass = Pass {
        tree,
        mirror,
        from,
        workers,
        progress,
        entries: AtomicU64::new(0),
        files: AtomicU64::new(0),
        bytes: AtomicU64::new(0),
    };
    let width = u64::from(TILE_WIDTH);
    for level in (0..LEVELS).rev() {
        let mut start = items(level, from) / width;
        let end = items(level, tree.head().size).div_ceil(width);
        while start < end {
            // The children of one tile at a time: it stays in memory meanwhile.
            let stop = end.min((start / width + 1) * width);
            pass.tiles(level, start..stop)?;
            start = stop;
        }
    }
    Ok(Written {
        files: pass.files.into_inner(),
        bytes: pass.bytes.into_inner(),
    })
}

impl Pass<'_> {
    fn tiles(&self, level: u8, range: Range<u64>) -> Result<(), RoundError> {
        let next = AtomicU64::new(range.start);
        let failed = AtomicBool::new(false);
        let first_error = Mutex::new(None);
        let work = || {
            while !failed.load(Ordering::Relaxed) {
                let index = next.fetch_add(1, Ordering::Relaxed);
                if index >= range.end {
                    return;
                }
                if let Err(error) = self.tile(level, index) {
                    failed.store(true, Ordering::Relaxed);
                    let mut first = first_error.lock().unwrap_or_else(PoisonError::into_inner);
                    first.get_or_insert(error);
                }
            }
        };
        let tiles = usize::try_from(range.end - range.start).unwrap_or(usize::MAX);
        thread::scope(|scope| {
            for _ in 1..self.workers.min(tiles) {
                scope.spawn(work);
            }
            work();
        });
        let first_error = first_error.into_inner();
        first_error
            .unwrap_or_else(PoisonError::into_inner)
            .map_or(Ok(()), Err)
    }

    fn tile(&self, level: u8, index: u64) -> Result<(), RoundError> {
        self.tree.ensure_running()?;
        let size = self.tree.head().size;
        let kind = TileKind::Hashes { level };
        let Some(tile) = Tile::in_tree(kind, index, size) else {
            return Ok(());
        };
        let hashes = self.tree.hashes(level, index)?;
        let bytes: Vec<u8> = hashes.iter().flat_map(|hash| hash.0).collect();
        self.keep(tile, &bytes)?;
        let bundle = Tile::in_tree(TileKind::Entries, index, size);
        if let Some(bundle) = bundle.filter(|_| level == 0) {
            let bytes = self.tree.bundle(bundle, &hashes)?;
            self.keep(bundle, &bytes)?;
            let entries = bundle.entries();
            let new = entries.end - entries.start.max(self.from).min(entries.end);
            (self.progress)(Following {
                entries: self.entries.fetch_add(new, Ordering::Relaxed) + new,
                of: size - self.from,
            });
        }
        Ok(())
    }

    /// Writes a file, unless the mirror has exactly these bytes.
    fn keep(&self, tile: Tile, bytes: &[u8]) -> Result<(), MirrorError> {
        if self.mirror.read(tile)?.as_deref() == Some(bytes) {
            return Ok(());
        }
        self.mirror.write(tile, bytes)?;
        self.files.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes.len() as u64, Ordering::Relaxed);
        Ok(())
    }
}

/// Deletes the partial tiles of a tree of `from` entries that are full in one of `size`.
pub(super) fn tidy(mirror: &Mirror, from: u64, size: u64) -> Result<(), MirrorError> {
    let width = u64::from(TILE_WIDTH);
    let levels = (0..LEVELS).map(|level| (TileKind::Hashes { level }, level));
    for (kind, level) in levels.chain([(TileKind::Entries, 0)]) {
        let index = items(level, from) / width;
        if items(level, size) / width > index
            && let Some(tile) = Tile::in_tree(kind, index, size)
        {
            mirror.remove_partials_of(tile)?;
        }
    }
    Ok(())
}
