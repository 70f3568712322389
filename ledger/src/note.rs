//! Signed notes (C2SP signed-note): a text and the signatures under it.

use std::fmt;

use crate::base64::{decode_base64, encode_base64};
use crate::note_signer::{NoteSignError, NoteSigner};
use crate::verifier_key::VerifierKey;
use crate::vkey::is_key_name;

/// Largest note accepted, in bytes: room for more than 16 post-quantum signatures of 5 kB.
pub const MAX_NOTE_BYTES: usize = 256 * 1024;
/// Most signature lines accepted; the specification asks for at least 16.
pub const MAX_SIGNATURES: usize = 64;
const SIGNATURE_PREFIX: &str = "— ";
const KEY_ID_BYTES: usize = 4;

/// One signature line, by a known or unknown key of any algorithm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoteSignature {
    name: String,
    key_id: u32,
    signature: Vec<u8>,
}

/// A note as read: well-formed, but nothing in it is to be believed before
/// [`SignedNote::verify`]. Its text form is canonical: what parses is written back identically.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedNote {
    text: String,
    signatures: Vec<NoteSignature>,
}

/// Evidence that the pinned key signed the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VerifiedNote<'n> {
    text: &'n str,
}

impl<'n> VerifiedNote<'n> {
    /// The signed text, with its final newline.
    #[must_use]
    pub fn text(&self) -> &'n str {
        self.text
    }
}

/// Why bytes are not a note, or a note is not to be believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// Longer than [`MAX_NOTE_BYTES`].
    #[error("the note is longer than {MAX_NOTE_BYTES} bytes")]
    TooLong,
    /// Not UTF-8, or with control characters other than newlines.
    #[error("the note is not UTF-8 text without control characters")]
    NotText,
    /// No blank line with at least one signature line after it.
    #[error("the note has no signature lines after a blank line")]
    NoSignatures,
    /// A line after the text is not `— <name> <base64>`.
    #[error("line {0} of the signatures is not of the form '— <key name> <base64>'")]
    SignatureLine(usize),
    /// More than [`MAX_SIGNATURES`].
    #[error("the note has more than {MAX_SIGNATURES} signatures")]
    TooManySignatures,
    /// Two signature lines of the same key.
    #[error("the note has two signatures of the same key")]
    DuplicateSignature,
    /// No signature of the pinned key.
    #[error("the note is not signed by the pinned key; check which key the log uses today")]
    UnknownSigner,
    /// The pinned key's signature line does not verify.
    #[error("the signature of the pinned key does not verify: the note was altered")]
    BadSignature,
}

impl NoteSignature {
    /// Reads one line `— <name> <base64(key id ‖ signature)>`, without its newline, such as a
    /// witness returns. `None` for any other text.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (name, base64) = line.strip_prefix(SIGNATURE_PREFIX)?.split_once(' ')?;
        let bytes = decode_base64(base64)?;
        let (key_id, signature) = bytes.split_first_chunk::<KEY_ID_BYTES>()?;
        if !is_key_name(name) || signature.is_empty() {
            return None;
        }
        let key_id = u32::from_be_bytes(*key_id);
        Some(Self {
            name: name.to_owned(),
            key_id,
            signature: signature.to_vec(),
        })
    }

    /// The key name on the line.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The key id on the line.
    #[must_use]
    pub fn key_id(&self) -> u32 {
        self.key_id
    }

    /// The signature bytes, whose meaning depends on the key's algorithm.
    #[must_use]
    pub fn signature(&self) -> &[u8] {
        &self.signature
    }

    /// A line made here, from parts known to be good.
    pub(crate) fn new(name: &str, key_id: u32, signature: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            key_id,
            signature,
        }
    }

    /// Whether the line claims to be of this key.
    pub(crate) fn is_by(&self, name: &str, key_id: u32) -> bool {
        self.name == name && self.key_id == key_id
    }
}

impl fmt::Display for NoteSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = [self.key_id.to_be_bytes().as_slice(), &self.signature].concat();
        write!(
            f,
            "{SIGNATURE_PREFIX}{} {}",
            self.name,
            encode_base64(&bytes)
        )
    }
}

impl SignedNote {
    /// Signs `text`, and checks the signature before anyone else sees it.
    ///
    /// # Errors
    /// When the text cannot be a note's, or the signer fails.
    pub fn sign(text: String, signer: &dyn NoteSigner) -> Result<Self, NoteSignError> {
        if !text.ends_with('\n') || !is_note_text(&text) {
            return Err(NoteSignError::Text);
        }
        let signature = checked_signature(&text, signer)?;
        Ok(Self {
            text,
            signatures: vec![signature],
        })
    }

