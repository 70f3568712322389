//! The bytes of a proof. Siblings that are empty cost a bit, not 32 bytes.
//!
//! | Bytes | Content |
//! |---|---|
//! | 1 | kind of the terminal: 0 empty, 1 the key's own leaf, 2 another key's leaf |
//! | 2 | depth *d* of the terminal, big-endian: 0 to 256, with kinds 0 and 2 at most 255 |
//! | ⌈*d*/8⌉ | one bit per level from the root down, most significant first: 1 where the sibling is not empty; surplus bits 0, the bit of the deepest level 1 |
//! | 0, 32, 64 | kind 0: nothing; kind 1: the value hash; kind 2: the other key, its value hash |
//! | 32 each | the siblings that are not empty, from the deepest up; none is 32 zero bytes |
//!
//! The deepest sibling is never empty, because a subtree with one key has no node above its leaf.
//! That rule is what makes the proof of an answer unique.

use super::hash::EMPTY;
use super::key::{KEY_BITS, MapKey};
use super::proof::{MapProof, Terminal};
use crate::hash::Hash;

const KIND_EMPTY: u8 = 0;
const KIND_OWN: u8 = 1;
const KIND_OTHER: u8 = 2;

/// Largest encoded proof, in bytes: 256 siblings, none empty. At a million keys a proof has about
/// 700 bytes.
pub const MAX_MAP_PROOF_BYTES: usize = 1 + 2 + 32 + 64 + 256 * Hash::LEN;

/// Why bytes are not a proof.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MapProofFormatError {
    /// Fewer or more bytes than the beginning asks for.
    #[error("the map proof does not have the length that its beginning asks for")]
    Length,
    /// An unknown kind of terminal.
    #[error("the map proof ends in something unknown")]
    Kind,
    /// Deeper than such a terminal can be.
    #[error("the map proof is deeper than the keys are long")]
    Depth,
    /// Bits beyond the depth are set.
    #[error("the map proof marks siblings below its end")]
    SurplusBits,
    /// A single leaf, or nothing, below a node that nothing else is below.
    #[error("the map proof goes deeper than the map: nothing is beside its end")]
    DeepestEmpty,
    /// An empty sibling is written out.
    #[error("the map proof writes an empty sibling as a hash")]
    EmptySibling,
}

impl MapProof {
    /// The one spelling of this proof.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let kind = match self.terminal {
            Terminal::Empty => KIND_EMPTY,
            Terminal::Own(_) => KIND_OWN,
            Terminal::Other(..) => KIND_OTHER,
        };
        let depth = u16::try_from(self.siblings.len()).unwrap_or(KEY_BITS);
        let mut bitmap = vec![0; self.siblings.len().div_ceil(8)];
        for (level, sibling) in self.siblings.iter().enumerate() {
            if *sibling != EMPTY {
                bitmap[level / 8] |= 0x80_u8 >> (level % 8);
            }
        }
        let mut out = Vec::with_capacity(100 + self.siblings.len() * Hash::LEN);
        out.push(kind);
        out.extend(depth.to_be_bytes());
        out.extend(bitmap);
        match &self.terminal {
            Terminal::Empty => {}
            Terminal::Own(value) => out.extend(value.0),
            Terminal::Other(key, value) => {
                out.extend(key.0);
                out.extend(value.0);
            }
        }
        for sibling in self.siblings.iter().rev().filter(|hash| **hash != EMPTY) {
            out.extend(sibling.0);
        }
        out
    }

    /// Reads a proof strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn decode(bytes: &[u8]) -> Result<Self, MapProofFormatError> {
        let rest = &mut &*bytes;
        let [kind, high, low] = take(rest)?;
        let depth = u16::from_be_bytes([high, low]);
        let deepest = if kind == KIND_OWN {
            KEY_BITS
        } else {
            KEY_BITS - 1
        };
        if depth > deepest {
            return Err(MapProofFormatError::Depth);
        }
        let bitmap = take_bitmap(rest, depth)?;
        let terminal = match kind {
            KIND_EMPTY => Terminal::Empty,
            KIND_OWN => Terminal::Own(Hash(take(rest)?)),
            KIND_OTHER => Terminal::Other(MapKey(take(rest)?), Hash(take(rest)?)),
            _ => return Err(MapProofFormatError::Kind),
        };
        let mut siblings = vec![EMPTY; depth.into()];
        for (level, sibling) in siblings.iter_mut().enumerate().rev() {
            if bit(bitmap, level) {
                *sibling = Hash(take(rest)?);
                if *sibling == EMPTY {
                    return Err(MapProofFormatError::EmptySibling);
                }
            }
        }
        if rest.is_empty() {
            Ok(Self { siblings, terminal })
        } else {
            Err(MapProofFormatError::Length)
        }
    }
}

