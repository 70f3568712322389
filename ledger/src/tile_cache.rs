//! Nodes read from tiles on disk, with the most recently loaded tiles kept in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use crate::directory::DirectoryError;
use crate::hash::{Hash, node_hash};
use crate::subtree::Subtree;
use crate::tile::{TILE_HEIGHT, TILE_WIDTH, Tile, TileKind};
use crate::tile_source::TileSource;

/// Tiles kept in memory: at 16 kB each, 16 MB.
const CAPACITY: usize = 1024;

/// A tile's hashes and the inner nodes over them: `rows[h]` are its complete subtrees of height
/// `h`, 0 to 8.
#[derive(Debug)]
pub(crate) struct TileNodes {
    pub(crate) rows: Vec<Vec<Hash>>,
}

impl TileNodes {
    pub(crate) fn new(hashes: Vec<Hash>) -> Self {
        let mut rows = vec![hashes];
        for height in 0..usize::from(TILE_HEIGHT) {
            let (pairs, _odd) = rows[height].as_chunks::<2>();
            let above = pairs
                .iter()
                .map(|[left, right]| node_hash(*left, *right))
                .collect();
            rows.push(above);
        }
        Self { rows }
    }
}

/// The tile level that represents subtrees of this height, the height within the tile, and the
/// tile's index.
pub(crate) fn locate(subtree: Subtree) -> (TileKind, u8, u64) {
    let level = subtree.height / TILE_HEIGHT;
    let within = subtree.height % TILE_HEIGHT;
    (
        TileKind::Hashes { level },
        within,
        subtree.index >> (TILE_HEIGHT - within),
    )
}

/// Reads complete subtrees from stored tiles.
#[derive(Debug)]
pub(crate) struct TileCache {
    source: Arc<dyn TileSource>,
    loaded: Mutex<Loaded>,
}

/// First in, first out: proofs for recent entries want recent tiles, and a reload is cheap.
#[derive(Debug, Default)]
struct Loaded {
    tiles: HashMap<Tile, Arc<TileNodes>>,
    order: VecDeque<Tile>,
}

impl TileCache {
    pub(crate) fn new(source: Arc<dyn TileSource>) -> Self {
        Self {
            source,
            loaded: Mutex::default(),
        }
    }

    /// Where the tiles are read from.
    pub(crate) fn source(&self) -> &Arc<dyn TileSource> {
        &self.source
    }

    /// The hash of a subtree that a tree of `size` entries has completely.
    pub(crate) fn node(&self, subtree: Subtree, size: u64) -> Result<Hash, DirectoryError> {
        let (kind, within, index) = locate(subtree);
        // Only a caller's mistake asks for what its tree does not have; it reads as missing.
        let nowhere = || DirectoryError::NoSuchNode { subtree, size };
        let tile = Tile::in_tree(kind, index, size).ok_or_else(nowhere)?;
        let nodes = self.nodes(tile)?;
        let in_row = subtree.index & (u64::from(TILE_WIDTH >> within) - 1);
        let found = usize::try_from(in_row).ok().and_then(|at| {
            nodes
                .rows
                .get(usize::from(within))
                .and_then(|row| row.get(at))
        });
        found.copied().ok_or_else(nowhere)
    }

    fn nodes(&self, tile: Tile) -> Result<Arc<TileNodes>, DirectoryError> {
        // A panicking holder cannot leave the map half-changed in a way that matters: it is a cache.
        let lock = || self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(nodes) = lock().tiles.get(&tile) {
            return Ok(Arc::clone(nodes));
        }
        let nodes = Arc::new(TileNodes::new(self.source.read_hashes(tile)?));
        let mut loaded = lock();
        if loaded.tiles.insert(tile, Arc::clone(&nodes)).is_none() {
            loaded.order.push_back(tile);
        }
        if loaded.order.len() > CAPACITY
            && let Some(oldest) = loaded.order.pop_front()
        {
            loaded.tiles.remove(&oldest);
        }
        Ok(nodes)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::directory::TileDirectory;
    use crate::frontier::Frontier;
    use crate::hash::leaf_hash;

    #[test]
    fn locates_subtrees_in_tiles() {
        let leaves = TileKind::Hashes { level: 0 };
        let above = TileKind::Hashes { level: 1 };
        assert_eq!(
            locate(Subtree {
                height: 0,
                index: 300
            }),
            (leaves, 0, 1)
        );
        assert_eq!(
            locate(Subtree {
                height: 7,
                index: 3
            }),
            (leaves, 7, 1)
        );
        assert_eq!(
            locate(Subtree {
                height: 8,
                index: 255
            }),
            (above, 0, 0)
        );
        assert_eq!(
            locate(Subtree {
                height: 9,
                index: 128
            }),
            (above, 1, 1)
        );
    }

    #[test]
    fn inner_nodes_are_those_of_the_tree_and_survive_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let mut frontier = Frontier::new();
        let hashes: Vec<Hash> = (0..200_u8).map(|n| leaf_hash(&[n])).collect();
        let mut expected: HashMap<Subtree, Hash> = HashMap::new();
        for (number, leaf) in (0..).zip(&hashes) {
            frontier.push(*leaf, &mut |height, hash| {
                expected.insert(
                    Subtree {
                        height,
                        index: number >> height,
                    },
                    hash,
                );
            });
        }
        let tile = Tile::parse("tile/0/000.p/200").unwrap();
        let directory = TileDirectory::open(folder.path()).unwrap();
        let path = directory.path_of(tile);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(
            &path,
            hashes.iter().flat_map(|hash| hash.0).collect::<Vec<u8>>(),
        )
        .unwrap();

        let cache = TileCache::new(Arc::new(directory));
        for _ in 0..2 {
            for (subtree, hash) in &expected {
                assert_eq!(cache.node(*subtree, 200).unwrap(), *hash, "{subtree:?}");
            }
            // The second round is served from memory.
            fs::write(&path, b"").unwrap();
        }
        assert!(
            cache
                .node(
                    Subtree {
                        height: 0,
                        index: 200
                    },
                    200
                )
                .is_err()
        );
        assert!(
            cache
                .node(
                    Subtree {
                        height: 7,
                        index: 1
                    },
                    200
                )
                .is_err()
        );
    }
}
