//! Clave Única de Registro de Población: parsed once, strictly, and trusted afterwards.

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::birth_state::BirthState;
use crate::check_digit::expected_check_digit;
use crate::sex::Sex;

/// A CURP whose structure, birth date, entity and check digit hold.
///
/// Well formed is not the same as assigned: only RENAPO knows whether the person exists. A birth
/// date in the future is not noticed here, because this crate has no clock.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Curp {
    text: String,
    birth_date: Date,
    sex: Sex,
    birth_state: BirthState,
}

/// Why a text is not a CURP. The text is never repeated: it is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CurpError {
    /// Not 18 ASCII characters.
    #[error("a CURP has 18 characters without spaces or accents: ask for it again")]
    Length,
    /// Characters 1 to 4: a letter, a vowel or X, two letters.
    #[error("characters 1 to 4 must be capital letters, the second a vowel or X: check the names")]
    Initials,
    /// Characters 5 to 10, with the century that character 17 gives.
    #[error("characters 5 to 10 are no calendar date: check the birth date (AAMMDD)")]
    BirthDate,
    /// Character 11.
    #[error("character 11 must be H, M or X")]
    Sex,
    /// Characters 12 and 13.
    #[error("characters 12 and 13 are no RENAPO code of a federal entity, nor NE")]
    BirthState,
    /// Characters 14 to 16.
    #[error("characters 14 to 16 must be capital consonants")]
    Consonants,
    /// Character 17: a digit for births up to 1999, a letter from 2000.
    #[error("character 17 must be a digit (births to 1999) or a capital letter (from 2000)")]
    Differentiator,
    /// Character 18 does not agree with the other 17.
    #[error(
        "the check digit does not agree with the rest: a character was mistyped, copy it again"
    )]
    CheckDigit,
}

impl CurpError {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Length => "curp-length",
            Self::Initials => "curp-initials",
            Self::BirthDate => "curp-birth-date",
            Self::Sex => "curp-sex",
            Self::BirthState => "curp-birth-state",
            Self::Consonants => "curp-consonants",
            Self::Differentiator => "curp-differentiator",
            Self::CheckDigit => "curp-check-digit",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Length => "La CURP debe tener 18 caracteres, sin espacios ni acentos.",
            Self::Initials => {
                "Los caracteres 1 a 4 de la CURP deben ser letras mayúsculas; el segundo, una \
                 vocal o X. Revise el nombre y los apellidos."
            }
            Self::BirthDate => {
                "Los caracteres 5 a 10 de la CURP no son una fecha del calendario (AAMMDD)."
            }
            Self::Sex => "El carácter 11 de la CURP debe ser H, M o X.",
            Self::BirthState => {
                "Los caracteres 12 y 13 de la CURP no son la clave de una entidad federativa ni NE."
            }
            Self::Consonants => {
                "Los caracteres 14 a 16 de la CURP deben ser consonantes mayúsculas."
            }
            Self::Differentiator => {
                "El carácter 17 de la CURP debe ser un dígito (nacidos hasta 1999) o una letra \
                 mayúscula (nacidos desde 2000)."
            }
            Self::CheckDigit => {
                "El dígito verificador de la CURP no coincide: hay un carácter mal escrito. \
                 Cópiela de nuevo del documento."
            }
        }
    }
}

impl Curp {
    /// The 18 characters. Personal data: not for logs nor error texts.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Birth date; its century comes from character 17.
    #[must_use]
    pub fn birth_date(&self) -> Date {
        self.birth_date
    }

    /// Character 11.
    #[must_use]
    pub fn sex(&self) -> Sex {
        self.sex
    }

    /// Characters 12 and 13.
    #[must_use]
    pub fn birth_state(&self) -> BirthState {
        self.birth_state
    }

    /// True when the two differ in the differentiator (and so in the check digit) alone: RENAPO
    /// gave them to two homonyms or twins, it is never a typing error.
    #[must_use]
    pub fn is_homonym_of(&self, other: &Self) -> bool {
        self.text[..16] == other.text[..16] && self.text[16..17] != other.text[16..17]
    }
}

impl FromStr for Curp {
    type Err = CurpError;

    fn from_str(text: &str) -> Result<Self, CurpError> {
        if text.len() != 18 || !text.is_ascii() {
            return Err(CurpError::Length);
        }
        let bytes = text.as_bytes();
        let initials = &bytes[..4];
        if !initials.iter().all(u8::is_ascii_uppercase)
            || !matches!(initials[1], b'A' | b'E' | b'I' | b'O' | b'U' | b'X')
        {
            return Err(CurpError::Initials);
        }
        let century = match bytes[16] {
            b'0'..=b'9' => 1900,
            b'A'..=b'Z' => 2000,
            _ => return Err(CurpError::Differentiator),
        };
        let birth_date = date(&bytes[4..10], century).ok_or(CurpError::BirthDate)?;
        let sex = Sex::from_letter(char::from(bytes[10])).ok_or(CurpError::Sex)?;
        let birth_state = BirthState::from_code(&text[11..13]).ok_or(CurpError::BirthState)?;
        if !bytes[13..16].iter().all(|letter| is_consonant(*letter)) {
            return Err(CurpError::Consonants);
        }
        if expected_check_digit(&text[..17]) != Some(char::from(bytes[17])) {
            return Err(CurpError::CheckDigit);
        }
        Ok(Self {
            text: text.to_owned(),
            birth_date,
            sex,
            birth_state,
        })
    }
}

