//! Who records: class, licence, responsable, books.

use std::collections::BTreeSet;

use crate::facts::{EstablishmentFacts, EstablishmentKind as Kind};
use crate::{Book, Movement, MovementKind, Refusal};

/// Whether the establishment may do this with these medicines.
pub(crate) fn may(movement: &Movement, establishment: &EstablishmentFacts) -> Vec<Refusal> {
    let kind = movement.kind;
    let mut refusals = Vec::new();
    if !kind_may(establishment.kind, kind) {
        refusals.push(Refusal::KindMayNot { kind });
    }
    if acquires_or_supplies(kind) && movement.corrects.is_none() {
        let books: BTreeSet<_> = movement.lines.iter().map(|line| line.book).collect();
        refusals.extend(authorised(establishment, &books));
    }
    refusals
}

/// What each class of establishment does ([`law::LGS_257`](crate::law::LGS_257)): factories make
/// medicines, and droguerías those that are prepared to order; factories and warehouses trade with
/// other countries; droguerías, boticas and farmacias supply the public; who makes herbal remedies
/// holds none of this.
fn kind_may(kind: Kind, movement: MovementKind) -> bool {
    let factory = matches!(kind, Kind::MedicineFactory | Kind::Veterinary);
    let warehouse = matches!(kind, Kind::PackagingWarehouse | Kind::DistributionWarehouse);
    match movement {
        MovementKind::Manufacture => factory || kind == Kind::Drugstore,
        MovementKind::Import | MovementKind::Export => factory || warehouse,
        MovementKind::Dispensing => kind.supplies_the_public(),
        MovementKind::Opening
        | MovementKind::Purchase
        | MovementKind::Shipment
        | MovementKind::Receipt
        | MovementKind::Return
        | MovementKind::Destruction
        | MovementKind::Loss
        | MovementKind::Theft
        | MovementKind::Count
        | MovementKind::Release
        | MovementKind::Notice => kind.holds_medicines(),
    }
}

/// What needs the licence. Who has lost it must still be able to count, to give back, to destroy
/// and to report what was stolen.
fn acquires_or_supplies(kind: MovementKind) -> bool {
    match kind {
        MovementKind::Opening
        | MovementKind::Manufacture
        | MovementKind::Import
        | MovementKind::Export
        | MovementKind::Purchase
        | MovementKind::Shipment
        | MovementKind::Receipt
        | MovementKind::Dispensing => true,
        MovementKind::Return
        | MovementKind::Destruction
        | MovementKind::Loss
        | MovementKind::Theft
        | MovementKind::Count
        | MovementKind::Release
        | MovementKind::Notice => false,
    }
}

/// Licence ([`law::LGS_198_I`](crate::law::LGS_198_I), [`law::LGS_258`](crate::law::LGS_258)), which
/// is the authorisation that every act needs ([`law::LGS_235`](crate::law::LGS_235),
/// [`law::LGS_247`](crate::law::LGS_247)); responsable
/// ([`law::LGS_259_260`](crate::law::LGS_259_260)); and permitted books
/// ([`law::LGS_375_IV`](crate::law::LGS_375_IV)). Antibiotics need none of them.
fn authorised(establishment: &EstablishmentFacts, books: &BTreeSet<Book>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    let mut controlled = books
        .iter()
        .copied()
        .filter(|book| book.is_controlled())
        .peekable();
    if !establishment.responsible && controlled.peek().is_some() {
        refusals.push(Refusal::NoResponsible);
    }
    for book in controlled {
        if !establishment.controlled_licence {
            refusals.push(Refusal::NotLicensed { book });
        }
        if !establishment.books.contains(&book) {
            refusals.push(Refusal::BookNotAuthorised { book });
        }
    }
    refusals
}
