//! The map.

use super::hash::Leaf;
use super::iter::MapIter;
use super::key::MapKey;
use super::node::Node;
use super::proof::MapProof;
use crate::hash::Hash;

/// Keys bound to the hashes of their values, in memory, under one root (see the
/// [module](crate::map)). It keeps no values: the caller does, or makes them again.
///
/// An update marks its path; [`PrefixMap::root`] computes the marked hashes, each once however many
/// updates went through it. About 95 bytes a key.
#[derive(Debug)]
pub struct PrefixMap {
    pub(super) root: Node,
    pub(super) len: u64,
}

impl Default for PrefixMap {
    fn default() -> Self {
        Self::new()
    }
}

impl PrefixMap {
    /// The map without keys, whose root is 32 zero bytes.
    #[must_use]
    pub fn new() -> Self {
        Self {
            root: Node::bucket(Vec::new()),
            len: 0,
        }
    }

    /// Number of keys.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether there are no keys.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Hash of the value that `key` is bound to.
    #[must_use]
    pub fn get(&self, key: &MapKey) -> Option<Hash> {
        self.root.get(key, 0)
    }

    /// Binds `key` to the value of this hash (see [`value_hash`](crate::value_hash)). Returns what
    /// it was bound to before.
    pub fn insert(&mut self, key: MapKey, value: Hash) -> Option<Hash> {
        let before = self.root.insert(Leaf { key, value }, 0);
        self.len += u64::from(before.is_none());
        before
    }

    /// Unbinds `key`. Returns what it was bound to.
    pub fn remove(&mut self, key: &MapKey) -> Option<Hash> {
        let before = self.root.remove(key, 0);
        self.len -= u64::from(before.is_some());
        before
    }

    /// The root, which commits to every key and value. Computes what changed since it was last
    /// asked.
    pub fn root(&mut self) -> Hash {
        self.root.rehash(0)
    }

    /// Proves what `key` is bound to, or that it is not, under the present root.
    ///
    /// Ask for [`PrefixMap::root`] after updates and before proofs: hashes that are not known yet
    /// are computed here too, but for this proof only.
    #[must_use]
    pub fn prove(&self, key: &MapKey) -> MapProof {
        let (siblings, terminal) = self.root.path(key);
        MapProof { siblings, terminal }
    }

    /// All keys and the hashes of their values, in ascending order of keys.
    #[must_use]
    pub fn iter(&self) -> MapIter<'_> {
        MapIter::new(&self.root)
    }

    /// Memory that the map occupies, in bytes, the allocator's share estimated. Walks all of it.
    #[must_use]
    pub fn memory_bytes(&self) -> usize {
        size_of::<Self>() + self.root.heap_bytes()
    }
}

impl<'m> IntoIterator for &'m PrefixMap {
    type Item = (MapKey, Hash);
    type IntoIter = MapIter<'m>;

    fn into_iter(self) -> MapIter<'m> {
        self.iter()
    }
}
