use prescription::event::{Destination, ReturnReason, ReturnedLine, Setting};

use super::*;
use crate::tests::fixture::{PHARMACY, account, clave, clues, date, establishment, lot, medicine};
use crate::tests::visit::{Wanted, visit};
use crate::{EstablishmentKind, Outside, law, postings};

const DAY: &str = "2026-08-03";

/// Two packages of one lot of a medicine of each of these books, prescribed and handed over.
fn handed_over(books: &[Book]) -> (Issued, Dispensed) {
    let wanted: Vec<_> = books
        .iter()
        .map(|book| Wanted {
            book: *book,
            lot: 1,
            packages: 2,
        })
        .collect();
    visit(&wanted, 1, date(DAY), &clues(PHARMACY))
}

fn on_lists(clave_: &Clave) -> Option<MedicineFacts> {
    let book = Book::ALL.into_iter().find(|book| clave(*book) == *clave_);
    book.map(medicine)
}

fn movement(books: &[Book]) -> Movement {
    let (issued, dispensed) = handed_over(books);
    of_dispensing(&issued, &dispensed, on_lists)
        .unwrap()
        .unwrap()
}

fn facts() -> DispensingFacts {
    DispensingFacts {
        establishment: establishment(PHARMACY, EstablishmentKind::Pharmacy),
        last_entries: Vec::new(),
    }
}

fn stock(book: Book, units: u64) -> Balances {
    let mut account = account(clues(PHARMACY), book);
    account.lot = lot("L1");
    Balances::of_stocks([(account, Units::new(units))]).unwrap()
}

#[test]
fn packages_leave_the_shelf_as_units() {
    let movement = movement(&[Book::I, Book::Antibiotics]);
    assert_eq!(movement.kind, MovementKind::Dispensing);
    assert_eq!((movement.number(), movement.on), (None, date(DAY)));
    assert_eq!(
        movement.prescription(),
        Some(handed_over(&[Book::I]).0.folio)
    );
    let lines: Vec<_> = movement
        .lines
        .iter()
        .map(|line| (line.book, line.units))
        .collect();
    let ten = Units::new(10);
    assert_eq!(lines, [(Book::I, ten), (Book::Antibiotics, ten)]);
    assert!(movement.lines.iter().all(|line| line.retained));
}

/// LGS art. 226 Bis: in the hospital a quantity counts units.
#[test]
fn unit_doses_are_units() {
    let (mut issued, mut dispensed) = handed_over(&[Book::I]);
    issued.setting = Setting::Inpatient;
    dispensed.lines[0].units = Some(2);
    let movement = of_dispensing(&issued, &dispensed, on_lists)
        .unwrap()
        .unwrap();
    assert_eq!(movement.lines[0].units, Units::new(2));
}

#[test]
fn what_is_in_no_book_is_not_posted() {
    let (issued, dispensed) = handed_over(&[Book::II]);
    let free = |_: &Clave| {
        Some(MedicineFacts {
            book: None,
            ..medicine(Book::II)
        })
    };
    assert_eq!(of_dispensing(&issued, &dispensed, free), Ok(None));
}

/// Tramadol that was prescribed under fraction III before the reform and is handed over after
/// it is entered in the book of its class on the day of the entry.
#[test]
fn the_class_is_that_of_the_day_of_the_dispensing() {
    let (mut issued, dispensed) = handed_over(&[Book::II]);
    issued.lines[0].fraction = prescription::Fraction::III;
    let movement = of_dispensing(&issued, &dispensed, on_lists)
        .unwrap()
        .unwrap();
    assert_eq!(movement.lines[0].book, Book::II);
}

#[test]
fn two_lines_of_one_lot_are_one_entry() {
    let movement = movement(&[Book::III, Book::III]);
    let [line] = movement.lines.as_slice() else {
        panic!("one line")
    };
    assert_eq!(line.units, Units::new(20));
}

#[test]
fn a_book_needs_lot_and_expiry() {
    for without in [0, 1] {
        let (issued, mut dispensed) = handed_over(&[Book::I]);
        if without == 0 {
            dispensed.lines[0].lot = None;
        } else {
            dispensed.lines[0].expiry = None;
        }
        let refusal = of_dispensing(&issued, &dispensed, on_lists).unwrap_err();
        assert_eq!(refusal, Refusal::LotMissing { line: 1 });
        assert_eq!(refusal.law(), Some(law::LGS_226_LIBROS));
    }
}