fn is_consonant(letter: u8) -> bool {
    letter.is_ascii_uppercase() && !matches!(letter, b'A' | b'E' | b'I' | b'O' | b'U')
}

/// `AAMMDD` in the given century.
fn date(digits: &[u8], century: i16) -> Option<Date> {
    let two = |from: usize| -> Option<i8> {
        let (tens, ones) = (digits[from], digits[from + 1]);
        (tens.is_ascii_digit() && ones.is_ascii_digit())
            .then(|| i8::try_from((tens - b'0') * 10 + (ones - b'0')).ok())?
    };
    Date::new(century + i16::from(two(0)?), two(2)?, two(4)?).ok()
}

impl TryFrom<String> for Curp {
    type Error = CurpError;

    fn try_from(text: String) -> Result<Self, CurpError> {
        text.parse()
    }
}

impl From<Curp> for String {
    fn from(curp: Curp) -> String {
        curp.text
    }
}

impl fmt::Debug for Curp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Curp(redacted)")
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;
    use proptest::prelude::*;

    use super::*;

    fn parse(text: &str) -> Result<Curp, CurpError> {
        text.parse()
    }

    #[test]
    fn reads_published_examples() {
        let woman = parse("SABC560626MDFLRN01").unwrap();
        assert_eq!(woman.birth_date(), date(1956, 6, 26));
        assert_eq!(woman.sex(), Sex::Woman);
        assert_eq!(woman.birth_state().code(), "DF");
        let man = parse("VADA800927HSRSRL05").unwrap();
        assert_eq!(
            (man.sex(), man.birth_state().in_spanish()),
            (Sex::Man, "Sonora")
        );
    }

    #[test]
    fn the_differentiator_gives_the_century() {
        let digit = expected_check_digit("SABC000229MNELRNA").unwrap();
        let born_2000 = parse(&format!("SABC000229MNELRNA{digit}")).unwrap();
        assert_eq!(born_2000.birth_date(), date(2000, 2, 29));
        // 1900 was not a leap year, so the same day with a digit in place 17 does not exist.
        assert_eq!(parse("SABC000229MNELRN00"), Err(CurpError::BirthDate));
    }

    #[test]
    fn each_reason_has_its_own_error() {
        for (text, error) in [
            ("SABC560626MDFLRN0", CurpError::Length),
            ("SABC560626MDFLRN011", CurpError::Length),
            ("SABÑ560626MDFLRN0", CurpError::Length),
            ("SBBC560626MDFLRN01", CurpError::Initials),
            ("sABC560626MDFLRN01", CurpError::Initials),
            ("SABC561326MDFLRN01", CurpError::BirthDate),
            ("SABC5606-6MDFLRN01", CurpError::BirthDate),
            ("SABC560626FDFLRN01", CurpError::Sex),
            ("SABC560626MXXLRN01", CurpError::BirthState),
            ("SABC560626MDFARN01", CurpError::Consonants),
            ("SABC560626MDFLRN-1", CurpError::Differentiator),
            ("SABC560626MDFLRN02", CurpError::CheckDigit),
            ("HEGT761003MDFRNN09", CurpError::CheckDigit),
        ] {
            assert_eq!(parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn debug_and_serde_errors_do_not_tell_who() {
        let curp = parse("SABC560626MDFLRN01").unwrap();
        assert_eq!(format!("{curp:?}"), "Curp(redacted)");
        for error in [CurpError::CheckDigit, CurpError::Length] {
            assert!(!error.in_spanish().contains("SABC") && !error.to_string().contains("SABC"));
        }
    }

    #[test]
    fn homonyms_differ_in_the_differentiator_only() {
        let first = parse("SABC560626MDFLRN01").unwrap();
        let digit = expected_check_digit("SABC560626MDFLRN1").unwrap();
        let second = parse(&format!("SABC560626MDFLRN1{digit}")).unwrap();
        assert!(first.is_homonym_of(&second) && second.is_homonym_of(&first));
        assert!(!first.is_homonym_of(&first));
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,24}") {
            let parsed = parse(&text);
            prop_assert!(parsed.is_err() || text.len() == 18);
        }

        #[test]
        fn exactly_one_check_digit_is_accepted(
            head in "[A-Z][AEIOUX][A-Z]{2}[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|1[0-9]|2[0-8])[HMX](HG|NE|DF)[B-DF-HJ-NP-TV-Z]{3}[0-9A-Z]",
        ) {
            let accepted: Vec<Curp> =
                ('0'..='9').filter_map(|digit| parse(&format!("{head}{digit}")).ok()).collect();
            prop_assert_eq!(accepted.len(), 1);
            prop_assert_eq!(&accepted[0].as_str()[..17], &head);
        }
    }
}
