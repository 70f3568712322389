//! Consistency proofs: the larger tree only appended to the smaller one (RFC 9162 §2.1.4).

use crate::hash::{Hash, node_hash};
use crate::subtree::{ProveError, Subtree, range_hash, split_point};

/// A claim, not yet checked, that a tree of `to` entries begins with the `from` entries of another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsistencyProof {
    /// Size of the earlier tree.
    pub from: u64,
    /// Size of the later tree.
    pub to: u64,
    /// The nodes, in the order of RFC 9162 §2.1.4.1.
    pub path: Vec<Hash>,
}

/// Evidence that [`ConsistencyProof::verify`] succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedConsistency {
    from: u64,
    to: u64,
}

impl VerifiedConsistency {
    /// Size of the earlier tree.
    #[must_use]
    pub fn from(&self) -> u64 {
        self.from
    }

    /// Size of the later tree, which begins with the earlier one.
    #[must_use]
    pub fn to(&self) -> u64 {
        self.to
    }
}

/// Why a consistency proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConsistencyError {
    /// The second tree is smaller.
    #[error("the later tree has {to} entries, fewer than the {from} of the earlier one")]
    Backwards {
        /// Size of the earlier tree.
        from: u64,
        /// Size of the later tree.
        to: u64,
    },
    /// Every tree extends the empty one; accepting that would look like evidence.
    #[error("consistency with the empty tree proves nothing")]
    FromEmptyTree,
    /// Same size, another root: two histories exist.
    #[error("two trees of the same size have different roots: the log shows two histories")]
    SameSizeOtherRoot,
    /// Hashes are missing for these sizes.
    #[error("the consistency proof has too few hashes for its tree sizes")]
    TooShort,
    /// Hashes are left over for these sizes.
    #[error("the consistency proof has too many hashes for its tree sizes")]
    TooLong,
    /// The path does not lead to the root of the earlier tree.
    #[error("the consistency proof does not contain the earlier tree")]
    OtherFirstRoot,
    /// The path does not lead to the root of the later tree.
    #[error("the consistency proof does not lead to the later tree")]
    OtherSecondRoot,
}

impl ConsistencyProof {
    /// Makes the proof (RFC 9162 §2.1.4.1) from complete subtrees of the later tree.
    ///
    /// # Errors
    /// When the sizes are not `0 < from <= to`, and those of `read`.
    pub fn generate<E: std::error::Error + 'static>(
        from: u64,
        to: u64,
        read: &mut dyn FnMut(Subtree) -> Result<Hash, E>,
    ) -> Result<Self, ProveError<E>> {
        if from == 0 {
            return Err(ProveError::FromEmptyTree);
        }
        if from > to {
            return Err(ProveError::Backwards { from, to });
        }
        let mut ranges = Vec::new();
        let mut node = 0..to;
        while from != node.end {
            let middle = node.start + split_point(node.end - node.start);
            if from <= middle {
                ranges.push(middle..node.end);
                node.end = middle;
            } else {
                ranges.push(node.start..middle);
                node.start = middle;
            }
        }
        // A first tree that is itself a node needs no hash: the verifier has its root.
        if node.start != 0 {
            ranges.push(node);
        }
        let path = ranges
            .into_iter()
            .rev()
            .map(|range| range_hash(range, read));
        let path = path.collect::<Result<_, _>>().map_err(ProveError::Read)?;
        Ok(Self { from, to, path })
    }

    /// Checks the proof between two roots (RFC 9162 §2.1.4.2). At most 128 hashes are computed.
    ///
    /// # Errors
    /// One variant per reason why the later tree is not shown to extend the earlier one.
    pub fn verify(
        &self,
        first_root: Hash,
        second_root: Hash,
    ) -> Result<VerifiedConsistency, ConsistencyError> {
        let &Self { from, to, ref path } = self;
        if from > to {
            return Err(ConsistencyError::Backwards { from, to });
        }
        if from == 0 {
            return Err(ConsistencyError::FromEmptyTree);
        }
        if from == to {
            return match (path.is_empty(), first_root == second_root) {
                (false, _) => Err(ConsistencyError::TooLong),
                (true, false) => Err(ConsistencyError::SameSizeOtherRoot),
                (true, true) => Ok(VerifiedConsistency { from, to }),
            };
        }
        // A first tree of a power of two is a node of the second: its root starts the path.
        let (start, rest) = if from.is_power_of_two() {
            (first_root, path.as_slice())
        } else {
            let (start, rest) = path.split_first().ok_or(ConsistencyError::TooShort)?;
            (*start, rest)
        };
        let (first, second) = climb(from, to, start, rest)?;
        if first != first_root {
            return Err(ConsistencyError::OtherFirstRoot);
        }
        if second != second_root {
            return Err(ConsistencyError::OtherSecondRoot);
        }
        Ok(VerifiedConsistency { from, to })
    }
}

