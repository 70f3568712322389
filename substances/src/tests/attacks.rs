//! What a thief would try. Each test says what the attack is; most run on what was recorded lawfully
//! before.

use super::fixture::{
    Case, PHARMACY, TODAY, WAREHOUSE, clave, clues, date, lawful, lot, medicine, recorded, refused,
    shipped, try_record,
};
use crate::balances::PostingError;
use crate::book::{BookError, Books};
use crate::{
    Balances, Book, CountReason, Counterpart, EarlierFacts, Finding, Logged, Movement,
    MovementKind, Origin, Outside, Party, PartyRef, Posting, Refusal, Shown, Units, conservation,
    verify_book,
};

fn logged(ledger: u64, number: u64, mut movement: Movement) -> Logged {
    movement.origin = Origin::Register { number };
    Logged { ledger, movement }
}

fn with(kind: MovementKind, change: impl FnOnce(&mut Case)) -> Movement {
    let mut case = lawful(kind, Book::I);
    change(&mut case);
    recorded(case)
}

/// Three entries of the pharmacy's book of fraction I.
fn record() -> Vec<Logged> {
    let purchase = with(MovementKind::Purchase, |case| {
        case.order.lines[0].units = Units::new(100);
    });
    let destruction = with(MovementKind::Destruction, |case| {
        case.order.lines[0].units = Units::new(10);
    });
    let theft = with(MovementKind::Theft, |case| {
        case.order.lines[0].units = Units::new(5);
    });
    vec![
        logged(11, 1, purchase),
        logged(17, 2, destruction),
        logged(40, 3, theft),
    ]
}

fn shown(movements: &[Logged]) -> Vec<crate::BookLine> {
    crate::book::books(&clues(PHARMACY), movements).unwrap()
}

fn verify(lines: &[crate::BookLine]) -> Vec<Finding> {
    verify_book(&Shown::whole(clues(PHARMACY), Book::I), lines, &record())
}

/// To hide what is missing, a purchase is dated before an inspection that has been.
#[test]
fn a_back_dated_entry_is_refused_and_one_that_was_forced_in_is_found() {
    let refusals = refused(MovementKind::Purchase, Book::I, |case| {
        case.order.on = date("2026-07-01");
    });
    let (book, last) = (Book::I, date(TODAY));
    assert_eq!(refusals, [Refusal::BeforeLastEntry { book, last }]);

    // Somebody writes it into the database all the same.
    let mut movements = record();
    movements[2].movement.on = date("2026-07-01");
    let mut books = Books::new(clues(PHARMACY));
    books.enter(&movements[0]).unwrap();
    books.enter(&movements[1]).unwrap();
    assert_eq!(
        books.enter(&movements[2]),
        Err(BookError::Date(date("2026-07-01")))
    );
}

/// Morphine is received as if it were tramadol.
#[test]
fn a_changed_clave_is_not_in_the_shipment_nor_in_the_book() {
    let refusals = refused(MovementKind::Receipt, Book::I, |case| {
        case.order.lines[0].clave = clave(Book::II);
        case.facts.medicines = vec![Some(medicine(Book::II))];
        case.facts.last_entries.clear();
    });
    assert_eq!(refusals, [Refusal::NotInShipment { line: 1 }]);

    let mut lines = shown(&record());
    lines[1].clave = clave(Book::II);
    assert_eq!(
        verify(&lines),
        [
            Finding::Inserted { line: 1 },
            Finding::Missing {
                entry: 2,
                ledger: 17
            }
        ]
    );
}

#[test]
fn a_pharmacy_without_licence_for_the_class_receives_nothing() {
    for book in [Book::I, Book::II, Book::III] {
        let unlicensed = refused(MovementKind::Receipt, book, |case| {
            case.facts.establishment.controlled_licence = false;
        });
        assert_eq!(unlicensed, [Refusal::NotLicensed { book }]);
        let other_class = refused(MovementKind::Receipt, book, |case| {
            case.facts.establishment.books.retain(|one| *one != book);
        });
        assert_eq!(other_class, [Refusal::BookNotAuthorised { book }]);
    }
}

/// The same boxes are received twice, to have a surplus to sell.
#[test]
fn a_double_receipt_is_refused_even_where_other_boxes_are_on_their_way() {
    let first = recorded(lawful(MovementKind::Receipt, Book::I));
    let refusals = refused(MovementKind::Receipt, Book::I, |case| {
        // Another shipment of the same lot keeps the way full.
        case.stock[1].1 = Units::new(1000);
        case.facts.shipment = Some(EarlierFacts::of(shipped(Book::I), [&first]));
    });
    let left = Units::ZERO;
    assert_eq!(refusals, [Refusal::MoreThanShipped { line: 1, left }]);
}

