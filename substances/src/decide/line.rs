//! What each line says: medicine, lot, units.

use std::collections::HashSet;

use crate::{
    Balances, Book, MedicineFacts, MovementFacts, MovementKind, MovementLine, MovementOrder,
    OrderLine, Refusal, Units,
};

/// At least one line, not too many, and each lot of a medicine once.
pub(super) fn each_named_once(order: &MovementOrder, most: u16) -> Option<Refusal> {
    let mut seen = HashSet::new();
    let once = order
        .lines
        .iter()
        .all(|line| seen.insert((&line.clave, &line.lot)));
    let counted = (1..=usize::from(most)).contains(&order.lines.len());
    (!(once && counted)).then_some(Refusal::LinesOfOrder { most })
}

/// The lines as they will be entered in their books; those that cannot be are left out and say why.
pub(super) fn booked(
    order: &MovementOrder,
    facts: &MovementFacts,
    balances: &Balances,
    refusals: &mut Vec<Refusal>,
) -> Vec<MovementLine> {
    let mut lines = Vec::with_capacity(order.lines.len());
    for (index, line) in order.lines.iter().enumerate() {
        let number = index + 1;
        refusals.extend(well_formed(order, line, number));
        let medicine = facts.medicines.get(index).copied().flatten();
        match medicine.map(|medicine| book(order.kind, medicine)) {
            None => refusals.push(Refusal::MedicineUnknown { line: number }),
            Some(None) => refusals.push(Refusal::NotControlled { line: number }),
            Some(Some(book)) => lines.push(MovementLine {
                clave: line.clave.clone(),
                lot: line.lot.clone(),
                units: line.units,
                book,
                counted: super::counted(order, line, facts, balances),
                shortfall: Units::ZERO,
                retained: false,
            }),
        }
    }
    lines
}

/// The book of the line. What left the lists is released from the book that it was in, and nothing
/// else is done with it.
fn book(kind: MovementKind, medicine: MedicineFacts) -> Option<Book> {
    if kind == MovementKind::Release {
        medicine.left.filter(|_| medicine.book.is_none())
    } else {
        medicine.book
    }
}

fn well_formed(order: &MovementOrder, line: &OrderLine, number: usize) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let none = line.units.is_zero() && order.kind != MovementKind::Count;
    if none || line.units > Units::MOST {
        refusals.push(Refusal::UnitsOfLine { line: number });
    }
    if !line.lot.is_well_formed() {
        refusals.push(Refusal::LotNumber { line: number });
    }
    if line.lot.is_expired(order.on) && supplies(order) {
        refusals.push(Refusal::LotExpired { line: number });
    }
    refusals
}

/// What may not be done with an expired lot ([`law::LGS_233`](crate::law::LGS_233)): selling and
/// supplying. It may be held, counted, destroyed, given back, lost and stolen; and a correction
/// takes back what should not have been recorded.
fn supplies(order: &MovementOrder) -> bool {
    let kind = matches!(
        order.kind,
        MovementKind::Manufacture
            | MovementKind::Import
            | MovementKind::Purchase
            | MovementKind::Shipment
            | MovementKind::Dispensing
    );
    kind && order.corrects.is_none()
}
