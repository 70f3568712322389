//! The public key of a log: C2SP signed-note verifier keys, Ed25519 only.

use std::fmt;
use std::str::FromStr;

use ring::signature::{ED25519, UnparsedPublicKey};

use crate::vkey::{KeyType, is_key_name, key_id, parse_vkey, write_vkey};

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
    /// Another signature type than the one that belongs here.
    #[error(
        "the key has another signature type: a log's key is of type 0x01 (Ed25519), \
        a witness's of type 0x04 (Ed25519 cosignatures)"
    )]
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
            id: key_id(name, KeyType::Note, &public_key),
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
        check_ed25519(&self.public_key, message, signature)
    }
}

/// Pure Ed25519 (RFC 8032).
pub(crate) fn check_ed25519(
    public_key: &[u8; 32],
    message: &[u8],
    signature: &[u8],
) -> Result<(), BadSignature> {
    UnparsedPublicKey::new(&ED25519, public_key)
        .verify(message, signature)
        .map_err(|_| BadSignature)
}

impl fmt::Display for VerifierKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_vkey(f, &self.name, KeyType::Note, &self.public_key)
    }
}

impl FromStr for VerifierKey {
    type Err = VerifierKeyError;

    /// Reads exactly what `Display` writes; a file's final newline is the caller's to trim.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, public_key) = parse_vkey(text, KeyType::Note)?;
        Self::new(name, public_key)
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
