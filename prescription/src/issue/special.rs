//! The special recetario. Estupefacientes need it ([`law::LGS_241`]), and so does psychotropic
//! group II, which follows the same chapter ([`law::LGS_250`]): together they are fraction I.

use super::line::SoldLine;
use super::{IssueCommand, IssueFacts, SpecialFolioFacts};
#[cfg(doc)]
use crate::law;
use crate::refusal::SpecialFolioProblem;
use crate::{Fraction, Refusal};

fn needs_recetario(lines: &[SoldLine<'_>]) -> bool {
    lines.iter().any(|line| line.fraction == Fraction::I)
}

/// [`law::LGS_241`]: the special recetario is for fraction I, and nothing else is written on it.
pub(super) fn is_alone(lines: &[SoldLine<'_>]) -> Option<Refusal> {
    let others = lines.iter().any(|line| line.fraction != Fraction::I);
    (needs_recetario(lines) && others).then_some(Refusal::FractionIMixed)
}

/// [`law::LGS_226_I`] and [`law::LGS_241`]: the recetario carries the barcode folio that the
/// authority assigned to this prescriber, each folio for one prescription.
pub(super) fn has_folio(
    command: &IssueCommand,
    facts: &IssueFacts,
    lines: &[SoldLine<'_>],
) -> Option<Refusal> {
    if !needs_recetario(lines) {
        return command
            .special_folio
            .is_some()
            .then_some(Refusal::SpecialFolioNotNeeded);
    }
    if command.special_folio.is_none() {
        return Some(Refusal::SpecialFolioMissing);
    }
    match facts.special_folio {
        SpecialFolioFacts::Usable => None,
        SpecialFolioFacts::Problem(problem) => Some(Refusal::SpecialFolioNotUsable(problem)),
        SpecialFolioFacts::NotGiven => {
            Some(Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Unknown))
        }
    }
}

/// [`law::RIS_29_30`]: the special receta carries the patient's address.
pub(super) fn has_address(command: &IssueCommand, lines: &[SoldLine<'_>]) -> Option<Refusal> {
    (needs_recetario(lines) && !command.has_address).then_some(Refusal::AddressMissing)
}

/// [`law::RIS_29_30`]: the special receta carries the diagnosis.
pub(super) fn has_diagnosis(command: &IssueCommand, lines: &[SoldLine<'_>]) -> Option<Refusal> {
    (needs_recetario(lines) && !command.has_diagnosis).then_some(Refusal::DiagnosisMissing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{assert_refused, issue, special_folio};

    #[test]
    fn fraction_i_needs_the_special_recetario() {
        let answer = issue(&[Fraction::I], |command, facts| {
            command.special_folio = None;
            facts.special_folio = SpecialFolioFacts::NotGiven;
        });
        assert_refused(answer, law::LGS_226_I, &Refusal::SpecialFolioMissing);
    }

    #[test]
    fn psychotropic_group_ii_needs_it_too() {
        let answer = issue(&[Fraction::I], |command, facts| {
            facts.medicines[0].substance = "secobarbital".to_owned();
            command.special_folio = None;
        });
        let refusals = answer.unwrap_err();
        assert_eq!(
            refusals,
            [Refusal::SpecialFolioMissing],
            "{}",
            law::LGS_250.rule
        );
    }

    #[test]
    fn the_folio_must_be_usable() {
        let give = |special_folio| {
            issue(&[Fraction::I], |_, facts| {
                facts.special_folio = special_folio;
            })
        };
        for problem in [
            SpecialFolioProblem::Unknown,
            SpecialFolioProblem::OfAnother,
            SpecialFolioProblem::Used,
            SpecialFolioProblem::Void,
            SpecialFolioProblem::NotDelivered,
        ] {
            let refusal = Refusal::SpecialFolioNotUsable(problem);
            assert_refused(
                give(SpecialFolioFacts::Problem(problem)),
                law::LGS_241,
                &refusal,
            );
        }
        let refusal = Refusal::SpecialFolioNotUsable(SpecialFolioProblem::Unknown);
        assert_refused(give(SpecialFolioFacts::NotGiven), law::LGS_241, &refusal);
    }

    #[test]
    fn fraction_i_is_written_alone() {
        let answer = issue(&[Fraction::I, Fraction::IV], |_, _| {});
        assert_refused(answer, law::LGS_241, &Refusal::FractionIMixed);
        assert!(issue(&[Fraction::I, Fraction::I], |_, _| {}).is_ok());
    }

    #[test]
    fn the_recetario_is_for_nothing_else() {
        let answer = issue(&[Fraction::II], |command, _| {
            command.special_folio = Some(special_folio());
        });
        assert_refused(answer, law::LGS_241, &Refusal::SpecialFolioNotNeeded);
    }

    #[test]
    fn it_carries_address_and_diagnosis_and_no_other_receta_must() {
        let answer = issue(&[Fraction::I], |command, _| command.has_address = false);
        assert_refused(answer, law::RIS_29_30, &Refusal::AddressMissing);
        let answer = issue(&[Fraction::I], |command, _| command.has_diagnosis = false);
        assert_refused(answer, law::RIS_29_30, &Refusal::DiagnosisMissing);
        let answer = issue(&[Fraction::II], |command, _| {
            command.has_address = false;
            command.has_diagnosis = false;
        });
        assert!(answer.is_ok());
    }
}
