//! The tree in memory: nodes above, small sorted buckets of leaves below.
//!
//! A bucket costs little more than its 64 bytes a leaf, and its few hashes are computed again when
//! they are needed. Where buckets end is a matter of memory and time only; no hash depends on it.

use super::hash::{Leaf, node_hash, split, subtree_hash};
use super::key::MapKey;
use super::proof::Terminal;
use crate::hash::Hash;

/// Most leaves of a bucket. More makes proofs slower (a proof hashes one bucket), fewer costs
/// memory.
pub(super) const BUCKET: usize = 8;
/// A node whose leaves have become as few as these is one bucket again. Half a bucket, so that a
/// key that comes and goes does not split and join each time; at least 1, because a node with one
/// leaf would not have the hash of that leaf.
const JOIN: usize = BUCKET / 2;
/// What an allocation costs beside its bytes, about: glibc's header, and rounding.
const ALLOCATION: usize = 16;

/// A subtree, with its hash where that is known.
#[derive(Debug)]
pub(super) struct Node {
    hash: Option<Hash>,
    content: Content,
}

#[derive(Debug)]
enum Content {
    /// At most [`BUCKET`] leaves, in ascending order.
    Bucket(Vec<Leaf>),
    /// Left and right; together more than [`JOIN`] leaves.
    Inner(Box<[Node; 2]>),
}

/// A subtree as others see it.
pub(super) enum View<'n> {
    /// Its leaves, in ascending order.
    Bucket(&'n [Leaf]),
    /// Left and right.
    Inner(&'n [Node; 2]),
}

impl Node {
    pub(super) fn bucket(leaves: Vec<Leaf>) -> Self {
        Self {
            hash: None,
            content: Content::Bucket(leaves),
        }
    }

    pub(super) fn inner(children: [Self; 2]) -> Self {
        Self {
            hash: None,
            content: Content::Inner(Box::new(children)),
        }
    }

    pub(super) fn view(&self) -> View<'_> {
        match &self.content {
            Content::Bucket(leaves) => View::Bucket(leaves),
            Content::Inner(children) => View::Inner(children),
        }
    }

    /// The value of `key`, below this node at `depth`.
    pub(super) fn get(&self, key: &MapKey, depth: u16) -> Option<Hash> {
        let (mut node, mut depth) = (self, depth);
        loop {
            match &node.content {
                Content::Bucket(leaves) => {
                    return find(leaves, key).ok().map(|place| leaves[place].value);
                }
                Content::Inner(children) => {
                    node = &children[usize::from(key.goes_right(depth))];
                    depth += 1;
                }
            }
        }
    }

    /// Sets a leaf; the value it replaces. Setting what is there already leaves hashes as they are.
    pub(super) fn insert(&mut self, leaf: Leaf, depth: u16) -> Option<Hash> {
        let before = match &mut self.content {
            Content::Inner(children) => {
                children[usize::from(leaf.key.goes_right(depth))].insert(leaf, depth + 1)
            }
            Content::Bucket(leaves) => match find(leaves, &leaf.key) {
                Ok(place) => Some(std::mem::replace(&mut leaves[place], leaf).value),
                Err(place) => {
                    leaves.reserve_exact(1);
                    leaves.insert(place, leaf);
                    if leaves.len() > BUCKET {
                        *self = Self::from_leaves(leaves, depth);
                    }
                    None
                }
            },
        };
        if before != Some(leaf.value) {
            self.hash = None;
        }
        before
    }

    /// A subtree at `depth` of leaves that ascend and share `depth` bits.
    fn from_leaves(leaves: &[Leaf], depth: u16) -> Self {
        if leaves.len() <= BUCKET {
            return Self::bucket(leaves.to_vec());
        }
        let (left, right) = split(leaves, depth);
        Self::inner([left, right].map(|side| Self::from_leaves(side, depth + 1)))
    }

    /// Removes a leaf; its value, if it was there.
    pub(super) fn remove(&mut self, key: &MapKey, depth: u16) -> Option<Hash> {
        let removed = match &mut self.content {
            Content::Bucket(leaves) => {
                let place = find(leaves, key).ok()?;
                let leaf = leaves.remove(place);
                leaves.shrink_to_fit();
                leaf.value
            }
            Content::Inner(children) => {
                children[usize::from(key.goes_right(depth))].remove(key, depth + 1)?
            }
        };
        self.hash = None;
        self.join();
        Some(removed)
    }

    /// Makes one bucket of two small ones.
    fn join(&mut self) {
        if let Content::Inner(children) = &self.content
            && let [Content::Bucket(left), Content::Bucket(right)] =
                children.each_ref().map(|child| &child.content)
            && left.len() + right.len() <= JOIN
        {
            self.content = Content::Bucket([left.as_slice(), right].concat());
        }
    }

    /// The hash of this subtree at `depth`. Computes what changed since it was last asked, and keeps
    /// it.
    pub(super) fn rehash(&mut self, depth: u16) -> Hash {
        if let Some(hash) = self.hash {
            return hash;
        }
        let hash = match &mut self.content {
            Content::Bucket(leaves) => subtree_hash(leaves, depth),
            Content::Inner(children) => {
                let [left, right] = children.each_mut().map(|child| child.rehash(depth + 1));
                node_hash(left, right)
            }
        };
        self.hash = Some(hash);
        hash
    }

    /// As [`Node::rehash`], keeping nothing.
    pub(super) fn hash(&self, depth: u16) -> Hash {
        self.hash.unwrap_or_else(|| match &self.content {
            Content::Bucket(leaves) => subtree_hash(leaves, depth),
            Content::Inner(children) => {
                let [left, right] = children.each_ref().map(|child| child.hash(depth + 1));
                node_hash(left, right)
            }
        })
    }

    /// Where the path of `key` ends, and the siblings on the way, from the root down.
    pub(super) fn path(&self, key: &MapKey) -> (Vec<Hash>, Terminal) {
        let (mut node, mut siblings) = (self, Vec::with_capacity(32));
        let mut depth = 0;
        while let Content::Inner(children) = &node.content {
            let right = key.goes_right(depth);
            depth += 1;
            siblings.push(children[usize::from(!right)].hash(depth));
            node = &children[usize::from(right)];
        }
        let mut leaves = match &node.content {
            Content::Bucket(leaves) => leaves.as_slice(),
            Content::Inner(_) => &[],
        };
        while leaves.len() > 1 {
            let (left, right) = split(leaves, depth);
            let (mine, other) = if key.goes_right(depth) {
                (right, left)
            } else {
                (left, right)
            };
            depth += 1;
            siblings.push(subtree_hash(other, depth));
            leaves = mine;
        }
        let terminal = match leaves.first() {
            None => Terminal::Empty,
            Some(leaf) if leaf.key == *key => Terminal::Own(leaf.value),
            Some(leaf) => Terminal::Other(leaf.key, leaf.value),
        };
        (siblings, terminal)
    }

    /// Bytes on the heap below this node.
    pub(super) fn heap_bytes(&self) -> usize {
        match &self.content {
            Content::Bucket(leaves) if leaves.capacity() == 0 => 0,
            Content::Bucket(leaves) => leaves.capacity() * size_of::<Leaf>() + ALLOCATION,
            Content::Inner(children) => {
                let below: usize = children.iter().map(Self::heap_bytes).sum();
                below + size_of_val(&**children) + ALLOCATION
            }
        }
    }
}

