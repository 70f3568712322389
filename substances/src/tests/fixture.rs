//! Lawful orders, and what is known when they are given. A test takes one and breaks what it is
//! about.

use jiff::civil::Date;
use prescription::{Clave, Clues};

use crate::facts::{EstablishmentFacts, EstablishmentKind};
use crate::{
    Account, Balances, Book, Counterpart, EarlierFacts, Lot, MedicineFacts, Movement,
    MovementFacts, MovementKind, MovementOrder, OrderLine, Origin, Party, Refusal, ShipmentRef,
    Units, decide,
};

/// The day of every order.
pub(crate) const TODAY: &str = "2026-08-03";
/// The pharmacy that gives them.
pub(crate) const PHARMACY: &str = "HGIMB000011";
/// The warehouse that supplies it.
pub(crate) const WAREHOUSE: &str = "DFSSA000020";
/// Units of every line, and four times that in stock.
pub(crate) const UNITS: Units = Units::new(25);

pub(crate) fn date(text: &str) -> Date {
    text.parse().unwrap()
}

pub(crate) fn clues(text: &str) -> Clues {
    text.parse().unwrap()
}

/// A medicine of each book.
pub(crate) fn clave(book: Book) -> Clave {
    let clave = match book {
        Book::I => "040.000.2099.00",
        Book::II => "040.000.2106.00",
        Book::III => "040.000.2601.00",
        Book::Antibiotics => "010.000.2128.00",
    };
    clave.parse().unwrap()
}

/// Lot `number`, good for a year.
pub(crate) fn lot(number: &str) -> Lot {
    Lot {
        number: number.to_owned(),
        expiry: date("2027-08-31"),
    }
}

pub(crate) fn medicine(book: Book) -> MedicineFacts {
    MedicineFacts {
        book: Some(book),
        units_per_package: 5,
        left: None,
    }
}

/// An establishment that may do everything that its class may.
pub(crate) fn establishment(text: &str, kind: EstablishmentKind) -> EstablishmentFacts {
    EstablishmentFacts {
        clues: clues(text),
        kind,
        controlled_licence: true,
        responsible: true,
        books: Book::ALL
            .into_iter()
            .filter(|book| book.is_controlled())
            .collect(),
    }
}

/// What a test may change.
pub(crate) struct Case {
    pub(crate) order: MovementOrder,
    pub(crate) facts: MovementFacts,
    pub(crate) stock: Vec<(Account, Units)>,
}

/// A lawful order of this kind, of one lot of a medicine of this book, with all its papers.
pub(crate) fn lawful(kind: MovementKind, book: Book) -> Case {
    use MovementKind as Kind;
    let wholesale = matches!(kind, Kind::Manufacture | Kind::Import | Kind::Export);
    let class = if wholesale {
        EstablishmentKind::MedicineFactory
    } else {
        EstablishmentKind::Pharmacy
    };
    let mut order = order(kind, book);
    let here = establishment(PHARMACY, class);
    let mut stock = vec![(account(here.clues.clone(), book), Units::new(100))];
    let mut facts = MovementFacts {
        establishment: here,
        today: date(TODAY),
        next_number: 8,
        medicines: vec![Some(medicine(book)); order.lines.len()],
        last_entries: vec![(book, date(TODAY))],
        counterpart: None,
        shipment: None,
        corrected: None,
        parameters: crate::law::Parameters::default(),
    };
    match kind {
        Kind::Opening => stock.clear(),
        Kind::Purchase | Kind::Return => order.counterpart = Some(supplier()),
        Kind::Shipment => {
            let to = establishment(WAREHOUSE, EstablishmentKind::DistributionWarehouse);
            order.counterpart = Some(Counterpart::Establishment(to.clues.clone()));
            facts.counterpart = Some(to);
        }
        Kind::Receipt => {
            order.shipment = Some(shipment_ref());
            facts.shipment = Some(EarlierFacts::of(shipped(book), []));
            let party = Party::Transit {
                from: clues(WAREHOUSE),
                to: clues(PHARMACY),
            };
            stock.push((
                Account {
                    party,
                    ..stock[0].0.clone()
                },
                UNITS,
            ));
        }
        Kind::Release => {
            facts.medicines[0] = Some(MedicineFacts {
                book: None,
                left: Some(book),
                ..medicine(book)
            });
        }
        Kind::Count => order.lines[0].units = Units::new(100),
        Kind::Notice => {
            order.corrects = Some(7);
            facts.corrected = Some(EarlierFacts::of(theft(book), []));
        }
        Kind::Manufacture
        | Kind::Import
        | Kind::Export
        | Kind::Dispensing
        | Kind::Destruction
        | Kind::Loss
        | Kind::Theft => {}
    }
    Case {
        order,
        facts,
        stock,
    }
}

