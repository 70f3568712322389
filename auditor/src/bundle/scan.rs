//! One pass over all leaves of a mirror, which finds the entries of a claim, rebuilds the map and
//! recomputes the root of every shard.

use std::path::PathBuf;

use ledger::{
    Frontier, MapKey, PrefixMap, ShardOpening, TILE_WIDTH, Tile, TileDirectory, TileKind, TreeHead,
    decode_bundle, leaf_hash,
};
use prescription::leaf::{Leaf, Pseudonym};
use prescription::map::{prescription_key, substance_key};

use super::Claim;
use super::prove::ProofError;
use crate::map;

/// One shard of a mirror.
pub(super) struct ShardTree {
    pub(super) directory: TileDirectory,
    pub(super) head: TreeHead,
    /// Index of its first entry in the whole ledger.
    pub(super) first: u64,
    /// Its first entry, where it opens a later shard.
    pub(super) opening: Option<Vec<u8>>,
}

/// The shards of a mirror, oldest first, up to the signed tree `newest` of the last: the tree of
/// each of the others is the one that the next names in its opening.
pub(super) fn trees(
    directories: Vec<PathBuf>,
    newest: TreeHead,
) -> Result<Vec<ShardTree>, ProofError> {
    let mut trees = Vec::new();
    let mut head = newest;
    let count = directories.len();
    for (later, path) in directories.into_iter().rev().enumerate() {
        let directory = TileDirectory::open(&path)?;
        let entry = first_entry(&directory, head)?;
        let opened = entry
            .as_deref()
            .and_then(|entry| ShardOpening::decode(entry).ok());
        let is_first = later + 1 == count;
        let before = match (opened, is_first) {
            (None, true) => TreeHead {
                size: 0,
                root: head.root,
            },
            (Some(opening), false) => opening.head,
            (Some(opening), true) => return Err(ProofError::LaterShard(opening.previous)),
            (None, false) => return Err(ProofError::NoOpening(path)),
        };
        trees.push(ShardTree {
            directory,
            head,
            first: 0,
            opening: entry.filter(|_| !is_first),
        });
        head = before;
    }
    trees.reverse();
    let mut first: u64 = 0;
    for tree in &mut trees {
        tree.first = first;
        let end = first.checked_add(tree.head.size);
        first = end.ok_or(ProofError::Root)?;
    }
    Ok(trees)
}

fn first_entry(directory: &TileDirectory, head: TreeHead) -> Result<Option<Vec<u8>>, ProofError> {
    let Some(bundle) = Tile::in_tree(TileKind::Entries, 0, head.size) else {
        return Ok(None);
    };
    let bytes = directory.read_bundle(bundle)?;
    let entries = decode_bundle(&bytes, bundle.width()).unwrap_or_default();
    Ok(entries.first().map(|entry| entry.to_vec()))
}

/// What the pass over a mirror found.
pub(super) struct Scanned {
    sought: Option<Pseudonym>,
    /// Number of the shard, index in the whole ledger, and bytes.
    pub(super) entries: Vec<(usize, u64, Vec<u8>)>,
    /// The last entry of all.
    pub(super) last: Vec<u8>,
    pub(super) map: PrefixMap,
}

impl Scanned {
    /// Reads every leaf of `trees`. `progress` gets entries done, and in all.
    pub(super) fn of(
        trees: &[ShardTree],
        claim: Claim,
        progress: &mut dyn FnMut(u64, u64),
    ) -> Result<Self, ProofError> {
        let mut scanned = Self {
            sought: match claim {
                Claim::Folio(folio) => Some(Pseudonym::of(folio)),
                Claim::BlindedKey(_) => None,
            },
            entries: Vec::new(),
            last: Vec::new(),
            map: PrefixMap::new(),
        };
        let of = trees.iter().map(|tree| tree.head.size).sum();
        for (number, tree) in trees.iter().enumerate() {
            scanned.shard(number, tree, &mut |done| progress(tree.first + done, of))?;
        }
        Ok(scanned)
    }

    fn shard(
        &mut self,
        number: usize,
        tree: &ShardTree,
        progress: &mut dyn FnMut(u64),
    ) -> Result<(), ProofError> {
        let mut frontier = Frontier::new();
        for index in 0..tree.head.size.div_ceil(u64::from(TILE_WIDTH)) {
            let bundle = Tile::in_tree(TileKind::Entries, index, tree.head.size);
            let bundle = bundle.ok_or(ProofError::Root)?;
            let bytes = tree.directory.read_bundle(bundle)?;
            for entry in decode_bundle(&bytes, bundle.width()).unwrap_or_default() {
                let at = tree.first + frontier.size();
                frontier.push(leaf_hash(entry), &mut |_, _| {});
                self.entry(number, at, entry);
                if frontier.size() == tree.head.size {
                    self.last = entry.to_vec();
                }
            }
            progress(frontier.size());
        }
        if frontier.root() == tree.head.root {
            Ok(())
        } else {
            Err(ProofError::Root)
        }
    }

    fn entry(&mut self, number: usize, at: u64, entry: &[u8]) {
        // What is no leaf does nothing to the map.
        if let Ok(leaf) = Leaf::decode(entry) {
            map::apply(&mut self.map, &leaf);
            if self.sought == Some(leaf.pseudonym) {
                self.entries.push((number, at, entry.to_vec()));
            }
        }
    }
}

/// The key of the map that the claim is about.
pub(super) fn key_of(claim: Claim) -> MapKey {
    MapKey(match claim {
        Claim::Folio(folio) => prescription_key(Pseudonym::of(folio)),
        Claim::BlindedKey(blinded) => substance_key(blinded),
    })
}
