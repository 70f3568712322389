//! What the log keeps in memory: the right-most tile of each row, and everything after the last
//! published one.

use std::collections::VecDeque;

use crate::directory::DirectoryError;
use crate::entry_bundle::{bundle_prefix, decode_bundle};
use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::staged::BundlePiece;
use crate::subtree::Subtree;
use crate::tile::{MAX_LEVEL, TILE_HEIGHT, TILE_WIDTH, Tile, TileKind};
use crate::tile_cache::{TileNodes, locate};
use crate::tile_source::TileSource;

/// All complete subtrees and entries from the last published tile boundary on.
#[derive(Debug)]
pub(crate) struct RightEdge {
    /// `rows[h]`: the complete subtrees of height `h`, from the start of a tile on.
    rows: Vec<Row>,
    /// Encoded entries of consecutive bundles, from number `first_bundle` on.
    bundles: VecDeque<Vec<u8>>,
    first_bundle: u64,
}

#[derive(Debug, Default)]
struct Row {
    first: u64,
    hashes: Vec<Hash>,
}

impl Row {
    fn get(&self, index: u64) -> Option<Hash> {
        let at = usize::try_from(index.checked_sub(self.first)?).ok()?;
        self.hashes.get(at).copied()
    }

    fn forget_before(&mut self, first: u64) {
        let gone = usize::try_from(first.saturating_sub(self.first)).unwrap_or(usize::MAX);
        self.hashes.drain(..gone.min(self.hashes.len()));
        self.first = self.first.max(first);
    }
}

/// Why the right edge could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum EdgeError {
    /// A tile of the edge cannot be read.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// An entry of the last bundle does not hash to its leaf.
    #[error("entry {index} in {bundle} does not hash to the leaf in {tile}; restore the directory")]
    Entry {
        /// Index of the entry in the log.
        index: u64,
        /// The bundle.
        bundle: Tile,
        /// The tile of leaf hashes.
        tile: Tile,
    },
}

impl RightEdge {
    /// Loads the partial tiles of a tree of `size` entries: at most 7 tiles and a bundle. The
    /// hashes are as good as the files; the caller compares the frontier's root.
    pub(crate) fn load(source: &dyn TileSource, size: u64) -> Result<(Self, Frontier), EdgeError> {
        let mut rows = Vec::new();
        let mut leaves = None;
        for level in 0..=MAX_LEVEL {
            let kind = TileKind::Hashes { level };
            let index = kind.items(size) / u64::from(TILE_WIDTH);
            // `None` when the row ends with a full tile.
            let tile = Tile::in_tree(kind, index, size);
            let hashes = tile.map(|tile| source.read_hashes(tile)).transpose()?;
            if level == 0 {
                leaves = tile.zip(hashes.clone());
            }
            let nodes = TileNodes::new(hashes.unwrap_or_default());
            // The row of height 8 is the next level's first: that level's own tile provides it.
            let inner = nodes.rows.into_iter().zip((1..=TILE_HEIGHT).rev());
            rows.extend(inner.map(|(hashes, shift)| Row {
                first: index << shift,
                hashes,
            }));
        }
        let first_bundle = size / u64::from(TILE_WIDTH);
        let mut edge = Self {
            rows,
            bundles: VecDeque::new(),
            first_bundle,
        };
        if let Some((tile, leaves)) = leaves {
            edge.bundles.push_back(load_bundle(source, tile, &leaves)?);
        }
        let frontier = edge.frontier(size);
        Ok((edge, frontier))
    }

    /// The peaks of a tree of `size` entries, all of which are in the rows.
    fn frontier(&self, size: u64) -> Frontier {
        let heights = self.rows.iter().enumerate().rev();
        let peaks = heights.filter(|(height, _)| (size >> height) & 1 == 1);
        let peaks = peaks.filter_map(|(height, row)| row.get((size >> height) - 1));
        Frontier::from_peaks(size, peaks.collect())
    }

    /// The hash of a complete subtree; `None` when it lies before the edge, in a published tile.
    pub(crate) fn node(&self, subtree: Subtree) -> Option<Hash> {
        self.rows
            .get(usize::from(subtree.height))?
            .get(subtree.index)
    }

    /// Appends a complete subtree; each height receives its own in order.
    pub(crate) fn push_node(&mut self, height: u8, hash: Hash) {
        if let Some(row) = self.rows.get_mut(usize::from(height)) {
            row.hashes.push(hash);
        }
    }

    /// Appends encoded entries; pieces arrive in order.
    pub(crate) fn push_entries(&mut self, piece: &BundlePiece) {
        let present = u64::try_from(self.bundles.len()).unwrap_or(u64::MAX);
        if piece.bundle == self.first_bundle + present {
            self.bundles.push_back(Vec::new());
        }
        if let Some(last) = self.bundles.back_mut() {
            last.extend_from_slice(&piece.bytes);
        }
    }

    /// The bytes of a tile's file; `None` when the edge does not hold all of it.
    pub(crate) fn file_of(&self, tile: Tile) -> Option<Vec<u8>> {
        let TileKind::Hashes { level } = tile.kind() else {
            let at = usize::try_from(tile.index().checked_sub(self.first_bundle)?).ok()?;
            return bundle_prefix(self.bundles.get(at)?, tile.width())
                .ok()
                .map(<[u8]>::to_vec);
        };
        let first = tile.index() * u64::from(TILE_WIDTH);
        let mut bytes = Vec::with_capacity(usize::from(tile.width()) * Hash::LEN);
        for index in first..first + u64::from(tile.width()) {
            let hash = self.node(Subtree {
                height: level * TILE_HEIGHT,
                index,
            })?;
            bytes.extend_from_slice(&hash.0);
        }
        Some(bytes)
    }

    /// Forgets the full tiles of a tree of `size` entries, now that they are published.
    pub(crate) fn forget_full_tiles(&mut self, size: u64) {
        for (height, row) in (0..).zip(&mut self.rows) {
            let (kind, within, _) = locate(Subtree { height, index: 0 });
            let full_tiles = kind.items(size) / u64::from(TILE_WIDTH);
            row.forget_before(full_tiles << (TILE_HEIGHT - within));
        }
        let full_bundles = size / u64::from(TILE_WIDTH);
        while self.first_bundle < full_bundles && self.bundles.pop_front().is_some() {
            self.first_bundle += 1;
        }
    }
}

fn load_bundle(source: &dyn TileSource, tile: Tile, leaves: &[Hash]) -> Result<Vec<u8>, EdgeError> {
    let bundle = tile.as_entries();
    let bytes = source.read_bundle(bundle)?;
    let entries =
        decode_bundle(&bytes, bundle.width()).map_err(|source| DirectoryError::Bundle {
            tile: bundle,
            source,
        })?;
    for ((index, entry), leaf) in (bundle.entries().start..).zip(entries).zip(leaves) {
        if leaf_hash(entry) != *leaf {
            return Err(EdgeError::Entry {
                index,
                bundle,
                tile,
            });
        }
    }
    Ok(bytes)
}
