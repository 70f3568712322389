//! Who may prescribe what, and where.

use super::line::SoldLine;
use super::{IssueCommand, PrescriberFacts, Profession, Subject};
#[cfg(doc)]
use crate::law;
use crate::law::Parameters;
use crate::{Fraction, Refusal};

/// [`law::LGS_28_BIS`]: who prescribes holds a cédula, which is in force when it is used. A receta
/// without it cannot be written at all, as [`law::LGS_251`] and [`law::LGS_252`] ask.
pub(super) fn is_active(prescriber: &PrescriberFacts) -> Option<Refusal> {
    (!prescriber.active).then_some(Refusal::PrescriberNotActive)
}

/// A prescriber writes for an establishment that enrolled them.
pub(super) fn is_enrolled(command: &IssueCommand, prescriber: &PrescriberFacts) -> Option<Refusal> {
    let enrolled = prescriber.establishments.contains(&command.establishment);
    (!enrolled).then_some(Refusal::PrescriberNotAtEstablishment)
}

/// [`law::LGS_28_BIS`], numeral 4, and [`law::LGS_240`], II: veterinarians prescribe for animals,
/// for these alone, and nobody else does.
pub(super) fn treats(prescriber: &PrescriberFacts, subject: &Subject) -> Option<Refusal> {
    let veterinarian = prescriber.profession == Profession::Veterinarian;
    match subject {
        Subject::Person if veterinarian => Some(Refusal::ProfessionMayNotPrescribe {
            line: None,
            fraction: None,
        }),
        Subject::Animal { .. } if !veterinarian => Some(Refusal::NotForAnimals),
        Subject::Person | Subject::Animal { .. } => None,
    }
}

/// [`law::LGS_28_BIS`] and, for fraction I, [`law::LGS_240`]: each profession has its fractions.
pub(super) fn may_prescribe(
    prescriber: &PrescriberFacts,
    line: &SoldLine<'_>,
    parameters: &Parameters,
) -> Option<Refusal> {
    let may = match prescriber.profession {
        // Whether it is a dental case, `is_dental` asks, and whether it is an animal, `treats`.
        Profession::Physician | Profession::Dentist | Profession::Veterinarian => true,
        Profession::Homeopath => !line.fraction.is_controlled(),
        Profession::Nurse => match nurse_may_prescribe(line, parameters) {
            Ok(may) => may,
            Err(refusal) => return Some(refusal),
        },
        Profession::MedicalIntern => intern_may_prescribe(line.fraction, parameters),
    };
    let (line, fraction) = (Some(line.number), Some(line.fraction));
    (!may).then_some(Refusal::ProfessionMayNotPrescribe { line, fraction })
}

/// [`law::LGS_28_BIS`], numeral 5: what the Secretaría lists, where its list is loaded; otherwise
/// what the parameters say of fraction IV. Fractions I to III ask for a médico ([`law::LGS_240`],
/// [`law::LGS_251`], [`law::LGS_252`]) whatever is listed. What needs no receta
/// ([`law::LGS_226_V_VI`]) may be written by anyone who writes recetas.
fn nurse_may_prescribe(line: &SoldLine<'_>, parameters: &Parameters) -> Result<bool, Refusal> {
    match (line.fraction, line.medicine.nurse_listed) {
        (Fraction::I | Fraction::II | Fraction::III, _) => Ok(false),
        (Fraction::IV, Some(false)) => Err(Refusal::NotOnNurseList { line: line.number }),
        (Fraction::IV, Some(true)) | (Fraction::V | Fraction::VI, _) => Ok(true),
        (Fraction::IV, None) => Ok(parameters.nurse_fraction_iv),
    }
}

