//! Inclusion proofs: this entry is in that tree (RFC 9162 §2.1.3).

use crate::hash::{Hash, node_hash};
use crate::subtree::{ProveError, Subtree, range_hash, split_point};

/// A claim, not yet checked, that a tree of `size` entries has a certain leaf at `index`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InclusionProof {
    /// Index of the entry, from 0.
    pub index: u64,
    /// Number of entries of the tree.
    pub size: u64,
    /// Sibling hashes from the leaf's up to the root's child.
    pub path: Vec<Hash>,
}

/// Evidence that [`InclusionProof::verify`] succeeded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedInclusion {
    index: u64,
    size: u64,
    root: Hash,
}

impl VerifiedInclusion {
    /// Index of the entry, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Number of entries of the tree.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Root of the tree that contains the entry.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }
}

/// Why an inclusion proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InclusionError {
    /// The tree has no such entry.
    #[error("the inclusion proof is for entry {index} of a tree of {size} entries")]
    NoSuchEntry {
        /// The claimed index.
        index: u64,
        /// The claimed size.
        size: u64,
    },
    /// Hashes are missing for this index and size.
    #[error("the inclusion proof has too few hashes for its index and tree size")]
    TooShort,
    /// Hashes are left over for this index and size.
    #[error("the inclusion proof has too many hashes for its index and tree size")]
    TooLong,
    /// The path leads to another root.
    #[error("the inclusion proof leads to another root: the entry is not in this tree")]
    OtherRoot,
}

impl InclusionProof {
    /// Makes the proof (RFC 9162 §2.1.3.1) from complete subtrees of the tree.
    ///
    /// # Errors
    /// When the tree has no such entry, and those of `read`.
    pub fn generate<E: std::error::Error + 'static>(
        index: u64,
        size: u64,
        read: &mut dyn FnMut(Subtree) -> Result<Hash, E>,
    ) -> Result<Self, ProveError<E>> {
        if index >= size {
            return Err(ProveError::NoSuchEntry { index, size });
        }
        let mut path = Vec::new();
        let mut node = 0..size;
        while node.end - node.start > 1 {
            let middle = node.start + split_point(node.end - node.start);
            let sibling = if index < middle {
                let right = middle..node.end;
                node.end = middle;
                right
            } else {
                let left = node.start..middle;
                node.start = middle;
                left
            };
            path.push(range_hash(sibling, read).map_err(ProveError::Read)?);
        }
        path.reverse();
        Ok(Self { index, size, path })
    }

    /// Checks the proof for a leaf hash against a root the caller trusts (RFC 9162 §2.1.3.2).
    /// At most 64 hashes are computed, whatever the length of the path.
    ///
    /// # Errors
    /// One variant per reason why the entry is not shown to be in the tree.
    pub fn verify(&self, leaf: Hash, root: Hash) -> Result<VerifiedInclusion, InclusionError> {
        let &Self { index, size, .. } = self;
        if self.root_of(leaf)? != root {
            return Err(InclusionError::OtherRoot);
        }
        Ok(VerifiedInclusion { index, size, root })
    }

    /// The root that the path leads to from a leaf hash.
    pub(crate) fn root_of(&self, leaf: Hash) -> Result<Hash, InclusionError> {
        let &Self {
            index,
            size,
            ref path,
        } = self;
        if index >= size {
            return Err(InclusionError::NoSuchEntry { index, size });
        }
        // `position` and `last` are the RFC's fn and sn: the node and the last node of a level.
        let (mut position, mut last) = (index, size - 1);
        let mut hash = leaf;
        for sibling in path {
            if last == 0 {
                return Err(InclusionError::TooLong);
            }
            if position & 1 == 1 || position == last {
                hash = node_hash(*sibling, hash);
                // A lone right-most node rises until it is somebody's right child.
                while position & 1 == 0 && position != 0 {
                    position >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node_hash(hash, *sibling);
            }
            position >>= 1;
            last >>= 1;
        }
        if last == 0 {
            Ok(hash)
        } else {
            Err(InclusionError::TooShort)
        }
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

    #[test]
    fn every_entry_of_every_small_tree() {
        for size in 1..70 {
            let root = root_from_subtrees(size, &mut reader()).unwrap();
            for index in 0..size {
                let proof = InclusionProof::generate(index, size, &mut reader()).unwrap();
                let leaf = leaf_hash(&index.to_be_bytes());
                let verified = proof.verify(leaf, root).unwrap();
                assert_eq!(
                    (verified.index(), verified.size(), verified.root()),
                    (index, size, root)
                );

                let other = leaf_hash(&(index + 1).to_be_bytes());
                assert_eq!(proof.verify(other, root), Err(InclusionError::OtherRoot));
                let mut longer = proof.clone();
                longer.path.push(root);
                assert_eq!(longer.verify(leaf, root), Err(InclusionError::TooLong));
                let mut shorter = proof;
                if shorter.path.pop().is_some() {
                    assert_eq!(shorter.verify(leaf, root), Err(InclusionError::TooShort));
                }
            }
        }
    }

    #[test]
    fn no_entry_beyond_the_tree() {
        let proof = InclusionProof {
            index: 3,
            size: 3,
            path: Vec::new(),
        };
        let leaf = leaf_hash(b"");
        assert_eq!(
            proof.verify(leaf, leaf),
            Err(InclusionError::NoSuchEntry { index: 3, size: 3 })
        );
        assert!(InclusionProof::generate(3, 3, &mut reader()).is_err());
        assert!(InclusionProof::generate(0, 0, &mut reader()).is_err());
    }

    #[test]
    fn the_work_is_bounded() {
        let leaf = leaf_hash(b"");
        let proof = InclusionProof {
            index: 0,
            size: u64::MAX,
            path: vec![leaf; 100_000],
        };
        assert_eq!(proof.verify(leaf, leaf), Err(InclusionError::TooLong));
    }
}
