//! Receipts (C2SP tlog-proof): an entry's inclusion proof and the signed checkpoint in one text.

use std::fmt;

use crate::base64::{decode_base64, encode_base64};
use crate::checkpoint::{CheckpointError, SignedCheckpoint, VerifiedCheckpoint};
use crate::decimal::parse_decimal;
use crate::hash::{Hash, leaf_hash};
use crate::inclusion::{InclusionError, InclusionProof};
use crate::note::MAX_NOTE_BYTES;

const HEADER: &str = "c2sp.org/tlog-proof@v1";
/// A tree of 64-bit size is at most 64 levels high.
const MAX_PATH: usize = 64;
/// Largest receipt accepted, in bytes; most of it could be cosignatures.
const MAX_PROOF_BYTES: usize = MAX_NOTE_BYTES + 64 * 1024;

/// A receipt as read or made: well-formed, not yet verified. Its text form is canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlogProof {
    extra: Option<Vec<u8>>,
    index: u64,
    path: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Evidence that the pinned log contains the entry: [`TlogProof::verify`] succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReceipt {
    index: u64,
    leaf: Hash,
    checkpoint: VerifiedCheckpoint,
}

impl VerifiedReceipt {
    /// Index of the entry in the log, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Leaf hash of the entry.
    #[must_use]
    pub fn leaf(&self) -> Hash {
        self.leaf
    }

    /// The signed tree that contains the entry.
    #[must_use]
    pub fn checkpoint(&self) -> &VerifiedCheckpoint {
        &self.checkpoint
    }
}

/// Why a receipt cannot be read, made or believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlogProofError {
    /// Larger than any receipt.
    #[error("the receipt is larger than {MAX_PROOF_BYTES} bytes")]
    TooLong,
    /// Not UTF-8.
    #[error("the receipt is not UTF-8 text")]
    NotText,
    /// The first line is another one.
    #[error("the receipt does not begin with the line {HEADER}")]
    Header,
    /// The `extra` line is not base64, or empty.
    #[error("the extra line of the receipt is not non-empty base64")]
    Extra,
    /// There is no `index` line with a canonical decimal.
    #[error("the receipt has no line 'index <decimal>' where it belongs")]
    Index,
    /// A proof line is not the base64 of 32 bytes.
    #[error("line {0} of the receipt's inclusion proof is not the base64 of 32 bytes")]
    ProofLine(usize),
    /// More proof lines than any tree has levels.
    #[error("the receipt's inclusion proof has more than {MAX_PATH} lines")]
    TooManyProofLines,
    /// No blank line followed by a checkpoint.
    #[error("the receipt ends before its checkpoint")]
    NoCheckpoint,
    /// The checkpoint is malformed, or not by the pinned log.
    #[error("the checkpoint of the receipt is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// The entry is not in the checkpoint's tree.
    #[error("the receipt does not prove this entry: {0}")]
    Inclusion(#[from] InclusionError),
    /// The proof to be joined is for a tree of another size than the checkpoint's.
    #[error(
        "the inclusion proof is for a tree of {proof} entries, the checkpoint has {checkpoint}"
    )]
    OtherSize {
        /// Size the inclusion proof is for.
        proof: u64,
        /// Size of the checkpoint.
        checkpoint: u64,
    },
}

impl TlogProof {
    /// Joins an inclusion proof and the checkpoint it leads to.
    ///
    /// # Errors
    /// When the two are of different tree sizes.
    pub fn new(
        inclusion: InclusionProof,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, TlogProofError> {
        let (proof, size) = (inclusion.size, checkpoint.claimed().size());
        if proof != size {
            return Err(TlogProofError::OtherSize {
                proof,
                checkpoint: size,
            });
        }
        Ok(Self {
            extra: None,
            index: inclusion.index,
            path: inclusion.path,
            checkpoint,
        })
    }

    /// Adds data for the reader's convenience. No signature covers it. Empty data is left out.
    #[must_use]
    pub fn with_extra(self, extra: Vec<u8>) -> Self {
        Self {
            extra: Some(extra).filter(|extra| !extra.is_empty()),
            ..self
        }
    }

    /// Data that nothing authenticates; never a basis of a decision.
    #[must_use]
    pub fn unauthenticated_extra(&self) -> Option<&[u8]> {
        self.extra.as_deref()
    }

    /// Index of the entry, as claimed.
    #[must_use]
    pub fn claimed_index(&self) -> u64 {
        self.index
    }

    /// The checkpoint, unverified: for its witnesses' cosignatures.
    #[must_use]
    pub fn signed_checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }

