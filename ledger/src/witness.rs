//! Witnessing (C2SP tlog-witness): the messages, and the decision whether to cosign. No HTTP here.

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint, TreeHead};
use crate::consistency::{ConsistencyError, ConsistencyProof};
use crate::cosignature::{CosignatureError, VerifiedCosignature, WitnessKey};
use crate::decimal::parse_decimal;
use crate::fork::ForkEvidence;
use crate::hash::{Hash, empty_root};
use crate::note::{MAX_NOTE_BYTES, MAX_SIGNATURES, NoteSignature};
use crate::verifier_key::VerifierKey;

/// Most lines of a consistency proof (C2SP tlog-witness, "add-checkpoint").
const MAX_PROOF_LINES: usize = 63;
/// Largest request accepted, in bytes: a note, and at most 63 lines of base64 before it.
pub const MAX_ADD_CHECKPOINT_BYTES: usize = MAX_NOTE_BYTES + 4 * 1024;
/// Media type of the body that tells the size a witness knows.
pub const SIZE_MEDIA_TYPE: &str = "text/x.tlog.size";

/// What a log asks of a witness: to cosign a checkpoint that extends the one of `old_size`.
/// Well-formed, but nothing in it is verified before [`decide`]. Its text form is canonical.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AddCheckpoint {
    old_size: u64,
    proof: Vec<Hash>,
    checkpoint: SignedCheckpoint,
}

/// Why bytes are not an [`AddCheckpoint`] request. A witness answers 400.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddCheckpointError {
    /// Larger than any request.
    #[error("the request is larger than {MAX_ADD_CHECKPOINT_BYTES} bytes")]
    TooLong,
    /// No blank line between proof and checkpoint, or not UTF-8 before it.
    #[error("the request has no blank line before its checkpoint")]
    NoCheckpoint,
    /// The first line is not `old <canonical decimal>`.
    #[error("the first line of the request is not 'old <decimal>'")]
    OldSize,
    /// A proof line is not the base64 of 32 bytes.
    #[error("line {0} of the consistency proof is not the base64 of 32 bytes")]
    ProofLine(usize),
    /// More proof lines than a proof can have.
    #[error("the consistency proof has more than {MAX_PROOF_LINES} lines")]
    TooManyProofLines,
    /// What follows is not a checkpoint.
    #[error("the checkpoint is refused: {0}")]
    Checkpoint(#[from] CheckpointError),
}

impl AddCheckpoint {
    /// A request to cosign `checkpoint`; `proof` leads from `old_size` to its size, and is empty
    /// when `old_size` is 0 or the checkpoint's size.
    ///
    /// # Errors
    /// When the proof has more lines than the format allows.
    pub fn new(
        old_size: u64,
        proof: Vec<Hash>,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, AddCheckpointError> {
        if proof.len() > MAX_PROOF_LINES {
            return Err(AddCheckpointError::TooManyProofLines);
        }
        Ok(Self {
            old_size,
            proof,
            checkpoint,
        })
    }

    /// Reads a request strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, AddCheckpointError> {
        if bytes.len() > MAX_ADD_CHECKPOINT_BYTES {
            return Err(AddCheckpointError::TooLong);
        }
        let mut pairs = bytes.windows(2);
        let blank = pairs.position(|pair| pair == b"\n\n");
        let (head, checkpoint) = bytes.split_at(blank.ok_or(AddCheckpointError::NoCheckpoint)?);
        let head = str::from_utf8(head).map_err(|_| AddCheckpointError::NoCheckpoint)?;
        let mut lines = head.split('\n');
        let old_size = lines.next().and_then(|line| line.strip_prefix("old "));
        let old_size = old_size.and_then(parse_decimal);
        let mut proof = Vec::new();
        for (number, line) in lines.enumerate() {
            if number == MAX_PROOF_LINES {
                return Err(AddCheckpointError::TooManyProofLines);
            }
            let hash = Hash::from_base64(line);
            proof.push(hash.ok_or(AddCheckpointError::ProofLine(number + 1))?);
        }
        Ok(Self {
            old_size: old_size.ok_or(AddCheckpointError::OldSize)?,
            proof,
            checkpoint: SignedCheckpoint::parse(&checkpoint[2..])?,
        })
    }

