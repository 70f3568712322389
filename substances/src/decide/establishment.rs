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

/// Licence ([`law::LGS_198_I`](crate::law::LGS_198_I), [`law::LGS_258`](crate::law::LGS_258)); responsable
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{lawful, ordered, recorded, refused};

    #[test]
    fn each_class_does_what_the_law_gives_it() {
        let may = |movement| {
            let kinds = Kind::ALL
                .into_iter()
                .filter(move |kind| kind_may(*kind, movement));
            kinds.collect::<Vec<_>>()
        };
        assert_eq!(
            may(MovementKind::Manufacture),
            [Kind::MedicineFactory, Kind::Drugstore, Kind::Veterinary]
        );
        assert_eq!(may(MovementKind::Import), may(MovementKind::Export));
        assert!(!may(MovementKind::Import).contains(&Kind::Pharmacy));
        assert_eq!(
            may(MovementKind::Dispensing),
            [Kind::Drugstore, Kind::Botica, Kind::Pharmacy]
        );
        for movement in ordered() {
            assert!(!kind_may(Kind::HerbalFactory, movement));
        }
        let refusal = Refusal::KindMayNot {
            kind: MovementKind::Manufacture,
        };
        let refusals = refused(MovementKind::Manufacture, Book::I, |case| {
            case.facts.establishment.kind = Kind::Pharmacy;
        });
        assert_eq!(refusals, std::slice::from_ref(&refusal));
        assert_eq!(refusal.law(), Some(law::LGS_257));
    }

    #[test]
    fn nothing_controlled_is_acquired_or_supplied_without_a_licence() {
        for kind in ordered().filter(|kind| acquires_or_supplies(*kind)) {
            for book in [Book::I, Book::II, Book::III] {
                let refusals = refused(kind, book, |case| {
                    case.facts.establishment.controlled_licence = false;
                });
                assert_eq!(refusals, [Refusal::NotLicensed { book }], "{kind:?}");
                assert_eq!(refusals[0].law(), Some(law::LGS_258));
            }
        }
    }

    #[test]
    fn who_has_lost_the_licence_still_accounts_for_what_is_there() {
        for kind in ordered().filter(|kind| !acquires_or_supplies(*kind)) {
            let mut case = lawful(kind, Book::I);
            case.facts.establishment.controlled_licence = false;
            case.facts.establishment.books.clear();
            case.facts.establishment.responsible = false;
            assert_eq!(recorded(case).kind, kind);
        }
    }

    #[test]
    fn a_book_needs_its_permit_and_the_establishment_a_responsable() {
        let refusals = refused(MovementKind::Purchase, Book::II, |case| {
            case.facts.establishment.books = vec![Book::I, Book::III];
            case.facts.establishment.responsible = false;
        });
        assert_eq!(
            refusals,
            [
                Refusal::NoResponsible,
                Refusal::BookNotAuthorised { book: Book::II }
            ]
        );
        let laws: Vec<_> = refusals.iter().map(Refusal::law).collect();
        assert_eq!(laws, [Some(law::LGS_259_260), Some(law::LGS_375_IV)]);
    }

    #[test]
    fn antibiotics_need_none_of_them() {
        let mut case = lawful(MovementKind::Purchase, Book::Antibiotics);
        case.facts.establishment.controlled_licence = false;
        case.facts.establishment.responsible = false;
        case.facts.establishment.books.clear();
        case.order.permit = None;
        assert_eq!(recorded(case).lines[0].book, Book::Antibiotics);
    }
}