/// Steps 4 to 6 of RFC 9162 §2.1.4.2: the roots of both trees that the path leads to.
fn climb(from: u64, to: u64, start: Hash, path: &[Hash]) -> Result<(Hash, Hash), ConsistencyError> {
    // The RFC's fn and sn, already risen to the level of `start`.
    let risen = (from - 1).trailing_ones();
    let (mut position, mut last) = ((from - 1) >> risen, (to - 1) >> risen);
    let (mut first, mut second) = (start, start);
    for sibling in path {
        if last == 0 {
            return Err(ConsistencyError::TooLong);
        }
        if position & 1 == 1 || position == last {
            first = node_hash(*sibling, first);
            second = node_hash(*sibling, second);
            while position & 1 == 0 && position != 0 {
                position >>= 1;
                last >>= 1;
            }
        } else {
            second = node_hash(second, *sibling);
        }
        position >>= 1;
        last >>= 1;
    }
    if last == 0 {
        Ok((first, second))
    } else {
        Err(ConsistencyError::TooShort)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;
    use crate::hash::leaf_hash;
    use crate::subtree::{hash_over_numbers, root_from_subtrees};

    /// Reads nodes of trees whose leaves are numbers.
    fn reader() -> impl FnMut(Subtree) -> Result<Hash, Infallible> {
        |subtree| Ok(hash_over_numbers(subtree))
    }

    fn root(size: u64) -> Hash {
        root_from_subtrees(size, &mut reader()).unwrap()
    }

    #[test]
    fn every_pair_of_small_trees() {
        for to in 1..40 {
            for from in 1..=to {
                let proof = ConsistencyProof::generate(from, to, &mut reader()).unwrap();
                let verified = proof.verify(root(from), root(to)).unwrap();
                assert_eq!((verified.from(), verified.to()), (from, to));

                let other = leaf_hash(b"another history");
                assert!(proof.verify(other, root(to)).is_err());
                assert!(proof.verify(root(from), other).is_err());
                let mut longer = proof.clone();
                longer.path.push(other);
                assert_eq!(
                    longer.verify(root(from), root(to)),
                    Err(ConsistencyError::TooLong)
                );
                let mut shorter = proof;
                if shorter.path.pop().is_some() {
                    assert_eq!(
                        shorter.verify(root(from), root(to)),
                        Err(ConsistencyError::TooShort)
                    );
                }
            }
        }
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let verify = |from, to, first, second| {
            ConsistencyProof {
                from,
                to,
                path: Vec::new(),
            }
            .verify(first, second)
        };
        let (one, two) = (leaf_hash(b"1"), leaf_hash(b"2"));
        assert_eq!(verify(0, 0, one, one), Err(ConsistencyError::FromEmptyTree));
        assert_eq!(
            verify(2, 1, one, two),
            Err(ConsistencyError::Backwards { from: 2, to: 1 })
        );
        assert_eq!(
            verify(2, 2, one, two),
            Err(ConsistencyError::SameSizeOtherRoot)
        );
        assert_eq!(verify(3, 4, one, two), Err(ConsistencyError::TooShort));
        let proof = ConsistencyProof::generate(3, 7, &mut reader()).unwrap();
        assert_eq!(
            proof.verify(one, root(7)),
            Err(ConsistencyError::OtherFirstRoot)
        );
        assert_eq!(
            proof.verify(root(3), one),
            Err(ConsistencyError::OtherSecondRoot)
        );
    }
}
