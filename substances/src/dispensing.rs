//! What a prescription's events move. They are not ordered here: the movement is derived.

use prescription::{Clave, Dispensed, DispensedLine, Issued};

use crate::{
    Balances, Lot, MedicineFacts, Movement, MovementKind, MovementLine, Origin, PartyRef, Refusal,
    Units,
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
    let mut lines: Vec<MovementLine> = Vec::new();
    for part in &dispensed.lines {
        let Some(line) = booked(issued, part, &medicine)? else {
            continue;
        };
        // Two lines of a prescription may be handed over from one lot.
        let same = |one: &&mut MovementLine| one.clave == line.clave && one.lot == line.lot;
        match lines.iter_mut().find(same) {
            Some(one) => {
                let number = usize::from(part.line);
                let sum = one.units.plus(line.units);
                one.units = sum.ok_or(Refusal::TooMany { line: number })?;
                one.retained |= line.retained;
            }
            None => lines.push(line),
        }
    }
    Ok((!lines.is_empty()).then(|| Movement {
        establishment: dispensed.pharmacy.clone(),
        origin: Origin::Prescription {
            folio: issued.folio,
            prescriber: issued.prescriber.clone(),
        },
        at: dispensed.at,
        on: dispensed.on,
        kind: MovementKind::Dispensing,
        lines,
        document: None,
        permit: None,
        counterpart: None,
        shipment: None,
        witnesses: Vec::new(),
        notice: None,
        notice_due: None,
        corrects: None,
    }))
}

fn booked(
    issued: &Issued,
    part: &DispensedLine,
    medicine: &impl Fn(&Clave) -> Option<MedicineFacts>,
) -> Result<Option<MovementLine>, Refusal> {
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
    let units = Units::of_packages(part.packages, medicine.units_per_package);
    Ok(Some(MovementLine {
        clave: prescribed.clave.clone(),
        lot: Lot { number, expiry },
        units: units.ok_or(Refusal::TooMany { line })?,
        book,
        counted: None,
        shortfall: Units::ZERO,
        retained: part.retained,
    }))
}

/// The same movement, covered by the stock: what the ledger lacks of an antibiotic is recorded as
/// its shortfall, because it may have been handed over offline.
///
/// # Errors
/// [`Refusal::NotEnoughStock`] for every line of fractions I to III that the stock does not cover.
pub fn cover(mut movement: Movement, balances: &Balances) -> Result<Movement, Vec<Refusal>> {
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
