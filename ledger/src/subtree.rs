//! Complete subtrees, the nodes that never change once the tree holds them, and what is made of them.

use std::ops::Range;

use crate::hash::{Hash, empty_root, node_hash};

/// A complete subtree: the `2^height` leaves from `index * 2^height` on. Its hash is final as soon
/// as the tree holds these leaves, which is why tiles can be cached forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subtree {
    /// 0 is a leaf.
    pub height: u8,
    /// Position among the subtrees of the same height, from 0.
    pub index: u64,
}

/// The root of a tree of `size` leaves (RFC 9162 §2.1.1), from the hashes of complete subtrees.
///
/// # Errors
/// Those of `read`.
pub fn root_from_subtrees<E>(
    size: u64,
    read: &mut dyn FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Hash, E> {
    range_hash(0..size, read)
}

/// Merkle tree hash of the leaves in `range`, which is a node of some tree: its start is a multiple
/// of the largest power of two that fits the range.
pub(crate) fn range_hash<E>(
    range: Range<u64>,
    read: &mut dyn FnMut(Subtree) -> Result<Hash, E>,
) -> Result<Hash, E> {
    let mut peaks = Vec::new();
    let mut start = range.start;
    while start < range.end {
        let height = floor_log2(range.end - start);
        let subtree = Subtree {
            height,
            index: start >> height,
        };
        peaks.push(read(subtree)?);
        start += 1 << height;
    }
    Ok(fold_peaks(&peaks))
}

/// Joins complete subtrees of falling height, left to right, into the hash of their whole.
pub(crate) fn fold_peaks(peaks: &[Hash]) -> Hash {
    match peaks.split_last() {
        None => empty_root(),
        Some((last, others)) => others
            .iter()
            .rev()
            .fold(*last, |right, left| node_hash(*left, right)),
    }
}

/// Height of the largest complete tree that fits `count` leaves; `count` is at least 1.
fn floor_log2(count: u64) -> u8 {
    // At most 63, so the low byte is all of it.
    count.ilog2().to_le_bytes()[0]
}

/// Largest power of two smaller than `count` (RFC 9162 §2.1.1 calls it k); `count` is at least 2.
pub(crate) fn split_point(count: u64) -> u64 {
    1 << (count - 1).ilog2()
}

/// Why a proof could not be made.
#[derive(Debug, thiserror::Error)]
pub enum ProveError<E: std::error::Error + 'static> {
    /// The tree of that size has no such entry.
    #[error("a tree of {size} entries has no entry {index}")]
    NoSuchEntry {
        /// The index asked for.
        index: u64,
        /// The tree size asked for.
        size: u64,
    },
    /// The tree is smaller than the size asked for.
    #[error("a proof for size {size} was asked of a tree of {known} entries; ask again later")]
    NotYet {
        /// The size asked for.
        size: u64,
        /// The present size.
        known: u64,
    },
    /// A consistency proof runs from a smaller to a larger tree.
    #[error("a consistency proof cannot run from size {from} back to size {to}")]
    Backwards {
        /// First size.
        from: u64,
        /// Second size.
        to: u64,
    },
    /// Every tree is consistent with the empty one: there is nothing to prove.
    #[error("a consistency proof from the empty tree proves nothing; start at size 1 or more")]
    FromEmptyTree,
    /// A node could not be read.
    #[error("a node of the tree could not be read")]
    Read(#[source] E),
}

/// Test oracle: the hash of a complete subtree whose leaves are their own index, big-endian.
#[cfg(test)]
pub(crate) fn hash_over_numbers(subtree: Subtree) -> Hash {
    let mut frontier = crate::frontier::Frontier::new();
    for number in subtree.index << subtree.height..(subtree.index + 1) << subtree.height {
        frontier.push(
            crate::hash::leaf_hash(&number.to_be_bytes()),
            &mut |_, _| {},
        );
    }
    frontier.root()
}
