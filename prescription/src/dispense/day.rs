//! Whether it is owed today.

use jiff::Span;
use jiff::civil::Date;

use super::DispenseCommand;
use super::line::OwedLine;
use crate::day::is_a_day_of;
#[cfg(doc)]
use crate::law;
use crate::law::Parameters;
use crate::{Prescription, Refusal};

/// The day of a dispensing is one that its instant has somewhere in Mexico: who dates back an entry
/// of the book dates back the clock that signs it, or is found out.
pub(super) fn is_of_the_instant(command: &DispenseCommand) -> Option<Refusal> {
    (!is_a_day_of(command.on, command.at)).then_some(Refusal::DayOfInstant)
}

/// A receta is not filled before the day it was written.
pub(super) fn is_valid_yet(
    prescription: &Prescription,
    command: &DispenseCommand,
) -> Option<Refusal> {
    (command.on < prescription.issued.written_on).then_some(Refusal::NotYetValid)
}

/// The validity that the line was issued with has not run out. The last day counts, to the midnight
/// of the place where it is handed over.
pub(super) fn is_valid(line: &OwedLine<'_>, on: Date) -> Option<Refusal> {
    let valid_until = line.issued.valid_until;
    (on > valid_until).then_some(Refusal::AlreadyExpired {
        line: Some(line.handed.line),
        valid_until,
    })
}

/// [`law::LGS_226_IV`]: refilled as the prescriber indicates, which is not before the earlier fill
/// is nearly used up.
pub(super) fn is_due(
    prescription: &Prescription,
    line: &OwedLine<'_>,
    on: Date,
    parameters: &Parameters,
) -> Option<Refusal> {
    let interval = line.issued.refill_interval?;
    let before = line.fill.checked_sub(1).filter(|fill| *fill > 0)?;
    let first = prescription.fill_began_on(line.handed.line, before)?;
    let tolerance = parameters.refill_tolerance_days.min(interval / 4);
    let from = first.saturating_add(Span::new().days(interval.saturating_sub(tolerance)));
    let under_way = line.owed < line.issued.packages;
    (!under_way && on < from).then_some(Refusal::TooEarly {
        line: line.handed.line,
        from,
    })
}

