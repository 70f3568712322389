//! The Registro Federal de Contribuyentes of a supplier that does not record here.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// An RFC: three letters (companies) or four (persons), six digits of a date, three characters.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rfc(String);

/// The text is not an RFC. It is not repeated: that of a person is personal data.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an RFC has three or four capital letters, six digits and three letters or digits")]
pub struct RfcError;

impl Rfc {
    /// The RFC as it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Rfc {
    type Err = RfcError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let letter = |c: char| c.is_ascii_uppercase() || c == 'Ñ' || c == '&';
        let characters: Vec<char> = text.chars().take(14).collect();
        let letters = match characters.len() {
            12 => 3,
            13 => 4,
            _ => return Err(RfcError),
        };
        let (name, rest) = characters.split_at(letters);
        let (date, key) = rest.split_at(6);
        let valid = name.iter().all(|c| letter(*c))
            && date.iter().all(char::is_ascii_digit)
            && key
                .iter()
                .all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
        valid.then(|| Self(text.to_owned())).ok_or(RfcError)
    }
}

impl TryFrom<String> for Rfc {
    type Error = RfcError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Rfc> for String {
    fn from(rfc: Rfc) -> String {
        rfc.0
    }
}

impl fmt::Display for Rfc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Rfc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Rfc({})", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_and_persons() {
        for right in ["LAB010203AB1", "ÑU&010203AB1", "GODE561231GR8"] {
            assert!(right.parse::<Rfc>().is_ok(), "{right}");
        }
        for wrong in [
            "",
            "LAB010203AB",
            "lab010203ab1",
            "LAB01020XAB1",
            "LABCD010203AB1",
        ] {
            assert_eq!(wrong.parse::<Rfc>(), Err(RfcError), "{wrong}");
        }
    }
}
