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
