//! An authenticated map: what a key is bound to, or that it is bound to nothing, with proof.
//!
//! A Merkle prefix tree over 256-bit keys, its empty and lonely parts left out. Going down, bit 0
//! of a key is the most significant bit of its first byte; 0 is left.
//!
//! | Subtree | Hash |
//! |---|---|
//! | without keys | 32 zero bytes |
//! | with exactly one key | `SHA-256(0x02 ‖ key ‖ value hash)`, at whatever depth it is alone |
//! | with more | `SHA-256(0x03 ‖ left ‖ right)`, also where one side is empty |
//!
//! The root is a function of the content alone: whoever has the same keys and values has the same
//! root, in whatever order they came. For a root, each key has one answer and that answer one proof.
//!
//! Keys are expected to be spread like hashes: a caller that lets strangers choose keys freely lets
//! them make paths of up to 256 nodes.

mod encoding;
mod hash;
mod iter;
mod key;
mod load;
mod node;
mod prefix_map;
mod proof;

pub use encoding::{MAX_MAP_PROOF_BYTES, MapProofFormatError};
pub use hash::value_hash;
pub use iter::MapIter;
pub use key::MapKey;
pub use load::KeysNotAscending;
pub use prefix_map::PrefixMap;
pub use proof::{MapAnswer, MapProof, MapProofError};
