//! What a person declares about themselves, and whether it agrees with their CURP.

use jiff::civil::Date;

use crate::birth_state::BirthState;
use crate::curp::Curp;
use crate::curp_prefix::NameLetters;
use crate::person_name::PersonName;
use crate::sex::Sex;

/// A person as declared at admission. Only the name is always known: somebody unconscious has no
/// birth date to tell. `Debug` shows no value of the name.
#[derive(Clone, PartialEq, Eq)]
pub struct Demographics {
    /// Name in its three parts.
    pub name: PersonName,
    /// Birth date.
    pub birth_date: Option<Date>,
    /// Sex as on the birth certificate.
    pub sex: Option<Sex>,
    /// Entity of birth.
    pub birth_state: Option<BirthState>,
    /// Postal code of the home (five digits). People move, so it is weak evidence.
    pub postal_code: Option<String>,
}

impl std::fmt::Debug for Demographics {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Demographics(redacted)")
    }
}

/// A declared datum that does not agree with the CURP. A warning to look at, not an error: names
/// change and certificates hold mistakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum DeclaredMismatch {
    /// The name's letters are others.
    Name,
    /// Another birth date.
    BirthDate,
    /// Another sex.
    Sex,
    /// Another entity of birth.
    BirthState,
}

impl DeclaredMismatch {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Name => "curp-name-mismatch",
            Self::BirthDate => "curp-birth-date-mismatch",
            Self::Sex => "curp-sex-mismatch",
            Self::BirthState => "curp-birth-state-mismatch",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::Name => "El nombre declarado no corresponde con las letras de la CURP.",
            Self::BirthDate => "La fecha de nacimiento declarada no corresponde con la CURP.",
            Self::Sex => "El sexo declarado no corresponde con la CURP.",
            Self::BirthState => "La entidad de nacimiento declarada no corresponde con la CURP.",
        }
    }
}

impl Demographics {
    /// Everything declared that the CURP contradicts; what was not declared cannot disagree.
    #[must_use]
    pub fn mismatches_with(&self, curp: &Curp) -> Vec<DeclaredMismatch> {
        let name = NameLetters::of(&self.name).agree_with(curp);
        let birth_date = self.birth_date.is_none_or(|date| date == curp.birth_date());
        let sex = self.sex.is_none_or(|sex| sex == curp.sex());
        let birth_state = self
            .birth_state
            .is_none_or(|state| state == curp.birth_state());
        [
            (name, DeclaredMismatch::Name),
            (birth_date, DeclaredMismatch::BirthDate),
            (sex, DeclaredMismatch::Sex),
            (birth_state, DeclaredMismatch::BirthState),
        ]
        .into_iter()
        .filter_map(|(agrees, mismatch)| (!agrees).then_some(mismatch))
        .collect()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn salgado() -> Demographics {
        Demographics {
            name: PersonName::new("Concepción", "Salgado", Some("Briseño")).unwrap(),
            birth_date: Some(date(1956, 6, 26)),
            sex: Some(Sex::Woman),
            birth_state: BirthState::from_code("DF"),
            postal_code: None,
        }
    }

    #[test]
    fn a_truthful_declaration_agrees() {
        let curp: Curp = "SABC560626MDFLRN01".parse().unwrap();
        assert_eq!(salgado().mismatches_with(&curp), []);
        let unknown = Demographics {
            birth_date: None,
            sex: None,
            birth_state: None,
            ..salgado()
        };
        assert_eq!(unknown.mismatches_with(&curp), []);
    }

    #[test]
    fn each_contradiction_is_named() {
        let curp: Curp = "SABC560626MDFLRN01".parse().unwrap();
        let wrong = Demographics {
            name: PersonName::new("Concepción", "Salgado", Some("Trejo")).unwrap(),
            birth_date: Some(date(1956, 6, 27)),
            sex: Some(Sex::Man),
            birth_state: BirthState::from_code("NE"),
            postal_code: None,
        };
        assert_eq!(
            wrong.mismatches_with(&curp),
            [
                DeclaredMismatch::Name,
                DeclaredMismatch::BirthDate,
                DeclaredMismatch::Sex,
                DeclaredMismatch::BirthState
            ]
        );
        assert!(!format!("{wrong:?}").contains("Salgado"));
    }
}
