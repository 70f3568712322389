//! COSE receipts (RFC 9942) with the Merkle trees of RFC 9162: a proof, and under it the log's
//! signature of the root that it leads to.
//!
//! The root itself is left out, so that nobody believes it without having computed it. The signature
//! covers the root and nothing else of the tree: **not its size, and not the index**. A receipt shows
//! *that* the entry is in a tree of the log; who needs to know where, or when the tree was the
//! newest, asks for a [`TlogProof`](crate::TlogProof).

mod decode;
mod error;
mod header;
mod proof;

use minicbor::Encoder;
use minicbor::data::Tag;

pub use error::{CoseReceiptError, CoseReceiptFormatError, CoseSignError};
use header::Protected;
pub use proof::CoseProof;

use crate::consistency::ConsistencyProof;
use crate::hash::{Hash, leaf_hash};
use crate::inclusion::InclusionProof;
use crate::note_signer::{NoteSignError, NoteSigner};
use crate::verifier_key::VerifierKey;

/// Largest receipt accepted, in bytes: 129 hashes need half of it.
pub const MAX_COSE_RECEIPT_BYTES: usize = 8 * 1024;
/// Tag of a `COSE_Sign1` (RFC 9052 §4.2).
const TAG_SIGN1: u64 = 18;
/// Header of the proofs (RFC 9942 §4.3), "vdp".
const LABEL_PROOFS: u16 = 396;

type EncodeError = minicbor::encode::Error<std::convert::Infallible>;

/// A receipt as read or made: well-formed, nothing in it verified. It has one spelling: what decodes
/// is encoded identically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoseReceipt {
    protected: Protected,
    proof: CoseProof,
    signature: Vec<u8>,
}

/// Evidence that the log of the pinned key signed a tree that contains the entry. Where in the tree,
/// no signature says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedCoseInclusion {
    root: Hash,
}

impl VerifiedCoseInclusion {
    /// Root of the tree that contains the entry.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }
}

/// Evidence that the log of the pinned key signed a tree that begins with another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedCoseConsistency {
    root: Hash,
}

impl VerifiedCoseConsistency {
    /// Root of the later tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.root
    }
}

impl CoseReceipt {
    /// A receipt for the entry with this leaf hash. The caller gives a root that the log has signed
    /// in a checkpoint: a signature under any other would be a second history.
    ///
    /// # Errors
    /// When the proof does not lead to the root, and those of the signer.
    pub fn sign_inclusion(
        proof: InclusionProof,
        leaf: Hash,
        root: Hash,
        signer: &dyn NoteSigner,
    ) -> Result<Self, CoseSignError> {
        proof.verify(leaf, root)?;
        Ok(Self::sign(CoseProof::Inclusion(proof), root, signer)?)
    }

    /// A receipt that the tree of `second_root` begins with the one of `first_root`. The roots are
    /// those of checkpoints, as for [`CoseReceipt::sign_inclusion`].
    ///
    /// # Errors
    /// When the proof does not lead to the roots, and those of the signer.
    pub fn sign_consistency(
        proof: ConsistencyProof,
        first_root: Hash,
        second_root: Hash,
        signer: &dyn NoteSigner,
    ) -> Result<Self, CoseSignError> {
        proof.verify(first_root, second_root)?;
        Ok(Self::sign(
            CoseProof::Consistency(proof),
            second_root,
            signer,
        )?)
    }

    fn sign(proof: CoseProof, root: Hash, signer: &dyn NoteSigner) -> Result<Self, NoteSignError> {
        let protected = Protected::of_key(signer.verifier_key());
        let to_sign = sig_structure(&protected, root);
        let signature = signer.sign(&to_sign)?;
        let checked = signer.verifier_key().check(&to_sign, &signature);
        checked.map_err(|_| NoteSignError::DoesNotVerify)?;
        Ok(Self {
            protected,
            proof,
            signature: signature.to_vec(),
        })
    }

    /// The proof, as claimed.
    #[must_use]
    pub fn claimed(&self) -> &CoseProof {
        &self.proof
    }

    /// Checks that the log of the pinned key signed a tree that contains exactly this entry.
    ///
    /// # Errors
    /// One variant per reason why that is not shown.
    pub fn verify_inclusion(
        &self,
        entry: &[u8],
        key: &VerifierKey,
    ) -> Result<VerifiedCoseInclusion, CoseReceiptError> {
        let CoseProof::Inclusion(proof) = &self.proof else {
            return Err(CoseReceiptError::OtherProof);
        };
        let root = proof.root_of(leaf_hash(entry))?;
        self.check_signature(root, key)?;
        Ok(VerifiedCoseInclusion { root })
    }

    /// Checks that the log of the pinned key signed `second_root`, and that its tree begins with the
    /// tree of `first_root`.
    ///
    /// # Errors
    /// One variant per reason why that is not shown.
    pub fn verify_consistency(
        &self,
        first_root: Hash,
        second_root: Hash,
        key: &VerifierKey,
    ) -> Result<VerifiedCoseConsistency, CoseReceiptError> {
        let CoseProof::Consistency(proof) = &self.proof else {
            return Err(CoseReceiptError::OtherProof);
        };
        proof.verify(first_root, second_root)?;
        self.check_signature(second_root, key)?;
        Ok(VerifiedCoseConsistency { root: second_root })
    }

    fn check_signature(&self, root: Hash, key: &VerifierKey) -> Result<(), CoseReceiptError> {
        if !self.protected.is_ed_dsa() {
            return Err(CoseReceiptError::OtherAlgorithm);
        }
        if !self.protected.is_by(key) {
            return Err(CoseReceiptError::OtherKey);
        }
        key.check(&sig_structure(&self.protected, root), &self.signature)
            .map_err(|_| CoseReceiptError::BadSignature)
    }

    /// The tagged `COSE_Sign1`.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(256);
        let written = self.encode_into(&mut Encoder::new(&mut out));
        debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
        out
    }

    fn encode_into(&self, e: &mut Encoder<&mut Vec<u8>>) -> Result<(), EncodeError> {
        e.tag(Tag::new(TAG_SIGN1))?.array(4)?;
        e.bytes(self.protected.as_bytes())?;
        e.map(1)?.u16(LABEL_PROOFS)?;
        e.map(1)?.i8(self.proof.label())?;
        e.array(1)?.bytes(&self.proof.encode())?;
        e.null()?.bytes(&self.signature)?;
        Ok(())
    }
}

/// What is signed (RFC 9052 §4.4): `["Signature1", protected, h'', root]`. Its first byte, 0x84, is
/// no UTF-8: it can never be the text of a note that the same key signs.
fn sig_structure(protected: &Protected, root: Hash) -> Vec<u8> {
    let mut out = Vec::with_capacity(128);
    let mut e = Encoder::new(&mut out);
    let written = e
        .array(4)
        .and_then(|e| e.str("Signature1")?.bytes(protected.as_bytes()));
    let written = written.and_then(|e| e.bytes(&[])?.bytes(&root.0));
    debug_assert!(written.is_ok(), "writing to a Vec cannot fail");
    out
}

#[cfg(test)]
mod tests;
