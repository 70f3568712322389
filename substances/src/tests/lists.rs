//! The books as the lists of the law fill them, by date.

use cofepris::Catalog;
use jiff::civil::Date;

use super::fixture::{clave, date, lawful, recorded, try_record};
use crate::{Book, MedicineFacts, MovementKind, Refusal, Units, law};

fn catalog() -> Catalog {
    Catalog::embedded().unwrap()
}

/// What the catalog says of the first medicine of this generic name, alone.
fn on(catalog: &Catalog, name: &str, day: Date) -> MedicineFacts {
    let found = catalog.search(name, 20);
    let medicine = found
        .iter()
        .find(|one| one.generic_name.eq_ignore_ascii_case(name));
    let medicine = medicine.unwrap();
    let now = catalog.fraction_on(&medicine.clave, day).unwrap();
    MedicineFacts {
        book: Book::of(now.fraction, now.antibiotic),
        units_per_package: medicine.package.as_ref().map_or(1, |package| package.units),
        left: None,
    }
}

/// Methylphenidate is of psychotropic group II, and is entered with the estupefacientes
/// ([`law::LGS_250`]).
#[test]
fn psychotropic_group_ii_is_in_the_book_of_estupefacientes() {
    let catalog = catalog();
    let methylphenidate = on(&catalog, "Metilfenidato", date("2026-08-03"));
    let morphine = on(&catalog, "Morfina", date("2026-08-03"));
    assert_eq!(
        methylphenidate.book,
        Some(Book::I),
        "{}",
        law::LGS_250.citation
    );
    assert_eq!(morphine.book, Some(Book::I));
}

/// Bupropion was on no list until the reform of DOF 15-01-2026 takes effect: what a pharmacy holds
/// on that day is opened on that day, and not before.
#[test]
fn stock_of_a_substance_that_becomes_controlled_is_opened_on_the_day() {
    let catalog = catalog();
    let order = |day: &str| {
        let mut case = lawful(MovementKind::Opening, Book::II);
        case.order.on = date(day);
        case.facts.today = date(day);
        case.facts.last_entries = Vec::new();
        case.facts.medicines = vec![Some(on(&catalog, "Anfebutamona o bupropión", date(day)))];
        case
    };
    let early = try_record(order("2026-07-13"));
    assert_eq!(early, Err(vec![Refusal::NotControlled { line: 1 }]));
    let opened = recorded(order("2026-07-14"));
    assert_eq!(opened.lines[0].book, Book::II);

    // And it cannot be supplied before it is opened.
    let mut sold = lawful(MovementKind::Shipment, Book::II);
    sold.stock.clear();
    let held = Units::ZERO;
    assert_eq!(
        try_record(sold),
        Err(vec![Refusal::NotEnoughStock { line: 1, held }])
    );
}

/// Tramadol goes from group IV to group III on that day: its page goes on in another book.
#[test]
fn tramadol_changes_its_book_with_the_reform() {
    let catalog = catalog();
    let book = |day: &str| on(&catalog, "Tramadol", date(day)).book;
    assert_eq!(book("2026-07-13"), Some(Book::III));
    assert_eq!(book("2026-07-14"), Some(Book::II));
}

#[test]
fn the_claves_of_the_other_tests_are_in_their_books() {
    let catalog = catalog();
    for book in Book::ALL {
        let now = catalog
            .fraction_on(&clave(book), date("2026-08-03"))
            .unwrap();
        assert_eq!(
            Book::of(now.fraction, now.antibiotic),
            Some(book),
            "{now:?}"
        );
    }
}