    /// Size of the checkpoint the asking side believes this witness cosigned last.
    #[must_use]
    pub fn old_size(&self) -> u64 {
        self.old_size
    }

    /// The hashes of the consistency proof.
    #[must_use]
    pub fn proof(&self) -> &[Hash] {
        &self.proof
    }

    /// The checkpoint to cosign, unverified.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

impl fmt::Display for AddCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.old_size)?;
        for hash in &self.proof {
            writeln!(f, "{}", hash.to_base64())?;
        }
        write!(f, "\n{}", self.checkpoint)
    }
}

/// Why a witness does not cosign.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddRefusal {
    /// The witness does not watch this log.
    #[error("the log '{origin}' is unknown here")]
    UnknownLog {
        /// Origin of the checkpoint.
        origin: String,
    },
    /// No known key of the log signed the checkpoint.
    #[error("the checkpoint is not signed by a known key of its log")]
    NotSigned,
    /// The request contradicts itself.
    #[error("the old size {old} is beyond the checkpoint's size {new}")]
    OldSizeBeyond {
        /// Old size of the request.
        old: u64,
        /// Size of the checkpoint.
        new: u64,
    },
    /// The asking side builds on another checkpoint than the last one cosigned: it is behind, or
    /// rolls the log back.
    #[error("the last checkpoint cosigned has {known} entries")]
    OtherOldSize {
        /// Size of the last checkpoint cosigned, 0 if none.
        known: u64,
    },
    /// The log signed two trees of one size. The worst there is, and proven.
    #[error("the log signed two different trees of {} entries", .0.first().claimed().size())]
    Fork(Box<ForkEvidence>),
    /// The same size with another root, where the earlier checkpoint is signed by a key no longer
    /// known, so that the two make no evidence.
    #[error("the last checkpoint cosigned has the same {size} entries and another root")]
    OtherRoot {
        /// Size of both.
        size: u64,
    },
    /// A checkpoint of no entries has another root than the empty tree.
    #[error("the root of a checkpoint of no entries is not that of the empty tree")]
    NotTheEmptyTree,
    /// The first checkpoint takes no proof.
    #[error("a consistency proof from the empty tree must be empty")]
    ProofFromNothing,
    /// The proof does not show that the tree only grew.
    #[error("the consistency proof does not hold: {0}")]
    Proof(#[from] ConsistencyError),
}

impl AddRefusal {
    /// The HTTP status of the specification.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::OldSizeBeyond { .. } => 400,
            Self::NotSigned => 403,
            Self::UnknownLog { .. } => 404,
            Self::OtherOldSize { .. } | Self::Fork(_) | Self::OtherRoot { .. } => 409,
            Self::NotTheEmptyTree | Self::ProofFromNothing | Self::Proof(_) => 422,
        }
    }

    /// For the body of a 409: the size of the last checkpoint cosigned.
    #[must_use]
    pub fn known_size(&self) -> Option<u64> {
        match self {
            Self::OtherOldSize { known: size } | Self::OtherRoot { size } => Some(*size),
            Self::Fork(evidence) => Some(evidence.first().claimed().size()),
            Self::UnknownLog { .. }
            | Self::NotSigned
            | Self::OldSizeBeyond { .. }
            | Self::NotTheEmptyTree
            | Self::ProofFromNothing
            | Self::Proof(_) => None,
        }
    }
}

