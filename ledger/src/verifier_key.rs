//! The public key of a log: C2SP signed-note verifier keys, Ed25519 only.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use ring::signature::{ED25519, UnparsedPublicKey};
use sha2::{Digest, Sha256};

use crate::base64::{decode_base64, encode_base64};

/// Signature type of plain Ed25519 notes (C2SP signed-note, "Signature types").
const TYPE_ED25519: u8 = 0x01;
/// Longer than any reasonable vkey; bounds the work of parsing.
const MAX_VKEY_BYTES: usize = 512;

/// A key that may be pinned: name, id and Ed25519 public key. Written as
/// `<name>+<id, 8 hex digits>+<base64(0x01 ‖ 32-byte key)>`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct VerifierKey {
    name: String,
    id: u32,
    public_key: [u8; 32],
}

/// Why a text or a name is not a verifier key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum VerifierKeyError {
    /// Empty, or with white space, a plus sign or a control character.
    #[error("a key name must not be empty nor contain white space, '+' or control characters")]
    Name,
    /// Not `<name>+<id>+<key>`.
    #[error("a verifier key is written <name>+<8 hex digits>+<base64>")]
    Format,
    /// Another signature algorithm.
    #[error("only Ed25519 verifier keys (type 0x01) are supported")]
    Algorithm,
    /// The id does not follow from name and key: a typing error, or a mixed-up key.
    #[error("the id of the verifier key does not match its name and public key; copy it again")]
    Id,
}

/// The signature is not by this key over this message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct BadSignature;

impl VerifierKey {
    /// A key from its parts; the id is computed.
    ///
    /// # Errors
    /// When the name is not one a signature line can carry.
    pub fn new(name: &str, public_key: [u8; 32]) -> Result<Self, VerifierKeyError> {
        if !is_key_name(name) {
            return Err(VerifierKeyError::Name);
        }
        Ok(Self {
            name: name.to_owned(),
            id: key_id(name, &public_key),
            public_key,
        })
    }

    /// The key name; for a log also the origin line of its checkpoints.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// First four bytes of `SHA-256(name ‖ 0x0A ‖ 0x01 ‖ public key)`, big-endian. An identifier,
    /// not a fingerprint: collisions are easy to make.
    #[must_use]
    pub fn id(&self) -> u32 {
        self.id
    }

    /// The 32-byte Ed25519 public key (RFC 8032).
    #[must_use]
    pub fn public_key(&self) -> &[u8; 32] {
        &self.public_key
    }

    pub(crate) fn check(&self, message: &[u8], signature: &[u8]) -> Result<(), BadSignature> {
        UnparsedPublicKey::new(&ED25519, &self.public_key)
            .verify(message, signature)
            .map_err(|_| BadSignature)
    }
}

/// Whether a signature line can carry this name (C2SP signed-note, "Format").
pub(crate) fn is_key_name(name: &str) -> bool {
    let refused = |c: char| c.is_whitespace() || c == '+' || c < ' ';
    !name.is_empty() && !name.contains(refused)
}

fn key_id(name: &str, public_key: &[u8; 32]) -> u32 {
    let digest: [u8; 32] = Sha256::new()
        .chain_update(name)
        .chain_update([b'\n', TYPE_ED25519])
        .chain_update(public_key)
        .finalize()
        .into();
    u32::from_be_bytes([digest[0], digest[1], digest[2], digest[3]])
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut typed_key = vec![TYPE_ED25519];
        typed_key.extend_from_slice(&self.public_key);
        write!(
            f,
            "{}+{:08x}+{}",
            self.name,
            self.id,
            encode_base64(&typed_key)
        )
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    /// Reads exactly what `Display` writes; a file's final newline is the caller's to trim.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.len() > MAX_VKEY_BYTES {
            return Err(VerifierKeyError::Format);
        }
        let (name, rest) = text.split_once('+').ok_or(VerifierKeyError::Format)?;
        // Base64 may contain further plus signs: they belong to the key.
        let (id, key) = rest.split_once('+').ok_or(VerifierKeyError::Format)?;
        let id = HEXLOWER
            .decode(id.as_bytes())
            .map_err(|_| VerifierKeyError::Format)?;
        let id: [u8; 4] = id.try_into().map_err(|_| VerifierKeyError::Format)?;
        let typed_key = decode_base64(key).ok_or(VerifierKeyError::Format)?;
        let (algorithm, public_key) = typed_key.split_first().ok_or(VerifierKeyError::Format)?;
        if *algorithm != TYPE_ED25519 {
            return Err(VerifierKeyError::Algorithm);
        }
        let public_key = public_key
            .try_into()
            .map_err(|_| VerifierKeyError::Format)?;
        let key = Self::new(name, public_key)?;
        if key.id == u32::from_be_bytes(id) {
            Ok(key)
        } else {
            Err(VerifierKeyError::Id)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The Go checksum database's key: a published Ed25519 vkey.
    const SUM_GOLANG_ORG: &str =
        "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

    #[test]
    fn a_published_key_parses_and_displays_identically() {
        let key: VerifierKey = SUM_GOLANG_ORG.parse().unwrap();
        assert_eq!(key.name(), "sum.golang.org");
        assert_eq!(key.id(), 0x033d_e0ae);
        assert_eq!(key.to_string(), SUM_GOLANG_ORG);
    }

    #[test]
    fn each_refusal_has_its_reason() {
        for (text, reason) in [
            (String::new(), VerifierKeyError::Format),
            ("a+b".to_owned(), VerifierKeyError::Format),
            (SUM_GOLANG_ORG.replace("sum.", "sun."), VerifierKeyError::Id),
            (
                SUM_GOLANG_ORG.replace("sum.", "sum "),
                VerifierKeyError::Name,
            ),
            (
                SUM_GOLANG_ORG.replace("sum.golang.org", ""),
                VerifierKeyError::Name,
            ),
            (
                SUM_GOLANG_ORG.replace("033de0ae", "033DE0AE"),
                VerifierKeyError::Format,
            ),
            (
                SUM_GOLANG_ORG.replace("033de0ae", "33de0ae"),
                VerifierKeyError::Format,
            ),
            (
                SUM_GOLANG_ORG.replace("+Ac4z", "+Bc4z"),
                VerifierKeyError::Algorithm,
            ),
            (format!("{SUM_GOLANG_ORG}\n"), VerifierKeyError::Format),
            ("x".repeat(1000), VerifierKeyError::Format),
        ] {
            assert_eq!(text.parse::<VerifierKey>(), Err(reason), "{text}");
        }
    }
}
