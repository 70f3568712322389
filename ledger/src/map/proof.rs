//! Proofs: this key is bound to that, or to nothing.

use super::hash::{EMPTY, leaf_hash, node_hash};
use super::key::{KEY_BITS, MapKey};
use crate::hash::Hash;

/// A claim, not yet checked, about one key of a map. `docs/FORMATS.md` says how it is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MapProof {
    /// Hashes beside the path, from the root down, at most 256; the last is not [`EMPTY`].
    pub(super) siblings: Vec<Hash>,
    pub(super) terminal: Terminal,
}

/// What the path of a key ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Terminal {
    /// Nothing: no key goes this way.
    Empty,
    /// The leaf of the key itself, with its value.
    Own(Hash),
    /// The leaf of another key, which is alone here.
    Other(MapKey, Hash),
}

/// What a verified proof says of its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapAnswer {
    /// It is bound to the value of this hash (see [`value_hash`](crate::value_hash)).
    Present(Hash),
    /// It is bound to nothing.
    Absent,
}

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapProofError {
    /// The path ends in a leaf that does not belong there: its key goes another way.
    #[error("the proof shows a leaf that is not on the path of the key: it says nothing about it")]
    OffPath,
    /// The leaf that is shown as another key's is the key's own.
    #[error("the proof shows the key's own leaf as that of another key")]
    NotAnother,
    /// The path leads to another root.
    #[error("the proof leads to another root: it is not about this map")]
    OtherRoot,
}

impl MapProof {
    /// Checks the proof for `key` against a root the caller trusts. At most 257 hashes are computed.
    ///
    /// A root has one answer for each key, whoever made it. That every path is as short as it can
    /// be, and that values are what they should be, knows only who rebuilds the whole map.
    ///
    /// # Errors
    /// One variant per reason why the proof says nothing about this key in this map.
    pub fn verify(&self, root: Hash, key: &MapKey) -> Result<MapAnswer, MapProofError> {
        let (mut hash, answer) = match &self.terminal {
            Terminal::Empty => (EMPTY, MapAnswer::Absent),
            Terminal::Own(value) => (leaf_hash(key, *value), MapAnswer::Present(*value)),
            Terminal::Other(other, _) if other == key => return Err(MapProofError::NotAnother),
            Terminal::Other(other, value) => {
                if usize::from(key.common_bits(other)) < self.siblings.len() {
                    return Err(MapProofError::OffPath);
                }
                (leaf_hash(other, *value), MapAnswer::Absent)
            }
        };
        for (depth, sibling) in (0..KEY_BITS).zip(&self.siblings).rev() {
            hash = if key.goes_right(depth) {
                node_hash(*sibling, hash)
            } else {
                node_hash(hash, *sibling)
            };
        }
        if hash == root {
            Ok(answer)
        } else {
            Err(MapProofError::OtherRoot)
        }
    }
}
