//! Sex as the CURP writes it.

use serde::{Deserialize, Serialize};

/// Character 11 of a CURP. `X` exists since 2023.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Sex {
    /// `H`, hombre.
    #[serde(rename = "H")]
    Man,
    /// `M`, mujer.
    #[serde(rename = "M")]
    Woman,
    /// `X`, no binario.
    #[serde(rename = "X")]
    NonBinary,
}

impl Sex {
    /// Reads the CURP's letter; `None` for any other character.
    #[must_use]
    pub fn from_letter(letter: char) -> Option<Self> {
        match letter {
            'H' => Some(Self::Man),
            'M' => Some(Self::Woman),
            'X' => Some(Self::NonBinary),
            _ => None,
        }
    }

    /// The CURP's letter.
    #[must_use]
    pub fn letter(self) -> char {
        match self {
            Self::Man => 'H',
            Self::Woman => 'M',
            Self::NonBinary => 'X',
        }
    }

    /// The word a person reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Man => "Hombre",
            Self::Woman => "Mujer",
            Self::NonBinary => "No binario",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_round_trip_and_nothing_else_is_a_sex() {
        for sex in [Sex::Man, Sex::Woman, Sex::NonBinary] {
            assert_eq!(Sex::from_letter(sex.letter()), Some(sex));
        }
        // F and h are what other systems send; neither is a CURP letter.
        assert_eq!(Sex::from_letter('F'), None);
        assert_eq!(Sex::from_letter('h'), None);
    }
}