/// [`law::LGS_240`], III: dentists prescribe estupefacientes "para casos odontológicos", which the
/// code of the diagnosis tells.
pub(super) fn is_dental(
    prescriber: &PrescriberFacts,
    line: &SoldLine<'_>,
    diagnoses: &[String],
    parameters: &Parameters,
) -> Option<Refusal> {
    let asked = prescriber.profession == Profession::Dentist && line.fraction == Fraction::I;
    let is_dental = |code: &String| {
        let mut dental = parameters.dental_diagnoses.iter();
        dental.any(|beginning| code.starts_with(beginning.as_str()))
    };
    let refused = asked && !diagnoses.iter().any(is_dental);
    refused.then_some(Refusal::NotDental { line: line.number })
}

/// [`law::LGS_240`], last paragraph, for estupefacientes and [`law::LGS_28_BIS`], last paragraph,
/// for the rest: within the limits that the Secretaría sets.
fn intern_may_prescribe(fraction: Fraction, parameters: &Parameters) -> bool {
    match fraction {
        Fraction::I => parameters.intern_fraction_i_max_days > 0,
        Fraction::II | Fraction::III => parameters.intern_fractions_ii_iii,
        Fraction::IV | Fraction::V | Fraction::VI => true,
    }
}

/// [`law::LGS_240`], last paragraph: how long a pasante may treat with fraction I. Where they may
/// not at all, [`may_prescribe`] has said so.
pub(super) fn intern_treatment(
    prescriber: &PrescriberFacts,
    line: &SoldLine<'_>,
    parameters: &Parameters,
) -> Option<Refusal> {
    let limited =
        prescriber.profession == Profession::MedicalIntern && line.fraction == Fraction::I;
    let (days, most) = (
        line.asked.dosage.days,
        parameters.intern_fraction_i_max_days,
    );
    (limited && most > 0 && days > most).then_some(Refusal::InternTreatmentTooLong {
        line: line.number,
        days,
        most,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{assert_refused, issue, issue_under};

    /// The fractions that `profession` may prescribe, and the articles that close the others.
    fn allowed(profession: Profession, parameters: &Parameters) -> Vec<Fraction> {
        let may = |fraction: &Fraction| {
            let answer = issue_under(&[*fraction], parameters, |_, facts| {
                facts.prescriber.profession = profession;
            });
            let Err(refusals) = answer else { return true };
            let article = if *fraction == Fraction::I {
                law::LGS_240
            } else {
                law::LGS_28_BIS
            };
            let (line, fraction) = (Some(1), Some(*fraction));
            assert_eq!(
                refusals,
                [Refusal::ProfessionMayNotPrescribe { line, fraction }]
            );
            assert_eq!(refusals[0].law(), Some(article));
            false
        };
        Fraction::ALL.into_iter().filter(may).collect()
    }

    #[test]
    fn each_profession_has_its_fractions() {
        let defaults = Parameters::default();
        let articles = [law::LGS_28_BIS, law::LGS_240];
        assert_eq!(
            allowed(Profession::Physician, &defaults),
            Fraction::ALL,
            "{articles:?}"
        );
        assert_eq!(allowed(Profession::Dentist, &defaults), Fraction::ALL);
        let not_controlled = [Fraction::IV, Fraction::V, Fraction::VI];
        for profession in [
            Profession::Homeopath,
            Profession::Nurse,
            Profession::MedicalIntern,
        ] {
            assert_eq!(
                allowed(profession, &defaults),
                not_controlled,
                "{profession:?}"
            );
        }
    }

    #[test]
    fn the_secretaria_opens_and_closes_the_limits() {
        let closed = Parameters {
            nurse_fraction_iv: false,
            ..Parameters::default()
        };
        let without_receta = [Fraction::V, Fraction::VI];
        let article = law::LGS_226_V_VI;
        assert_eq!(
            allowed(Profession::Nurse, &closed),
            without_receta,
            "{}",
            article.rule
        );
        let open = Parameters {
            intern_fractions_ii_iii: true,
            intern_fraction_i_max_days: 7,
            ..Parameters::default()
        };
        assert_eq!(allowed(Profession::MedicalIntern, &open), Fraction::ALL);
    }

    #[test]
    fn a_pasante_treats_with_fraction_i_for_as_long_as_the_secretaria_says() {
        let parameters = Parameters {
            intern_fraction_i_max_days: 7,
            ..Parameters::default()
        };
        let ask = |days| {
            issue_under(&[Fraction::I], &parameters, |command, facts| {
                facts.prescriber.profession = Profession::MedicalIntern;
                command.lines[0].dosage.days = days;
            })
        };
        assert!(ask(7).is_ok());
        let refusal = Refusal::InternTreatmentTooLong {
            line: 1,
            days: 8,
            most: 7,
        };
        assert_refused(ask(8), law::LGS_240, &refusal);
    }

    #[test]
    fn veterinarians_do_not_prescribe_for_people() {
        for fraction in Fraction::ALL {
            let answer = issue(&[fraction], |_, facts| {
                facts.prescriber.profession = Profession::Veterinarian;
            });
            let refusal = Refusal::ProfessionMayNotPrescribe {
                line: None,
                fraction: None,
            };
            assert_refused(answer, law::LGS_28_BIS, &refusal);
        }
    }

    #[test]
    fn veterinarians_prescribe_for_animals_and_nobody_else_does() {
        let treat = |profession, fraction| {
            issue(&[fraction], |command, facts| {
                facts.prescriber.profession = profession;
                command.subject = Subject::Animal {
                    species: "caballo".to_owned(),
                };
            })
        };
        for fraction in Fraction::ALL {
            let answer = treat(Profession::Veterinarian, fraction);
            assert!(answer.is_ok(), "{fraction} {}", law::LGS_240.rule);
            let answer = treat(Profession::Physician, fraction);
            assert_refused(answer, law::LGS_28_BIS, &Refusal::NotForAnimals);
        }
    }

    #[test]
    fn a_dentist_prescribes_fraction_i_for_dental_cases() {
        let treat = |codes: &[&str], fraction| {
            issue(&[fraction], |command, facts| {
                facts.prescriber.profession = Profession::Dentist;
                command.diagnoses = codes.iter().map(|code| (*code).to_owned()).collect();
            })
        };
        for dental in [&["K04.7"][..], &["M54.5", "K01"], &["S02.5"]] {
            assert!(treat(dental, Fraction::I).is_ok(), "{dental:?}");
        }
        for other in [&[][..], &["M54.5"], &["K29.7"], &["C50"]] {
            let refusal = Refusal::NotDental { line: 1 };
            assert_refused(treat(other, Fraction::I), law::LGS_240, &refusal);
            assert!(treat(other, Fraction::II).is_ok());
        }
    }

    #[test]
    fn a_nurse_prescribes_what_the_secretaria_lists() {
        let treat = |fraction, listed| {
            issue(&[fraction], |_, facts| {
                facts.prescriber.profession = Profession::Nurse;
                facts.medicines[0].nurse_listed = Some(listed);
            })
        };
        assert!(treat(Fraction::IV, true).is_ok());
        let refusal = Refusal::NotOnNurseList { line: 1 };
        assert_refused(treat(Fraction::IV, false), law::LGS_28_BIS, &refusal);
        for (fraction, article) in [(Fraction::II, law::LGS_251), (Fraction::III, law::LGS_252)] {
            let refusals = treat(fraction, true).unwrap_err();
            assert_eq!(
                refusals[0].code(),
                "profession-may-not-prescribe",
                "{}",
                article.rule
            );
        }
    }

    #[test]
    fn a_suspended_cedula_does_not_prescribe() {
        let answer = issue(&[Fraction::VI], |_, facts| facts.prescriber.active = false);
        assert_refused(answer, law::LGS_28_BIS, &Refusal::PrescriberNotActive);
    }

    #[test]
    fn a_prescriber_writes_where_they_are_enrolled() {
        let answer = issue(&[Fraction::IV], |command, _| {
            command.establishment = "MCSSA000013".parse().unwrap();
        });
        assert_eq!(answer.unwrap_err(), [Refusal::PrescriberNotAtEstablishment]);
    }
}