    /// Reads a receipt strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, TlogProofError> {
        if bytes.len() > MAX_PROOF_BYTES {
            return Err(TlogProofError::TooLong);
        }
        let text = str::from_utf8(bytes).map_err(|_| TlogProofError::NotText)?;
        let (header, rest) = text.split_once('\n').ok_or(TlogProofError::Header)?;
        if header != HEADER {
            return Err(TlogProofError::Header);
        }
        let (mut line, mut rest) = rest.split_once('\n').ok_or(TlogProofError::Index)?;
        let mut extra = None;
        if let Some(base64) = line.strip_prefix("extra ") {
            extra = Some(decode_base64(base64).ok_or(TlogProofError::Extra)?);
            if extra.as_ref().is_some_and(Vec::is_empty) {
                return Err(TlogProofError::Extra);
            }
            (line, rest) = rest.split_once('\n').ok_or(TlogProofError::Index)?;
        }
        let index = line.strip_prefix("index ").and_then(parse_decimal);
        let index = index.ok_or(TlogProofError::Index)?;
        let (path, checkpoint) = parse_path(rest)?;
        Ok(Self {
            extra,
            index,
            path,
            checkpoint: SignedCheckpoint::parse(checkpoint.as_bytes())?,
        })
    }

    /// Checks that the log of the pinned key contains exactly this entry. Witness policy is the
    /// caller's: the cosignatures stay unverified.
    ///
    /// # Errors
    /// When the checkpoint is not the log's, or the entry is not shown to be in its tree.
    pub fn verify(
        &self,
        entry: &[u8],
        key: &crate::VerifierKey,
    ) -> Result<VerifiedReceipt, TlogProofError> {
        let checkpoint = self.checkpoint.verify(key)?;
        let head = checkpoint.checkpoint().head();
        let leaf = leaf_hash(entry);
        let inclusion = InclusionProof {
            index: self.index,
            size: head.size,
            path: self.path.clone(),
        };
        let inclusion = inclusion.verify(leaf, head.root)?;
        Ok(VerifiedReceipt {
            index: inclusion.index(),
            leaf,
            checkpoint,
        })
    }
}

/// Reads hash lines up to the blank line, and returns what follows it.
fn parse_path(text: &str) -> Result<(Vec<Hash>, &str), TlogProofError> {
    let mut path = Vec::new();
    let mut rest = text;
    loop {
        let (line, after) = rest.split_once('\n').ok_or(TlogProofError::NoCheckpoint)?;
        if line.is_empty() {
            return Ok((path, after));
        }
        if path.len() == MAX_PATH {
            return Err(TlogProofError::TooManyProofLines);
        }
        path.push(Hash::from_base64(line).ok_or(TlogProofError::ProofLine(path.len() + 1))?);
        rest = after;
    }
}

