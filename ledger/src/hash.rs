//! SHA-256 as RFC 6962 uses it: leaves and nodes hashed in separate domains.

use std::fmt;

use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

use crate::base64::{decode_base64, encode_base64};

/// Domain separation, RFC 6962 §2.1: a leaf can never be presented as a node.
const LEAF_PREFIX: u8 = 0x00;
const NODE_PREFIX: u8 = 0x01;

/// A SHA-256 value in the tree: a leaf hash, a node or a root.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash(pub [u8; 32]);

impl Hash {
    /// Length of a hash in bytes.
    pub const LEN: usize = 32;

    /// Standard base64 with padding (RFC 4648 §4): 44 characters, as in checkpoints and proofs.
    #[must_use]
    pub fn to_base64(self) -> String {
        encode_base64(&self.0)
    }

    /// Reads what [`Hash::to_base64`] writes. `None` for another length, another alphabet, missing
    /// padding or non-zero trailing bits: each hash has exactly one text.
    #[must_use]
    pub fn from_base64(text: &str) -> Option<Self> {
        decode_base64(text)?.try_into().ok().map(Self)
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

/// Hash of one entry: `SHA-256(0x00 ‖ entry)` (RFC 6962 §2.1).
#[must_use]
pub fn leaf_hash(entry: &[u8]) -> Hash {
    let digest = Sha256::new()
        .chain_update([LEAF_PREFIX])
        .chain_update(entry)
        .finalize();
    Hash(digest.into())
}

/// Hash of a node with two children: `SHA-256(0x01 ‖ left ‖ right)` (RFC 6962 §2.1).
#[must_use]
pub fn node_hash(left: Hash, right: Hash) -> Hash {
    let mut input = [NODE_PREFIX; 65];
    input[1..33].copy_from_slice(&left.0);
    input[33..].copy_from_slice(&right.0);
    Hash(Sha256::digest(input).into())
}

/// Root of the tree without entries: `SHA-256("")` (RFC 6962 §2.1).
#[must_use]
pub fn empty_root() -> Hash {
    Hash(Sha256::digest([]).into())
}

#[cfg(test)]
mod tests {
    use super::*;

    // Values of the reference tree of RFC 6962 implementations (transparency-dev/merkle).
    const EMPTY_ROOT: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    const EMPTY_LEAF: &str = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";

    #[test]
    fn known_answers() {
        assert_eq!(format!("{:?}", empty_root()), EMPTY_ROOT);
        assert_eq!(format!("{:?}", leaf_hash(b"")), EMPTY_LEAF);
        let root = node_hash(leaf_hash(b""), leaf_hash(&[0]));
        assert_eq!(
            format!("{root:?}"),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"
        );
    }

    #[test]
    fn base64_has_one_text_per_hash() {
        let text = leaf_hash(b"x").to_base64();
        assert_eq!(Hash::from_base64(&text), Some(leaf_hash(b"x")));
        assert_eq!(Hash::from_base64(text.trim_end_matches('=')), None);
        assert_eq!(Hash::from_base64(&format!("{text}\n")), None);
        assert_eq!(Hash::from_base64("AAAA"), None);
        // 43 characters carry 258 bits: the last two must be zero.
        let zeros = Hash([0; 32]).to_base64();
        assert_eq!(Hash::from_base64(&zeros.replace("A=", "B=")), None);
    }
}
