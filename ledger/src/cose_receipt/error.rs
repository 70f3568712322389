//! Why a receipt is not read, made or believed.

use super::MAX_COSE_RECEIPT_BYTES;
use crate::cbor::CborError;
use crate::consistency::ConsistencyError;
use crate::inclusion::InclusionError;
use crate::note_signer::NoteSignError;

/// Why bytes are not a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseReceiptFormatError {
    /// Longer than [`MAX_COSE_RECEIPT_BYTES`].
    #[error("the COSE receipt is longer than {MAX_COSE_RECEIPT_BYTES} bytes")]
    TooLong,
    /// Not strict CBOR.
    #[error("the COSE receipt is refused: {0}")]
    Cbor(#[from] CborError),
    /// Not tagged as `COSE_Sign1` (18).
    #[error("the COSE receipt does not have the tag 18")]
    Tag,
    /// Not the array of four of a `COSE_Sign1`.
    #[error("the COSE receipt is not an array of headers, payload and signature")]
    Sign1,
    /// The protected header is not a map with an algorithm, or its key id is not a byte string.
    #[error("the protected header of the COSE receipt is not a map with an algorithm")]
    Protected,
    /// Headers that must be understood, and are not.
    #[error("the COSE receipt has critical headers, none of which is known here")]
    Critical,
    /// The verifiable data structure is not `RFC9162_SHA256`.
    #[error("the COSE receipt is of another kind of tree than RFC9162_SHA256")]
    Tree,
    /// The unprotected header is not exactly the proofs.
    #[error("the unprotected header of the COSE receipt has something else than proofs")]
    Unprotected,
    /// Neither an inclusion proof nor a consistency proof, or both.
    #[error("the COSE receipt has neither an inclusion proof nor a consistency proof, or both")]
    ProofKind,
    /// Not exactly one proof.
    #[error("the COSE receipt does not have exactly one proof")]
    ProofCount,
    /// The proof is not a byte string with two numbers and a path.
    #[error("the proof in the COSE receipt is not two numbers and a path")]
    Proof,
    /// More hashes than any tree needs.
    #[error("the path in the COSE receipt is longer than in any tree")]
    PathTooLong,
    /// An element of the path is not a byte string of 32.
    #[error("the path in the COSE receipt has something else than hashes")]
    Hash,
    /// The root is written out.
    #[error("the COSE receipt carries its payload; the verifier has to compute it")]
    NotDetached,
}

/// Why a receipt proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CoseReceiptError {
    /// A receipt of inclusion where one of consistency is asked for, or the reverse.
    #[error("the COSE receipt proves something else than what is asked")]
    OtherProof,
    /// Not signed with `EdDSA`.
    #[error("the COSE receipt is not signed with EdDSA")]
    OtherAlgorithm,
    /// The key id is not that of the pinned key.
    #[error("the COSE receipt names another key than the pinned one")]
    OtherKey,
    /// The path does not fit the index and size.
    #[error("the COSE receipt does not prove this entry: {0}")]
    Inclusion(#[from] InclusionError),
    /// The later tree is not shown to begin with the earlier.
    #[error("the COSE receipt does not prove this growth: {0}")]
    Consistency(#[from] ConsistencyError),
    /// The signature is not the pinned key's over the root that the proof leads to: the entry is
    /// another one, or the receipt was altered.
    #[error("the pinned key did not sign the root that the COSE receipt leads to")]
    BadSignature,
}

/// Why a receipt was not signed.
#[derive(Debug, thiserror::Error)]
pub enum CoseSignError {
    /// The proof is not of this entry and root.
    #[error(transparent)]
    Inclusion(#[from] InclusionError),
    /// The proof is not of these roots.
    #[error(transparent)]
    Consistency(#[from] ConsistencyError),
    /// The signer refused.
    #[error(transparent)]
    Sign(#[from] NoteSignError),
}
