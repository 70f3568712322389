//! The right edge of the binary tree: all that appending needs to know of the past.

use crate::hash::{Hash, node_hash};
use crate::subtree::fold_peaks;

/// A tree reduced to its size and the roots of its maximal complete subtrees, from left (largest)
/// to right: at most 64 hashes, one per set bit of the size. Appending costs two hashes per entry
/// on average, whatever the size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    peaks: Vec<Hash>,
}

impl Default for Frontier {
    fn default() -> Self {
        Self::new()
    }
}

impl Frontier {
    /// The empty tree.
    #[must_use]
    pub fn new() -> Self {
        Self {
            size: 0,
            peaks: Vec::new(),
        }
    }

    /// A tree of which only the peaks are known: one per set bit of `size`, highest bit first.
    pub(crate) fn from_peaks(size: u64, peaks: Vec<Hash>) -> Self {
        debug_assert_eq!(usize::try_from(size.count_ones()), Ok(peaks.len()));
        Self { size, peaks }
    }

    /// Number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf hash. `completed(height, hash)` is called for each subtree this leaf
    /// completes, from the leaf itself (height 0) upwards; the subtree's index is
    /// `(size before >> height)`.
    pub fn push(&mut self, leaf: Hash, completed: &mut dyn FnMut(u8, Hash)) {
        let mut hash = leaf;
        let mut height = 0;
        completed(height, hash);
        while (self.size >> height) & 1 == 1
            && let Some(left) = self.peaks.pop()
        {
            hash = node_hash(left, hash);
            height += 1;
            completed(height, hash);
        }
        self.peaks.push(hash);
        self.size += 1;
    }

    /// The Merkle tree hash (RFC 9162 §2.1.1).
    #[must_use]
    pub fn root(&self) -> Hash {
        fold_peaks(&self.peaks)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::{empty_root, leaf_hash};
    use crate::subtree::split_point;

    /// The definition of RFC 9162 §2.1.1, recursively.
    fn merkle_tree_hash(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => empty_root(),
            [leaf] => *leaf,
            _ => {
                let split = split_point(leaves.len().try_into().unwrap())
                    .try_into()
                    .unwrap();
                let (left, right) = leaves.split_at(split);
                node_hash(merkle_tree_hash(left), merkle_tree_hash(right))
            }
        }
    }

    #[test]
    fn equals_the_definition_at_every_size() {
        let mut frontier = Frontier::new();
        let mut leaves = Vec::new();
        for number in 0..600_u32 {
            assert_eq!(frontier.root(), merkle_tree_hash(&leaves));
            let leaf = leaf_hash(&number.to_be_bytes());
            frontier.push(leaf, &mut |_, _| {});
            leaves.push(leaf);
        }
    }

    #[test]
    fn reports_each_completed_subtree() {
        let leaves: Vec<Hash> = (0..8_u8).map(|n| leaf_hash(&[n])).collect();
        let mut frontier = Frontier::new();
        let mut completed = Vec::new();
        for leaf in &leaves {
            frontier.push(*leaf, &mut |height, hash| completed.push((height, hash)));
        }
        let heights: Vec<u8> = completed.iter().map(|(height, _)| *height).collect();
        assert_eq!(heights, [0, 0, 1, 0, 0, 1, 2, 0, 0, 1, 0, 0, 1, 2, 3]);
        assert_eq!(completed[6].1, merkle_tree_hash(&leaves[..4]));
        assert_eq!(completed[14].1, frontier.root());
    }
}
