//! What any receta carries: lines, a date, the patient's consent.

use jiff::Span;

use super::{IssueCommand, IssueFacts, Subject};
use crate::Refusal;
use crate::law::Parameters;

/// Most characters of a species.
const SPECIES_MAX_CHARS: usize = 40;

/// At least one medicine, and no more than fit.
pub(super) fn has_lines(command: &IssueCommand, parameters: &Parameters) -> Option<Refusal> {
    let most = parameters.max_lines;
    let fits = (1..=usize::from(most)).contains(&command.lines.len());
    (!fits).then_some(Refusal::LineCount { most })
}

/// The law counts days from the date written: it is today's, or of the last few days where the
/// document took a while to reach us.
pub(super) fn is_dated(command: &IssueCommand, parameters: &Parameters) -> Option<Refusal> {
    let back = Span::new().days(parameters.max_backdating_days);
    let earliest = command.today.saturating_sub(back);
    let plausible = (earliest..=command.today).contains(&command.written_on);
    (!plausible).then_some(Refusal::WrittenOn)
}

/// The patient consented that the prescription be kept and shown here.
pub(super) fn has_consent(facts: &IssueFacts) -> Option<Refusal> {
    (!facts.consent).then_some(Refusal::ConsentDenied)
}

/// An animal is of some species, in words that can be printed.
pub(super) fn names_the_species(command: &IssueCommand) -> Option<Refusal> {
    let Subject::Animal { species } = &command.subject else {
        return None;
    };
    let printable = !species.is_empty()
        && species.trim() == species
        && species.chars().count() <= SPECIES_MAX_CHARS
        && !species.chars().any(char::is_control);
    (!printable).then_some(Refusal::SpeciesMissing)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Fraction;
    use crate::issue::Profession;
    use crate::tests::fixture::{TODAY, codes, date, issue};

    #[test]
    fn one_to_six_lines() {
        assert!(issue(&[Fraction::IV; 6], |_, _| {}).is_ok());
        for wrong in [vec![], vec![Fraction::IV; 7], vec![Fraction::IV; 300]] {
            let refusals = issue(&wrong, |_, _| {}).unwrap_err();
            assert_eq!(
                refusals,
                [Refusal::LineCount { most: 6 }],
                "{}",
                wrong.len()
            );
        }
    }

    #[test]
    fn dated_today_or_yesterday() {
        assert_eq!(TODAY, "2026-06-01");
        for (written_on, accepted) in [
            ("2026-06-02", false),
            ("2026-06-01", true),
            ("2026-05-31", true),
            ("2026-05-30", false),
        ] {
            let answer = issue(&[Fraction::IV], |command, _| {
                command.written_on = date(written_on);
            });
            assert_eq!(answer.is_ok(), accepted, "{written_on}");
            if let Err(refusals) = answer {
                assert_eq!(codes(&refusals), ["written-on"]);
            }
        }
    }

    #[test]
    fn an_animal_is_of_a_species() {
        let treat = |species: &str| {
            issue(&[Fraction::IV], |command, facts| {
                facts.prescriber.profession = Profession::Veterinarian;
                command.subject = Subject::Animal {
                    species: species.to_owned(),
                };
            })
        };
        assert_eq!(treat("perro").unwrap().animal.as_deref(), Some("perro"));
        for wrong in ["", " perro", "pe\nrro", &"ñ".repeat(41)] {
            assert_eq!(treat(wrong), Err(vec![Refusal::SpeciesMissing]), "{wrong}");
        }
    }

    #[test]
    fn without_consent_nothing_is_issued() {
        let refusals = issue(&[Fraction::VI], |_, facts| facts.consent = false).unwrap_err();
        assert_eq!(refusals, [Refusal::ConsentDenied]);
    }
}
