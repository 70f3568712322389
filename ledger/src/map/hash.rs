//! The hashes of the map, in domains of their own: no leaf of the log (0x00), node of the log
//! (0x01), leaf, node or value of the map can be presented as another.

use sha2::{Digest, Sha256};

use super::key::MapKey;
use crate::hash::Hash;

const LEAF_PREFIX: u8 = 0x02;
const NODE_PREFIX: u8 = 0x03;
const VALUE_PREFIX: u8 = 0x04;

/// Hash of a subtree without keys. No input of SHA-256 is known that has it.
pub(super) const EMPTY: Hash = Hash([0; 32]);

/// A key with the hash of its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    pub(super) key: MapKey,
    pub(super) value: Hash,
}

/// What a key is bound to: `SHA-256(0x04 ‖ value)`.
#[must_use]
pub fn value_hash(value: &[u8]) -> Hash {
    let digest = Sha256::new()
        .chain_update([VALUE_PREFIX])
        .chain_update(value)
        .finalize();
    Hash(digest.into())
}

/// `SHA-256(0x02 ‖ key ‖ value hash)`.
pub(super) fn leaf_hash(key: &MapKey, value: Hash) -> Hash {
    prefixed(LEAF_PREFIX, &key.0, &value.0)
}

/// `SHA-256(0x03 ‖ left ‖ right)`.
pub(super) fn node_hash(left: Hash, right: Hash) -> Hash {
    prefixed(NODE_PREFIX, &left.0, &right.0)
}

fn prefixed(prefix: u8, first: &[u8; 32], second: &[u8; 32]) -> Hash {
    let mut input = [prefix; 65];
    input[1..33].copy_from_slice(first);
    input[33..].copy_from_slice(second);
    Hash(Sha256::digest(input).into())
}

/// Hash of the subtree at `depth` that consists of `leaves`, which ascend and share `depth` bits.
pub(super) fn subtree_hash(leaves: &[Leaf], depth: u16) -> Hash {
    match leaves {
        [] => EMPTY,
        [leaf] => leaf_hash(&leaf.key, leaf.value),
        _ => {
            let (left, right) = split(leaves, depth);
            node_hash(
                subtree_hash(left, depth + 1),
                subtree_hash(right, depth + 1),
            )
        }
    }
}

/// The leaves of a subtree at `depth` that go left, and those that go right.
pub(super) fn split(leaves: &[Leaf], depth: u16) -> (&[Leaf], &[Leaf]) {
    leaves.split_at(leaves.partition_point(|leaf| !leaf.key.goes_right(depth)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Python's hashlib from the definition.
    #[test]
    fn known_answers() {
        let value = value_hash(b"value");
        let key = MapKey([0x5a; 32]);
        let leaf = leaf_hash(&key, value);
        let lone = Leaf { key, value };
        assert_eq!(
            [value, leaf, node_hash(leaf, EMPTY)].map(|hash| format!("{hash:?}")),
            [
                "ebd66f1caab0b01013102ea152334df34cac614b3f0caafddaf961faafb00ccb",
                "99e509c087b74963f174d67ca4bcfec8855eaf7e3de9bf37894e5fd1ce33fda3",
                "d8692f9ae9f714921915a3c8bd959dfd2e99959d13bc1651e8e0a8db0b89467e",
            ]
        );
        assert_eq!(subtree_hash(&[], 0), EMPTY);
        assert_eq!(subtree_hash(&[lone], 7), leaf);
    }
}
