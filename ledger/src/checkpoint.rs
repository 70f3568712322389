//! Checkpoints (C2SP tlog-checkpoint): the signed head of the tree.

use std::fmt;

use crate::decimal::parse_decimal;
use crate::hash::Hash;
use crate::note::{NoteError, NoteSignature, SignedNote};
use crate::note_signer::{NoteSignError, NoteSigner};
use crate::verifier_key::VerifierKey;

/// Size and root of a tree: what a checkpoint commits to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// Number of entries.
    pub size: u64,
    /// Merkle tree hash over all of them.
    pub root: Hash,
}

/// The text of a checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    origin: String,
    head: TreeHead,
    extensions: Vec<String>,
}

/// Why a text is not a checkpoint's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointTextError {
    /// Fewer than three lines, a blank line, or no final newline.
    #[error("a checkpoint is at least three non-empty lines, each ending in a newline")]
    Lines,
    /// A line contains a control character.
    #[error("a checkpoint line contains a control character")]
    ControlCharacter,
    /// The second line is not a canonical decimal below 2^64.
    #[error("the tree size of the checkpoint is not a canonical decimal number")]
    Size,
    /// The third line is not the base64 of 32 bytes.
    #[error("the root hash of the checkpoint is not the base64 of 32 bytes")]
    Root,
}

impl Checkpoint {
    /// A checkpoint without extension lines, which the specification discourages.
    ///
    /// # Errors
    /// When the origin cannot be a line of text.
    pub fn new(origin: &str, head: TreeHead) -> Result<Self, CheckpointTextError> {
        check_line(origin)?;
        Ok(Self {
            origin: origin.to_owned(),
            head,
            extensions: Vec::new(),
        })
    }

    /// Reads the text of a checkpoint note strictly.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn parse(text: &str) -> Result<Self, CheckpointTextError> {
        let text = text.strip_suffix('\n').ok_or(CheckpointTextError::Lines)?;
        let mut lines = text.split('\n');
        let mut next = || lines.next().ok_or(CheckpointTextError::Lines);
        let (origin, size, root) = (next()?, next()?, next()?);
        check_line(origin)?;
        let size = parse_decimal(size).ok_or(CheckpointTextError::Size)?;
        let root = Hash::from_base64(root).ok_or(CheckpointTextError::Root)?;
        let extensions = lines.map(|line| check_line(line).map(|()| line.to_owned()));
        Ok(Self {
            origin: origin.to_owned(),
            head: TreeHead { size, root },
            extensions: extensions.collect::<Result<_, _>>()?,
        })
    }

    /// Identity of the log: a schema-less URL such as `ledger.example.mx/receta`.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Size and root.
    #[must_use]
    pub fn head(&self) -> TreeHead {
        self.head
    }

    /// Number of entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// Root of the tree.
    #[must_use]
    pub fn root(&self) -> Hash {
        self.head.root
    }

    /// Opaque lines after the root; this crate writes none.
    #[must_use]
    pub fn extensions(&self) -> &[String] {
        &self.extensions
    }
}

fn check_line(line: &str) -> Result<(), CheckpointTextError> {
    if line.is_empty() {
        Err(CheckpointTextError::Lines)
    } else if line.bytes().any(|byte| byte < b' ') {
        Err(CheckpointTextError::ControlCharacter)
    } else {
        Ok(())
    }
}

impl fmt::Display for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let TreeHead { size, root } = self.head;
        writeln!(f, "{}\n{size}\n{}", self.origin, root.to_base64())?;
        self.extensions
            .iter()
            .try_for_each(|line| writeln!(f, "{line}"))
    }
}

/// A checkpoint with its signatures, as published at `<prefix>/checkpoint`. Well-formed, but a
/// mere claim until [`SignedCheckpoint::verify`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedCheckpoint {
    claimed: Checkpoint,
    note: SignedNote,
}

/// Evidence that the log whose key is pinned signed this checkpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedCheckpoint {
    checkpoint: Checkpoint,
}

