//! Return and correction: the pharmacy that dispensed takes back, or puts right, what it recorded.
//!
//! Two things that look alike are told apart by the reason. A *correction* says that the record was
//! wrong: the packages count as never handed over, and are owed again where the law lets them be.
//! A *return* says that medicine which was rightly handed over came back: it stays handed over, it
//! goes to quarantine or destruction, and nobody dispenses it again.

use jiff::civil::Date;
use jiff::{Span, Timestamp};

use crate::day::is_a_day_of;
use crate::event::{Destination, ReturnReason, Returned, ReturnedLine};
#[cfg(doc)]
use crate::law;
use crate::law::Parameters;
use crate::state::{Dispensing, HandedLine};
use crate::{Clues, Fraction, Packages, Prescription, Refusal};

/// What a pharmacy asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnCommand {
    /// Instant of the return.
    pub at: Timestamp,
    /// The day of `at` in the time zone of the pharmacy.
    pub on: Date,
    /// Who takes back.
    pub pharmacy: Clues,
    /// Which dispensing of the prescription, from 1 in the order of the ledger.
    pub dispensing: u32,
    /// Why.
    pub reason: ReturnReason,
    /// What comes back.
    pub lines: Vec<BroughtBack>,
}

/// What comes back of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BroughtBack {
    /// Number of the line, from 1.
    pub line: u8,
    /// Packages; units of a prescription in unit doses.
    pub packages: Packages,
    /// Where the medicine goes.
    pub destination: Destination,
}

/// Decides a return, whatever became of the prescription.
///
/// # Errors
/// Every reason found. Of a dispensing that does not exist, or of another pharmacy's, nothing else
/// is said.
pub fn decide(
    prescription: &Prescription,
    command: &ReturnCommand,
    parameters: &Parameters,
) -> Result<Returned, Vec<Refusal>> {
    let dispensing = own(prescription, command).map_err(|refusal| vec![refusal])?;
    let mut refusals = Vec::new();
    refusals.extend(each_named_once(command));
    let of_instant = is_a_day_of(command.on, command.at);
    refusals.extend((!of_instant).then_some(Refusal::DayOfInstant));
    refusals.extend(is_in_time(dispensing, command.on, parameters));
    for brought in &command.lines {
        refusals.extend(no_more_than_handed_over(dispensing, *brought));
        refusals.extend(not_to_the_shelf(command.reason, *brought));
    }
    if !refusals.is_empty() {
        return Err(refusals);
    }
    let returned_line = |brought: &BroughtBack| {
        let line = prescription.line(brought.line);
        let fraction = line.map(|(line, _)| line.fraction);
        ReturnedLine {
            line: brought.line,
            packages: brought.packages,
            destination: brought.destination,
            undoes: fraction.is_some_and(|fraction| undoes(command.reason, fraction)),
        }
    };
    Ok(Returned {
        folio: prescription.issued.folio,
        at: command.at,
        on: command.on,
        pharmacy: command.pharmacy.clone(),
        dispensing: command.dispensing,
        reason: command.reason,
        lines: command.lines.iter().map(returned_line).collect(),
    })
}

/// The dispensing, which must be the pharmacy's own.
fn own<'p>(
    prescription: &'p Prescription,
    command: &ReturnCommand,
) -> Result<&'p Dispensing, Refusal> {
    if let Some(at) = prescription.erased {
        return Err(Refusal::AlreadyErased { at });
    }
    let number = command.dispensing;
    let dispensing = prescription.dispensing(number);
    let dispensing = dispensing.ok_or(Refusal::NoSuchDispensing { dispensing: number })?;
    if dispensing.pharmacy != command.pharmacy {
        return Err(Refusal::NotTheDispensingPharmacy);
    }
    Ok(dispensing)
}

/// At least one line, and each once.
fn each_named_once(command: &ReturnCommand) -> Option<Refusal> {
    let lines = &command.lines;
    let twice =
        (1..lines.len()).any(|n| lines[..n].iter().any(|other| other.line == lines[n].line));
    (lines.is_empty() || twice).then_some(Refusal::LinesOfCommand)
}

/// On the day of the dispensing or in the days after it.
fn is_in_time(dispensing: &Dispensing, on: Date, parameters: &Parameters) -> Option<Refusal> {
    let window = Span::new().days(parameters.return_window_days);
    let until = dispensing.on.saturating_add(window);
    if on < dispensing.on {
        return Some(Refusal::NotYetValid);
    }
    (on > until).then_some(Refusal::ReturnWindowOver { until })
}

/// Something, and no more than was handed over and has not come back.
fn no_more_than_handed_over(dispensing: &Dispensing, brought: BroughtBack) -> Option<Refusal> {
    let line = brought.line;
    let mut lines = dispensing.lines.iter();
    let handed = lines.find(|handed| handed.line == line);
    let most = handed.map_or(Packages::ZERO, HandedLine::returnable);
    if brought.packages.is_zero() {
        return Some(Refusal::NothingDispensed { line });
    }
    (brought.packages > most).then_some(Refusal::MoreThanHandedOver { line, most })
}

/// Medicine that left the pharmacy is not sold again; only what never left goes to the shelf.
fn not_to_the_shelf(reason: ReturnReason, brought: BroughtBack) -> Option<Refusal> {
    let left = reason != ReturnReason::EnteredInError;
    let wrong = left && brought.destination == Destination::Shelf;
    wrong.then_some(Refusal::NotToTheShelf { line: brought.line })
}

/// Whether what comes back for this reason counts as never handed over.
///
/// A mistake does: the receta was not filled, or not with this. What was recalled or damaged is
/// replaced, but not of fractions II and III, which the law lets be filled once
/// ([`law::LGS_251`]) or three times ([`law::LGS_252`]): those times are over, and the patient
/// needs another receta. What the patient brings back stays filled.
fn undoes(reason: ReturnReason, fraction: Fraction) -> bool {
    match reason {
        ReturnReason::EnteredInError | ReturnReason::WrongMedicine => true,
        ReturnReason::RecalledLot | ReturnReason::Damaged => {
            !matches!(fraction, Fraction::II | Fraction::III)
        }
        ReturnReason::PatientReturn => false,
    }
}

#[cfg(test)]
mod tests;
