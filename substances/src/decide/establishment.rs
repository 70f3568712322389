//! Who records: class, licence, responsable, books.

use std::collections::BTreeSet;

use crate::facts::{EstablishmentFacts, EstablishmentKind};
use crate::{Book, Movement, MovementFacts, MovementKind, Refusal};

/// Whether the establishment may do this with these medicines.
pub(super) fn may(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let establishment = &facts.establishment;
    let mut refusals = Vec::new();
    if !kind_may(establishment.kind, movement.kind) {
        refusals.push(Refusal::KindMayNot {
            kind: movement.kind,
        });
    }
    let books: BTreeSet<_> = movement.lines.iter().map(|line| line.book).collect();
    refusals.extend(licence(establishment, &books));
    refusals
}

/// What each class of establishment does ([`law::LGS_257`](crate::law::LGS_257)). Factories make;
/// factories and warehouses bring in from abroad; whoever is not in the trade of medicines holds
/// none.
fn kind_may(kind: EstablishmentKind, movement: MovementKind) -> bool {
    use EstablishmentKind as Kind;
    let factory = matches!(kind, Kind::MedicineFactory | Kind::Veterinary);
    let warehouse = matches!(kind, Kind::PackagingWarehouse | Kind::DistributionWarehouse);
    match movement {
        MovementKind::Manufacture => factory,
        MovementKind::Import => factory || warehouse,
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
        | MovementKind::Release => !matches!(kind, Kind::HerbalFactory),
    }
}

/// Licence ([`law::LGS_198_I`](crate::law::LGS_198_I), [`law::LGS_258`](crate::law::LGS_258)),
/// responsable ([`law::LGS_259_260`](crate::law::LGS_259_260)) and permitted books
/// ([`law::LGS_375_IV`](crate::law::LGS_375_IV)). Antibiotics need none of them.
fn licence(establishment: &EstablishmentFacts, books: &BTreeSet<Book>) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    for book in books.iter().copied().filter(|book| book.is_controlled()) {
        if !establishment.controlled_licence {
            refusals.push(Refusal::NotLicensed { book });
        }
        if !establishment.books.contains(&book) {
            refusals.push(Refusal::BookNotAuthorised { book });
        }
    }
    if !establishment.responsible && books.iter().any(|book| book.is_controlled()) {
        refusals.push(Refusal::NoResponsible);
    }
    refusals
}
