//! Who is at the other end.

use crate::{Counterpart, Movement, MovementFacts, MovementKind, Refusal};

/// Whether the other end is named, and may take part ([`law::LGS_227_BIS`](crate::law::LGS_227_BIS)).
pub(super) fn may(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let kind = movement.kind;
    let controlled = movement.lines.iter().any(|line| line.book.is_controlled());
    let refusal = match (kind, &movement.counterpart) {
        (
            MovementKind::Purchase | MovementKind::Return,
            Some(Counterpart::Supplier { licence, .. }),
        ) => (controlled && licence.is_none()).then_some(Refusal::CounterpartNotLicensed),
        (MovementKind::Shipment, Some(Counterpart::Establishment(to))) => {
            if *to == facts.establishment.clues {
                Some(Refusal::CounterpartIsSelf)
            } else {
                match &facts.counterpart {
                    Some(other) if other.clues == *to => (controlled && !other.controlled_licence)
                        .then_some(Refusal::CounterpartNotLicensed),
                    _ => Some(Refusal::CounterpartUnknown),
                }
            }
        }
        (MovementKind::Purchase | MovementKind::Return | MovementKind::Shipment, _) => {
            Some(Refusal::CounterpartMissing { kind })
        }
        _ => None,
    };
    refusal.into_iter().collect()
}
