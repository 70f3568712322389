//! A batch of entries with its place in the tree, before anyone has committed to it.

use crate::checkpoint::TreeHead;
use crate::entry_bundle::{EntryTooLong, append_entry};
use crate::frontier::Frontier;
use crate::hash::{Hash, leaf_hash};
use crate::tile::TILE_WIDTH;

/// The outcome of [`Log::stage`](crate::Log::stage): where the entries would go. Dropping it has
/// no effect; [`Log::adopt`](crate::Log::adopt) makes it the log's state.
#[derive(Debug)]
pub struct Staged {
    /// The tree this batch extends.
    pub(crate) base: TreeHead,
    pub(crate) head: TreeHead,
    pub(crate) frontier: Frontier,
    /// Height and hash of each subtree the batch completes, in order.
    pub(crate) nodes: Vec<(u8, Hash)>,
    pub(crate) bundles: Vec<BundlePiece>,
}

/// Encoded entries that belong to one bundle.
#[derive(Debug)]
pub(crate) struct BundlePiece {
    pub(crate) bundle: u64,
    pub(crate) bytes: Vec<u8>,
}

impl Staged {
    pub(crate) fn new(
        base: TreeHead,
        mut frontier: Frontier,
        leaves: &[impl AsRef<[u8]>],
    ) -> Result<Self, EntryTooLong> {
        let mut nodes = Vec::with_capacity(2 * leaves.len());
        let mut bundles: Vec<BundlePiece> = Vec::new();
        for entry in leaves.iter().map(AsRef::as_ref) {
            let bundle = frontier.size() / u64::from(TILE_WIDTH);
            let piece = match bundles.last_mut() {
                Some(piece) if piece.bundle == bundle => piece,
                _ => bundles.push_mut(BundlePiece {
                    bundle,
                    bytes: Vec::new(),
                }),
            };
            append_entry(&mut piece.bytes, entry)?;
            frontier.push(leaf_hash(entry), &mut |height, hash| {
                nodes.push((height, hash));
            });
        }
        let head = TreeHead {
            size: frontier.size(),
            root: frontier.root(),
        };
        Ok(Self {
            base,
            head,
            frontier,
            nodes,
            bundles,
        })
    }

    /// Index of the first entry of the batch; the others follow.
    #[must_use]
    pub fn first_index(&self) -> u64 {
        self.base.size
    }

    /// Number of entries after the batch.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Root after the batch: what the caller's database commits together with the indices.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.head.root
    }
}
