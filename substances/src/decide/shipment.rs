//! Which shipment was received, or was lost or stolen on its way.

use crate::{Counterpart, Movement, MovementFacts, MovementKind, Refusal, Units};

/// A receipt is of a shipment to this establishment, or of its own that comes back. So is what was
/// lost or stolen on the way.
pub(super) fn is_known(movement: &Movement, facts: &MovementFacts) -> Option<Refusal> {
    let kind = movement.kind;
    let Some(named) = &movement.shipment else {
        return (kind == MovementKind::Receipt).then_some(Refusal::ShipmentUnknown);
    };
    if !(kind == MovementKind::Receipt || kind.needs_notice()) {
        return Some(Refusal::PapersNotNeeded { kind });
    }
    if ![&named.to, &named.from].contains(&&movement.establishment) {
        return Some(Refusal::NotTheReceiver);
    }
    // A correction has the shipment of the entry that it corrects.
    if movement.corrects.is_some() {
        return None;
    }
    let shipped = facts.shipment.as_ref().map(|earlier| &earlier.movement);
    let found = shipped.is_some_and(|shipped| {
        shipped.kind == MovementKind::Shipment
            && shipped.corrects.is_none()
            && shipped.establishment == named.from
            && shipped.number() == Some(named.number)
            && shipped.counterpart == Some(Counterpart::Establishment(named.to.clone()))
    });
    (!found).then_some(Refusal::ShipmentUnknown)
}

/// No more of each lot than is left of what was shipped.
pub(super) fn has_it(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let Some(shipment) = facts
        .shipment
        .as_ref()
        .filter(|_| movement.shipment.is_some())
    else {
        return Vec::new();
    };
    let lines = (1..).zip(&movement.lines);
    let refused = lines.filter_map(|(number, line)| match shipment.left_of(line) {
        None => Some(Refusal::NotInShipment { line: number }),
        Some(left) => {
            too_many(line.units, left).then_some(Refusal::MoreThanShipped { line: number, left })
        }
    });
    refused.collect()
}

/// Whether more is asked than is left.
pub(super) fn too_many(asked: Units, left: Units) -> bool {
    left < asked
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Book;
    use crate::tests::fixture::{
        Case, UNITS, WAREHOUSE, clues, lawful, lot, recorded, refused, shipment_ref,
    };

    const RECEIPT: MovementKind = MovementKind::Receipt;

    #[test]
    fn a_receipt_is_of_a_shipment_that_was_sent_here() {
        type Change = fn(&mut Case);
        let wrong: [(Change, Refusal); 6] = [
            (|case| case.order.shipment = None, Refusal::ShipmentUnknown),
            (|case| case.facts.shipment = None, Refusal::ShipmentUnknown),
            (
                |case| case.order.shipment.as_mut().unwrap().number = 4,
                Refusal::ShipmentUnknown,
            ),
            (
                |case| case.order.shipment.as_mut().unwrap().to = clues("HGSSA000099"),
                Refusal::NotTheReceiver,
            ),
            (
                |case| {
                    let shipped = &mut case.facts.shipment.as_mut().unwrap().movement;
                    shipped.counterpart = Some(Counterpart::Establishment(clues("HGSSA000099")));
                },
                Refusal::ShipmentUnknown,
            ),
            (
                |case| case.facts.shipment.as_mut().unwrap().movement.kind = MovementKind::Count,
                Refusal::ShipmentUnknown,
            ),
        ];
        for (change, refusal) in wrong {
            assert_eq!(refused(RECEIPT, Book::I, change), [refusal]);
        }
    }

    #[test]
    fn no_more_is_received_than_was_shipped() {
        let more = refused(RECEIPT, Book::I, |case| {
            case.order.lines[0].units = Units::new(26);
        });
        assert_eq!(
            more,
            [Refusal::MoreThanShipped {
                line: 1,
                left: UNITS
            }]
        );
        let again = refused(RECEIPT, Book::I, |case| {
            case.facts.shipment.as_mut().unwrap().taken = vec![Units::new(20)];
        });
        let left = Units::new(5);
        assert_eq!(again, [Refusal::MoreThanShipped { line: 1, left }]);
        let other = refused(RECEIPT, Book::I, |case| case.order.lines[0].lot = lot("B2"));
        assert_eq!(other, [Refusal::NotInShipment { line: 1 }]);
    }

    #[test]
    fn less_may_arrive_and_the_rest_stays_on_its_way() {
        let mut case = lawful(RECEIPT, Book::I);
        case.order.lines[0].units = Units::new(20);
        assert_eq!(recorded(case).lines[0].units, Units::new(20));
    }

    #[test]
    fn a_shipment_can_be_lost_or_stolen_on_its_way() {
        for kind in [MovementKind::Loss, MovementKind::Theft] {
            let mut case = lawful(RECEIPT, Book::I);
            case.order.kind = kind;
            let movement = recorded(case);
            let postings = crate::postings(&movement);
            let from = crate::Party::Transit {
                from: clues(WAREHOUSE),
                to: movement.establishment.clone(),
            };
            assert_eq!(postings[0].from, from.as_ref());
            assert!(movement.notice_due.is_some());
        }
        let kind = MovementKind::Destruction;
        let other = refused(kind, Book::I, |case| {
            case.order.shipment = Some(shipment_ref());
        });
        assert_eq!(other, [Refusal::PapersNotNeeded { kind }]);
    }

    #[test]
    fn the_sender_takes_back_what_was_refused() {
        let mut case = lawful(RECEIPT, Book::I);
        case.facts.establishment.clues = clues(WAREHOUSE);
        let movement = recorded(case);
        let receiver = shipment_ref().to;
        assert_eq!(
            movement.counterpart,
            Some(Counterpart::Establishment(receiver))
        );
    }
}