#[test]
fn a_shipment_to_somebody_else_is_not_received() {
    let refusals = refused(MovementKind::Receipt, Book::I, |case| {
        case.facts.establishment.clues = clues("HGSSA000099");
    });
    assert_eq!(refusals, [Refusal::NotTheReceiver]);
    // Nor by saying that it was sent here.
    let refusals = refused(MovementKind::Receipt, Book::I, |case| {
        case.facts.establishment.clues = clues("HGSSA000099");
        case.order.shipment.as_mut().unwrap().to = clues("HGSSA000099");
    });
    assert_eq!(refusals, [Refusal::ShipmentUnknown]);
}

/// A lot is split over two numbers, so that neither looks large: what the other lot lacks shows.
#[test]
fn a_lot_that_is_split_to_hide_is_not_covered() {
    let refusals = refused(MovementKind::Shipment, Book::I, |case| {
        let mut half = case.order.lines[0].clone();
        half.lot = lot("A1-bis");
        case.order.lines.push(half);
        case.facts.medicines.push(Some(medicine(Book::I)));
    });
    let held = Units::ZERO;
    assert_eq!(refusals, [Refusal::NotEnoughStock { line: 2, held }]);

    // The same number with a later expiry is another lot.
    let refusals = refused(MovementKind::Shipment, Book::I, |case| {
        case.order.lines[0].lot.expiry = date("2029-01-31");
    });
    assert_eq!(refusals, [Refusal::NotEnoughStock { line: 1, held }]);
}

/// Half a box is not a unit less than nothing.
#[test]
fn rounding_packages_to_units_never_takes_below_zero() {
    use prescription::Packages;
    for per_package in [0, 1, 3, 7, 30] {
        let dispensed = Units::of_packages(Packages::new(3), per_package).unwrap();
        let case = |held: u64| {
            let mut case = lawful(MovementKind::Destruction, Book::I);
            case.order.lines[0].units = dispensed;
            case.stock[0].1 = Units::new(held);
            try_record(case)
        };
        assert!(case(dispensed.count()).is_ok());
        let held = Units::new(dispensed.count() - 1);
        let refusals = case(held.count()).unwrap_err();
        assert_eq!(refusals, [Refusal::NotEnoughStock { line: 1, held }]);
    }
}

/// A figure so large that it wraps to a small one.
#[test]
fn figures_near_the_largest_do_not_wrap() {
    let (clave, lot) = (clave(Book::I), lot("A1"));
    let (here, there) = (clues(PHARMACY), clues(WAREHOUSE));
    let mut balances = Balances::default();
    let posting = |from, to, units| Posting {
        from,
        to,
        clave: &clave,
        lot: &lot,
        units: Units::new(units),
    };
    let here = PartyRef::Establishment(&here);
    let there = PartyRef::Establishment(&there);
    let import = PartyRef::Outside(Outside::Import);
    for units in [u64::MAX, u64::MAX - 1, Units::MOST.count() + 1] {
        let posted = balances.apply_posting(&posting(import, here, units));
        assert_eq!(posted, Err(PostingError::TooMany));
    }
    assert!(balances.is_empty(), "a refusal leaves no trace");
    balances
        .apply_posting(&posting(import, here, Units::MOST.count()))
        .unwrap();
    assert_eq!(
        balances.apply_posting(&posting(import, here, 1)),
        Err(PostingError::TooMany)
    );
    let wrapping = balances.apply_posting(&posting(here, there, u64::MAX));
    assert_eq!(wrapping, Err(PostingError::TooMany));
    balances.apply_posting(&posting(here, there, 1)).unwrap();
    let (held, asked) = (Units::new(Units::MOST.count() - 1), Units::MOST);
    let more = balances.apply_posting(&posting(here, there, Units::MOST.count()));
    assert_eq!(more, Err(PostingError::NotEnough { held, asked }));
    assert_eq!(
        balances.apply_posting(&posting(here, here, 1)),
        Err(PostingError::Nowhere)
    );
    conservation(balances.iter()).unwrap();
}