impl VerifiedCheckpoint {
    /// What the log signed.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}

/// Why bytes are not a checkpoint of the pinned log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// Not a signed note, or not one signed by the pinned key.
    #[error("{0}")]
    Note(#[from] NoteError),
    /// The signed text is not a checkpoint.
    #[error("{0}")]
    Text(#[from] CheckpointTextError),
    /// The key signed a checkpoint of another log: the origin is not the key's name.
    #[error("the checkpoint is of the log '{origin}', not of '{pinned}'")]
    OtherLog {
        /// Origin line of the checkpoint.
        origin: String,
        /// Name of the pinned key.
        pinned: String,
    },
}

impl SignedCheckpoint {
    /// Signs a checkpoint. Ed25519 is deterministic: signing again yields identical bytes.
    ///
    /// # Errors
    /// Those of [`SignedNote::sign`].
    pub fn sign(checkpoint: Checkpoint, signer: &dyn NoteSigner) -> Result<Self, NoteSignError> {
        let note = SignedNote::sign(checkpoint.to_string(), signer)?;
        Ok(Self {
            claimed: checkpoint,
            note,
        })
    }

    /// Reads a checkpoint strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// When the bytes are not a signed note whose text is a checkpoint.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        Ok(Self {
            claimed: Checkpoint::parse(note.unverified_text())?,
            note,
        })
    }

    /// What the checkpoint says, whoever wrote it. To believe it, [`SignedCheckpoint::verify`].
    #[must_use]
    pub fn claimed(&self) -> &Checkpoint {
        &self.claimed
    }

    /// The signature lines, whoever made them.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        self.note.signatures()
    }

    /// Adds the signature of a further key of the log, as while one key follows another.
    ///
    /// # Errors
    /// Those of [`SignedNote::sign_also`].
    pub fn sign_also(&mut self, signer: &dyn NoteSigner) -> Result<(), NoteSignError> {
        self.note.sign_also(signer)
    }

    /// The checkpoint with nothing but the signatures of `keys`, verified: for keeping what a
    /// stranger sent. `None` when none of them signed.
    #[must_use]
    pub fn signed_only_by(&self, keys: &[VerifierKey]) -> Option<Self> {
        let mut kept = self.clone();
        kept.note.retain_of(keys);
        Some(kept).filter(|kept| !kept.signatures().is_empty())
    }

    /// Adds a witness's cosignature line, unverified (see [`SignedNote::attach`]).
    ///
    /// # Errors
    /// When that key's signature is there already, or there are too many.
    pub fn attach(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        self.note.attach(signature)
    }

    /// Checks that the pinned log signed this: its key, and its name as the origin.
    ///
    /// # Errors
    /// When the signature is missing or wrong, or the checkpoint is another log's.
    pub fn verify(&self, key: &VerifierKey) -> Result<VerifiedCheckpoint, CheckpointError> {
        self.note.verify(key)?;
        if self.claimed.origin != key.name() {
            return Err(CheckpointError::OtherLog {
                origin: self.claimed.origin.clone(),
                pinned: key.name().to_owned(),
            });
        }
        Ok(VerifiedCheckpoint {
            checkpoint: self.claimed.clone(),
        })
    }
}

impl fmt::Display for SignedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::leaf_hash;
    use crate::note_signer::SoftwareSigner;

    const ORIGIN: &str = "ledger.example.mx/receta";

    fn checkpoint() -> Checkpoint {
        Checkpoint::new(
            ORIGIN,
            TreeHead {
                size: 42,
                root: leaf_hash(b"root"),
            },
        )
        .unwrap()
    }

    #[test]
    fn signed_and_read_back() {
        let log_key = SoftwareSigner::from_seed(ORIGIN, &[1; 32]).unwrap();
        let signed = SignedCheckpoint::sign(checkpoint(), &log_key).unwrap();
        assert_eq!(
            SignedCheckpoint::sign(checkpoint(), &log_key).unwrap(),
            signed
        );
        let read = SignedCheckpoint::parse(signed.to_string().as_bytes()).unwrap();
        assert_eq!(read, signed);
        assert_eq!(
            read.verify(log_key.verifier_key()).unwrap().checkpoint(),
            &checkpoint()
        );
    }

    #[test]
    fn a_key_speaks_for_its_own_log_only() {
        let log_key = SoftwareSigner::from_seed("another.example/log", &[1; 32]).unwrap();
        let signed = SignedCheckpoint::sign(checkpoint(), &log_key).unwrap();
        let refused = signed.verify(log_key.verifier_key());
        assert!(
            matches!(refused, Err(CheckpointError::OtherLog { .. })),
            "{refused:?}"
        );
    }

    #[test]
    fn the_lines_of_strangers_can_be_left_out() {
        let key = |seed: u8| SoftwareSigner::from_seed(ORIGIN, &[seed; 32]).unwrap();
        let mut signed = SignedCheckpoint::sign(checkpoint(), &key(1)).unwrap();
        signed.sign_also(&key(2)).unwrap();
        let forged = NoteSignature::new(ORIGIN, key(3).verifier_key().id(), vec![0; 64]);
        signed.attach(forged).unwrap();
        let known = [key(3), key(2)].map(|key| key.verifier_key().clone());
        let kept = signed.signed_only_by(&known).unwrap();
        assert_eq!(kept.signatures(), &signed.signatures()[1..2]);
        assert_eq!(kept.claimed(), &checkpoint());
        assert_eq!(signed.signed_only_by(&known[..1]), None);
    }

    #[test]
    fn extension_lines_survive() {
        let text = format!("{}extra\nlines here\n", checkpoint());
        let read = Checkpoint::parse(&text).unwrap();
        assert_eq!(read.extensions(), ["extra", "lines here"]);
        assert_eq!(read.to_string(), text);
    }

    #[test]
    fn malformed_texts() {
        let good = checkpoint().to_string();
        let root = leaf_hash(b"root").to_base64();
        for (text, reason) in [
            (String::new(), CheckpointTextError::Lines),
            (good.trim_end().to_owned(), CheckpointTextError::Lines),
            ("a\n1\n".to_owned(), CheckpointTextError::Lines),
            (format!("\n1\n{root}\n"), CheckpointTextError::Lines),
            (format!("{good}\n"), CheckpointTextError::Lines),
            (good.replace("\n42\n", "\n042\n"), CheckpointTextError::Size),
            (good.replace("\n42\n", "\n-42\n"), CheckpointTextError::Size),
            (
                good.replace("\n42\n", "\n18446744073709551616\n"),
                CheckpointTextError::Size,
            ),
            (good.replace(&root, "AAAA"), CheckpointTextError::Root),
            (good.replace('=', ""), CheckpointTextError::Root),
            (
                good.replace("ledger", "led\tger"),
                CheckpointTextError::ControlCharacter,
            ),
        ] {
            assert_eq!(Checkpoint::parse(&text), Err(reason), "{text:?}");
        }
        let head = checkpoint().head();
        assert_eq!(
            Checkpoint::new("two\nlines", head),
            Err(CheckpointTextError::ControlCharacter)
        );
    }
}