fn order(kind: MovementKind, book: Book) -> MovementOrder {
    let line = OrderLine {
        clave: clave(book),
        lot: lot("A1"),
        units: UNITS,
        reason: None,
    };
    let lines = if kind == MovementKind::Notice {
        Vec::new()
    } else {
        vec![line]
    };
    let at = "2026-08-03T18:00:00Z".parse().unwrap();
    let mut order = MovementOrder::new(kind, at, date(TODAY), lines);
    order.document = Some("F-1234".to_owned());
    order.permit = Some("PE-55/2026".to_owned());
    if kind == MovementKind::Destruction {
        order.witnesses = vec![
            "Ana Ruiz, verificadora".to_owned(),
            "Luis Paz, responsable".to_owned(),
        ];
    }
    if kind == MovementKind::Notice {
        order.notice = Some("AV-9".to_owned());
    }
    order
}

pub(crate) fn supplier() -> Counterpart {
    Counterpart::Supplier {
        rfc: "LAB010203AB1".parse().unwrap(),
        licence: Some("LS-4411".to_owned()),
    }
}

pub(crate) fn account(here: Clues, book: Book) -> Account {
    Account {
        party: Party::Establishment(here),
        clave: clave(book),
        lot: lot("A1"),
    }
}

pub(crate) fn shipment_ref() -> ShipmentRef {
    ShipmentRef {
        from: clues(WAREHOUSE),
        to: clues(PHARMACY),
        number: 3,
    }
}

/// The warehouse's third movement: what it shipped to the pharmacy.
pub(crate) fn shipped(book: Book) -> Movement {
    let mut movement = recorded(lawful(MovementKind::Shipment, book));
    movement.establishment = clues(WAREHOUSE);
    movement.origin = Origin::Register { number: 3 };
    movement.counterpart = Some(Counterpart::Establishment(clues(PHARMACY)));
    movement
}

/// The pharmacy's seventh movement: a theft whose notice is due.
pub(crate) fn theft(book: Book) -> Movement {
    let mut movement = recorded(lawful(MovementKind::Theft, book));
    movement.origin = Origin::Register { number: 7 };
    movement
}

/// What becomes of a lawful order.
pub(crate) fn recorded(case: Case) -> Movement {
    try_record(case).unwrap()
}

pub(crate) fn try_record(case: Case) -> Result<Movement, Vec<Refusal>> {
    let balances = Balances::of_stocks(case.stock).unwrap();
    decide(&case.order, &case.facts, &balances)
}

/// Why a lawful order is refused after `change`.
pub(crate) fn refused(
    kind: MovementKind,
    book: Book,
    change: impl FnOnce(&mut Case),
) -> Vec<Refusal> {
    let mut case = lawful(kind, book);
    change(&mut case);
    try_record(case).err().unwrap_or_default()
}

/// Every kind that can be ordered.
pub(crate) fn ordered() -> impl Iterator<Item = MovementKind> {
    MovementKind::ALL
        .into_iter()
        .filter(|kind| *kind != MovementKind::Dispensing)
}

#[test]
fn lawful_orders_are_recorded_in_every_book() {
    for kind in ordered() {
        for book in Book::ALL.into_iter().filter(|book| book.is_controlled()) {
            let case = lawful(kind, book);
            let order = case.order.clone();
            let movement = recorded(case);
            assert_eq!(movement.number(), Some(8));
            assert_eq!((movement.kind, movement.on), (kind, order.on));
            assert_eq!(movement.document, order.document);
            assert!(movement.lines.iter().all(|line| line.book == book));
        }
    }
}
