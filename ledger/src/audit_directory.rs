//! Verifying a whole directory, or other store, against a pinned key: every entry, every tile, every signature.

use std::collections::BTreeMap;

use crate::checkpoint::{SignedCheckpoint, TreeHead};
use crate::directory::DirectoryError;
use crate::entry_bundle::{bundle_prefix, decode_bundle};
use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::tile::{MAX_TREE_SIZE, TILE_HEIGHT, TILE_WIDTH, Tile, TileKind};
use crate::tile_source::TileSource;
use crate::verifier_key::VerifierKey;

mod error;
pub use error::AuditError;

/// Evidence that [`verify_directory`] found the whole log intact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedTree {
    origin: String,
    head: TreeHead,
}

impl VerifiedTree {
    /// Identity of the log.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Root over all entries.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.head.root
    }
}

/// How far an audit is, after each entry bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AuditProgress {
    /// Entries verified so far.
    pub entries: u64,
    /// Entries to verify.
    pub size: u64,
}

/// Recomputes the published tree from its entries and compares every hash of every tile on the
/// way, the leftover partial tiles included, then the root with the signed checkpoint and the
/// roots in passing with `earlier` checkpoints. Memory holds one tile per level.
///
/// Files that the checkpoint does not cover are ignored: a publication may be under way.
///
/// # Errors
/// The first thing found wrong, with the path of the tile and the index of the entry.
pub fn verify_directory(
    directory: &dyn TileSource,
    key: &VerifierKey,
    earlier: &[SignedCheckpoint],
    progress: &mut dyn FnMut(AuditProgress),
) -> Result<VerifiedTree, AuditError> {
    let signed = directory
        .read_checkpoint()?
        .ok_or(AuditError::NoCheckpoint)?;
    let verified = signed.verify(key).map_err(AuditError::Checkpoint)?;
    let head = verified.checkpoint().head();
    if head.size > MAX_TREE_SIZE {
        return Err(AuditError::TooLarge { size: head.size });
    }
    let expected = verify_earlier(earlier, key, head)?;
    let (frontier, above) = (Frontier::new(), BTreeMap::new());
    let mut walk = Walk {
        directory,
        size: head.size,
        frontier,
        above,
    };
    walk.compare_root(&expected)?;
    for index in 0..TileKind::Entries.tiles(head.size) {
        walk.verify_bundle(index, &expected)?;
        progress(AuditProgress {
            entries: walk.frontier.size(),
            size: head.size,
        });
    }
    if walk.frontier.root() != head.root {
        return Err(AuditError::Root { size: head.size });
    }
    Ok(VerifiedTree {
        origin: verified.checkpoint().origin().to_owned(),
        head,
    })
}

/// Roots the tree must have had, by size.
fn verify_earlier(
    earlier: &[SignedCheckpoint],
    key: &VerifierKey,
    head: TreeHead,
) -> Result<BTreeMap<u64, Hash>, AuditError> {
    let mut expected = BTreeMap::new();
    for signed in earlier {
        let TreeHead { size, root } = signed.claimed().head();
        signed
            .verify(key)
            .map_err(|reason| AuditError::EarlierCheckpoint { size, reason })?;
        if size > head.size {
            return Err(AuditError::Shrunk {
                earlier: size,
                size: head.size,
            });
        }
        if *expected.entry(size).or_insert(root) != root {
            return Err(AuditError::OtherHistory { size });
        }
    }
    Ok(expected)
}

/// The state of the pass: the tree so far, and the current tile of each level above the leaves.
struct Walk<'d> {
    directory: &'d dyn TileSource,
    size: u64,
    frontier: Frontier,
    above: BTreeMap<u8, Vec<Hash>>,
}

