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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{clave, date, lawful, medicine, ordered, recorded, refused};

    #[test]
    fn an_expired_lot_is_not_supplied_but_can_be_got_rid_of() {
        for kind in ordered().filter(|kind| *kind != MovementKind::Notice) {
            let mut case = lawful(kind, Book::I);
            let expired = date("2026-08-02");
            case.order.lines[0].lot.expiry = expired;
            for (account, _) in &mut case.stock {
                account.lot.expiry = expired;
            }
            if let Some(shipment) = &mut case.facts.shipment {
                shipment.movement.lines[0].lot.expiry = expired;
            }
            let supplied = supplies(&case.order);
            let refusals = crate::tests::fixture::try_record(case).err();
            let expected = supplied.then(|| vec![Refusal::LotExpired { line: 1 }]);
            assert_eq!(refusals, expected, "{kind:?}");
            assert!(expected.is_none_or(|refusals| refusals[0].law() == Some(law::LGS_233)));
        }
        let last_day = refused(MovementKind::Shipment, Book::I, |case| {
            case.order.lines[0].lot.expiry = date("2026-08-03");
            case.stock[0].0.lot.expiry = date("2026-08-03");
        });
        assert!(last_day.is_empty());
    }

    #[test]
    fn lines_are_named_once_and_not_too_many() {
        let most = 2;
        let with = |count: usize| {
            refused(MovementKind::Purchase, Book::I, |case| {
                case.facts.parameters.max_lines = most;
                let line = case.order.lines[0].clone();
                case.order.lines = (0..count)
                    .map(|number| {
                        let mut line = line.clone();
                        line.lot.number = format!("L{number}");
                        line
                    })
                    .collect();
                case.facts.medicines = vec![Some(medicine(Book::I)); count];
            })
        };
        assert_eq!(with(0), [Refusal::LinesOfOrder { most }]);
        assert_eq!(with(2), []);
        assert_eq!(with(3), [Refusal::LinesOfOrder { most }]);
        let twice = refused(MovementKind::Purchase, Book::I, |case| {
            case.order.lines.push(case.order.lines[0].clone());
            case.facts.medicines.push(Some(medicine(Book::I)));
        });
        assert_eq!(twice, [Refusal::LinesOfOrder { most: 1000 }]);
    }

    #[test]
    fn only_what_belongs_in_a_book_is_entered() {
        let unknown = refused(MovementKind::Purchase, Book::I, |case| {
            case.facts.medicines = Vec::new();
        });
        assert_eq!(unknown, [Refusal::MedicineUnknown { line: 1 }]);
        let free = refused(MovementKind::Purchase, Book::I, |case| {
            case.facts.medicines = vec![Some(MedicineFacts {
                book: None,
                ..medicine(Book::I)
            })];
        });
        assert_eq!(free, [Refusal::NotControlled { line: 1 }]);
    }

    /// Carbamazepine left group IV on 16-01-2026: what is there leaves the ledger, and no more
    /// comes.
    #[test]
    fn what_left_the_lists_is_released_and_not_acquired() {
        let left = MedicineFacts {
            book: None,
            left: Some(Book::III),
            units_per_package: 20,
        };
        for kind in [MovementKind::Purchase, MovementKind::Shipment] {
            let refusals = refused(kind, Book::III, |case| {
                case.facts.medicines = vec![Some(left)];
            });
            assert_eq!(refusals, [Refusal::NotControlled { line: 1 }]);
        }
        for kind in [
            MovementKind::Destruction,
            MovementKind::Release,
            MovementKind::Count,
        ] {
            let mut case = lawful(kind, Book::III);
            case.facts.medicines = vec![Some(left)];
            assert_eq!(recorded(case).lines[0].book, Book::III);
        }
        let still = refused(MovementKind::Release, Book::III, |case| {
            case.facts.medicines = vec![Some(medicine(Book::III))];
        });
        assert_eq!(still, [Refusal::NotControlled { line: 1 }]);
    }

    #[test]
    fn units_lots_and_reasons_make_sense() {
        for units in [
            Units::ZERO,
            Units::new(Units::MOST.count() + 1),
            Units::new(u64::MAX),
        ] {
            let refusals = refused(MovementKind::Purchase, Book::I, |case| {
                case.order.lines[0].units = units;
            });
            assert_eq!(refusals, [Refusal::UnitsOfLine { line: 1 }]);
        }
        let lot = refused(MovementKind::Purchase, Book::I, |case| {
            case.order.lines[0].lot.number = " A".to_owned();
        });
        assert_eq!(lot, [Refusal::LotNumber { line: 1 }]);
        let reason = refused(MovementKind::Purchase, Book::I, |case| {
            case.order.lines[0].reason = Some(crate::CountReason::Theft);
        });
        assert_eq!(reason, [Refusal::ReasonDoesNotFit { line: 1 }]);
    }

    #[test]
    fn a_dispensing_is_not_ordered() {
        let case = lawful(MovementKind::Purchase, Book::I);
        let mut order = case.order;
        order.kind = MovementKind::Dispensing;
        assert_eq!(clave(Book::I), order.lines[0].clave);
        let refusals = crate::decide(&order, &case.facts, &Balances::default());
        assert_eq!(refusals, Err(vec![Refusal::RecordedWithPrescription]));
        assert_eq!(
            Refusal::RecordedWithPrescription.law(),
            Some(law::LGS_226_LIBROS)
        );
    }
}
