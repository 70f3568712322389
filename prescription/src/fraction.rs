//! The six sale fractions of article 226 of the Ley General de Salud.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How a medicine may be sold to the public (LGS art. 226). Ordered from the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Fraction {
    /// Special recetario with a barcode folio: estupefacientes and psychotropic group II.
    I,
    /// Filled once, retained, registered: psychotropic group III.
    II,
    /// Up to three fills in six months, registered: psychotropic group IV.
    III,
    /// Prescription, refilled as the prescriber indicates.
    IV,
    /// No prescription, sold in pharmacies only.
    V,
    /// No prescription, sold in any outlet.
    VI,
}

impl Fraction {
    /// All fractions in the order of the law.
    pub const ALL: [Self; 6] = [Self::I, Self::II, Self::III, Self::IV, Self::V, Self::VI];

    /// Whether the medicine contains estupefacientes or psychotropics: fractions I to III, which
    /// are entered in a control book and sold by licensed establishments only (LGS arts. 226,
    /// 227 Bis, 242).
    #[must_use]
    pub fn is_controlled(self) -> bool {
        self <= Self::III
    }

    /// The roman numeral, as the law writes it.
    #[must_use]
    pub fn numeral(self) -> &'static str {
        match self {
            Self::I => "I",
            Self::II => "II",
            Self::III => "III",
            Self::IV => "IV",
            Self::V => "V",
            Self::VI => "VI",
        }
    }

    /// The number of the fraction, 1 to 6, as the QR carries it.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::I => 1,
            Self::II => 2,
            Self::III => 3,
            Self::IV => 4,
            Self::V => 5,
            Self::VI => 6,
        }
    }

    /// The fraction with this number, if it is one of the six.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|fraction| fraction.number() == number)
    }
}

impl fmt::Display for Fraction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.numeral())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_three_are_controlled() {
        let controlled: Vec<_> = Fraction::ALL
            .into_iter()
            .filter(|f| f.is_controlled())
            .collect();
        assert_eq!(controlled, [Fraction::I, Fraction::II, Fraction::III]);
    }

    #[test]
    fn numbers_round_trip() {
        for fraction in Fraction::ALL {
            assert_eq!(Fraction::from_number(fraction.number()), Some(fraction));
        }
        assert_eq!(Fraction::from_number(0), None);
        assert_eq!(Fraction::from_number(7), None);
    }
}