impl fmt::Display for TlogProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        if let Some(extra) = &self.extra {
            writeln!(f, "extra {}", encode_base64(extra))?;
        }
        writeln!(f, "index {}", self.index)?;
        for hash in &self.path {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, TreeHead};
    use crate::hash::node_hash;
    use crate::note_signer::{NoteSigner, SoftwareSigner};

    fn signer() -> SoftwareSigner {
        SoftwareSigner::from_seed("ledger.example.mx/receta", &[3; 32]).unwrap()
    }

    /// A receipt for the entry `two` in the tree of `one` and `two`.
    fn receipt() -> TlogProof {
        let (one, two) = (leaf_hash(b"one"), leaf_hash(b"two"));
        let head = TreeHead {
            size: 2,
            root: node_hash(one, two),
        };
        let checkpoint = Checkpoint::new("ledger.example.mx/receta", head).unwrap();
        let checkpoint = SignedCheckpoint::sign(checkpoint, &signer()).unwrap();
        TlogProof::new(
            InclusionProof {
                index: 1,
                size: 2,
                path: vec![one],
            },
            checkpoint,
        )
        .unwrap()
    }

    #[test]
    fn layout_of_the_specification() {
        let text = receipt().with_extra(b"context".to_vec()).to_string();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(
            lines[..3],
            ["c2sp.org/tlog-proof@v1", "extra Y29udGV4dA==", "index 1"]
        );
        assert_eq!(lines[3], leaf_hash(b"one").to_base64());
        assert_eq!(lines[4..7], ["", "ledger.example.mx/receta", "2"]);
        let read = TlogProof::parse(text.as_bytes()).unwrap();
        assert_eq!(read.unauthenticated_extra(), Some(b"context".as_slice()));
        assert_eq!(read.to_string(), text);
    }

    #[test]
    fn proves_its_entry_and_no_other() {
        let read = TlogProof::parse(receipt().to_string().as_bytes()).unwrap();
        let key = signer().verifier_key().clone();
        let verified = read.verify(b"two", &key).unwrap();
        assert_eq!(verified.index(), 1);
        assert_eq!(verified.leaf(), leaf_hash(b"two"));
        assert_eq!(verified.checkpoint().checkpoint().size(), 2);
        let other = TlogProofError::Inclusion(InclusionError::OtherRoot);
        assert_eq!(read.verify(b"one", &key), Err(other));
        let stranger = SoftwareSigner::from_seed("stranger.example", &[4; 32]).unwrap();
        let refused = read.verify(b"two", stranger.verifier_key());
        assert!(
            matches!(refused, Err(TlogProofError::Checkpoint(_))),
            "{refused:?}"
        );
    }

    #[test]
    fn proof_and_checkpoint_must_fit() {
        let proof = InclusionProof {
            index: 1,
            size: 3,
            path: Vec::new(),
        };
        let refused = TlogProof::new(proof, receipt().signed_checkpoint().clone());
        assert_eq!(
            refused,
            Err(TlogProofError::OtherSize {
                proof: 3,
                checkpoint: 2
            })
        );
    }

    #[test]
    fn malformed_receipts() {
        let good = receipt().to_string();
        let hash = format!("{}\n", leaf_hash(b"one").to_base64());
        for (text, reason) in [
            (String::new(), TlogProofError::Header),
            (good.replace("@v1", "@v2"), TlogProofError::Header),
            (good.replace("index 1\n", ""), TlogProofError::Index),
            (
                good.replace("index 1\n", "index 01\n"),
                TlogProofError::Index,
            ),
            (
                good.replace("index 1\n", "extra \nindex 1\n"),
                TlogProofError::Extra,
            ),
            (
                good.replace("index 1\n", "extra ?\nindex 1\n"),
                TlogProofError::Extra,
            ),
            (
                good.replace("index 1\n", "index 1\nextra AA==\n"),
                TlogProofError::ProofLine(1),
            ),
            (
                good.replace(&hash, &format!("{hash}AAAA\n")),
                TlogProofError::ProofLine(2),
            ),
            (
                good.replace(&hash, &hash.repeat(65)),
                TlogProofError::TooManyProofLines,
            ),
            (
                format!("{HEADER}\nindex 1\n{hash}"),
                TlogProofError::NoCheckpoint,
            ),
            ("x".repeat(MAX_PROOF_BYTES + 1), TlogProofError::TooLong),
        ] {
            assert_eq!(TlogProof::parse(text.as_bytes()), Err(reason), "{text:.80}");
        }
        let trailing = TlogProof::parse(format!("{good}\n").as_bytes());
        assert!(
            matches!(trailing, Err(TlogProofError::Checkpoint(_))),
            "{trailing:?}"
        );
    }
}
