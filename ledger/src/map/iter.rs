//! Every key, in ascending order.

use super::hash::Leaf;
use super::key::MapKey;
use super::node::{Node, View};
use crate::hash::Hash;

/// Keys and value hashes of a [`PrefixMap`](crate::PrefixMap), ascending.
#[derive(Debug)]
pub struct MapIter<'m> {
    bucket: std::slice::Iter<'m, Leaf>,
    /// Subtrees still to come, the next one last.
    ahead: Vec<&'m Node>,
}

impl<'m> MapIter<'m> {
    pub(super) fn new(root: &'m Node) -> Self {
        Self {
            bucket: [].iter(),
            ahead: vec![root],
        }
    }
}

impl Iterator for MapIter<'_> {
    type Item = (MapKey, Hash);

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(leaf) = self.bucket.next() {
                return Some((leaf.key, leaf.value));
            }
            match self.ahead.pop()?.view() {
                View::Bucket(leaves) => self.bucket = leaves.iter(),
                View::Inner([left, right]) => self.ahead.extend([right, left]),
            }
        }
    }
}
