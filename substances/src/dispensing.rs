//! What a prescription's events move. They are not ordered here: the movement is derived.

#[cfg(test)]
mod tests;

use jiff::civil::Date;
use prescription::event::Returned;
use prescription::{Clave, Clues, Dispensed, DispensedLine, Issued, Packages};

use crate::decide::{in_order, may};
use crate::{
    Balances, Book, EstablishmentFacts, Lot, MedicineFacts, Movement, MovementKind, MovementLine,
    Origin, PartyRef, Refusal, Units,
};

/// The movement of a dispensing: what of it belongs in a book. `None` where nothing does.
/// `medicine` says what each clave is on the day of the dispensing.
///
/// # Errors
/// A line that the prescription does not have, an unknown medicine, a missing lot, or more units
/// than can be counted.
pub fn of_dispensing(
    issued: &Issued,
    dispensed: &Dispensed,
    medicine: impl Fn(&Clave) -> Option<MedicineFacts>,
) -> Result<Option<Movement>, Refusal> {
    if dispensed.folio != issued.folio {
        return Err(Refusal::NotOfPrescription);
    }
    let mut lines = Vec::new();
    for part in &dispensed.lines {
        let what = Handed {
            part,
            packages: part.packages,
            retained: part.retained,
        };
        if let Some(line) = booked(issued, &what, &medicine)? {
            merge(&mut lines, line, usize::from(part.line))?;
        }
    }
    let movement = |lines| Movement {
        at: dispensed.at,
        on: dispensed.on,
        ..derived(issued, &dispensed.pharmacy, MovementKind::Dispensing, lines)
    };
    Ok((!lines.is_empty()).then(|| movement(lines)))
}

/// The movement of a return, or of a correction, of `dispensed`: what comes back to the pharmacy,
/// wherever it goes from there. What is to be destroyed is destroyed by a movement of its own, with
/// its acta and witnesses. `medicine` says what each clave is on the day of the return.
///
/// # Errors
/// As [`of_dispensing`]; and a return that is not of this dispensing.
pub fn of_return(
    issued: &Issued,
    dispensed: &Dispensed,
    returned: &Returned,
    medicine: impl Fn(&Clave) -> Option<MedicineFacts>,
) -> Result<Option<Movement>, Refusal> {
    let same = [dispensed.folio, returned.folio] == [issued.folio; 2];
    if !same || returned.pharmacy != dispensed.pharmacy {
        return Err(Refusal::NotOfPrescription);
    }
    let mut lines = Vec::new();
    for back in &returned.lines {
        let mut parts = dispensed.lines.iter();
        let part = parts.find(|part| part.line == back.line && part.packages >= back.packages);
        let what = Handed {
            part: part.ok_or(Refusal::NotOfPrescription)?,
            packages: back.packages,
            retained: false,
        };
        if let Some(line) = booked(issued, &what, &medicine)? {
            merge(&mut lines, line, usize::from(back.line))?;
        }
    }
    let movement = |lines| Movement {
        at: returned.at,
        on: returned.on,
        ..derived(issued, &returned.pharmacy, MovementKind::Return, lines)
    };
    Ok((!lines.is_empty()).then(|| movement(lines)))
}

/// A movement of `pharmacy` that a prescription's event tells of, at the time of the issue.
fn derived(
    issued: &Issued,
    pharmacy: &Clues,
    kind: MovementKind,
    lines: Vec<MovementLine>,
) -> Movement {
    Movement {
        establishment: pharmacy.clone(),
        origin: Origin::Prescription {
            folio: issued.folio,
            prescriber: issued.prescriber.clone(),
        },
        at: issued.at,
        on: issued.written_on,
        kind,
        lines,
        document: None,
        permit: None,
        counterpart: None,
        shipment: None,
        witnesses: Vec::new(),
        notice: None,
        notice_due: None,
        corrects: None,
    }
}