fn find(leaves: &[Leaf], key: &MapKey) -> Result<usize, usize> {
    leaves.binary_search_by(|leaf| leaf.key.cmp(key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::hash::{EMPTY, leaf_hash};

    fn leaf(number: u8) -> Leaf {
        let mut key = [0; 32];
        key[0] = number;
        Leaf {
            key: MapKey(key),
            value: Hash([number; 32]),
        }
    }

    fn leaves(node: &Node) -> usize {
        match node.view() {
            View::Bucket(leaves) => leaves.len(),
            View::Inner(children) => children.iter().map(leaves).sum(),
        }
    }

    /// Buckets are never too full, nodes never too empty, hashes never stale.
    fn check(node: &Node, depth: u16) {
        if let Some(kept) = node.hash {
            let fresh = match &node.content {
                Content::Bucket(leaves) => subtree_hash(leaves, depth),
                Content::Inner(children) => {
                    let [left, right] = children.each_ref().map(|child| child.hash(depth + 1));
                    node_hash(left, right)
                }
            };
            assert_eq!(kept, fresh);
        }
        match node.view() {
            View::Bucket(bucket) => {
                assert!(bucket.len() <= BUCKET);
                assert!(bucket.is_sorted_by(|a, b| a.key < b.key));
            }
            View::Inner(children) => {
                assert!(leaves(node) > JOIN);
                for child in children {
                    check(child, depth + 1);
                }
            }
        }
    }

    #[test]
    fn the_shape_holds_while_it_fills_and_empties() {
        let mut node = Node::bucket(Vec::new());
        for number in 0..=255_u8 {
            assert_eq!(node.insert(leaf(number.reverse_bits()), 0), None);
            if number % 3 == 0 {
                node.rehash(0);
            }
            check(&node, 0);
        }
        assert!(matches!(node.view(), View::Inner(_)));
        for number in 0..=255 {
            assert_eq!(node.remove(&leaf(number).key, 0), Some(leaf(number).value));
            assert_eq!(node.remove(&leaf(number).key, 0), None);
            if number % 3 == 0 {
                node.rehash(0);
            }
            check(&node, 0);
        }
        assert!(matches!(node.view(), View::Bucket([])));
        assert_eq!(node.heap_bytes(), 0);
        assert_eq!(node.rehash(0), EMPTY);
    }

    #[test]
    fn what_changes_nothing_keeps_the_hashes() {
        let mut node = Node::bucket(Vec::new());
        for number in 0..100 {
            node.insert(leaf(number), 0);
        }
        let before = node.rehash(0);
        assert_eq!(node.insert(leaf(7), 0), Some(leaf(7).value));
        assert_eq!(node.remove(&leaf(200).key, 0), None);
        assert_eq!(node.hash, Some(before));
        let other = Leaf {
            value: EMPTY,
            ..leaf(7)
        };
        assert_eq!(node.insert(other, 0), Some(leaf(7).value));
        assert_eq!(node.hash, None);
    }

    #[test]
    fn a_lone_leaf_is_its_own_subtree() {
        let mut node = Node::bucket(vec![leaf(9)]);
        assert_eq!(node.rehash(0), leaf_hash(&leaf(9).key, leaf(9).value));
    }
}
