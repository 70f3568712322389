//! Dispensing: may this pharmacy hand over this, today?
//!
//! `line` asks what the prescription still owes, `day` whether it is owed today, `pharmacy` who may
//! hand it over, `medicine` what is in the box, and `retention` whether the receta stays at the
//! pharmacy.

mod day;
mod line;
mod medicine;
mod pharmacy;
mod retention;

use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};

use self::line::OwedLine;
use crate::law::Parameters;
use crate::{Clave, Clues, Dispensed, DispensedLine, Fraction, Packages, Prescription, Refusal};

/// How far a pharmacy's clock may be from the service's.
pub const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(10);
/// How long an offline dispensing may take to reach the service.
pub const MAX_LATENESS: SignedDuration = SignedDuration::from_hours(72);

/// What a pharmacy wants to hand over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispenseCommand {
    /// Instant of the dispensing.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the pharmacy.
    pub on: Date,
    /// What is handed over.
    pub lines: Vec<HandedOver>,
}

/// What is handed over of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// Number of the line, from 1.
    pub line: u8,
    /// Packages; units of a prescription in unit doses.
    pub packages: Packages,
    /// The medicine in the hand, where it was scanned or named.
    pub clave: Option<Clave>,
    /// The brand in the hand; `None` for the generic.
    pub brand: Option<String>,
    /// Manufacturer's lot.
    pub lot: Option<String>,
    /// Expiry date of the lot.
    pub expiry: Option<Date>,
    /// The number that the receta has among those that the pharmacy retains, for when it is
    /// retained with this visit.
    pub retained_number: Option<u64>,
}

/// What is known of the pharmacy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PharmacyFacts {
    /// Its CLUES.
    pub clues: Clues,
    /// It has a sanitary licence for estupefacientes and psicotrópicos (LGS arts. 198-I, 227 Bis).
    pub controlled_licence: bool,
    /// It sees the live state of the prescription.
    pub online: bool,
    /// The fractions of the medicines on the day of the dispensing, where the catalog was asked:
    /// what a pharmacy owes the book may be more than on the day of issue.
    pub today: Vec<(Clave, Fraction)>,
}

/// Decides a dispensing.
///
/// # Errors
/// Every reason found. Of a prescription that is at its end, and of a line that does not exist or
/// is closed, nothing else is said.
pub fn decide(
    prescription: &Prescription,
    command: &DispenseCommand,
    pharmacy: &PharmacyFacts,
    parameters: &Parameters,
) -> Result<Dispensed, Vec<Refusal>> {
    prescription
        .ensure_active()
        .map_err(|refusal| vec![refusal])?;
    let mut refusals = Vec::new();
    refusals.extend(line::each_named_once(command));
    refusals.extend(day::is_of_the_instant(command));
    refusals.extend(day::is_valid_yet(prescription, command));

    let lines = line::owed(prescription, command, pharmacy, &mut refusals);
    for line in &lines {
        refusals.extend(day::is_valid(line, command.on));
        refusals.extend(day::is_due(prescription, line, command.on, parameters));
        refusals.extend(day::is_in_order(prescription, line, command.on));
        refusals.extend(line::something(line));
        refusals.extend(line::no_more_than_owed(line));
        let place = &pharmacy.clues;
        refusals.extend(line::is_not_owed_elsewhere(
            line, place, command.on, parameters,
        ));
        refusals.extend(pharmacy::is_the_hospitals(prescription, line, pharmacy));
        refusals.extend(pharmacy::is_licensed(line, pharmacy));
        refusals.extend(pharmacy::is_online(line, pharmacy));
        refusals.extend(medicine::is_the_prescribed(line));
        refusals.extend(medicine::is_the_brand(line));
        refusals.extend(medicine::has_lot(line));
        refusals.extend(medicine::has_not_expired(line, command.on));
    }

    if !refusals.is_empty() {
        return Err(refusals);
    }
    Ok(Dispensed {
        folio: prescription.issued.folio,
        at: command.at,
        on: command.on,
        pharmacy: pharmacy.clues.clone(),
        lines: lines
            .iter()
            .map(|line| dispensed_line(prescription, line))
            .collect(),
    })
}

fn dispensed_line(prescription: &Prescription, line: &OwedLine<'_>) -> DispensedLine {
    let retained = retention::is_retained(line);
    let inpatient = !prescription.issued.setting.is_outpatient();
    DispensedLine {
        line: line.handed.line,
        packages: line.handed.packages,
        units: inpatient.then(|| line.handed.packages.count()),
        fill: line.fill,
        retained,
        rest_owed: retention::is_rest_owed(line),
        retained_number: line.handed.retained_number.filter(|_| retained),
        brand: line.handed.brand.clone(),
        lot: line.handed.lot.clone(),
        expiry: line.handed.expiry,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::CancelReason;
    use crate::tests::fixture::{ISSUED_AT, TODAY, date, dispense, prescription, visit};
    use crate::{Fraction, Status};

    #[test]
    fn a_lawful_visit_is_recorded_as_it_happened() {
        for fraction in Fraction::ALL {
            let command = visit(TODAY, &[(1, 1)]);
            let dispensed = dispense(&prescription(&[fraction]), &command).unwrap();
            let [line] = dispensed.lines.as_slice() else {
                panic!("one line")
            };
            assert_eq!((line.line, line.packages.count(), line.fill), (1, 1, 1));
            assert_eq!(
                (&line.lot, line.expiry),
                (&command.lines[0].lot, command.lines[0].expiry)
            );
            assert_eq!((dispensed.at, dispensed.on), (command.at, command.on));
        }
    }

    #[test]
    fn all_reasons_come_at_once() {
        let offline = PharmacyFacts {
            clues: "HGSSA000025".parse().unwrap(),
            controlled_licence: false,
            online: false,
            today: Vec::new(),
        };
        let mut command = visit("2026-08-01", &[(1, 9), (3, 1)]);
        command.lines[0].lot = None;
        let refusals = decide(
            &prescription(&[Fraction::II]),
            &command,
            &offline,
            &Parameters::default(),
        )
        .unwrap_err();
        let codes: Vec<_> = refusals.iter().map(Refusal::code).collect();
        assert_eq!(
            codes,
            [
                "no-such-line",
                "already-expired",
                "more-than-owed",
                "pharmacy-not-licensed",
                "online-only",
                "lot-missing"
            ]
        );
    }

    #[test]
    fn nothing_follows_the_end() {
        let (at, reason) = (ISSUED_AT.parse().unwrap(), CancelReason::Fraud);
        let valid_until = date("2026-11-28");
        for (status, refusal) in [
            (Status::Completed { at }, Refusal::AlreadyCompleted { at }),
            (
                Status::Cancelled { at, reason },
                Refusal::AlreadyCancelled { at, reason },
            ),
            (
                Status::Expired { at },
                Refusal::AlreadyExpired {
                    line: None,
                    valid_until,
                },
            ),
        ] {
            let mut ended = prescription(&[Fraction::IV]);
            ended.status = status;
            assert_eq!(
                dispense(&ended, &visit(TODAY, &[(1, 1)])),
                Err(vec![refusal])
            );
        }
    }
}