/// Adds a line; two lines of a prescription may be of one lot.
fn merge(lines: &mut Vec<MovementLine>, line: MovementLine, number: usize) -> Result<(), Refusal> {
    let same = |one: &&mut MovementLine| one.clave == line.clave && one.lot == line.lot;
    let Some(one) = lines.iter_mut().find(same) else {
        lines.push(line);
        return Ok(());
    };
    let sum = one.units.plus(line.units);
    let sum = sum.filter(|sum| *sum <= Units::MOST);
    one.units = sum.ok_or(Refusal::TooMany { line: number })?;
    one.retained |= line.retained;
    Ok(())
}

/// What of a dispensed line is handed over, or comes back.
struct Handed<'d> {
    part: &'d DispensedLine,
    packages: Packages,
    retained: bool,
}

/// The line of the book; `None` where the medicine is in none. Of a prescription in unit doses
/// (LGS art. 226 Bis) every quantity counts units.
fn booked(
    issued: &Issued,
    handed: &Handed<'_>,
    medicine: &impl Fn(&Clave) -> Option<MedicineFacts>,
) -> Result<Option<MovementLine>, Refusal> {
    let part = handed.part;
    let line = usize::from(part.line);
    let prescribed = line
        .checked_sub(1)
        .and_then(|index| issued.lines.get(index));
    let prescribed = prescribed.ok_or(Refusal::NotOfPrescription)?;
    let medicine = medicine(&prescribed.clave).ok_or(Refusal::MedicineUnknown { line })?;
    let Some(book) = medicine.book else {
        return Ok(None);
    };
    let (Some(number), Some(expiry)) = (part.lot.clone(), part.expiry) else {
        return Err(Refusal::LotMissing { line });
    };
    let per_package = if issued.setting.is_outpatient() {
        medicine.units_per_package
    } else {
        1
    };
    let units = Units::of_packages(handed.packages, per_package);
    Ok(Some(MovementLine {
        clave: prescribed.clave.clone(),
        lot: Lot { number, expiry },
        units: units.ok_or(Refusal::TooMany { line })?,
        book,
        counted: None,
        shortfall: Units::ZERO,
        retained: handed.retained,
    }))
}

/// What is known of the pharmacy when a dispensing, or a return by a patient, is to be posted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DispensingFacts {
    /// The pharmacy.
    pub establishment: EstablishmentFacts,
    /// The date of the last entry in each of its books that has one.
    pub last_entries: Vec<(Book, Date)>,
}

/// Decides whether a movement derived from a prescription's event can be posted: the pharmacy's
/// class, licence and books; the date order of the book; and the stock ([`cover`]).
///
/// # Errors
/// Every reason found. Nothing has changed.
pub fn decide(
    movement: Movement,
    facts: &DispensingFacts,
    balances: &Balances,
) -> Result<Movement, Vec<Refusal>> {
    let mut refusals = may(&movement, &facts.establishment);
    refusals.extend(in_order(&movement, &facts.last_entries));
    match cover(movement, balances) {
        Ok(covered) if refusals.is_empty() => Ok(covered),
        Ok(_) => Err(refusals),
        Err(uncovered) => {
            refusals.extend(uncovered);
            Err(refusals)
        }
    }
}

/// The same movement, covered by the stock: what the ledger lacks of an antibiotic is recorded as
/// its shortfall, because it may have been handed over offline.
///
/// # Errors
/// [`Refusal::NotEnoughStock`] for every line of fractions I to III that the stock does not cover.
pub fn cover(mut movement: Movement, balances: &Balances) -> Result<Movement, Vec<Refusal>> {
    if movement.kind != MovementKind::Dispensing {
        return Ok(movement);
    }
    let here = PartyRef::Establishment(&movement.establishment);
    let mut refusals = Vec::new();
    for (index, line) in movement.lines.iter_mut().enumerate() {
        let held = balances.held(here, &line.clave, &line.lot);
        let missing = line.units.minus(held).unwrap_or_default();
        if line.book.is_controlled() && !missing.is_zero() {
            refusals.push(Refusal::NotEnoughStock {
                line: index + 1,
                held,
            });
        }
        line.shortfall = missing;
    }
    if refusals.is_empty() {
        Ok(movement)
    } else {
        Err(refusals)
    }
}