/// Decides whether the checkpoint may be cosigned: `known` is the last one cosigned for its origin,
/// with the log's signature, and `log_keys` are the keys of all logs watched. Pure: the caller must
/// make the checkpoint its next `known`, durably and under the lock it read `known` under, before
/// any cosignature leaves the house.
///
/// # Errors
/// One variant per reason, in the order of the specification. A fork is told whatever old size the
/// request names, since it is proven by the checkpoints alone.
pub fn decide(
    known: Option<&SignedCheckpoint>,
    request: &AddCheckpoint,
    log_keys: &[VerifierKey],
) -> Result<TreeHead, AddRefusal> {
    let claimed = request.checkpoint.claimed();
    let (old, new) = (request.old_size, claimed.head());
    let keys = log_keys.iter();
    let mut keys = keys.filter(|key| key.name() == claimed.origin()).peekable();
    if keys.peek().is_none() {
        return Err(AddRefusal::UnknownLog {
            origin: claimed.origin().to_owned(),
        });
    }
    if !keys.any(|key| request.checkpoint.verify(key).is_ok()) {
        return Err(AddRefusal::NotSigned);
    }
    if old > new.size {
        return Err(AddRefusal::OldSizeBeyond { old, new: new.size });
    }
    if let Some(evidence) = known.and_then(|known| fork(known, request, log_keys)) {
        return Err(AddRefusal::Fork(Box::new(evidence)));
    }
    let known = known.map(|known| known.claimed().head());
    let known_size = known.map_or(0, |head| head.size);
    if old != known_size {
        return Err(AddRefusal::OtherOldSize { known: known_size });
    }
    if new.size == 0 && new.root != empty_root() {
        return Err(AddRefusal::NotTheEmptyTree);
    }
    match known {
        Some(known) if known.size == new.size && known.root != new.root => {
            return Err(AddRefusal::OtherRoot { size: new.size });
        }
        Some(known) if known.size > 0 => {
            let proof = ConsistencyProof {
                from: known.size,
                to: new.size,
                path: request.proof.clone(),
            };
            proof.verify(known.root, new.root)?;
        }
        _ if !request.proof.is_empty() => return Err(AddRefusal::ProofFromNothing),
        _ => {}
    }
    Ok(new)
}

fn fork(
    known: &SignedCheckpoint,
    request: &AddCheckpoint,
    log_keys: &[VerifierKey],
) -> Option<ForkEvidence> {
    ForkEvidence::new(known.clone(), request.checkpoint.clone(), log_keys).ok()
}

/// Why a witness's answer is of no use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AnswerError {
    /// Not one or more signature lines, each ending in a newline; or too many.
    #[error("the answer is not a sequence of at most {MAX_SIGNATURES} signature lines")]
    Format,
    /// The witness's line is missing or wrong.
    #[error("the cosignature in the answer is refused: {0}")]
    Cosignature(#[from] CosignatureError),
}

/// Reads a witness's answer (status 200): its line, verified over the checkpoint that was sent, for
/// [`SignedCheckpoint::attach`]. Lines of other keys are ignored, as the specification demands.
///
/// # Errors
/// When the answer is malformed, or has no valid line of this witness.
pub fn read_answer(
    answer: &[u8],
    checkpoint: &SignedCheckpoint,
    witness: &WitnessKey,
) -> Result<(NoteSignature, VerifiedCosignature), AnswerError> {
    if answer.len() > MAX_NOTE_BYTES {
        return Err(AnswerError::Format);
    }
    let text = str::from_utf8(answer).map_err(|_| AnswerError::Format)?;
    let lines = text.strip_suffix('\n').ok_or(AnswerError::Format)?;
    let mut found = Err(CosignatureError::Missing);
    for (number, line) in lines.split('\n').enumerate() {
        let line = NoteSignature::parse(line).filter(|_| number < MAX_SIGNATURES);
        let line = line.ok_or(AnswerError::Format)?;
        match witness.verify_line(checkpoint, &line) {
            Err(CosignatureError::Missing) => {}
            Err(wrong) => return Err(wrong.into()),
            Ok(verified) => found = Ok((line, verified)),
        }
    }
    Ok(found?)
}

/// Reads the body of a 409: the size of the last checkpoint the witness cosigned. `None` for
/// anything else than a canonical decimal and a newline.
#[must_use]
pub fn read_size_answer(answer: &[u8]) -> Option<u64> {
    let text = str::from_utf8(answer).ok()?;
    parse_decimal(text.strip_suffix('\n')?)
}
