//! Identifiers packed into numbers: a fact is copied ten million times, and compared more often.
//!
//! Each code is made from an identifier that `prescription` parsed, orders as its text does, and
//! writes itself as that text again.

use std::fmt;

use data_encoding::HEXLOWER;
use prescription::leaf::Pseudonym;
use prescription::{Cedula, Clave, Clues, PatientId};
use serde::{Deserialize, Serialize};

/// A CLUES: five letters in base 26, six digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Clues", into = "String")]
pub struct CluesCode(u64);

/// A clave of the Compendio Nacional: its twelve digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Clave", into = "String")]
pub struct ClaveCode(u64);

/// A cédula profesional: its digits after a 1, which keeps a leading zero.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Cedula", into = "String")]
pub struct CedulaCode(u32);

/// The pseudonym of a patient.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "PatientId", into = "String")]
pub struct PatientCode([u8; 16]);

/// The pseudonym of a prescription, as the ledger's leaves carry it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "PatientId", into = "String")]
pub struct RecetaCode([u8; 16]);

impl From<&Clues> for CluesCode {
    fn from(clues: &Clues) -> Self {
        let code = clues.as_str().bytes().fold(0, |code, c| match c {
            b'A'..=b'Z' => code * 26 + u64::from(c - b'A'),
            _ => code * 10 + digit(c),
        });
        Self(code)
    }
}

impl From<&Clave> for ClaveCode {
    fn from(clave: &Clave) -> Self {
        Self(digits(clave.as_str()))
    }
}

impl From<&Cedula> for CedulaCode {
    fn from(cedula: &Cedula) -> Self {
        let text = cedula.as_str();
        let first = text.bytes().fold(1, |ten, _| ten * 10);
        // At most eight digits after a 1: below 2³¹.
        Self(u32::try_from(first + digits(text)).unwrap_or(u32::MAX))
    }
}

impl From<&PatientId> for PatientCode {
    fn from(patient: &PatientId) -> Self {
        Self(sixteen_bytes(patient.as_str()))
    }
}

impl From<Pseudonym> for RecetaCode {
    fn from(pseudonym: Pseudonym) -> Self {
        Self(pseudonym.0)
    }
}

/// Codes are made from identifiers that were parsed; these serve serde.
macro_rules! from_owned {
    ($($identifier:ty => $code:ident),*) => {$(
        impl From<$identifier> for $code {
            fn from(identifier: $identifier) -> Self {
                Self::from(&identifier)
            }
        }
    )*};
}
from_owned!(Clues => CluesCode, Clave => ClaveCode, Cedula => CedulaCode, PatientId => PatientCode);

impl From<PatientId> for RecetaCode {
    // The pseudonym of a prescription has the form of a patient's: 32 hexadecimal digits.
    fn from(pseudonym: PatientId) -> Self {
        Self(sixteen_bytes(pseudonym.as_str()))
    }
}

macro_rules! writes_itself {
    ($($code:ident),*) => {$(
        impl From<$code> for String {
            fn from(code: $code) -> String {
                code.to_string()
            }
        }

        impl fmt::Debug for $code {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($code), "({})"), self)
            }
        }
    )*};
}
writes_itself!(CluesCode, ClaveCode, CedulaCode, PatientCode, RecetaCode);

impl fmt::Display for CluesCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (mut letters, number) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let mut text = [b'A'; 5];
        for place in text.iter_mut().rev() {
            *place = b'A' + u8::try_from(letters % 26).unwrap_or_default();
            letters /= 26;
        }
        for letter in text {
            write!(f, "{}", char::from(letter))?;
        }
        write!(f, "{number:06}")
    }
}

impl fmt::Display for ClaveCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (group, of_group) = (self.0 / 1_000_000_000, self.0 / 1_000_000 % 1000);
        let (generic, variant) = (self.0 / 100 % 10_000, self.0 % 100);
        write!(f, "{group:03}.{of_group:03}.{generic:04}.{variant:02}")
    }
}

impl fmt::Display for CedulaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = self.0.to_string();
        f.write_str(text.get(1..).unwrap_or_default())
    }
}

impl fmt::Display for PatientCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl fmt::Display for RecetaCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

fn digit(c: u8) -> u64 {
    u64::from(c.wrapping_sub(b'0'))
}

fn digits(text: &str) -> u64 {
    let digits = text.bytes().filter(u8::is_ascii_digit);
    digits.fold(0, |code, c| code * 10 + digit(c))
}

fn sixteen_bytes(hex: &str) -> [u8; 16] {
    let decoded = HEXLOWER.decode(hex.as_bytes());
    decoded
        .ok()
        .and_then(|bytes| bytes.try_into().ok())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_clues_is_written_as_it_was(one in "[A-Z]{5}[0-9]{6}", other in "[A-Z]{5}[0-9]{6}") {
            let [a, b] = [&one, &other].map(|text| CluesCode::from(text.parse::<Clues>().unwrap()));
            prop_assert_eq!(a.to_string(), &one[..]);
            prop_assert_eq!(a.cmp(&b), one.cmp(&other));
        }

        #[test]
        fn a_clave_is_written_as_it_was(
            one in r"[0-9]{3}\.[0-9]{3}\.[0-9]{4}\.[0-9]{2}",
            other in r"[0-9]{3}\.[0-9]{3}\.[0-9]{4}\.[0-9]{2}",
        ) {
            let [a, b] = [&one, &other].map(|text| ClaveCode::from(text.parse::<Clave>().unwrap()));
            prop_assert_eq!(a.to_string(), &one[..]);
            prop_assert_eq!(a.cmp(&b), one.cmp(&other));
        }

        #[test]
        fn a_cedula_keeps_its_zeros(text in "[0-9]{7,8}") {
            let code = CedulaCode::from(text.parse::<Cedula>().unwrap());
            prop_assert_eq!(code.to_string(), text);
        }

        #[test]
        fn a_pseudonym_is_written_as_it_was(text in "[0-9a-f]{32}") {
            let code = PatientCode::from(text.parse::<PatientId>().unwrap());
            prop_assert_eq!(code.to_string(), text);
        }
    }

    #[test]
    fn seven_and_eight_digits_are_two_people() {
        let [short, long] = ["1234567", "01234567"].map(|text| {
            let cedula: Cedula = text.parse().unwrap();
            CedulaCode::from(&cedula)
        });
        assert_ne!(short, long);
    }

    #[test]
    fn serde_writes_the_identifier() {
        let clues: Clues = "HGIMB000011".parse().unwrap();
        let text = serde_json::to_string(&CluesCode::from(&clues)).unwrap();
        assert_eq!(text, "\"HGIMB000011\"");
        assert_eq!(
            serde_json::from_str::<CluesCode>(&text).unwrap(),
            CluesCode::from(clues)
        );
        assert!(serde_json::from_str::<CluesCode>("\"hgimb\"").is_err());
    }
}