fn bit(bitmap: &[u8], level: usize) -> bool {
    (bitmap[level / 8] << (level % 8)) & 0x80 != 0
}

fn take<const N: usize>(rest: &mut &[u8]) -> Result<[u8; N], MapProofFormatError> {
    let (taken, after) = rest
        .split_first_chunk()
        .ok_or(MapProofFormatError::Length)?;
    *rest = after;
    Ok(*taken)
}

fn take_bitmap<'b>(rest: &mut &'b [u8], depth: u16) -> Result<&'b [u8], MapProofFormatError> {
    let levels = usize::from(depth);
    let (bitmap, after) = rest
        .split_at_checked(levels.div_ceil(8))
        .ok_or(MapProofFormatError::Length)?;
    *rest = after;
    if (levels..bitmap.len() * 8).any(|level| bit(bitmap, level)) {
        return Err(MapProofFormatError::SurplusBits);
    }
    if levels > 0 && !bit(bitmap, levels - 1) {
        return Err(MapProofFormatError::DeepestEmpty);
    }
    Ok(bitmap)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OTHER: Terminal = Terminal::Other(MapKey([1; 32]), Hash([2; 32]));

    fn proof(siblings: Vec<Hash>, terminal: Terminal) -> MapProof {
        MapProof { siblings, terminal }
    }

    #[test]
    fn reads_back() {
        let full = Hash([3; 32]);
        for terminal in [Terminal::Empty, Terminal::Own(EMPTY), OTHER] {
            for depth in [0_usize, 1, 7, 8, 9, 63, 255] {
                let sparse = (1..=depth).map(|level| if level == depth { full } else { EMPTY });
                for siblings in [sparse.collect(), vec![full; depth]] {
                    let proof = proof(siblings, terminal);
                    let bytes = proof.encode();
                    assert!(bytes.len() <= MAX_MAP_PROOF_BYTES);
                    assert_eq!(MapProof::decode(&bytes), Ok(proof));
                }
            }
        }
        let deepest = proof(vec![full; 256], Terminal::Own(full));
        assert_eq!(MapProof::decode(&deepest.encode()), Ok(deepest));
    }

    #[test]
    fn the_format_does_not_drift() {
        let siblings = vec![Hash([0xaa; 32]), EMPTY, Hash([0xbb; 32])];
        let expected = [
            &[2, 0, 3, 0b1010_0000][..],
            &[1; 32],
            &[2; 32],
            &[0xbb; 32],
            &[0xaa; 32],
        ]
        .concat();
        assert_eq!(proof(siblings, OTHER).encode(), expected);
        assert_eq!(proof(Vec::new(), Terminal::Empty).encode(), [0, 0, 0]);
    }

    #[test]
    fn each_refusal_has_its_reason() {
        let hash = [7; 32];
        let bytes = |head: &[u8], hashes: usize| [head, &hash.repeat(hashes)].concat();
        let zero = [&[0, 0, 1, 0x80][..], &[0; 32]].concat();
        let deep = |kind, depth: u16| {
            let mut head = vec![kind];
            head.extend(depth.to_be_bytes());
            head.extend([0xff; 33]);
            bytes(&head, 258)
        };
        for (bytes, reason) in [
            (vec![], MapProofFormatError::Length),
            (vec![0, 0], MapProofFormatError::Length),
            (vec![0, 0, 0, 0], MapProofFormatError::Length),
            (vec![0, 0, 1], MapProofFormatError::Length),
            (bytes(&[1, 0, 0], 0), MapProofFormatError::Length),
            (bytes(&[1, 0, 0], 2), MapProofFormatError::Length),
            (bytes(&[2, 0, 0], 1), MapProofFormatError::Length),
            (bytes(&[0, 0, 1, 0x80], 0), MapProofFormatError::Length),
            (bytes(&[0, 0, 1, 0x80], 2), MapProofFormatError::Length),
            (bytes(&[3, 0, 0], 0), MapProofFormatError::Kind),
            (deep(0, 256), MapProofFormatError::Depth),
            (deep(2, 256), MapProofFormatError::Depth),
            (deep(1, 257), MapProofFormatError::Depth),
            (deep(1, 0xffff), MapProofFormatError::Depth),
            (bytes(&[0, 0, 1, 0xc0], 1), MapProofFormatError::SurplusBits),
            (bytes(&[0, 0, 1, 0x81], 1), MapProofFormatError::SurplusBits),
            (
                bytes(&[0, 0, 1, 0x00], 0),
                MapProofFormatError::DeepestEmpty,
            ),
            (
                bytes(&[1, 0, 2, 0x80], 2),
                MapProofFormatError::DeepestEmpty,
            ),
            (zero, MapProofFormatError::EmptySibling),
        ] {
            assert_eq!(MapProof::decode(&bytes), Err(reason), "{bytes:?}");
        }
    }
}
