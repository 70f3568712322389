//! The activation's text, and the digests that stand for more than one thing.

use data_encoding::BASE64URL_NOPAD;
use prescription::Cedula;
use sha2::{Digest as _, Sha256};

use crate::Digest;

/// An activation as its client holds it: 256 random bits. Only its hash is stored, so that who reads
/// the database cannot use it.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

impl Token {
    /// A token of random bytes.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// Reads what [`Self::to_text`] wrote; `None` for anything else.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64URL_NOPAD.decode(text.as_bytes()).ok()?;
        bytes.try_into().ok().map(Self)
    }

    /// The text of the header: base64url (RFC 4648 §5) without padding, 43 characters.
    #[must_use]
    pub fn to_text(&self) -> String {
        BASE64URL_NOPAD.encode(&self.0)
    }

    /// What is stored: SHA-256 over a domain and the bytes.
    #[must_use]
    pub fn hash(&self) -> [u8; 32] {
        let mut hash = Sha256::new();
        hash.update(b"receta/activation/token/v1\0");
        hash.update(self.0);
        hash.finalize().into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Token(…)")
    }
}

/// The `WebAuthn` challenge under which `cedula` consents to `digests` at `client`: what the passkey
/// signs names them. `nonce` makes it fresh. The order of the digests does not matter.
#[must_use]
pub fn challenge(nonce: &[u8; 32], cedula: &Cedula, client: &str, digests: &[Digest]) -> [u8; 32] {
    let mut sorted = digests.to_vec();
    sorted.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(b"receta/activation/challenge/v1\0");
    hash.update(nonce);
    for text in [cedula.as_str(), client] {
        hash_part(&mut hash, text.as_bytes());
    }
    for digest in sorted {
        hash.update(digest);
    }
    hash.finalize().into()
}

/// The challenge under which `cedula` registers a passkey at `client`.
#[must_use]
pub fn registration_challenge(nonce: &[u8; 32], cedula: &Cedula, client: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(b"receta/activation/registration/v1\0");
    hash.update(nonce);
    for text in [cedula.as_str(), client] {
        hash_part(&mut hash, text.as_bytes());
    }
    hash.finalize().into()
}

/// What an officer authorises who acts at a terminal and not by a request: `verb` and its parts,
/// each with its length, so that none can be moved into another.
#[must_use]
pub fn officer_digest(verb: &str, parts: &[&[u8]]) -> Digest {
    let mut hash = Sha256::new();
    hash.update(b"receta/activation/officer/v1\0");
    hash_part(&mut hash, verb.as_bytes());
    for part in parts {
        hash_part(&mut hash, part);
    }
    hash.finalize().into()
}

fn hash_part(hash: &mut Sha256, part: &[u8]) {
    hash.update(u64::try_from(part.len()).unwrap_or(u64::MAX).to_be_bytes());
    hash.update(part);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cedula(text: &str) -> Cedula {
        text.parse().unwrap()
    }

    #[test]
    fn a_token_is_43_characters_and_nothing_else_is_one() {
        let token = Token::new([0xfb; 32]);
        let text = token.to_text();
        assert_eq!(text.len(), 43);
        assert_eq!(Token::parse(&text), Some(token.clone()));
        for wrong in [
            "",
            "AAAA",
            &format!("{text}="),
            &text[1..],
            &format!(" {text}"),
        ] {
            assert_eq!(Token::parse(wrong), None, "{wrong}");
        }
        assert_ne!(token.hash(), Token::new([0xfa; 32]).hash());
        assert_eq!(format!("{token:?}"), "Token(…)");
    }

    #[test]
    fn a_challenge_names_everything_that_is_consented_to() {
        let (one, two) = ([1; 32], [2; 32]);
        let base = challenge(&[0; 32], &cedula("7654321"), "ehr", &[one, two]);
        assert_eq!(
            base,
            challenge(&[0; 32], &cedula("7654321"), "ehr", &[two, one])
        );
        let others = [
            challenge(&[9; 32], &cedula("7654321"), "ehr", &[one, two]),
            challenge(&[0; 32], &cedula("7654322"), "ehr", &[one, two]),
            challenge(&[0; 32], &cedula("7654321"), "other", &[one, two]),
            challenge(&[0; 32], &cedula("7654321"), "ehr", &[one]),
            challenge(&[0; 32], &cedula("7654321"), "ehr", &[one, two, two]),
        ];
        for other in others {
            assert_ne!(base, other);
        }
    }

    #[test]
    fn parts_cannot_be_moved_into_one_another() {
        let digest = |parts: &[&[u8]]| officer_digest("erase", parts);
        assert_ne!(digest(&[b"ab", b"c"]), digest(&[b"a", b"bc"]));
        assert_ne!(digest(&[b"a"]), officer_digest("erasea", &[]));
    }
}
