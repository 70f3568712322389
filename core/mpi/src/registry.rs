//! What to do with somebody who is being registered.

use crate::curp::Curp;
use crate::demographics::{DeclaredMismatch, Demographics};
use crate::temporary_id::TemporaryId;

/// By what a patient is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Identity {
    /// Their CURP.
    Curp(Curp),
    /// A temporary identifier, until the CURP is known (the national guide: within 7 days).
    Temporary(TemporaryId),
}

/// A person in the register, or one who asks to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// By what they are known.
    pub identity: Identity,
    /// What they declared.
    pub demographics: Demographics,
}

/// The decision on a candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RegisterDecision {
    /// Nobody was known: a new patient.
    New {
        /// What the CURP contradicts, for somebody to look at.
        warnings: Vec<DeclaredMismatch>,
    },
    /// The patient already registered.
    Same {
        /// What the CURP contradicts, for somebody to look at.
        warnings: Vec<DeclaredMismatch>,
    },
    /// One of the two has a temporary identifier, the other this CURP: they become one.
    Identify {
        /// The identity that stays.
        curp: Curp,
        /// The identifier that from now on points to it.
        temporary: TemporaryId,
        /// What the CURP contradicts, for somebody to look at.
        warnings: Vec<DeclaredMismatch>,
    },
    /// Not registered.
    Refuse(RegisterRefusal),
}

/// Why a candidate is not registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RegisterRefusal {
    /// The declared birth date is not the CURP's.
    #[error(
        "the declared birth date is not the CURP's: check the document and correct one of them"
    )]
    BirthDateContradictsCurp,
    /// The declared sex is not the CURP's.
    #[error("the declared sex is not the CURP's: check the document and correct one of them")]
    SexContradictsCurp,
    /// The registered patient has another birth date.
    #[error("the registered patient has another birth date: send the pair to review")]
    OtherBirthDate,
    /// The registered patient has another sex.
    #[error("the registered patient has another sex: send the pair to review")]
    OtherSex,
    /// The registered patient has a CURP that differs in the differentiator alone.
    #[error("the registered patient is a homonym or twin: register the candidate on their own")]
    Homonym,
    /// The registered patient has another CURP.
    #[error("the registered patient has another CURP: register the candidate on their own")]
    OtherCurp,
    /// Both have temporary identifiers, two different ones.
    #[error("two temporary identifiers are never merged without a CURP: send the pair to review")]
    TwoTemporaries,
}

impl RegisterRefusal {
    /// Stable code for interfaces.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::BirthDateContradictsCurp => "birth-date-contradicts-curp",
            Self::SexContradictsCurp => "sex-contradicts-curp",
            Self::OtherBirthDate => "other-birth-date",
            Self::OtherSex => "other-sex",
            Self::Homonym => "homonym",
            Self::OtherCurp => "other-curp",
            Self::TwoTemporaries => "two-temporary-ids",
        }
    }

    /// What the person at the screen reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::BirthDateContradictsCurp => {
                "La fecha de nacimiento no corresponde con la CURP. Revise el documento y corrija \
                 el dato equivocado."
            }
            Self::SexContradictsCurp => {
                "El sexo no corresponde con la CURP. Revise el documento y corrija el dato \
                 equivocado."
            }
            Self::OtherBirthDate => {
                "El paciente registrado tiene otra fecha de nacimiento. Envíe el caso a revisión."
            }
            Self::OtherSex => "El paciente registrado tiene otro sexo. Envíe el caso a revisión.",
            Self::Homonym => {
                "El paciente registrado es homónimo o gemelo. Registre a esta persona por separado."
            }
            Self::OtherCurp => {
                "El paciente registrado tiene otra CURP. Registre a esta persona por separado."
            }
            Self::TwoTemporaries => {
                "Dos identificadores temporales no se unen sin una CURP. Envíe el caso a revisión."
            }
        }
    }
}

/// Decides on `candidate`, given the patient the caller found (by identity or by
/// [`crate::matching`]), if any.
#[must_use]
pub fn register(existing: Option<&Patient>, candidate: &Patient) -> RegisterDecision {
    decide(existing, candidate).unwrap_or_else(RegisterDecision::Refuse)
}

fn decide(
    existing: Option<&Patient>,
    candidate: &Patient,
) -> Result<RegisterDecision, RegisterRefusal> {
    let declared = &candidate.demographics;
    let mut warnings = match &candidate.identity {
        Identity::Curp(curp) => accepted_warnings(declared, curp)?,
        Identity::Temporary(_) => Vec::new(),
    };
    let Some(known) = existing else {
        return Ok(RegisterDecision::New { warnings });
    };
    match (&known.identity, &candidate.identity) {
        (Identity::Curp(a), Identity::Curp(b)) if a == b => {
            agree(&known.demographics, declared)?;
            Ok(RegisterDecision::Same { warnings })
        }
        (Identity::Curp(a), Identity::Curp(b)) if a.is_homonym_of(b) => {
            Err(RegisterRefusal::Homonym)
        }
        (Identity::Curp(_), Identity::Curp(_)) => Err(RegisterRefusal::OtherCurp),
        (Identity::Curp(curp), Identity::Temporary(temporary))
        | (Identity::Temporary(temporary), Identity::Curp(curp)) => {
            agree(&known.demographics, declared)?;
            for demographics in [&known.demographics, declared] {
                warnings.extend(accepted_warnings(demographics, curp)?);
            }
            warnings.sort_unstable();
            warnings.dedup();
            let (curp, temporary) = (curp.clone(), temporary.clone());
            Ok(RegisterDecision::Identify {
                curp,
                temporary,
                warnings,
            })
        }
        (Identity::Temporary(a), Identity::Temporary(b)) if a == b => {
            agree(&known.demographics, declared)?;
            Ok(RegisterDecision::Same { warnings })
        }
        (Identity::Temporary(_), Identity::Temporary(_)) => Err(RegisterRefusal::TwoTemporaries),
    }
}

