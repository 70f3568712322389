//! Building a map from sorted leaves, as a snapshot has them: each node is made once.

use std::collections::VecDeque;

use super::hash::Leaf;
use super::key::MapKey;
use super::node::{BUCKET, Node};
use super::prefix_map::PrefixMap;
use crate::hash::Hash;

/// The keys of a snapshot are not in strictly ascending order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("key {place} of the map snapshot does not follow the one before it; rebuild the map")]
pub struct KeysNotAscending {
    /// Which key, counted from 0.
    pub place: u64,
}

impl PrefixMap {
    /// The map of these keys and value hashes, which must strictly ascend. Holds no more than the
    /// map itself and a few leaves.
    ///
    /// # Errors
    /// When a key does not follow the one before it.
    pub fn from_sorted(
        leaves: impl IntoIterator<Item = (MapKey, Hash)>,
    ) -> Result<Self, KeysNotAscending> {
        let mut source = Source {
            leaves: leaves.into_iter(),
            ahead: VecDeque::with_capacity(BUCKET + 1),
            last: None,
            read: 0,
        };
        source.look_ahead()?;
        let root = source.subtree(&MapKey([0; 32]), 0)?;
        Ok(Self {
            root,
            len: source.read,
        })
    }
}

struct Source<I> {
    leaves: I,
    /// The next leaves: more than a bucket's, unless there are no more.
    ahead: VecDeque<Leaf>,
    last: Option<MapKey>,
    read: u64,
}

impl<I: Iterator<Item = (MapKey, Hash)>> Source<I> {
    fn look_ahead(&mut self) -> Result<(), KeysNotAscending> {
        while self.ahead.len() <= BUCKET {
            let Some((key, value)) = self.leaves.next() else {
                break;
            };
            if self.last.is_some_and(|last| last >= key) {
                return Err(KeysNotAscending { place: self.read });
            }
            self.last = Some(key);
            self.read += 1;
            self.ahead.push_back(Leaf { key, value });
        }
        Ok(())
    }

    /// Takes the leaves whose keys have the first `depth` bits of `prefix`.
    fn subtree(&mut self, prefix: &MapKey, depth: u16) -> Result<Node, KeysNotAscending> {
        let belongs = |leaf: &&Leaf| leaf.key.common_bits(prefix) >= depth;
        let count = self.ahead.iter().take_while(belongs).count();
        if count <= BUCKET {
            let leaves = self.ahead.drain(..count).collect();
            self.look_ahead()?;
            return Ok(Node::bucket(leaves));
        }
        let left = self.subtree(prefix, depth + 1)?;
        let mut right_prefix = *prefix;
        right_prefix.0[usize::from(depth / 8)] |= 0x80 >> (depth % 8);
        let right = self.subtree(&right_prefix, depth + 1)?;
        Ok(Node::inner([left, right]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(first: u8, last: u8) -> MapKey {
        let mut key = [0; 32];
        (key[0], key[31]) = (first, last);
        MapKey(key)
    }

    #[test]
    fn order_is_demanded() {
        let value = Hash([1; 32]);
        let load = |keys: &[MapKey]| {
            PrefixMap::from_sorted(keys.iter().map(|key| (*key, value))).map(|map| map.len())
        };
        assert_eq!(load(&[]), Ok(0));
        assert_eq!(load(&[key(0, 1), key(1, 0)]), Ok(2));
        let repeated = [key(0, 1), key(0, 1)];
        assert_eq!(load(&repeated), Err(KeysNotAscending { place: 1 }));
        let falling: Vec<_> = (0..30).chain([28]).map(|first| key(first, 0)).collect();
        assert_eq!(load(&falling), Err(KeysNotAscending { place: 30 }));
    }

    #[test]
    fn keys_that_differ_late_make_a_deep_map() {
        let keys: Vec<_> = (0..20)
            .map(|last| (key(0xff, last), Hash([last; 32])))
            .collect();
        let mut loaded = PrefixMap::from_sorted(keys.iter().copied()).unwrap();
        let mut inserted = PrefixMap::new();
        for (key, value) in &keys {
            assert_eq!(inserted.insert(*key, *value), None);
        }
        assert_eq!(loaded.root(), inserted.root());
        assert!(loaded.iter().eq(keys));
    }
}
