//! What the prescription still owes.

use jiff::civil::Date;

use super::{DispenseCommand, HandedOver, PharmacyFacts};
use crate::law::Parameters;
use crate::state::Reservation;
use crate::{Clues, Fraction, IssuedLine, LineState, Packages, Prescription, Refusal};

/// A line of which something is owed, and what is handed over of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct OwedLine<'a> {
    /// What was prescribed.
    pub(super) issued: &'a IssuedLine,
    /// What is handed over.
    pub(super) handed: &'a HandedOver,
    /// The fill under way, from 1.
    pub(super) fill: u8,
    /// Packages that are owed in it.
    pub(super) owed: Packages,
    /// The fraction whose duties the pharmacy has: of the day of issue or of today, whichever is
    /// stricter.
    pub(super) duty: Fraction,
    /// Who owes them, where the fill was begun.
    pub(super) reservation: Option<&'a Reservation>,
}

/// The lines of the command that are open; the others are refused.
pub(super) fn owed<'a>(
    prescription: &'a Prescription,
    command: &'a DispenseCommand,
    pharmacy: &PharmacyFacts,
    refusals: &mut Vec<Refusal>,
) -> Vec<OwedLine<'a>> {
    let mut lines = Vec::with_capacity(command.lines.len());
    for handed in &command.lines {
        match open(prescription, handed, pharmacy) {
            Ok(line) => lines.push(line),
            Err(refusal) => refusals.push(refusal),
        }
    }
    lines
}

fn open<'a>(
    prescription: &'a Prescription,
    handed: &'a HandedOver,
    pharmacy: &PharmacyFacts,
) -> Result<OwedLine<'a>, Refusal> {
    let line = handed.line;
    let (issued, state) = prescription
        .line(line)
        .ok_or(Refusal::NoSuchLine { line })?;
    let retained = matches!(state, LineState::Closed { retained: true, .. });
    let (owed, fill) = state
        .owed_in_fill(issued)
        .ok_or(Refusal::LineClosed { line, retained })?;
    // What the prescriber ordered stays lawful as it was ordered (law::DECRETO_2026_01_15); licence,
    // book and network are asked of who hands it over today.
    let mut today = pharmacy.today.iter();
    let today = today.find(|(clave, _)| *clave == issued.clave);
    let duty = today.map_or(issued.fraction, |(_, today)| issued.fraction.min(*today));
    Ok(OwedLine {
        issued,
        duty,
        handed,
        fill,
        owed,
        reservation: prescription.reservation(line),
    })
}

/// At least one line, and each once: two entries of a line would hide one quantity behind another.
pub(super) fn each_named_once(command: &DispenseCommand) -> Option<Refusal> {
    let lines = &command.lines;
    let twice =
        (1..lines.len()).any(|n| lines[..n].iter().any(|other| other.line == lines[n].line));
    (lines.is_empty() || twice).then_some(Refusal::LinesOfCommand)
}

/// The rest of a fill that another pharmacy began is that pharmacy's for a few days, so that what it
/// keeps aside for the patient is not handed over twice; where it retained the receta, for good.
pub(super) fn is_not_owed_elsewhere(
    line: &OwedLine<'_>,
    pharmacy: &Clues,
    on: Date,
    parameters: &Parameters,
) -> Option<Refusal> {
    let reservation = line.reservation.filter(|r| r.pharmacy != *pharmacy)?;
    let until = reservation.until(parameters);
    let over = until.is_some_and(|until| on > until);
    (!over).then_some(Refusal::OwedElsewhere {
        line: line.handed.line,
        until,
    })
}

/// A visit that hands over nothing is none.
pub(super) fn something(line: &OwedLine<'_>) -> Option<Refusal> {
    line.handed
        .packages
        .is_zero()
        .then_some(Refusal::NothingDispensed {
            line: line.handed.line,
        })
}

