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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::EstablishmentKind as Kind;
    use crate::law;
    use crate::tests::fixture::{PHARMACY, clues, lawful, ordered, recorded, refused, supplier};

    fn receiver_is(book: Book, change: impl FnOnce(&mut EstablishmentFacts)) -> Vec<Refusal> {
        refused(MovementKind::Shipment, book, |case| {
            change(case.facts.counterpart.as_mut().unwrap());
        })
    }

    #[test]
    fn fractions_i_to_iii_are_shipped_to_licensed_establishments_only() {
        for (book, article) in [
            (Book::I, law::LGS_227_BIS),
            (Book::II, law::LGS_227_BIS),
            (Book::III, law::LGS_198_I),
        ] {
            let refusals = receiver_is(book, |to| to.controlled_licence = false);
            assert_eq!(refusals, [Refusal::CounterpartNotLicensed { book }]);
            assert_eq!(refusals[0].law(), Some(article));
        }
        assert_eq!(
            receiver_is(Book::Antibiotics, |to| to.controlled_licence = false),
            []
        );
    }

    #[test]
    fn read_to_the_letter_only_who_supplies_the_public_receives() {
        for kind in Kind::ALL {
            let as_traded = receiver_is(Book::I, |to| to.kind = kind);
            assert_eq!(as_traded.is_empty(), kind.holds_medicines());
            let to_the_letter = refused(MovementKind::Shipment, Book::I, |case| {
                case.facts.parameters.trade_between_wholesalers = false;
                case.facts.counterpart.as_mut().unwrap().kind = kind;
            });
            assert_eq!(to_the_letter.is_empty(), kind.supplies_the_public());
        }
    }

    #[test]
    fn a_shipment_goes_to_another_that_is_known() {
        let itself = refused(MovementKind::Shipment, Book::I, |case| {
            case.order.counterpart = Some(Counterpart::Establishment(clues(PHARMACY)));
        });
        assert_eq!(itself, [Refusal::CounterpartIsSelf]);
        let other = receiver_is(Book::I, |to| to.clues = clues("HGSSA000099"));
        assert_eq!(other, [Refusal::CounterpartUnknown]);
        let unknown = refused(MovementKind::Shipment, Book::I, |case| {
            case.facts.counterpart = None;
        });
        assert_eq!(unknown, [Refusal::CounterpartUnknown]);
    }

    #[test]
    fn each_kind_has_the_other_end_that_it_needs() {
        use MovementKind as Of;
        for kind in ordered() {
            let nobody = refused(kind, Book::I, |case| case.order.counterpart = None);
            let needed = matches!(kind, Of::Purchase | Of::Return | Of::Shipment);
            let expected = needed.then_some(Refusal::CounterpartMissing { kind });
            assert_eq!(nobody, Vec::from_iter(expected));
        }
        for kind in [Of::Opening, Of::Manufacture, Of::Count, Of::Release] {
            let named = refused(kind, Book::I, |case| {
                case.order.counterpart = Some(supplier());
            });
            assert_eq!(named, [Refusal::PapersNotNeeded { kind }]);
        }
    }

    #[test]
    fn a_supplier_outside_names_its_licence() {
        for licence in [None, Some(String::new())] {
            let refusals = refused(MovementKind::Purchase, Book::II, |case| {
                let rfc = "LAB010203AB1".parse().unwrap();
                case.order.counterpart = Some(Counterpart::Supplier { rfc, licence });
            });
            let book = Book::II;
            assert_eq!(refusals, [Refusal::CounterpartNotLicensed { book }]);
        }
    }

    #[test]
    fn a_receipt_names_who_sent_it() {
        let movement = recorded(lawful(MovementKind::Receipt, Book::I));
        let sender = clues(crate::tests::fixture::WAREHOUSE);
        assert_eq!(
            movement.counterpart,
            Some(Counterpart::Establishment(sender))
        );
    }
}