    /// Adds the signature of a further key, as a log does while one key follows another. Signing
    /// again with a key whose signature is there already changes nothing.
    ///
    /// # Errors
    /// When the signer fails, or the note has too many signatures.
    pub fn sign_also(&mut self, signer: &dyn NoteSigner) -> Result<(), NoteSignError> {
        let signature = checked_signature(&self.text, signer)?;
        if self.signatures.contains(&signature) {
            return Ok(());
        }
        self.attach(signature).map_err(NoteSignError::Attach)
    }

    /// Reads a note strictly. Nothing is verified yet.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn parse(bytes: &[u8]) -> Result<Self, NoteError> {
        if bytes.len() > MAX_NOTE_BYTES {
            return Err(NoteError::TooLong);
        }
        let note = str::from_utf8(bytes).map_err(|_| NoteError::NotText)?;
        if !is_note_text(note) {
            return Err(NoteError::NotText);
        }
        // The text may contain blank lines: the last one separates.
        let separator = note.rfind("\n\n").ok_or(NoteError::NoSignatures)?;
        let (text, rest) = note.split_at(separator + 1);
        let lines = rest[1..]
            .strip_suffix('\n')
            .ok_or(NoteError::NoSignatures)?;
        let mut signed = Self {
            text: text.to_owned(),
            signatures: Vec::new(),
        };
        for (number, line) in lines.split('\n').enumerate() {
            let signature = NoteSignature::parse(line);
            signed.attach(signature.ok_or(NoteError::SignatureLine(number + 1))?)?;
        }
        Ok(signed)
    }

    /// Adds a signature made elsewhere, such as a witness's cosignature. It is not verified here.
    ///
    /// # Errors
    /// When the note has a signature of that key already, or too many signatures.
    pub fn attach(&mut self, signature: NoteSignature) -> Result<(), NoteError> {
        if self.signatures.len() == MAX_SIGNATURES {
            return Err(NoteError::TooManySignatures);
        }
        if self
            .signatures
            .iter()
            .any(|known| known.is_by(&signature.name, signature.key_id))
        {
            return Err(NoteError::DuplicateSignature);
        }
        self.signatures.push(signature);
        Ok(())
    }

    /// Keeps only the lines of `keys` that verify.
    pub(crate) fn retain_of(&mut self, keys: &[VerifierKey]) {
        let text = self.text.as_bytes();
        self.signatures.retain(|line| {
            let mut keys = keys.iter().filter(|key| line.is_by(key.name(), key.id()));
            keys.any(|key| key.check(text, &line.signature).is_ok())
        });
    }

    /// The text, whoever signed it.
    pub(crate) fn unverified_text(&self) -> &str {
        &self.text
    }

    /// The signature lines, in order, whoever made them.
    #[must_use]
    pub fn signatures(&self) -> &[NoteSignature] {
        &self.signatures
    }

    /// Checks the signature of the pinned key; those of other keys are ignored, as the
    /// specification demands.
    ///
    /// # Errors
    /// When the pinned key did not sign, or its signature does not verify.
    pub fn verify(&self, key: &VerifierKey) -> Result<VerifiedNote<'_>, NoteError> {
        let signature = self
            .signatures
            .iter()
            .find(|known| known.is_by(key.name(), key.id()));
        let signature = signature.ok_or(NoteError::UnknownSigner)?;
        key.check(self.text.as_bytes(), &signature.signature)
            .map_err(|_| NoteError::BadSignature)?;
        Ok(VerifiedNote { text: &self.text })
    }
}

/// Signs, and checks the signature before anyone else sees it.
fn checked_signature(text: &str, signer: &dyn NoteSigner) -> Result<NoteSignature, NoteSignError> {
    let key = signer.verifier_key();
    let signature = signer.sign(text.as_bytes())?;
    key.check(text.as_bytes(), &signature)
        .map_err(|_| NoteSignError::DoesNotVerify)?;
    Ok(NoteSignature::new(key.name(), key.id(), signature.to_vec()))
}

/// Newline is the only control character a note may contain.
fn is_note_text(text: &str) -> bool {
    text.bytes().all(|byte| byte >= b' ' || byte == b'\n')
}

impl fmt::Display for SignedNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.text)?;
        self.signatures
            .iter()
            .try_for_each(|signature| writeln!(f, "{signature}"))
    }
}

#[cfg(test)]
#[path = "note_tests.rs"]
mod tests;