/// Birth date and sex must be the CURP's; name and entity may disagree and are reported.
fn accepted_warnings(
    declared: &Demographics,
    curp: &Curp,
) -> Result<Vec<DeclaredMismatch>, RegisterRefusal> {
    let mismatches = declared.mismatches_with(curp);
    if mismatches.contains(&DeclaredMismatch::BirthDate) {
        return Err(RegisterRefusal::BirthDateContradictsCurp);
    }
    if mismatches.contains(&DeclaredMismatch::Sex) {
        return Err(RegisterRefusal::SexContradictsCurp);
    }
    Ok(mismatches)
}

fn agree(known: &Demographics, declared: &Demographics) -> Result<(), RegisterRefusal> {
    if known
        .birth_date
        .zip(declared.birth_date)
        .is_some_and(|(a, b)| a != b)
    {
        return Err(RegisterRefusal::OtherBirthDate);
    }
    if known.sex.zip(declared.sex).is_some_and(|(a, b)| a != b) {
        return Err(RegisterRefusal::OtherSex);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::{BirthState, PersonName, Sex, expected_check_digit};

    fn salgado(identity: &str) -> Patient {
        let identity = if identity.starts_with("TEMP") {
            Identity::Temporary(identity.parse().unwrap())
        } else {
            Identity::Curp(identity.parse().unwrap())
        };
        let demographics = Demographics {
            name: PersonName::new("Concepción", "Salgado", Some("Briseño")).unwrap(),
            birth_date: Some(date(1956, 6, 26)),
            sex: Some(Sex::Woman),
            birth_state: BirthState::from_code("DF"),
            postal_code: None,
        };
        Patient {
            identity,
            demographics,
        }
    }

    const CURP: &str = "SABC560626MDFLRN01";

    fn refused(existing: Option<&Patient>, candidate: &Patient) -> RegisterRefusal {
        let decision = register(existing, candidate);
        let RegisterDecision::Refuse(reason) = decision else {
            panic!("expected a refusal, got {decision:?}")
        };
        reason
    }

    #[test]
    fn nobody_known_is_new_and_the_same_curp_is_the_same() {
        let patient = salgado(CURP);
        assert_eq!(
            register(None, &patient),
            RegisterDecision::New { warnings: vec![] }
        );
        assert_eq!(
            register(Some(&patient), &patient),
            RegisterDecision::Same { warnings: vec![] }
        );
    }

    #[test]
    fn another_name_or_entity_is_a_warning() {
        let mut candidate = salgado(CURP);
        candidate.demographics.name = PersonName::new("Concepción", "Trejo", None).unwrap();
        candidate.demographics.birth_state = BirthState::from_code("HG");
        let warnings = vec![DeclaredMismatch::Name, DeclaredMismatch::BirthState];
        assert_eq!(
            register(None, &candidate),
            RegisterDecision::New { warnings }
        );
    }

    #[test]
    fn birth_date_and_sex_must_be_the_curps() {
        let mut candidate = salgado(CURP);
        candidate.demographics.birth_date = Some(date(1956, 6, 27));
        assert_eq!(
            refused(None, &candidate),
            RegisterRefusal::BirthDateContradictsCurp
        );
        candidate = salgado(CURP);
        candidate.demographics.sex = Some(Sex::Man);
        assert_eq!(
            refused(None, &candidate),
            RegisterRefusal::SexContradictsCurp
        );
    }

    #[test]
    fn a_curp_resolves_a_temporary_identifier_in_either_order() {
        let (known, temporary) = (salgado(CURP), salgado("TEMP-2026-0001A"));
        let forward = register(Some(&temporary), &known);
        assert!(matches!(&forward, RegisterDecision::Identify { .. }));
        assert_eq!(forward, register(Some(&known), &temporary));
        let mut other = salgado("TEMP-2026-0001A");
        other.demographics.birth_date = Some(date(1957, 6, 26));
        assert_eq!(
            refused(Some(&other), &known),
            RegisterRefusal::OtherBirthDate
        );
        assert_eq!(
            refused(Some(&known), &other),
            RegisterRefusal::OtherBirthDate
        );
        other.demographics.birth_date = None;
        other.demographics.sex = Some(Sex::Man);
        assert_eq!(refused(Some(&other), &known), RegisterRefusal::OtherSex);
    }

    #[test]
    fn different_identities_are_not_merged() {
        let known = salgado(CURP);
        let homonym = format!(
            "SABC560626MDFLRN1{}",
            expected_check_digit("SABC560626MDFLRN1").unwrap()
        );
        assert_eq!(
            refused(Some(&known), &salgado(&homonym)),
            RegisterRefusal::Homonym
        );
        let elsewhere = format!(
            "SABC560626MHGLRN0{}",
            expected_check_digit("SABC560626MHGLRN0").unwrap()
        );
        assert_eq!(
            refused(Some(&known), &salgado(&elsewhere)),
            RegisterRefusal::OtherCurp
        );
        let (one, two) = (salgado("TEMP-2026-00001"), salgado("TEMP-2026-00002"));
        assert_eq!(refused(Some(&one), &two), RegisterRefusal::TwoTemporaries);
    }
}
