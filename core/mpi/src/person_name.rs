//! A person's name, in the three parts Mexican documents use.

use std::fmt;

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization;

/// Given names and one or two surnames, as written on the document (accents and case kept, spaces
/// collapsed, Unicode NFC).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct PersonName {
    given: String,
    first_surname: String,
    second_surname: Option<String>,
}

/// Why a name is refused. The name is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// No letter in the given names.
    #[error("the given names are missing: ask for them")]
    GivenMissing,
    /// No letter in the first surname.
    #[error("the first surname is missing: ask for it")]
    FirstSurnameMissing,
    /// A part is longer than [`PersonName::MAX_CHARS`].
    #[error("a part of the name exceeds 100 characters: check that the fields were not mixed up")]
    TooLong,
    /// A control character, which no document prints.
    #[error("the name holds a control character: type it again")]
    ControlCharacter,
}

impl NameError {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::GivenMissing => "name-given-missing",
            Self::FirstSurnameMissing => "name-first-surname-missing",
            Self::TooLong => "name-too-long",
            Self::ControlCharacter => "name-control-character",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::GivenMissing => "Falta el nombre de pila.",
            Self::FirstSurnameMissing => "Falta el primer apellido.",
            Self::TooLong => "Una parte del nombre tiene más de 100 caracteres.",
            Self::ControlCharacter => "El nombre contiene un carácter no imprimible.",
        }
    }
}

impl PersonName {
    /// Longest accepted part, in characters.
    pub const MAX_CHARS: usize = 100;

    /// Reads the three parts; an empty second surname is none.
    ///
    /// # Errors
    /// One [`NameError`] per reason.
    pub fn new(given: &str, first: &str, second: Option<&str>) -> Result<Self, NameError> {
        Ok(Self {
            given: part(given)?.ok_or(NameError::GivenMissing)?,
            first_surname: part(first)?.ok_or(NameError::FirstSurnameMissing)?,
            second_surname: second.map(part).transpose()?.flatten(),
        })
    }

    /// Given names.
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// First surname, usually the father's.
    #[must_use]
    pub fn first_surname(&self) -> &str {
        &self.first_surname
    }

    /// Second surname, usually the mother's. People registered by one parent, and many foreigners,
    /// have none.
    #[must_use]
    pub fn second_surname(&self) -> Option<&str> {
        self.second_surname.as_deref()
    }
}

fn part(text: &str) -> Result<Option<String>, NameError> {
    if text.chars().any(char::is_control) {
        return Err(NameError::ControlCharacter);
    }
    let composed: String = text.nfc().take(PersonName::MAX_CHARS + 1).collect();
    if composed.chars().count() > PersonName::MAX_CHARS {
        return Err(NameError::TooLong);
    }
    let collapsed = composed.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(collapsed
        .chars()
        .any(char::is_alphabetic)
        .then_some(collapsed))
}

impl fmt::Debug for PersonName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PersonName(redacted)")
    }
}

/// The serialised form; reading goes through [`PersonName::new`].
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    given: String,
    first_surname: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    second_surname: Option<String>,
}

impl TryFrom<Parts> for PersonName {
    type Error = NameError;

    fn try_from(parts: Parts) -> Result<Self, NameError> {
        Self::new(
            &parts.given,
            &parts.first_surname,
            parts.second_surname.as_deref(),
        )
    }
}

impl From<PersonName> for Parts {
    fn from(name: PersonName) -> Self {
        Self {
            given: name.given,
            first_surname: name.first_surname,
            second_surname: name.second_surname,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_collapse_and_accents_stay() {
        let name = PersonName::new("  María  del Carmen ", "Nuñez", Some(" ")).unwrap();
        assert_eq!(name.given(), "María del Carmen");
        assert_eq!(name.second_surname(), None);
        let decomposed = PersonName::new("Mari\u{301}a del Carmen", "Nun\u{303}ez", None).unwrap();
        assert_eq!(decomposed, name);
    }

    #[test]
    fn each_reason_has_its_own_error() {
        let long = "A".repeat(101);
        assert_eq!(
            PersonName::new("-", "A", None),
            Err(NameError::GivenMissing)
        );
        assert_eq!(
            PersonName::new("A", "", None),
            Err(NameError::FirstSurnameMissing)
        );
        assert_eq!(
            PersonName::new("A", "B", Some(&long)),
            Err(NameError::TooLong)
        );
        assert_eq!(
            PersonName::new("A\n", "B", None),
            Err(NameError::ControlCharacter)
        );
        assert!(PersonName::new(&long[..100], "B", None).is_ok());
    }

    #[test]
    fn debug_does_not_tell_who() {
        let name = PersonName::new("Concepción", "Salgado", Some("Briseño")).unwrap();
        assert_eq!(format!("{name:?}"), "PersonName(redacted)");
    }
}