#[test]
fn it_is_of_this_prescription() {
    let (issued, mut dispensed) = handed_over(&[Book::I]);
    dispensed.lines[0].line = 2;
    let refusal = Err(Refusal::NotOfPrescription);
    assert_eq!(of_dispensing(&issued, &dispensed, on_lists), refusal);
    dispensed.folio = prescription::Folio::from_random([9; 10]);
    assert_eq!(of_dispensing(&issued, &dispensed, on_lists), refusal);
    let (issued, dispensed) = handed_over(&[Book::I]);
    assert_eq!(
        of_dispensing(&issued, &dispensed, |_| None),
        Err(Refusal::MedicineUnknown { line: 1 })
    );
}

#[test]
fn fractions_i_to_iii_are_not_handed_over_without_stock() {
    for book in [Book::I, Book::II, Book::III] {
        let held = Units::new(9);
        let decided = decide(movement(&[book]), &facts(), &stock(book, 9));
        assert_eq!(
            decided,
            Err(vec![Refusal::NotEnoughStock { line: 1, held }])
        );
        let decided = decide(movement(&[book]), &facts(), &stock(book, 10)).unwrap();
        assert_eq!(decided, movement(&[book]));
    }
}

#[test]
fn the_shortfall_of_an_antibiotic_is_shown() {
    let book = Book::Antibiotics;
    let covered = decide(movement(&[book]), &facts(), &stock(book, 4)).unwrap();
    assert_eq!(covered.lines[0].shortfall, Units::new(6));
    let posted = postings(&covered);
    assert_eq!(posted[0].from, PartyRef::Outside(Outside::Unexplained));
    assert_eq!(
        (posted[0].units, posted[1].units),
        (Units::new(6), Units::new(10))
    );
    let mut balances = stock(book, 4);
    balances.apply(&covered).unwrap();
    let here = clues(PHARMACY);
    let here = PartyRef::Establishment(&here);
    assert_eq!(balances.balance(here, &clave(book), &lot("L1")), Some(0));
}

#[test]
fn licence_books_and_dates_are_asked_too() {
    let book = Book::II;
    let last = date("2026-08-04");
    let mut facts = facts();
    facts.establishment.controlled_licence = false;
    facts.establishment.kind = EstablishmentKind::DistributionWarehouse;
    facts.last_entries = vec![(book, last)];
    let refusals = decide(movement(&[book]), &facts, &stock(book, 0)).unwrap_err();
    let (kind, held) = (MovementKind::Dispensing, Units::ZERO);
    assert_eq!(
        refusals,
        [
            Refusal::KindMayNot { kind },
            Refusal::NotLicensed { book },
            Refusal::BeforeLastEntry { book, last },
            Refusal::NotEnoughStock { line: 1, held },
        ]
    );
}

#[test]
fn an_antibiotic_handed_over_offline_is_entered_late() {
    let book = Book::Antibiotics;
    let mut facts = facts();
    facts.last_entries = vec![(book, date("2026-08-05"))];
    assert!(decide(movement(&[book]), &facts, &stock(book, 10)).is_ok());
}

fn returned(packages: u32) -> Returned {
    let (issued, dispensed) = handed_over(&[Book::I]);
    Returned {
        folio: issued.folio,
        at: dispensed.at,
        on: date("2026-08-04"),
        pharmacy: dispensed.pharmacy,
        dispensing: 1,
        reason: ReturnReason::EnteredInError,
        lines: vec![ReturnedLine {
            line: 1,
            packages: Packages::new(packages),
            destination: Destination::Shelf,
            undoes: true,
        }],
    }
}

#[test]
fn what_comes_back_is_of_the_lot_that_was_handed_over() {
    let (issued, dispensed) = handed_over(&[Book::I]);
    let movement = of_return(&issued, &dispensed, &returned(1), on_lists);
    let movement = movement.unwrap().unwrap();
    assert_eq!(
        (movement.kind, movement.on),
        (MovementKind::Return, date("2026-08-04"))
    );
    let [posting] = postings(&movement)[..] else {
        panic!("one posting")
    };
    assert_eq!(posting.from, PartyRef::Outside(Outside::Patients));
    assert_eq!(
        (posting.units, &posting.lot.number[..]),
        (Units::new(5), "L1")
    );
    assert!(!movement.lines[0].retained);
    let decided = decide(movement.clone(), &facts(), &Balances::default());
    assert_eq!(decided, Ok(movement));
}

#[test]
fn no_more_comes_back_than_was_handed_over_nor_to_another_pharmacy() {
    let (issued, dispensed) = handed_over(&[Book::I]);
    let refusal = Err(Refusal::NotOfPrescription);
    assert_eq!(
        of_return(&issued, &dispensed, &returned(3), on_lists),
        refusal
    );
    let mut elsewhere = returned(1);
    elsewhere.pharmacy = clues("HGSSA000099");
    assert_eq!(
        of_return(&issued, &dispensed, &elsewhere, on_lists),
        refusal
    );
}
