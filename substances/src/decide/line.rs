//! What each line says: medicine, lot, units.

use std::collections::HashSet;

use crate::{
    Balances, Book, Counted, MedicineFacts, MovementFacts, MovementKind, MovementLine,
    MovementOrder, OrderLine, PartyRef, Refusal, Units,
};

/// At least one line, not too many, and each lot of a medicine once. A notice has none.
pub(super) fn each_named_once(order: &MovementOrder, most: u16) -> Option<Refusal> {
    if order.kind == MovementKind::Notice {
        return (!order.lines.is_empty()).then_some(Refusal::PapersNotNeeded { kind: order.kind });
    }
    let mut seen = HashSet::new();
    let once = order
        .lines
        .iter()
        .all(|line| seen.insert((&line.clave, &line.lot)));
    let counted = (1..=usize::from(most)).contains(&order.lines.len());
    (!(once && counted)).then_some(Refusal::LinesOfOrder { most })
}

/// The lines as they will be entered in their books ([`law::LGS_226_LIBROS`](crate::law::LGS_226_LIBROS),
/// [`law::ACUERDO_ANTIBIOTICOS_2010`](crate::law::ACUERDO_ANTIBIOTICOS_2010)); those that belong in
/// none are left out and say why.
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
        match medicine.map(|medicine| book(order, medicine)) {
            None => refusals.push(Refusal::MedicineUnknown { line: number }),
            Some(None) => refusals.push(Refusal::NotControlled { line: number }),
            Some(Some(book)) => lines.push(MovementLine {
                clave: line.clave.clone(),
                lot: line.lot.clone(),
                units: line.units,
                book,
                counted: counted(order, line, facts, balances),
                shortfall: Units::ZERO,
                retained: false,
            }),
        }
    }
    lines
}

/// The book of the line: the class of the medicine on that day. What left the lists is released
/// from the book that it was in, or destroyed, or found to be lost; it is not acquired any more.
fn book(order: &MovementOrder, medicine: MedicineFacts) -> Option<Book> {
    match order.kind {
        MovementKind::Release => medicine.left.filter(|_| medicine.book.is_none()),
        MovementKind::Return
        | MovementKind::Destruction
        | MovementKind::Loss
        | MovementKind::Theft
        | MovementKind::Count => medicine.book.or(medicine.left),
        MovementKind::Opening
        | MovementKind::Manufacture
        | MovementKind::Import
        | MovementKind::Export
        | MovementKind::Purchase
        | MovementKind::Shipment
        | MovementKind::Receipt
        | MovementKind::Dispensing
        | MovementKind::Notice => match order.corrects {
            Some(_) => medicine.book.or(medicine.left),
            None => medicine.book,
        },
    }
}

/// What a count is compared with.
fn counted(
    order: &MovementOrder,
    line: &OrderLine,
    facts: &MovementFacts,
    balances: &Balances,
) -> Option<Counted> {
    let here = PartyRef::Establishment(&facts.establishment.clues);
    (order.kind == MovementKind::Count).then(|| Counted {
        expected: balances.held(here, &line.clave, &line.lot),
        reason: line.reason,
    })
}

fn well_formed(order: &MovementOrder, line: &OrderLine, number: usize) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let count = order.kind == MovementKind::Count;
    if (line.units.is_zero() && !count) || line.units > Units::MOST {
        refusals.push(Refusal::UnitsOfLine { line: number });
    }
    if line.reason.is_some() && !count {
        refusals.push(Refusal::ReasonDoesNotFit { line: number });
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
/// supplying. It may be held, received, counted, destroyed, given back to the supplier, lost and
/// stolen; and a correction takes back what should not have been recorded.
fn supplies(order: &MovementOrder) -> bool {
    let kind = matches!(
        order.kind,
        MovementKind::Manufacture
            | MovementKind::Import
            | MovementKind::Export
            | MovementKind::Purchase
            | MovementKind::Shipment
            | MovementKind::Dispensing
    );
    kind && order.corrects.is_none()
}