impl Walk<'_> {
    fn verify_bundle(
        &mut self,
        index: u64,
        expected: &BTreeMap<u64, Hash>,
    ) -> Result<(), AuditError> {
        let bundle = self.tile(TileKind::Entries, index)?;
        let bytes = self.directory.read_bundle(bundle)?;
        let damaged = |source| DirectoryError::Bundle {
            tile: bundle,
            source,
        };
        let entries = decode_bundle(&bytes, bundle.width()).map_err(damaged)?;
        let level_0 = TileKind::Hashes { level: 0 };
        let leaves = self.load_hashes(level_0, index)?;
        for (entry, leaf) in entries.into_iter().zip(leaves) {
            if leaf_hash(entry) != leaf {
                let tile = self.tile(level_0, index)?;
                return Err(AuditError::Entry {
                    index: self.frontier.size(),
                    bundle,
                    tile,
                });
            }
            self.push(leaf)?;
            self.compare_root(expected)?;
        }
        for partial in self.narrower(bundle)? {
            let beginning = bundle_prefix(&bytes, partial.width()).map_err(damaged)?;
            self.compare_partial(partial, beginning, bundle)?;
        }
        Ok(())
    }

    /// Appends a leaf and checks the hashes it completes in the tiles above.
    fn push(&mut self, leaf: Hash) -> Result<(), AuditError> {
        let mut completed = Vec::new();
        self.frontier.push(leaf, &mut |height, hash| {
            if height > 0 && height % TILE_HEIGHT == 0 {
                completed.push((height / TILE_HEIGHT, hash));
            }
        });
        completed
            .into_iter()
            .try_for_each(|(level, hash)| self.verify_node(level, hash))
    }

    /// The last leaf completed a tile of `level - 1` with this root: the next hash of `level`.
    fn verify_node(&mut self, level: u8, hash: Hash) -> Result<(), AuditError> {
        let kind = TileKind::Hashes { level };
        let size = self.frontier.size();
        let item = kind.items(size) - 1;
        let index = item / u64::from(TILE_WIDTH);
        let position = item % u64::from(TILE_WIDTH);
        if position == 0 {
            let loaded = self.load_hashes(kind, index)?;
            self.above.insert(level, loaded);
        }
        let found = self.above.get(&level).and_then(|hashes| {
            usize::try_from(position)
                .ok()
                .and_then(|position| hashes.get(position))
        });
        if found == Some(&hash) {
            return Ok(());
        }
        let tile = self.tile(kind, index)?;
        let below = size / (item + 1);
        Err(AuditError::Node {
            tile,
            position,
            first: size - below,
            last: size - 1,
        })
    }

    fn compare_root(&self, expected: &BTreeMap<u64, Hash>) -> Result<(), AuditError> {
        let size = self.frontier.size();
        match expected.get(&size) {
            Some(root) if *root != self.frontier.root() => Err(AuditError::OtherHistory { size }),
            _ => Ok(()),
        }
    }

    /// Reads a tile of the published tree, and checks the narrower ones left at its place.
    fn load_hashes(&self, kind: TileKind, index: u64) -> Result<Vec<Hash>, AuditError> {
        let tile = self.tile(kind, index)?;
        let hashes = self.directory.read_hashes(tile)?;
        for partial in self.narrower(tile)? {
            let beginning = hashes.iter().take(usize::from(partial.width()));
            let beginning: Vec<u8> = beginning.flat_map(|hash| hash.0).collect();
            self.compare_partial(partial, &beginning, tile)?;
        }
        Ok(hashes)
    }

    fn tile(&self, kind: TileKind, index: u64) -> Result<Tile, AuditError> {
        Tile::in_tree(kind, index, self.size).ok_or(AuditError::TooLarge { size: self.size })
    }

    fn narrower(&self, tile: Tile) -> Result<Vec<Tile>, AuditError> {
        let mut partials = self.directory.partial_tiles(tile)?;
        partials.retain(|partial| partial.width() < tile.width());
        Ok(partials)
    }

    fn compare_partial(
        &self,
        partial: Tile,
        beginning: &[u8],
        tile: Tile,
    ) -> Result<(), AuditError> {
        match self.directory.read_file(partial)? {
            Some(bytes) if bytes != beginning => Err(AuditError::Partial { partial, tile }),
            // Gone since it was listed: a publication has just completed the tile.
            _ => Ok(()),
        }
    }
}
