//! What the prescription still owes.

use jiff::civil::Date;

use super::{DispenseCommand, HandedOver};
use crate::law::Parameters;
use crate::state::Reservation;
use crate::{Clues, IssuedLine, LineState, Packages, Prescription, Refusal};

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
    /// Who owes them, where the fill was begun.
    pub(super) reservation: Option<&'a Reservation>,
}

/// The lines of the command that are open; the others are refused.
pub(super) fn owed<'a>(
    prescription: &'a Prescription,
    command: &'a DispenseCommand,
    refusals: &mut Vec<Refusal>,
) -> Vec<OwedLine<'a>> {
    let mut lines = Vec::with_capacity(command.lines.len());
    for handed in &command.lines {
        match open(prescription, handed) {
            Ok(line) => lines.push(line),
            Err(refusal) => refusals.push(refusal),
        }
    }
    lines
}

fn open<'a>(
    prescription: &'a Prescription,
    handed: &'a HandedOver,
) -> Result<OwedLine<'a>, Refusal> {
    let line = handed.line;
    let (issued, state) = prescription
        .line(line)
        .ok_or(Refusal::NoSuchLine { line })?;
    let retained = matches!(state, LineState::Closed { retained: true, .. });
    let (owed, fill) = state
        .owed_in_fill(issued)
        .ok_or(Refusal::LineClosed { line, retained })?;
    Ok(OwedLine {
        issued,
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

/// The validity that the line was issued with has not run out. The last day counts.
pub(super) fn is_valid(line: &OwedLine<'_>, on: Date) -> Option<Refusal> {
    let valid_until = line.issued.valid_until;
    (on > valid_until).then_some(Refusal::AlreadyExpired {
        line: Some(line.handed.line),
        valid_until,
    })
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
    use crate::tests::fixture::{TODAY, date, dispense, prescription, visit, visited};
    use crate::{Fraction, law};

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
    fn each_line_has_its_own_validity() {
        let active = prescription(&[Fraction::II, Fraction::III]);
        assert!(dispense(&active, &visit("2026-07-01", &[(1, 1), (2, 1)])).is_ok());
        let answer = dispense(&active, &visit("2026-07-02", &[(1, 1), (2, 1)]));
        let valid_until = date("2026-07-01");
        let refusal = Refusal::AlreadyExpired {
            line: Some(1),
            valid_until,
        };
        assert_eq!(answer, Err(vec![refusal]), "{}", law::LGS_226_II.rule);
        assert!(dispense(&active, &visit("2026-12-01", &[(2, 1)])).is_ok());
        let answer = dispense(&active, &visit("2026-12-02", &[(2, 1)]));
        let valid_until = date("2026-12-01");
        let refusal = Refusal::AlreadyExpired {
            line: Some(2),
            valid_until,
        };
        assert_eq!(answer, Err(vec![refusal]), "{}", law::LGS_252.rule);
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
