//! Folios: the number of a prescription, and the authority's number of a special recetario.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Crockford's base 32: no I, L, O or U, so that a folio read over the telephone arrives whole.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Number of a prescription: 75 random bits and a check character, written in four groups of four
/// (`7K3M-9QRT-2ABX-51CD`). It says nothing about the patient, the prescriber or the day.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Folio([u8; 16]);

/// Why a text is not a folio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum FolioError {
    /// Not sixteen characters of the alphabet (hyphens and case aside).
    #[error("a folio has 16 letters and digits in four groups, like 7K3M-9QRT-2ABX-51CD")]
    Shape,
    /// The check character does not match: a typing error.
    #[error("the folio's check character does not match; look for a mistyped character")]
    Check,
}

impl Folio {
    /// The folio drawn from ten random bytes (75 of the 80 bits are used).
    #[must_use]
    pub fn from_random(random: [u8; 10]) -> Self {
        let mut bits = random
            .iter()
            .fold(0_u128, |bits, byte| (bits << 8) | u128::from(*byte));
        let mut digits = [0_u8; 16];
        for digit in digits[..15].iter_mut().rev() {
            *digit = ALPHABET[(bits % 32) as usize];
            bits /= 32;
        }
        digits[15] = check_character(&digits[..15]);
        Self(digits)
    }

    /// The 75 bits of the fifteen data characters, big-endian, the top five bits zero: the folio as
    /// the QR carries it. The check character follows from them.
    #[must_use]
    pub fn to_bits(&self) -> [u8; 10] {
        let bits = self.0[..15].iter().fold(0_u128, |bits, digit| {
            (bits << 5) | u128::from(value_of(*digit).unwrap_or_default())
        });
        let mut out = [0; 10];
        out.copy_from_slice(&bits.to_be_bytes()[6..]);
        out
    }

    /// The folio of [`Folio::to_bits`]; `None` where one of the top five bits is set.
    #[must_use]
    pub fn from_bits(bits: [u8; 10]) -> Option<Self> {
        (bits[0] >> 3 == 0).then(|| Self::from_random(bits))
    }

    /// The sixteen characters without hyphens, as the ledger carries them.
    #[must_use]
    pub fn compact(&self) -> &str {
        // The bytes come from ALPHABET alone, which is ASCII.
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// Luhn's algorithm modulo 32: finds every single wrong character and every swap of neighbours
/// but one pair.
fn check_character(digits: &[u8]) -> u8 {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, character)| {
            let value = value_of(*character).unwrap_or_default();
            if place % 2 == 0 {
                (value * 2) / 32 + (value * 2) % 32
            } else {
                value
            }
        })
        .sum();
    ALPHABET[((32 - sum % 32) % 32) as usize]
}

fn value_of(character: u8) -> Option<u32> {
    let position = ALPHABET.iter().position(|c| *c == character)?;
    u32::try_from(position).ok()
}

impl FromStr for Folio {
    type Err = FolioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut digits = [0_u8; 16];
        let mut count = 0;
        for character in text.bytes().filter(|c| *c != b'-') {
            // Crockford reads O as 0, and I and L as 1.
            let character = match character.to_ascii_uppercase() {
                b'O' => b'0',
                b'I' | b'L' => b'1',
                other => other,
            };
            if count == digits.len() || value_of(character).is_none() {
                return Err(FolioError::Shape);
            }
            digits[count] = character;
            count += 1;
        }
        if count != digits.len() {
            return Err(FolioError::Shape);
        }
        if digits[15] != check_character(&digits[..15]) {
            return Err(FolioError::Check);
        }
        Ok(Self(digits))
    }
}

impl TryFrom<String> for Folio {
    type Error = FolioError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Folio> for String {
    fn from(folio: Folio) -> String {
        folio.to_string()
    }
}

impl fmt::Display for Folio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.compact();
        write!(
            f,
            "{}-{}-{}-{}",
            &text[..4],
            &text[4..8],
            &text[8..12],
            &text[12..]
        )
    }
}

impl fmt::Debug for Folio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Folio({self})")
    }
}

/// Folio of a special recetario, assigned by the Secretaría de Salud or a state authority with its
/// barcode (LGS art. 241). The authority chooses its form: 6 to 30 capital letters, digits and
/// hyphens are accepted.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct SpecialFolio(String);

/// The text is not a special folio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a special folio has 6 to 30 capital letters, digits and hyphens")]
pub struct SpecialFolioError;

impl SpecialFolio {
    /// The folio as the authority printed it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SpecialFolio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SpecialFolio {
    type Err = SpecialFolioError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let allowed = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || c == b'-';
        if (6..=30).contains(&text.len()) && text.bytes().all(allowed) {
            Ok(Self(text.to_owned()))
        } else {
            Err(SpecialFolioError)
        }
    }
}

impl TryFrom<String> for SpecialFolio {
    type Error = SpecialFolioError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<SpecialFolio> for String {
    fn from(folio: SpecialFolio) -> String {
        folio.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_folio_reads_back(random: [u8; 10]) {
            let folio = Folio::from_random(random);
            prop_assert_eq!(folio.to_string().parse(), Ok(folio));
            prop_assert_eq!(folio.compact().to_lowercase().parse(), Ok(folio));
        }

        #[test]
        fn bits_round_trip_and_the_top_five_are_zero(random: [u8; 10]) {
            let folio = Folio::from_random(random);
            prop_assert_eq!(Folio::from_bits(folio.to_bits()), Some(folio));
            let drawn = Folio::from_bits(random);
            prop_assert_eq!(drawn.map(|folio| folio.to_bits()), (random[0] < 8).then_some(random));
        }

        #[test]
        fn one_wrong_character_is_found(random: [u8; 10], place in 0_usize..16, shift in 1_u32..32) {
            let mut text = Folio::from_random(random).compact().as_bytes().to_vec();
            let value = value_of(text[place]).unwrap();
            text[place] = ALPHABET[((value + shift) % 32) as usize];
            let text = String::from_utf8(text).unwrap();
            prop_assert_eq!(text.parse::<Folio>(), Err(FolioError::Check));
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,40}") {
            if let Ok(folio) = text.parse::<Folio>() {
                prop_assert_eq!(folio.to_string().parse(), Ok(folio));
            }
        }
    }

    #[test]
    fn bits_are_big_endian() {
        let folio: Folio = "G000-0000-0000-00Z0".parse().unwrap();
        assert_eq!(folio.to_bits(), [0x04, 0, 0, 0, 0, 0, 0, 0, 0, 0x1f]);
        assert_eq!(Folio::from_bits(folio.to_bits()), Some(folio));
        assert_eq!(Folio::from_bits([8, 0, 0, 0, 0, 0, 0, 0, 0, 0]), None);
    }

    #[test]
    fn refuses_other_shapes() {
        for wrong in ["", "7K3M", "7K3M-9QRT-2ABX-51CD-0", "7K3M-9QRT-2ABX-51Ñ"] {
            assert_eq!(wrong.parse::<Folio>(), Err(FolioError::Shape), "{wrong}");
        }
        assert!("SSA-2026-000123".parse::<SpecialFolio>().is_ok());
        assert!("abc".parse::<SpecialFolio>().is_err());
    }
}
