//! Identifiers of the Mexican health system, each parsed once and trusted afterwards.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Why a text is not the identifier it claims to be. The text itself is not repeated: it may be
/// personal data.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {kind}: expected {expected}")]
pub struct IdentifierError {
    /// The identifier that was expected, in the field's own term.
    pub kind: &'static str,
    /// The shape that was expected.
    pub expected: &'static str,
}

macro_rules! text_identifier {
    ($(#[$doc:meta])* $name:ident, $kind:literal, $expected:literal, $valid:expr) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The identifier as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdentifierError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let valid: fn(&[u8]) -> bool = $valid;
                if valid(text.as_bytes()) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(IdentifierError { kind: $kind, expected: $expected })
                }
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdentifierError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0)
            }
        }
    };
}

text_identifier!(
    /// Clave of the Compendio Nacional de Insumos para la Salud, `NNN.NNN.NNNN.NN`.
    Clave,
    "clave del Compendio Nacional",
    "NNN.NNN.NNNN.NN",
    |text| {
        text.len() == 15
            && text.iter().enumerate().all(|(i, c)| match i {
                3 | 7 | 12 => *c == b'.',
                _ => c.is_ascii_digit(),
            })
    }
);

text_identifier!(
    /// Clave Única de Establecimientos de Salud: two letters of the entity, three of the
    /// institution, six digits.
    Clues,
    "CLUES",
    "five capital letters and six digits",
    |text| {
        text.len() == 11
            && text[..5].iter().all(u8::is_ascii_uppercase)
            && text[5..].iter().all(u8::is_ascii_digit)
    }
);

text_identifier!(
    /// Cédula profesional, seven or eight digits.
    Cedula,
    "cédula profesional",
    "seven or eight digits",
    |text| (7..=8).contains(&text.len()) && text.iter().all(u8::is_ascii_digit)
);

text_identifier!(
    /// Pseudonym of a patient inside the system: 32 lower-case hexadecimal digits, derived with a
    /// secret key from the CURP, so that it identifies without telling who.
    PatientId,
    "patient pseudonym",
    "32 lower-case hexadecimal digits",
    |text| text.len() == 32 && text.iter().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_real_identifiers() {
        assert!("040.000.2612.00".parse::<Clave>().is_ok());
        assert!("HGIMB000011".parse::<Clues>().is_ok());
        assert!("1234567".parse::<Cedula>().is_ok());
        assert!("12345678".parse::<Cedula>().is_ok());
    }

    #[test]
    fn refuses_near_misses() {
        for wrong in ["040.000.2612.0", "040-000-2612-00", "040.000.2612.0A", ""] {
            assert!(wrong.parse::<Clave>().is_err(), "{wrong}");
        }
        for wrong in ["hgIMB000011", "HGIMB00001", "HGIMB0000111", "HGIM1000011"] {
            assert!(wrong.parse::<Clues>().is_err(), "{wrong}");
        }
        for wrong in ["123456", "123456789", "12345a7", "١٢٣٤٥٦٧"] {
            assert!(wrong.parse::<Cedula>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn errors_do_not_repeat_the_input() {
        let error = "SABC560626MDFLRN01".parse::<PatientId>().unwrap_err();
        assert!(!error.to_string().contains("SABC"));
    }
}
