//! Evidence that a log showed two histories: two checkpoints it signed that cannot both be true.

use std::fmt;

use crate::checkpoint::{CheckpointError, SignedCheckpoint};
use crate::verifier_key::VerifierKey;

const HEADER: &str = "receta.fork/v1";

/// Two checkpoints of one log and one size with different roots. Its text form holds both whole,
/// so that anyone who knows the log's keys can judge: the header line, a blank line, the first
/// note, a blank line, the second note.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ForkEvidence {
    first: SignedCheckpoint,
    second: SignedCheckpoint,
}

/// Why two checkpoints convict nobody.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ForkError {
    /// Not the header and two notes.
    #[error("the text is not '{HEADER}' followed by two checkpoints")]
    Format,
    /// One of the two is no checkpoint.
    #[error("one of the two is not a checkpoint: {0}")]
    Checkpoint(#[from] CheckpointError),
    /// They can both be true: other logs, other sizes, or the same root.
    #[error("the two checkpoints do not contradict each other")]
    NoContradiction,
    /// One of the two is not signed by a given key of the log: anyone could have written it.
    #[error("one of the two checkpoints is not signed by a known key of the log")]
    NotSigned,
}

impl ForkEvidence {
    /// Joins two checkpoints, if they contradict each other and `log_keys` signed both. The keys
    /// may differ: a log that changes its key is still one log.
    ///
    /// # Errors
    /// When they convict nobody.
    pub fn new(
        first: SignedCheckpoint,
        second: SignedCheckpoint,
        log_keys: &[VerifierKey],
    ) -> Result<Self, ForkError> {
        let evidence = Self::of_contradicting(first, second)?;
        evidence.verify(log_keys)?;
        Ok(evidence)
    }

    fn of_contradicting(
        first: SignedCheckpoint,
        second: SignedCheckpoint,
    ) -> Result<Self, ForkError> {
        let (one, other) = (first.claimed(), second.claimed());
        let contradict = one.origin() == other.origin()
            && one.size() == other.size()
            && one.root() != other.root();
        if contradict {
            Ok(Self { first, second })
        } else {
            Err(ForkError::NoContradiction)
        }
    }

    /// Reads the text form strictly. Who signed is not verified yet.
    ///
    /// # Errors
    /// When it is not two contradicting checkpoints.
    pub fn parse(bytes: &[u8]) -> Result<Self, ForkError> {
        let text = str::from_utf8(bytes).map_err(|_| ForkError::Format)?;
        let rest = text.strip_prefix(HEADER).ok_or(ForkError::Format)?;
        let notes = rest.strip_prefix("\n\n").ok_or(ForkError::Format)?;
        // The lines of a checkpoint are not empty: its only blank line is the one before its
        // signatures, so that the second blank line separates the two.
        let mut blanks = notes.match_indices("\n\n");
        let (separator, _) = blanks.nth(1).ok_or(ForkError::Format)?;
        let (first, second) = notes.split_at(separator + 1);
        Self::of_contradicting(
            SignedCheckpoint::parse(first.as_bytes())?,
            SignedCheckpoint::parse(&second.as_bytes()[1..])?,
        )
    }

    /// Checks that the log signed both.
    ///
    /// # Errors
    /// [`ForkError::NotSigned`] when none of the keys is of this log and signed one of them.
    pub fn verify(&self, log_keys: &[VerifierKey]) -> Result<(), ForkError> {
        let signed = |checkpoint: &SignedCheckpoint| {
            let mut keys = log_keys.iter();
            keys.any(|key| checkpoint.verify(key).is_ok())
        };
        if signed(&self.first) && signed(&self.second) {
            Ok(())
        } else {
            Err(ForkError::NotSigned)
        }
    }

    /// The checkpoint that was known first.
    #[must_use]
    pub fn first(&self) -> &SignedCheckpoint {
        &self.first
    }

    /// The one that contradicts it.
    #[must_use]
    pub fn second(&self) -> &SignedCheckpoint {
        &self.second
    }
}

impl fmt::Display for ForkEvidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{HEADER}\n\n{}\n{}", self.first, self.second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checkpoint::{Checkpoint, TreeHead};
    use crate::hash::leaf_hash;
    use crate::note_signer::{NoteSigner, SoftwareSigner};

    const ORIGIN: &str = "ledger.example.mx/receta";

    fn signed(origin: &str, seed: u8, size: u64, root: &[u8]) -> SignedCheckpoint {
        let root = leaf_hash(root);
        let checkpoint = Checkpoint::new(origin, TreeHead { size, root }).unwrap();
        let signer = SoftwareSigner::from_seed(origin, &[seed; 32]).unwrap();
        SignedCheckpoint::sign(checkpoint, &signer).unwrap()
    }

    fn keys(seeds: &[u8]) -> Vec<VerifierKey> {
        let key = |seed: &u8| SoftwareSigner::from_seed(ORIGIN, &[*seed; 32]).unwrap();
        let keys = seeds.iter().map(|seed| key(seed).verifier_key().clone());
        keys.collect()
    }

    #[test]
    fn two_roots_of_one_size_convict_the_log() {
        let (first, second) = (signed(ORIGIN, 1, 7, b"a"), signed(ORIGIN, 2, 7, b"b"));
        let evidence = ForkEvidence::new(first, second, &keys(&[1, 2])).unwrap();
        let read = ForkEvidence::parse(evidence.to_string().as_bytes()).unwrap();
        assert_eq!(read, evidence);
        assert_eq!(read.verify(&keys(&[2, 1])), Ok(()));
        assert_eq!(read.verify(&keys(&[1])), Err(ForkError::NotSigned));
    }

    #[test]
    fn what_can_both_be_true_convicts_nobody() {
        let first = signed(ORIGIN, 1, 7, b"a");
        for second in [
            signed(ORIGIN, 1, 7, b"a"),
            signed(ORIGIN, 1, 8, b"b"),
            signed("another.example/log", 1, 7, b"b"),
        ] {
            let refused = ForkEvidence::new(first.clone(), second, &keys(&[1]));
            assert_eq!(refused, Err(ForkError::NoContradiction));
        }
        let forged = signed(ORIGIN, 9, 7, b"b");
        let refused = ForkEvidence::new(first, forged, &keys(&[1]));
        assert_eq!(refused, Err(ForkError::NotSigned));
    }

    #[test]
    fn other_texts_are_refused() {
        let evidence = ForkEvidence {
            first: signed(ORIGIN, 1, 7, b"a"),
            second: signed(ORIGIN, 1, 7, b"b"),
        };
        let text = evidence.to_string();
        let one = format!("{HEADER}\n\n{}", evidence.first);
        let twice = format!("{one}\n{}", evidence.first);
        for refused in [
            "",
            HEADER,
            &one,
            &twice,
            &text[1..],
            &text[..text.len() - 1],
            &format!("{text}\n"),
            &format!("{text}{}", evidence.first),
            &text.replace("v1\n\n", "v1\n"),
            &text.replace("\n\nledger", "\n\n\nledger"),
        ] {
            assert!(
                ForkEvidence::parse(refused.as_bytes()).is_err(),
                "{refused}"
            );
        }
    }
}
