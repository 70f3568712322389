//! Corrections: new entries that take back earlier ones. Nothing is erased.

use super::shipment::too_many;
use crate::{Movement, MovementFacts, MovementKind, Refusal};

/// A correction takes back a movement of this establishment, of the same kind, that is not a
/// correction itself. A count is corrected by another count, and a dispensing by the prescription's
/// own return.
pub(super) fn is_of(movement: &Movement, facts: &MovementFacts) -> Option<Refusal> {
    let number = movement.corrects?;
    if movement.kind == MovementKind::Notice {
        return None;
    }
    let earlier = facts.corrected.as_ref().map(|earlier| &earlier.movement);
    let found = earlier.is_some_and(|earlier| {
        earlier.establishment == movement.establishment
            && earlier.number() == Some(number)
            && earlier.kind == movement.kind
            && earlier.corrects.is_none()
            && earlier.shipment == movement.shipment
            && earlier.counterpart == movement.counterpart
    });
    let possible = !matches!(
        movement.kind,
        MovementKind::Count | MovementKind::Dispensing | MovementKind::Notice
    );
    (!(found && possible)).then_some(Refusal::NotCorrectable)
}

/// No more of each lot than is left of what the corrected movement moved.
pub(super) fn had_it(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let corrects = movement.corrects.is_some() && movement.kind != MovementKind::Notice;
    let Some(corrected) = facts.corrected.as_ref().filter(|_| corrects) else {
        return Vec::new();
    };
    let lines = (1..).zip(&movement.lines);
    let refused = lines.filter_map(|(number, line)| match corrected.left_of(line) {
        None => Some(Refusal::NotInCorrected { line: number }),
        Some(left) => {
            too_many(line.units, left).then_some(Refusal::MoreThanCorrected { line: number, left })
        }
    });
    refused.collect()
}