/// A theft is called a miscount, or a sale: no reason of a count reaches patients or a supplier.
#[test]
fn a_count_hides_no_sale() {
    for reason in CountReason::ALL {
        let movement = with(MovementKind::Count, |case| {
            case.order.lines[0].units = Units::new(1);
            case.order.lines[0].reason = Some(reason);
        });
        let postings = crate::postings(&movement);
        let [posting] = postings.as_slice() else {
            panic!("one posting")
        };
        assert_eq!(posting.units, Units::new(99));
        assert!(matches!(
            posting.to,
            PartyRef::Outside(Outside::Unexplained | Outside::Lost | Outside::Stolen)
        ));
    }
}

/// A shipment that the receiver already has is taken back by its sender.
#[test]
fn what_was_received_is_not_taken_back_by_the_sender() {
    let receipt = recorded(lawful(MovementKind::Receipt, Book::I));
    let mut case = lawful(MovementKind::Shipment, Book::I);
    case.facts.establishment.clues = clues(WAREHOUSE);
    case.order.corrects = Some(3);
    case.order.counterpart = None;
    let party = Party::Transit {
        from: clues(WAREHOUSE),
        to: clues(PHARMACY),
    };
    // Again another shipment is on the same way.
    let account = crate::Account {
        party,
        ..case.stock[0].0.clone()
    };
    case.stock.push((account, Units::new(1000)));
    case.facts.corrected = Some(EarlierFacts::of(shipped(Book::I), [&receipt]));
    let left = Units::ZERO;
    assert_eq!(
        try_record(case),
        Err(vec![Refusal::MoreThanCorrected { line: 1, left }])
    );
}

/// One finding for each kind of lie that a printed book can tell.
#[test]
fn each_lie_of_a_printed_book_is_named() {
    let honest = shown(&record());
    assert_eq!(verify(&honest), []);
    let lie = |change: fn(&mut Vec<crate::BookLine>)| {
        let mut lines = honest.clone();
        change(&mut lines);
        verify(&lines)
    };
    let (entry, ledger) = (2, 17);
    assert_eq!(
        lie(|lines| drop(lines.remove(1))),
        [Finding::Missing { entry, ledger }]
    );
    assert_eq!(
        lie(|lines| lines.push(lines[0].clone())),
        [Finding::Inserted { line: 3 }]
    );
    assert_eq!(
        lie(|lines| lines[1].units_out = Units::new(11)),
        [Finding::Quantity { line: 1 }]
    );
    assert_eq!(
        lie(|lines| lines[1].on = date("2026-08-02")),
        [Finding::Date { line: 1 }]
    );
    assert_eq!(
        lie(|lines| lines[2].balance = Units::new(90)),
        [Finding::Balance { line: 2 }]
    );
    assert_eq!(lie(|lines| lines.swap(0, 1)), [Finding::Order { line: 1 }]);
    assert_eq!(
        lie(|lines| lines[2].entry = 4),
        [Finding::Order { line: 2 }]
    );
    assert_eq!(
        lie(|lines| lines[0].document = Some("F-9".to_owned())),
        [Finding::Text { line: 0 }]
    );
    assert_eq!(
        lie(|lines| lines[0].counterpart = Some(Counterpart::Establishment(clues(WAREHOUSE)))),
        [Finding::Text { line: 0 }]
    );
}

/// The book is shown for some days only: what is outside of them is not missing.
#[test]
fn a_book_can_be_shown_in_part() {
    let lines = shown(&record());
    let mut part = Shown::whole(clues(PHARMACY), Book::I);
    part.from = date(TODAY);
    assert_eq!(verify_book(&part, &lines, &record()), []);
    part.from = date("2026-08-04");
    assert_eq!(verify_book(&part, &[], &record()), []);
    part.from = date(TODAY);
    assert_eq!(verify_book(&part, &[], &record()).len(), 3);
}

/// A movement is taken out of the record itself, put in, or exchanged.
#[test]
fn a_record_with_a_gap_is_no_record() {
    let lines = shown(&record());
    let whole = Shown::whole(clues(PHARMACY), Book::I);
    let mut gap = record();
    gap.remove(1);
    let findings = verify_book(&whole, &lines, &gap);
    let error = BookError::Series { last: 1, found: 3 };
    assert_eq!(findings[0], Finding::Record { place: 1, error });
    let mut exchanged = record();
    exchanged.swap(0, 1);
    let findings = verify_book(&whole, &lines, &exchanged);
    let error = BookError::Series { last: 0, found: 2 };
    assert_eq!(findings[0], Finding::Record { place: 0, error });
    for finding in findings {
        assert!(finding.in_spanish().ends_with('.'), "{}", finding.code());
    }
}