/// What is entered in a control book is entered in the order of the days ([`law::LGS_242`]: "harán
/// los asientos respectivos").
pub(super) fn is_in_order(
    prescription: &Prescription,
    line: &OwedLine<'_>,
    on: Date,
) -> Option<Refusal> {
    let number = line.handed.line;
    let of_line = prescription
        .dispensings
        .iter()
        .filter(|dispensing| dispensing.lines.iter().any(|handed| handed.line == number));
    let last = of_line.map(|dispensing| dispensing.on).max()?;
    let booked = line.duty.is_controlled();
    (booked && on < last).then_some(Refusal::BackDated { line: number, last })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use jiff::tz::TimeZone;

    use super::*;
    use crate::tests::fixture::{
        TODAY, date, dispense, issue, prescription, prescription_of, visit, visited,
    };
    use crate::{Fraction, Packages, law};

    #[test]
    fn not_before_the_day_written() {
        let refusals = dispense(
            &prescription(&[Fraction::IV]),
            &visit("2026-05-31", &[(1, 1)]),
        );
        assert_eq!(refusals, Err(vec![Refusal::NotYetValid]));
    }

    #[test]
    fn each_line_has_its_own_validity() {
        let active = prescription(&[Fraction::II, Fraction::III]);
        assert!(dispense(&active, &visit("2026-07-01", &[(1, 1), (2, 1)])).is_ok());
        let expired = |line, valid_until| Refusal::AlreadyExpired {
            line: Some(line),
            valid_until: date(valid_until),
        };
        let answer = dispense(&active, &visit("2026-07-02", &[(1, 1), (2, 1)]));
        let refusal = expired(1, "2026-07-01");
        assert_eq!(answer, Err(vec![refusal]), "{}", law::LGS_226_II.rule);
        assert!(dispense(&active, &visit("2026-12-01", &[(2, 1)])).is_ok());
        let answer = dispense(&active, &visit("2026-12-02", &[(2, 1)]));
        let refusal = expired(2, "2026-12-01");
        assert_eq!(answer, Err(vec![refusal]), "{}", law::LGS_252.rule);
    }

    /// The last minute of 1 July and the first of 2 July, wherever the pharmacy is. Tijuana keeps
    /// the summer time of California, Ciudad Juárez that of Texas; most of the country has had none
    /// since 2022, and Quintana Roo never moved.
    #[test]
    fn the_last_day_ends_at_the_midnight_of_the_place() {
        let active = prescription(&[Fraction::II]);
        for (zone, midnight) in [
            ("America/Tijuana", "2026-07-02T07:00:00Z"),
            ("America/Hermosillo", "2026-07-02T07:00:00Z"),
            ("America/Ciudad_Juarez", "2026-07-02T06:00:00Z"),
            ("America/Mexico_City", "2026-07-02T06:00:00Z"),
            ("America/Matamoros", "2026-07-02T05:00:00Z"),
            ("America/Cancun", "2026-07-02T05:00:00Z"),
        ] {
            let tz = TimeZone::get(zone).unwrap();
            let midnight: Timestamp = midnight.parse().unwrap();
            for (at, on, accepted) in [
                (
                    midnight - jiff::SignedDuration::from_secs(1),
                    "2026-07-01",
                    true,
                ),
                (midnight, "2026-07-02", false),
            ] {
                assert_eq!(tz.to_datetime(at).date(), date(on), "{zone}");
                let mut command = visit(on, &[(1, 1)]);
                command.at = at;
                assert_eq!(dispense(&active, &command).is_ok(), accepted, "{zone} {at}");
            }
        }
    }

    #[test]
    fn the_day_is_one_of_the_instant() {
        // 23:30 of 1 June in Tijuana, 01:30 of 2 June in Cancún.
        for (on, accepted) in [
            ("2026-05-31", false),
            ("2026-06-01", true),
            ("2026-06-02", true),
            ("2026-06-03", false),
        ] {
            let mut command = visit(on, &[(1, 1)]);
            command.at = "2026-06-02T06:30:00Z".parse().unwrap();
            let answer = dispense(&prescription(&[Fraction::IV]), &command);
            let refused = answer.is_err_and(|refusals| refusals.contains(&Refusal::DayOfInstant));
            assert_eq!(!refused, accepted, "{on}");
        }
    }

    #[test]
    fn the_next_fill_waits_for_the_earlier_one_to_be_nearly_used_up() {
        let issued = issue(&[Fraction::IV], |command, _| {
            command.lines[0].fills = 3;
            command.lines[0].refill_interval = Some(30);
        });
        let active = Prescription::new(issued.unwrap());
        // Part of the first fill on 1 June, the rest on 4 June: the interval begins with the first.
        let active = visited(active, TODAY, &[(1, 1)]);
        let active = visited(active, "2026-06-04", &[(1, 1)]);
        let early = dispense(&active, &visit("2026-06-25", &[(1, 2)]));
        let from = date("2026-06-26");
        let article = law::LGS_226_IV;
        assert_eq!(
            early,
            Err(vec![Refusal::TooEarly { line: 1, from }]),
            "{}",
            article.rule
        );
        let active = visited(active, "2026-06-26", &[(1, 1)]);
        // What is begun is owed.
        let active = visited(active, "2026-06-26", &[(1, 1)]);
        let from = date("2026-07-21");
        let early = dispense(&active, &visit("2026-07-20", &[(1, 2)]));
        assert_eq!(early, Err(vec![Refusal::TooEarly { line: 1, from }]));
    }

    #[test]
    fn a_short_interval_has_a_short_tolerance() {
        let issued = issue(&[Fraction::III], |command, _| {
            command.lines[0].refill_interval = Some(8);
        });
        let active = visited(Prescription::new(issued.unwrap()), TODAY, &[(1, 2)]);
        let from = date("2026-06-07");
        let early = dispense(&active, &visit("2026-06-06", &[(1, 2)]));
        assert_eq!(early, Err(vec![Refusal::TooEarly { line: 1, from }]));
        assert!(dispense(&active, &visit("2026-06-07", &[(1, 2)])).is_ok());
    }

    #[test]
    fn the_book_is_written_in_the_order_of_the_days() {
        let active = prescription_of(Fraction::III, Packages::new(2), 3);
        let active = visited(active, "2026-06-10", &[(1, 2)]);
        let back = dispense(&active, &visit("2026-06-09", &[(1, 2)]));
        let last = date("2026-06-10");
        let article = law::LGS_242;
        assert_eq!(
            back,
            Err(vec![Refusal::BackDated { line: 1, last }]),
            "{}",
            article.rule
        );
        // Fraction IV has no book, and may have been handed over offline before.
        let active = visited(prescription(&[Fraction::IV]), "2026-06-10", &[(1, 1)]);
        assert!(dispense(&active, &visit("2026-06-09", &[(1, 1)])).is_ok());
    }
}
