//! Reading a receipt strictly.

use super::error::CoseReceiptFormatError as Format;
use super::header::Protected;
use super::proof::CoseProof;
use super::{CoseReceipt, LABEL_PROOFS, MAX_COSE_RECEIPT_BYTES, TAG_SIGN1};
use crate::cbor::{Item, NULL, Reader};

impl CoseReceipt {
    /// Reads a receipt strictly: tagged, deterministic but for the order of the protected header,
    /// with one proof, a detached payload, and nothing else unprotected. Nothing is verified yet.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn decode(bytes: &[u8]) -> Result<Self, Format> {
        if bytes.len() > MAX_COSE_RECEIPT_BYTES {
            return Err(Format::TooLong);
        }
        // Form first: from here on items are short, complete, and no key is there twice.
        let mut whole = Reader::new(bytes);
        whole.skip()?;
        whole.end()?;
        let mut reader = Reader::new(bytes);
        if reader.next()? != Item::Tag(TAG_SIGN1) {
            return Err(Format::Tag);
        }
        if reader.next()? != Item::Array(4) {
            return Err(Format::Sign1);
        }
        let Item::Bytes(protected) = reader.next()? else {
            return Err(Format::Sign1);
        };
        let protected = Protected::decode(protected)?;
        let proof = read_proof(&mut reader)?;
        if reader.next()? != NULL {
            return Err(Format::NotDetached);
        }
        let Item::Bytes(signature) = reader.next()? else {
            return Err(Format::Sign1);
        };
        Ok(Self {
            protected,
            proof,
            signature: signature.to_vec(),
        })
    }
}

/// The unprotected header: `{396: {label: [proof]}}`.
fn read_proof(reader: &mut Reader<'_>) -> Result<CoseProof, Format> {
    if reader.next()? != Item::Map(1) || reader.next()? != Item::Uint(LABEL_PROOFS.into()) {
        return Err(Format::Unprotected);
    }
    if reader.next()? != Item::Map(1) {
        return Err(Format::ProofKind);
    }
    let label = reader.next()?;
    if reader.next()? != Item::Array(1) {
        return Err(Format::ProofCount);
    }
    let Item::Bytes(proof) = reader.next()? else {
        return Err(Format::Proof);
    };
    CoseProof::decode(label, proof)
}
