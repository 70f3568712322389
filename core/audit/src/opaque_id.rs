//! Identifiers that may be written into a trail.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A client, a resource or a code: 1 to 128 letters, digits and `-._:`, in which no CURP is hidden.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OpaqueId(String);

/// Why a text may not be written into the trail. The text is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum OpaqueIdError {
    /// Empty, too long, or another character.
    #[error("an identifier in the access record has 1 to 128 letters, digits, or any of - . _ :")]
    Shape,
    /// It holds what looks like a CURP.
    #[error("the access record takes pseudonyms: replace the CURP by the patient's pseudonym")]
    LooksLikeCurp,
}

impl OpaqueIdError {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Shape => "audit-id-shape",
            Self::LooksLikeCurp => "audit-id-looks-like-curp",
        }
    }

    /// What the operator reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Shape => "El identificador del registro de acceso no es válido.",
            Self::LooksLikeCurp => {
                "El registro de acceso no admite una CURP: use el seudónimo del paciente."
            }
        }
    }
}

impl OpaqueId {
    /// The identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OpaqueId {
    type Err = OpaqueIdError;

    fn from_str(text: &str) -> Result<Self, OpaqueIdError> {
        let allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'-' | b'.' | b'_' | b':');
        if !(1..=128).contains(&text.len()) || !text.bytes().all(allowed) {
            return Err(OpaqueIdError::Shape);
        }
        if text.as_bytes().windows(18).any(looks_like_curp) {
            return Err(OpaqueIdError::LooksLikeCurp);
        }
        Ok(Self(text.to_owned()))
    }
}

/// Four letters, six digits, the sex (H, M or X), five letters, a letter or digit, a digit: in either
/// case, whatever the check digit, because a mistyped CURP tells who it is just as well. No
/// hexadecimal pseudonym looks like one: none of H, M and X is a hexadecimal digit.
fn looks_like_curp(window: &[u8]) -> bool {
    window.iter().enumerate().all(|(place, c)| match place {
        10 => matches!(c.to_ascii_uppercase(), b'H' | b'M' | b'X'),
        0..=3 | 11..=15 => c.is_ascii_alphabetic(),
        16 => c.is_ascii_alphanumeric(),
        _ => c.is_ascii_digit(),
    })
}

impl TryFrom<String> for OpaqueId {
    type Error = OpaqueIdError;

    fn try_from(text: String) -> Result<Self, OpaqueIdError> {
        text.parse()
    }
}

impl From<OpaqueId> for String {
    fn from(id: OpaqueId) -> String {
        id.0
    }
}

impl fmt::Debug for OpaqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OpaqueId({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_curp_cannot_hide_in_an_identifier() {
        for hidden in [
            "SABC560626MDFLRN01",
            "patient:SABC560626MDFLRN01",
            "sabc560626mdflrn09",
            "xSABC560626MDFLRNA1x",
        ] {
            assert_eq!(
                hidden.parse::<OpaqueId>(),
                Err(OpaqueIdError::LooksLikeCurp),
                "{hidden}"
            );
        }
    }

    #[test]
    fn a_hexadecimal_pseudonym_never_looks_like_a_curp() {
        // Letters and digits where a CURP has them.
        let unlucky = "abcd560626adbfea01";
        assert!(unlucky.parse::<OpaqueId>().is_ok());
    }

    #[test]
    fn pseudonyms_clients_and_cedulas_are_fine() {
        for fine in [
            "00112233445566778899aabbccddeeff",
            "cedula:1234567",
            "pharmacy-agent.7",
            "a",
        ] {
            assert_eq!(fine.parse::<OpaqueId>().unwrap().as_str(), fine);
        }
        let long = "a".repeat(129);
        for wrong in ["", "two words", "Peña", long.as_str()] {
            assert_eq!(
                wrong.parse::<OpaqueId>(),
                Err(OpaqueIdError::Shape),
                "{wrong}"
            );
        }
    }
}
