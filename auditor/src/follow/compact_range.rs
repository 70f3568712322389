//! Two trees from one list of hashes: the complete subtrees of the smaller, then those that the
//! larger has after it. Whoever has the list computes both roots, and sees with which tree the
//! larger one begins.

use ledger::{Hash, Subtree, empty_root, node_hash};

/// The complete subtrees that cover the first `middle` leaves of a tree of `size`, then the rest,
/// left to right: at most 128.
pub(super) fn subtrees(middle: u64, size: u64) -> Vec<Subtree> {
    let mut found = Vec::new();
    let mut start = 0;
    for end in [middle, size] {
        while start < end {
            // As large as its place allows, and as fits: both below 64.
            let aligned = if start == 0 {
                63
            } else {
                start.trailing_zeros()
            };
            let height = aligned.min((end - start).ilog2());
            let [height, ..] = height.to_le_bytes();
            let index = start >> height;
            found.push(Subtree { height, index });
            start += 1 << height;
        }
    }
    found
}

/// The roots at `middle` and at `size`. `None` where there are not as many hashes as
/// [`subtrees`] has, or `middle` is not below `size`.
pub(super) fn roots(middle: u64, size: u64, hashes: &[Hash]) -> Option<(Hash, Hash)> {
    let places = subtrees(middle, size);
    if middle >= size || places.len() != hashes.len() {
        return None;
    }
    let mut stack: Vec<(u8, Hash)> = Vec::new();
    let mut covered = 0;
    let mut first = empty_root();
    for (place, hash) in places.into_iter().zip(hashes) {
        let (mut height, mut hash) = (place.height, *hash);
        covered += 1_u64 << height;
        while let Some((_, left)) = stack.pop_if(|(top, _)| *top == height) {
            hash = node_hash(left, hash);
            height += 1;
        }
        stack.push((height, hash));
        if covered == middle {
            first = fold(&stack);
        }
    }
    Some((first, fold(&stack)))
}

fn fold(stack: &[(u8, Hash)]) -> Hash {
    let mut peaks = stack.iter().rev().map(|(_, hash)| *hash);
    let last = peaks.next().unwrap_or_else(empty_root);
    peaks.fold(last, |right, left| node_hash(left, right))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ledger::{Frontier, leaf_hash};
    use proptest::prelude::*;

    fn leaf(n: u64) -> Hash {
        leaf_hash(&n.to_be_bytes())
    }

    fn root(range: std::ops::Range<u64>) -> Hash {
        let mut frontier = Frontier::new();
        for n in range {
            frontier.push(leaf(n), &mut |_, _| {});
        }
        frontier.root()
    }

    proptest! {
        #[test]
        fn both_roots_are_those_of_the_trees(size in 1_u64..600, part in 0_u64..600) {
            let middle = part % size;
            let hash = |place: Subtree| {
                let first = place.index << place.height;
                root(first..first + (1 << place.height))
            };
            let hashes: Vec<_> = subtrees(middle, size).into_iter().map(hash).collect();
            let expected = (root(0..middle), root(0..size));
            prop_assert_eq!(roots(middle, size, &hashes), Some(expected));
            prop_assert_eq!(roots(middle, size, &hashes[1..]), None);
            prop_assert_eq!(roots(size, size, &hashes), None);
        }

        #[test]
        fn any_sizes_need_few_subtrees(middle: u64, size: u64) {
            prop_assert!(subtrees(middle.min(size), size).len() <= 128);
        }
    }
}
