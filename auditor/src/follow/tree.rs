//! A signed tree whose tiles lie in the mirror or at the server: every hash is checked, from the
//! root downward, before anyone sees it.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};

use ledger::{Frontier, Hash, MAX_TREE_SIZE, Subtree, TILE_WIDTH, Tile, TileKind, TreeHead};
use ledger::{decode_bundle, empty_root, encode_bundle, leaf_hash};

use super::mirror::Mirror;
use super::retry::Fetcher;
use super::{FetchError, Lie, RoundError};

/// Levels of tiles that a tree can have.
pub(super) const LEVELS: u8 = 7;
/// Binary levels of one tile.
const HEIGHT: u8 = 8;
/// Checked tiles kept in memory: 8 kB each. A pass needs one a level.
const KEPT: usize = 64;
/// Most bytes of an entry in a bundle: its length in two bytes, and 65,535 bytes.
const MAX_ENTRY: usize = 2 + 65_535;

/// Checked tiles by level and index.
type Checked = HashMap<(u8, u64), Arc<Vec<Hash>>>;

/// A tree whose right edge was found to lead to the signed root.
pub(super) struct Tree<'t> {
    mirror: &'t Mirror,
    fetcher: &'t Fetcher<'t>,
    head: TreeHead,
    /// The partial tile of each level that has one.
    edge: HashMap<u8, Arc<Vec<Hash>>>,
    checked: Mutex<Checked>,
}

/// How many items (hashes or, at level 0, entries) a tree of `size` entries has at a level.
pub(super) fn items(level: u8, size: u64) -> u64 {
    size >> (u32::from(HEIGHT) * u32::from(level))
}

/// The root over the hashes of one tile: exactly the hash in the tile above, if it is full.
fn tile_root(hashes: &[Hash]) -> Hash {
    let mut frontier = Frontier::new();
    for hash in hashes {
        frontier.push(*hash, &mut |_, _| {});
    }
    frontier.root()
}

impl<'t> Tree<'t> {
    /// Reads the right edge of the tree, at most seven tiles, and computes the root from it.
    ///
    /// What the mirror has of it is taken from there; should that not lead to the root, as after
    /// a damage, all of it is fetched.
    pub(super) fn open(
        mirror: &'t Mirror,
        fetcher: &'t Fetcher<'t>,
        head: TreeHead,
    ) -> Result<Self, RoundError> {
        if head.size > MAX_TREE_SIZE {
            return Err(Lie::TooManyEntries { size: head.size }.into());
        }
        let mut tree = Self {
            mirror,
            fetcher,
            head,
            edge: HashMap::new(),
            checked: Mutex::default(),
        };
        for from_mirror in [true, false] {
            let all_fetched = tree.load_edge(from_mirror)?;
            if tree.root_at(head.size)? == head.root {
                return Ok(tree);
            }
            if all_fetched {
                break;
            }
        }
        Err(Lie::Root { head }.into())
    }

    /// Whether every tile came from the server.
    fn load_edge(&mut self, from_mirror: bool) -> Result<bool, RoundError> {
        let mut all_fetched = true;
        for level in 0..LEVELS {
            let kind = TileKind::Hashes { level };
            let index = items(level, self.head.size) / u64::from(TILE_WIDTH);
            let Some(tile) = Tile::in_tree(kind, index, self.head.size) else {
                continue;
            };
            let kept = if from_mirror {
                self.mirror.read(tile)?
            } else {
                None
            };
            let kept = kept.and_then(|bytes| hashes_of(tile, &bytes).ok());
            all_fetched &= kept.is_none();
            let hashes = match kept {
                Some(hashes) => hashes,
                None => self.fetch_hashes(tile)?,
            };
            self.edge.insert(level, Arc::new(hashes));
        }
        Ok(all_fetched)
    }

    /// Fails once the run is to end.
    pub(super) fn ensure_running(&self) -> Result<(), FetchError> {
        if self.fetcher.stop.load(Ordering::Relaxed) {
            return Err(FetchError::Stopped);
        }
        Ok(())
    }

    pub(super) fn head(&self) -> TreeHead {
        self.head
    }

    /// The root that this tree's tiles give for its first `size` entries.
    ///
    /// The hashes of a level to the left of `size`, and after them, as one more, what the levels
    /// below leave over, have the shape of a tree of their own: both halve at the largest power of
    /// two below their number.
    pub(super) fn root_at(&self, size: u64) -> Result<Hash, RoundError> {
        let mut left_over = None;
        for level in 0..LEVELS {
            let items = items(level, size);
            let width = usize::try_from(items % u64::from(TILE_WIDTH)).unwrap_or_default();
            if width == 0 {
                continue;
            }
            let hashes = self.hashes(level, items / u64::from(TILE_WIDTH))?;
            let beginning = hashes.iter().take(width).copied();
            let row: Vec<Hash> = beginning.chain(left_over).collect();
            left_over = Some(tile_root(&row));
        }
        Ok(left_over.unwrap_or_else(empty_root))
    }

