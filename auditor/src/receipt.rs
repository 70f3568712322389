//! `auditor receipt`: one entry is in the ledger, by its receipt (C2SP tlog-proof) alone.

use ledger::{
    CheckpointError, Hash, InclusionError, InclusionProof, TlogProof, TlogProofError, TreeHead,
    VerifierKey,
};

use crate::verify::checkpoint_in_spanish;

/// Evidence that the pinned ledger holds the entry. Only [`verify`] makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedReceipt {
    index: u64,
    head: TreeHead,
}

impl VerifiedReceipt {
    /// Index of the entry, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The signed tree that holds it.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }
}

/// Why a receipt proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    /// Not a receipt.
    #[error("the receipt is malformed: {0}")]
    Malformed(TlogProofError),
    /// Its checkpoint is not by the pinned key.
    #[error("the checkpoint of the receipt is refused: {0}")]
    Checkpoint(CheckpointError),
    /// The tree of the checkpoint does not hold this entry.
    #[error("the receipt does not prove this entry: {0}")]
    Inclusion(InclusionError),
}

impl ReceiptError {
    /// What is wrong, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::Malformed(reason) => {
                format!("el comprobante está mal formado (detalle: {reason})")
            }
            Self::Checkpoint(reason) => {
                format!(
                    "el checkpoint del comprobante se rechaza: {}",
                    checkpoint_in_spanish(reason)
                )
            }
            Self::Inclusion(reason) => {
                format!("el comprobante no es de esta entrada o fue alterado (detalle: {reason})")
            }
        }
    }
}

/// Verifies that the log of `key` holds an entry with this leaf hash (RFC 6962 §2.1), and nothing
/// else about it.
///
/// # Errors
/// [`ReceiptError`].
pub fn verify(
    receipt: &[u8],
    leaf: Hash,
    key: &VerifierKey,
) -> Result<VerifiedReceipt, ReceiptError> {
    let proof = TlogProof::parse(receipt).map_err(ReceiptError::Malformed)?;
    let checkpoint = proof
        .signed_checkpoint()
        .verify(key)
        .map_err(ReceiptError::Checkpoint)?;
    let head = checkpoint.checkpoint().head();
    let inclusion = InclusionProof {
        index: proof.claimed_index(),
        size: head.size,
        path: path_of(&proof),
    };
    inclusion
        .verify(leaf, head.root)
        .map_err(ReceiptError::Inclusion)?;
    Ok(VerifiedReceipt {
        index: proof.claimed_index(),
        head,
    })
}

/// The hashes of the proof. `TlogProof` verifies entries, not leaf hashes, and keeps its path to
/// itself; but its text is canonical, with one hash a line between `index` and the blank line.
fn path_of(proof: &TlogProof) -> Vec<Hash> {
    let text = proof.to_string();
    text.lines()
        .skip_while(|line| !line.starts_with("index "))
        .skip(1)
        .map_while(Hash::from_base64)
        .collect()
}