/// Never more than the prescriber ordered for one fill.
pub(super) fn no_more_than_owed(line: &OwedLine<'_>) -> Option<Refusal> {
    let (handed, owed) = (line.handed, line.owed);
    (handed.packages > owed).then_some(Refusal::MoreThanOwed {
        line: handed.line,
        owed,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispense::decide;
    use crate::law;
    use crate::tests::fixture::{
        TODAY, assert_refused, date, dispense, pharmacy, prescription, visit, visited,
    };

    #[test]
    fn each_line_is_named_once() {
        let active = prescription(&[Fraction::IV, Fraction::IV]);
        for lines in [&[][..], &[(1, 1), (2, 1), (1, 1)]] {
            let answer = dispense(&active, &visit(TODAY, lines));
            assert_eq!(answer, Err(vec![Refusal::LinesOfCommand]));
        }
    }

    #[test]
    fn lines_are_numbered_from_one() {
        let active = prescription(&[Fraction::IV]);
        for line in [0, 2, 255] {
            let answer = dispense(&active, &visit(TODAY, &[(line, 1)]));
            assert_eq!(answer, Err(vec![Refusal::NoSuchLine { line }]));
        }
    }

    #[test]
    fn something_and_no_more_than_owed() {
        let active = prescription(&[Fraction::IV]);
        let owed = active.issued.lines[0].packages;
        let answer = dispense(&active, &visit(TODAY, &[(1, 0)]));
        assert_eq!(answer, Err(vec![Refusal::NothingDispensed { line: 1 }]));
        let answer = dispense(&active, &visit(TODAY, &[(1, owed.count() + 1)]));
        assert_eq!(answer, Err(vec![Refusal::MoreThanOwed { line: 1, owed }]));

        let active = visited(active, TODAY, &[(1, 1)]);
        let owed = owed.minus(Packages::new(1)).unwrap();
        let answer = dispense(&active, &visit(TODAY, &[(1, owed.count() + 1)]));
        assert_eq!(answer, Err(vec![Refusal::MoreThanOwed { line: 1, owed }]));
    }

    #[test]
    fn who_begins_a_fill_owes_the_rest_for_a_few_days() {
        let begun = visited(prescription(&[Fraction::IV]), TODAY, &[(1, 1)]);
        let other = PharmacyFacts {
            clues: "MCSSA000013".parse().unwrap(),
            ..pharmacy()
        };
        let fetch = |on| {
            decide(
                &begun,
                &visit(on, &[(1, 1)]),
                &other,
                &Parameters::default(),
            )
        };
        let until = Some(date("2026-06-08"));
        let elsewhere = Refusal::OwedElsewhere { line: 1, until };
        assert_eq!(fetch("2026-06-08"), Err(vec![elsewhere]));
        assert!(fetch("2026-06-09").is_ok());
        assert!(dispense(&begun, &visit("2026-06-08", &[(1, 1)])).is_ok());
        // The next fill is nobody's.
        let filled = visited(begun.clone(), TODAY, &[(1, 1)]);
        let next = decide(
            &filled,
            &visit(TODAY, &[(1, 1)]),
            &other,
            &Parameters::default(),
        );
        assert!(next.is_ok());
    }

    #[test]
    fn who_holds_the_receta_of_fraction_i_owes_the_rest_for_good() {
        let begun = visited(prescription(&[Fraction::I]), TODAY, &[(1, 1)]);
        let other = PharmacyFacts {
            clues: "MCSSA000013".parse().unwrap(),
            ..pharmacy()
        };
        let last_day = visit("2026-07-01", &[(1, 1)]);
        let answer = decide(&begun, &last_day, &other, &Parameters::default());
        let elsewhere = Refusal::OwedElsewhere {
            line: 1,
            until: None,
        };
        assert_refused(answer, law::LGS_242, &elsewhere);
        let rest = dispense(&begun, &last_day).unwrap();
        assert!(rest.lines[0].retained && !rest.lines[0].rest_owed);
    }

    #[test]
    fn a_closed_line_says_whether_the_receta_was_retained() {
        let active = prescription(&[Fraction::II, Fraction::III]);
        let active = visited(active, TODAY, &[(1, 1)]);
        let answer = dispense(&active, &visit(TODAY, &[(1, 1)]));
        assert_eq!(
            answer,
            Err(vec![Refusal::LineClosed {
                line: 1,
                retained: true
            }])
        );
    }
}
