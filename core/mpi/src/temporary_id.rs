//! Identifier of a patient whose CURP is not known yet.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// `TEMP-AAAA-XXXXX`: the year it was given and five digits or capital letters.
///
/// The national guide asks that it be merged with a CURP within 7 days. It stands for a person, so
/// `Debug` is redacted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TemporaryId(String);

/// Why a text or number is not a temporary identifier.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TemporaryIdError {
    /// Not `TEMP-AAAA-XXXXX`.
    #[error("a temporary identifier is TEMP-, four digits of the year, -, five digits or letters")]
    Shape,
    /// More than a year can hold: [`TemporaryId::PER_YEAR`].
    #[error("the year has no temporary identifier left for this number")]
    Exhausted,
}

impl TemporaryIdError {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Shape => "temporary-id-shape",
            Self::Exhausted => "temporary-id-exhausted",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Shape => "El identificador temporal debe tener la forma TEMP-AAAA-XXXXX.",
            Self::Exhausted => "Ya no quedan identificadores temporales para este año.",
        }
    }
}

/// Crockford's base 32: without I, L, O and U, which are misread when dictated.
const ALPHABET: [char; 32] = [
    '0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F', 'G', 'H', 'J',
    'K', 'M', 'N', 'P', 'Q', 'R', 'S', 'T', 'V', 'W', 'X', 'Y', 'Z',
];

impl TemporaryId {
    /// How many identifiers [`TemporaryId::from_number`] can give in one year: 32⁵.
    pub const PER_YEAR: u32 = 1 << 25;

    /// The identifier number `number` (from 0) of a year (0 to 9999). The caller keeps the count.
    ///
    /// # Errors
    /// [`TemporaryIdError::Exhausted`] from [`TemporaryId::PER_YEAR`] on, `Shape` for other years.
    pub fn from_number(year: u16, number: u32) -> Result<Self, TemporaryIdError> {
        if year > 9999 {
            return Err(TemporaryIdError::Shape);
        }
        if number >= Self::PER_YEAR {
            return Err(TemporaryIdError::Exhausted);
        }
        let suffix: String = (0..5)
            .rev()
            .map(|place| ALPHABET[usize::from((number >> (5 * place)).to_le_bytes()[0] & 31)])
            .collect();
        Ok(Self(format!("TEMP-{year:04}-{suffix}")))
    }

    /// The identifier as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for TemporaryId {
    type Err = TemporaryIdError;

    /// Accepts any digit or capital letter in the last five places: other systems of the national
    /// guide also give these identifiers.
    fn from_str(text: &str) -> Result<Self, TemporaryIdError> {
        let parts = text
            .strip_prefix("TEMP-")
            .and_then(|rest| rest.split_once('-'));
        let valid = parts.is_some_and(|(year, suffix)| {
            year.len() == 4
                && year.bytes().all(|c| c.is_ascii_digit())
                && suffix.len() == 5
                && suffix
                    .bytes()
                    .all(|c| c.is_ascii_digit() || c.is_ascii_uppercase())
        });
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(TemporaryIdError::Shape)
        }
    }
}

impl TryFrom<String> for TemporaryId {
    type Error = TemporaryIdError;

    fn try_from(text: String) -> Result<Self, TemporaryIdError> {
        text.parse()
    }
}

impl From<TemporaryId> for String {
    fn from(id: TemporaryId) -> String {
        id.0
    }
}

impl fmt::Debug for TemporaryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TemporaryId(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn numbers_count_up_without_ambiguous_letters() {
        assert_eq!(
            TemporaryId::from_number(2026, 0).unwrap().as_str(),
            "TEMP-2026-00000"
        );
        assert_eq!(
            TemporaryId::from_number(2026, 33).unwrap().as_str(),
            "TEMP-2026-00011"
        );
        let last = TemporaryId::from_number(2026, TemporaryId::PER_YEAR - 1).unwrap();
        assert_eq!(last.as_str(), "TEMP-2026-ZZZZZ");
        let beyond = TemporaryId::from_number(2026, TemporaryId::PER_YEAR);
        assert_eq!(beyond, Err(TemporaryIdError::Exhausted));
    }

    #[test]
    fn refuses_near_misses() {
        for wrong in [
            "TEMP-2026-0000",
            "TEMP-2026-000000",
            "temp-2026-00000",
            "TEMP-26-0000000",
            "TEMP-2026-0000a",
            "TEMP-2026-00-00",
            " TEMP-2026-00000",
        ] {
            assert_eq!(
                wrong.parse::<TemporaryId>(),
                Err(TemporaryIdError::Shape),
                "{wrong}"
            );
        }
    }

    proptest! {
        #[test]
        fn numbers_are_distinct_and_read_back(
            a in 0..TemporaryId::PER_YEAR, b in 0..TemporaryId::PER_YEAR,
        ) {
            let (first, second) =
                (TemporaryId::from_number(2026, a).unwrap(), TemporaryId::from_number(2026, b).unwrap());
            prop_assert_eq!(first == second, a == b);
            prop_assert_eq!(first.as_str().parse::<TemporaryId>().unwrap(), first);
        }
    }
}
