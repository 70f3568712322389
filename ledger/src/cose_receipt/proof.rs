//! The proof inside: a byte string with an array of two numbers and the path (RFC 9942 §5.2, §5.3).

use minicbor::Encoder;

use super::EncodeError;
use super::error::CoseReceiptFormatError as Format;
use crate::cbor::{Item, Reader};
use crate::consistency::ConsistencyProof;
use crate::hash::Hash;
use crate::inclusion::InclusionProof;

/// Longest path of any proof: consistency of trees of 64-bit sizes.
const MAX_PATH: u64 = 65;

/// Labels −1 and −2.
const INCLUSION: Item<'_> = Item::Negative(0);
const CONSISTENCY: Item<'_> = Item::Negative(1);

/// What a receipt proves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CoseProof {
    /// An entry is in the tree.
    Inclusion(InclusionProof),
    /// The tree begins with another.
    Consistency(ConsistencyProof),
}

impl CoseProof {
    /// Label among the proofs.
    pub(super) fn label(&self) -> i8 {
        match self {
            Self::Inclusion(_) => -1,
            Self::Consistency(_) => -2,
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        let (first, second, path) = match self {
            Self::Inclusion(proof) => (proof.size, proof.index, &proof.path),
            Self::Consistency(proof) => (proof.from, proof.to, &proof.path),
        };
        e.array(3)?.u64(first)?.u64(second)?;
        e.array(path.len() as u64)?;
        for hash in path {
            e.bytes(&hash.0)?;
        }
        Ok(())
    }

    /// Reads the array of the proof with this label.
    pub(super) fn decode(label: Item<'_>, bytes: &[u8]) -> Result<Self, Format> {
        let mut reader = Reader::new(bytes);
        if reader.next()? != Item::Array(3) {
            return Err(Format::Proof);
        }
        let (Item::Uint(first), Item::Uint(second)) = (reader.next()?, reader.next()?) else {
            return Err(Format::Proof);
        };
        let Item::Array(count) = reader.next()? else {
            return Err(Format::Proof);
        };
        if count > MAX_PATH {
            return Err(Format::PathTooLong);
        }
        let mut path = Vec::new();
        for _ in 0..count {
            let Item::Bytes(hash) = reader.next()? else {
                return Err(Format::Hash);
            };
            path.push(Hash(hash.try_into().map_err(|_| Format::Hash)?));
        }
        reader.end()?;
        if label == INCLUSION {
            let (size, index) = (first, second);
            Ok(Self::Inclusion(InclusionProof { index, size, path }))
        } else if label == CONSISTENCY {
            let (from, to) = (first, second);
            Ok(Self::Consistency(ConsistencyProof { from, to, path }))
        } else {
            Err(Format::ProofKind)
        }
    }
}
