//! The classes of the law's controlled lists.

use prescription::Fraction;

/// Where the Ley General de Salud lists a substance.
///
/// A class is not a sale fraction: psychotropic *group* III is sold under *fraction* II.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LgsClass {
    /// Estupefaciente (art. 234).
    Estupefaciente,
    /// Psychotropic group I (art. 245, I): prohibited (art. 248).
    PsicotropicoI,
    /// Psychotropic group II (art. 245, II): ruled as estupefacientes (art. 250).
    PsicotropicoII,
    /// Psychotropic group III (art. 245, III): one fill, retained (art. 251).
    PsicotropicoIII,
    /// Psychotropic group IV (art. 245, IV): up to three fills in six months (art. 252).
    PsicotropicoIV,
    /// Psychotropic group V (art. 245, V): industrial, without therapeutic value.
    PsicotropicoV,
}

impl LgsClass {
    /// All classes, from the strictest.
    pub const BY_STRICTNESS: [Self; 6] = [
        Self::PsicotropicoI,
        Self::Estupefaciente,
        Self::PsicotropicoII,
        Self::PsicotropicoIII,
        Self::PsicotropicoIV,
        Self::PsicotropicoV,
    ];

    /// The sale fraction of art. 226 for a medicine with a substance of this class, or `None` where
    /// no medicine can have one: group I is prohibited (art. 248), group V has no therapeutic value
    /// (art. 245, V).
    ///
    /// Arts. 234, 241 and 242 (and, through art. 250, group II) give fraction I; art. 251 gives
    /// fraction II; art. 252 gives fraction III.
    #[must_use]
    pub fn sale_fraction(self) -> Option<Fraction> {
        match self {
            Self::Estupefaciente | Self::PsicotropicoII => Some(Fraction::I),
            Self::PsicotropicoIII => Some(Fraction::II),
            Self::PsicotropicoIV => Some(Fraction::III),
            Self::PsicotropicoI | Self::PsicotropicoV => None,
        }
    }

    /// Position in [`Self::BY_STRICTNESS`]: 0 is the strictest.
    pub(crate) fn strictness(self) -> usize {
        Self::BY_STRICTNESS
            .iter()
            .position(|class| *class == self)
            .unwrap_or(usize::MAX)
    }

    /// The code of the class in `substances.csv`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Estupefaciente => "estupefaciente",
            Self::PsicotropicoI => "psicotropico-I",
            Self::PsicotropicoII => "psicotropico-II",
            Self::PsicotropicoIII => "psicotropico-III",
            Self::PsicotropicoIV => "psicotropico-IV",
            Self::PsicotropicoV => "psicotropico-V",
        }
    }

    /// The class with this [code](Self::code).
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::BY_STRICTNESS
            .into_iter()
            .find(|class| class.code() == code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_map_to_fractions_as_articles_250_to_252_say() {
        let fractions = LgsClass::BY_STRICTNESS.map(LgsClass::sale_fraction);
        assert_eq!(
            fractions,
            [
                None,
                Some(Fraction::I),
                Some(Fraction::I),
                Some(Fraction::II),
                Some(Fraction::III),
                None
            ]
        );
    }

    #[test]
    fn codes_round_trip() {
        for class in LgsClass::BY_STRICTNESS {
            assert_eq!(LgsClass::from_code(class.code()), Some(class));
        }
        assert_eq!(LgsClass::from_code("psicotropico-VI"), None);
    }
}