    /// The hash of a complete subtree that the tree has.
    pub(super) fn node(&self, subtree: Subtree) -> Result<Hash, RoundError> {
        let (level, within) = (subtree.height / HEIGHT, subtree.height % HEIGHT);
        let hashes = self.hashes(level, subtree.index >> (HEIGHT - within))?;
        let place = subtree.index & ((1 << (HEIGHT - within)) - 1);
        let first = usize::try_from(place << within).unwrap_or_default();
        let below = hashes.iter().skip(first).take(1 << within);
        Ok(tile_root(&below.copied().collect::<Vec<_>>()))
    }

    /// The hashes of tile `index` of a level, as wide as this tree has it.
    pub(super) fn hashes(&self, level: u8, index: u64) -> Result<Arc<Vec<Hash>>, RoundError> {
        let lock = || self.checked.lock().unwrap_or_else(PoisonError::into_inner);
        let tile = Tile::in_tree(TileKind::Hashes { level }, index, self.head.size);
        let Some(tile) = tile.filter(|tile| !tile.is_partial()) else {
            // Only the right edge has partial tiles, and it is all here.
            return Ok(self.edge.get(&level).map(Arc::clone).unwrap_or_default());
        };
        if let Some(hashes) = lock().get(&(level, index)) {
            return Ok(Arc::clone(hashes));
        }
        let above = self.hashes(level + 1, index / u64::from(TILE_WIDTH))?;
        let position = usize::try_from(index % u64::from(TILE_WIDTH)).unwrap_or_default();
        let expected = above.get(position).copied().ok_or(Lie::Tile(tile))?;
        let hashes = Arc::new(self.full_tile(tile, expected)?);
        let mut checked = lock();
        if checked.len() >= KEPT {
            checked.clear();
        }
        checked.insert((level, index), Arc::clone(&hashes));
        Ok(hashes)
    }

    /// A full tile whose root is known.
    fn full_tile(&self, tile: Tile, expected: Hash) -> Result<Vec<Hash>, RoundError> {
        if let Some(bytes) = self.mirror.read(tile)?
            && let Ok(hashes) = hashes_of(tile, &bytes)
            && tile_root(&hashes) == expected
        {
            return Ok(hashes);
        }
        let hashes = self.fetch_hashes(tile)?;
        if tile_root(&hashes) == expected {
            Ok(hashes)
        } else {
            Err(Lie::Tile(tile).into())
        }
    }

    fn fetch_hashes(&self, tile: Tile) -> Result<Vec<Hash>, RoundError> {
        let (found, bytes) = self.fetch(tile)?;
        let mut hashes = hashes_of(found, &bytes)?;
        hashes.truncate(usize::from(tile.width()));
        Ok(hashes)
    }

    /// A bundle whose leaf hashes are known, with exactly the width asked for.
    pub(super) fn bundle(&self, bundle: Tile, leaves: &[Hash]) -> Result<Vec<u8>, RoundError> {
        if let Some(bytes) = self.mirror.read(bundle)?
            && check_bundle(bundle, bundle, &bytes, leaves).is_ok()
        {
            return Ok(bytes);
        }
        let (found, bytes) = self.fetch(bundle)?;
        let entries = check_bundle(bundle, found, &bytes, leaves)?;
        if found == bundle {
            return Ok(bytes);
        }
        let entries = entries.into_iter().take(leaves.len());
        Ok(encode_bundle(entries).map_err(|_| Lie::Shape(found))?)
    }

    /// The file of a tile, or of the full one at its place: a log may delete a partial tile once
    /// the full one exists (tlog-tiles, "Partial Tiles").
    fn fetch(&self, tile: Tile) -> Result<(Tile, Vec<u8>), RoundError> {
        for candidate in [tile, tile.to_full()] {
            let item = match tile.kind() {
                TileKind::Hashes { .. } => Hash::LEN,
                TileKind::Entries => MAX_ENTRY,
            };
            let limit = item * usize::from(candidate.width());
            if let Some(bytes) = self.fetcher.get(&candidate.to_string(), limit)? {
                return Ok((candidate, bytes));
            }
            if !tile.is_partial() {
                break;
            }
        }
        Err(Lie::Missing(tile).into())
    }
}

/// Splits a file into the hashes of its tile.
fn hashes_of(tile: Tile, bytes: &[u8]) -> Result<Vec<Hash>, Lie> {
    let (hashes, rest) = bytes.as_chunks::<{ Hash::LEN }>();
    if rest.is_empty() && hashes.len() == usize::from(tile.width()) {
        Ok(hashes.iter().copied().map(Hash).collect())
    } else {
        Err(Lie::Shape(tile))
    }
}

/// Splits `bytes`, the file of `found`, and checks the entries of `bundle`, its beginning.
fn check_bundle<'b>(
    bundle: Tile,
    found: Tile,
    bytes: &'b [u8],
    leaves: &[Hash],
) -> Result<Vec<&'b [u8]>, Lie> {
    let entries = decode_bundle(bytes, found.width()).map_err(|_| Lie::Shape(found))?;
    if leaves.len() > entries.len() {
        return Err(Lie::Shape(found));
    }
    for ((entry, leaf), index) in entries.iter().zip(leaves).zip(bundle.entries()) {
        if leaf_hash(entry) != *leaf {
            return Err(Lie::Entry { index, bundle });
        }
    }
    Ok(entries)
}
