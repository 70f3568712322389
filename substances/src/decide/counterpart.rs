//! Who is at the other end.

use prescription::Clues;

use super::papers::is_printable;
use crate::facts::EstablishmentFacts;
use crate::law::Parameters;
use crate::{Book, Counterpart, Movement, MovementFacts, MovementKind, Refusal};

/// Whether the other end is named, of the sort that the movement needs, and may take part. Of a
/// correction it is that of the entry that it corrects.
pub(super) fn may(movement: &Movement, facts: &MovementFacts) -> Option<Refusal> {
    let kind = movement.kind;
    if movement.corrects.is_some() {
        return None;
    }
    match kind {
        MovementKind::Purchase | MovementKind::Return => match &movement.counterpart {
            Some(Counterpart::Supplier { licence, .. }) => supplier(movement, licence.as_deref()),
            Some(Counterpart::Establishment(_)) | None => {
                Some(Refusal::CounterpartMissing { kind })
            }
        },
        MovementKind::Shipment => match &movement.counterpart {
            Some(Counterpart::Establishment(to)) => receiver(movement, to, facts),
            Some(Counterpart::Supplier { .. }) | None => Some(Refusal::CounterpartMissing { kind }),
        },
        // That of a shipment was taken from it.
        MovementKind::Receipt | MovementKind::Loss | MovementKind::Theft => None,
        // Who sells or buys abroad has no RFC, but its agent may; so may who destroys.
        MovementKind::Import | MovementKind::Export | MovementKind::Destruction => {
            let named = matches!(movement.counterpart, Some(Counterpart::Establishment(_)));
            named.then_some(Refusal::CounterpartMissing { kind })
        }
        MovementKind::Opening
        | MovementKind::Manufacture
        | MovementKind::Dispensing
        | MovementKind::Count
        | MovementKind::Release
        | MovementKind::Notice => {
            let named = movement.counterpart.is_some();
            named.then_some(Refusal::PapersNotNeeded { kind })
        }
    }
}

/// The strictest book of a controlled medicine in the movement.
fn strictest(movement: &Movement) -> Option<Book> {
    let books = movement.lines.iter().map(|line| line.book);
    books.filter(|book| book.is_controlled()).min()
}

/// A supplier outside of the system names its licence ([`law::LGS_198_I`](crate::law::LGS_198_I)).
fn supplier(movement: &Movement, licence: Option<&str>) -> Option<Refusal> {
    let book = strictest(movement)?;
    let named = licence.is_some_and(is_printable);
    (!named).then_some(Refusal::CounterpartNotLicensed { book })
}

/// Laboratories and warehouses supply licensed droguerías, farmacias and boticas only, and each
/// other on the way there ([`law::LGS_227_BIS`](crate::law::LGS_227_BIS)). Between pharmacies it is
/// a traspaso ([`law::LGS_236`](crate::law::LGS_236)), and what is given back goes the same way.
fn receiver(movement: &Movement, to: &Clues, facts: &MovementFacts) -> Option<Refusal> {
    if *to == movement.establishment {
        return Some(Refusal::CounterpartIsSelf);
    }
    let Some(other) = facts
        .counterpart
        .as_ref()
        .filter(|other| other.clues == *to)
    else {
        return Some(Refusal::CounterpartUnknown);
    };
    let book = strictest(movement)?;
    let admitted = other.controlled_licence && class_may_receive(other, facts.parameters);
    (!admitted).then_some(Refusal::CounterpartNotLicensed { book })
}

fn class_may_receive(other: &EstablishmentFacts, parameters: Parameters) -> bool {
    let in_the_chain = parameters.trade_between_wholesalers && other.kind.holds_medicines();
    other.kind.supplies_the_public() || in_the_chain
}
