//! A small country: what the service would gather, kept in memory, so that random histories can be
//! decided as they would be there.

use std::collections::BTreeMap;

use jiff::civil::Date;
use prescription::{
    Clues, Dispensed, DispensedLine, Dosage, DoseUnit, Folio, Fraction, Issued, IssuedLine,
    MapSecret, Packages, Period, Route,
};
use proptest::prelude::*;

use super::fixture::{clave, date, establishment, lot, medicine, supplier};
use crate::dispensing::{self, DispensingFacts};
use crate::facts::{EarlierFacts, EstablishmentFacts, EstablishmentKind};
use crate::law::Parameters;
use crate::{
    Balances, Book, BookLine, Books, CountReason, Counterpart, Logged, Movement, MovementFacts,
    MovementKind, MovementOrder, OrderLine, Refusal, ShipmentRef, Units, decide, of_dispensing,
};

/// The establishments: one that makes, one that stores, two that sell, and one without licence.
const ESTABLISHMENTS: [(&str, EstablishmentKind); 5] = [
    ("DFSSA000010", EstablishmentKind::MedicineFactory),
    ("DFSSA000020", EstablishmentKind::DistributionWarehouse),
    ("HGIMB000011", EstablishmentKind::Pharmacy),
    ("HGSSA000025", EstablishmentKind::Botica),
    ("HGSSA000099", EstablishmentKind::Pharmacy),
];

/// One thing that somebody tries, lawful or not.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    /// Who, by place among the establishments.
    who: usize,
    /// The other one.
    other: usize,
    kind: MovementKind,
    lines: Vec<(Book, u8, u64)>,
    reason: Option<CountReason>,
    /// Which earlier movement it refers to, counted back over those that it may.
    earlier: usize,
    corrects: bool,
    /// Days since the op before; one of them back.
    days: i8,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let book = prop::sample::select(Book::ALL.to_vec());
    let lines = prop::collection::vec((book, 0_u8..2, 0_u64..40), 1..3);
    let reason = prop::option::weighted(0.6, prop::sample::select(CountReason::ALL.to_vec()));
    // Some kinds more often, so that there is something to refuse and to hand over.
    let kinds = MovementKind::ALL.into_iter().chain([
        MovementKind::Opening,
        MovementKind::Purchase,
        MovementKind::Purchase,
        MovementKind::Shipment,
        MovementKind::Receipt,
        MovementKind::Receipt,
        MovementKind::Dispensing,
        MovementKind::Dispensing,
    ]);
    let kind = prop::sample::select(kinds.collect::<Vec<_>>());
    let size = ESTABLISHMENTS.len();
    let corrects = prop::bool::weighted(0.15);
    (
        0..size,
        0..size,
        kind,
        lines,
        reason,
        0_usize..4,
        corrects,
        -1_i8..3,
    )
        .prop_map(
            |(who, other, kind, lines, reason, earlier, corrects, days)| Op {
                who,
                other,
                kind,
                lines,
                reason,
                earlier,
                corrects,
                days,
            },
        )
}

/// What has been recorded.
#[derive(Clone)]
pub(crate) struct World {
    today: Date,
    pub(crate) ledger: Vec<Logged>,
    pub(crate) balances: Balances,
    pub(crate) books: BTreeMap<Clues, Books>,
    pub(crate) lines: BTreeMap<Clues, Vec<BookLine>>,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            today: date("2026-08-03"),
            ledger: Vec::new(),
            balances: Balances::default(),
            books: BTreeMap::new(),
            lines: BTreeMap::new(),
        }
    }

    pub(crate) fn after(ops: &[Op]) -> Self {
        let mut world = Self::new();
        for op in ops {
            world.perform(op).ok();
        }
        world
    }

    /// Tries `op`: what is allowed is recorded, what is not changes nothing.
    pub(crate) fn perform(&mut self, op: &Op) -> Result<(), Vec<Refusal>> {
        let on = self.today.saturating_add(jiff::Span::new().days(op.days));
        self.today = self.today.max(on);
        let movement = if op.kind == MovementKind::Dispensing {
            self.dispense(op, on)?
        } else {
            let (order, facts) = self.order(op, on);
            decide(&order, &facts, &self.balances)?
        };
        self.record(movement);
        Ok(())
    }

    /// What was decided can always be recorded.
    pub(crate) fn record(&mut self, movement: Movement) {
        let here = movement.establishment.clone();
        self.balances.apply(&movement).unwrap();
        let ledger = 10 + 3 * u64::try_from(self.ledger.len()).unwrap();
        let logged = Logged { ledger, movement };
        let books = self.books.entry(here.clone());
        let books = books.or_insert_with(|| Books::new(here.clone()));
        let entered = books.enter(&logged).unwrap();
        self.lines.entry(here).or_default().extend(entered);
        self.ledger.push(logged);
    }

    /// The movements of one establishment.
    pub(crate) fn movements(&self, here: &Clues) -> Vec<Logged> {
        let ledger = self.ledger.iter();
        let own = ledger.filter(|logged| logged.movement.establishment == *here);
        own.cloned().collect()
    }

    fn dispense(&self, op: &Op, on: Date) -> Result<Movement, Vec<Refusal>> {
        let (issued, dispensed) = visit(op, on, &facts_of(op.who).clues);
        let book = |clave: &_| {
            Book::ALL
                .into_iter()
                .find(|book| super::fixture::clave(*book) == *clave)
        };
        let movement = of_dispensing(&issued, &dispensed, |clave| book(clave).map(medicine));
        let Ok(Some(movement)) = movement else {
            panic!("every line is booked");
        };
        let facts = DispensingFacts {
            establishment: facts_of(op.who),
            last_entries: self.last_entries(&dispensed.pharmacy),
        };
        dispensing::decide(movement, &facts, &self.balances)
    }

    fn order(&self, op: &Op, on: Date) -> (MovementOrder, MovementFacts) {
        let establishment = facts_of(op.who);
        let here = &establishment.clues;
        let other = facts_of(op.other);
        let own = self.movements(here);
        let earlier = op
            .corrects
            .then(|| {
                nth_back(
                    own.iter().filter(|one| one.movement.kind == op.kind),
                    op.earlier,
                )
            })
            .flatten();
        let shipment = (op.kind == MovementKind::Receipt
            || op.kind.needs_notice() && op.earlier > 1)
            .then(|| {
                nth_back(
                    self.ledger.iter().filter(|one| is_shipment(one)),
                    op.earlier,
                )
            })
            .flatten();
        let mut order = order(op, on, &other.clues);
        order.corrects = earlier.and_then(|one| one.movement.number());
        order.shipment = shipment.filter(|_| !op.corrects).map(shipment_ref);
        let past = |one: &Logged| {
            let ledger = self.ledger.iter().map(|logged| &logged.movement);
            EarlierFacts::of(one.movement.clone(), ledger)
        };
        let facts = MovementFacts {
            today: self.today,
            next_number: own
                .iter()
                .filter_map(|one| one.movement.number())
                .max()
                .unwrap_or(0)
                + 1,
            medicines: op
                .lines
                .iter()
                .map(|(book, ..)| Some(medicine(*book)))
                .collect(),
            last_entries: self.last_entries(here),
            counterpart: Some(other),
            shipment: shipment.map(past),
            corrected: earlier.map(past),
            parameters: Parameters::default(),
            establishment,
        };
        (order, facts)
    }

    fn last_entries(&self, here: &Clues) -> Vec<(Book, Date)> {
        let books = self.books.get(here);
        books
            .map(|books| books.last_entries().collect())
            .unwrap_or_default()
    }
}

fn facts_of(place: usize) -> EstablishmentFacts {
    let (clues, kind) = ESTABLISHMENTS[place];
    let mut facts = establishment(clues, kind);
    facts.controlled_licence = place != 4;
    facts
}

fn order(op: &Op, on: Date, other: &Clues) -> MovementOrder {
    let at = on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let lines = op.lines.iter().map(|(book, number, units)| OrderLine {
        clave: clave(*book),
        lot: lot(&format!("L{number}")),
        units: Units::new(*units),
        reason: op.reason.filter(|_| op.kind == MovementKind::Count),
    });
    let mut order = MovementOrder::new(op.kind, at, on, lines.collect());
    order.document = Some("F-1".to_owned());
    order.permit = Some("P-1".to_owned());
    order.counterpart = match op.kind {
        MovementKind::Purchase | MovementKind::Return => Some(supplier()),
        MovementKind::Shipment => Some(Counterpart::Establishment(other.clone())),
        _ => None,
    };
    if op.corrects {
        order.counterpart = None;
    }
    if op.kind == MovementKind::Destruction {
        order.witnesses = vec!["Ana Ruiz".to_owned(), "Luis Paz".to_owned()];
    }
    order
}

fn nth_back<'l>(found: impl Iterator<Item = &'l Logged>, back: usize) -> Option<&'l Logged> {
    let found: Vec<_> = found.collect();
    found.into_iter().rev().nth(back)
}

fn is_shipment(logged: &Logged) -> bool {
    logged.movement.kind == MovementKind::Shipment && logged.movement.corrects.is_none()
}

fn shipment_ref(logged: &Logged) -> ShipmentRef {
    let Some(Counterpart::Establishment(to)) = &logged.movement.counterpart else {
        panic!("shipped to an establishment");
    };
    ShipmentRef {
        from: logged.movement.establishment.clone(),
        to: to.clone(),
        number: logged.movement.number().unwrap(),
    }
}

/// A prescription of the lines of `op`, and its dispensing at `pharmacy`.
pub(crate) fn visit(op: &Op, on: Date, pharmacy: &Clues) -> (Issued, Dispensed) {
    let at = on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let folio = Folio::from_random([u8::try_from(op.earlier).unwrap(); 10]);
    let packages = |units: u64| Packages::new(u32::try_from(units / 8 + 1).unwrap());
    let issued = Issued {
        folio,
        at,
        written_on: on,
        patient: "0123456789abcdef0123456789abcdef".parse().unwrap(),
        prescriber: "1234567".parse().unwrap(),
        establishment: pharmacy.clone(),
        special_folio: None,
        lines: op
            .lines
            .iter()
            .map(|(book, _, units)| prescribed(*book, packages(*units), on))
            .collect(),
    };
    let handed = (1..)
        .zip(&op.lines)
        .map(|(line, (_, number, units))| DispensedLine {
            line,
            packages: packages(*units),
            fill: 1,
            retained: true,
            lot: Some(format!("L{number}")),
            expiry: Some(lot("").expiry),
        });
    let dispensed = Dispensed {
        folio,
        at,
        on,
        pharmacy: pharmacy.clone(),
        lines: handed.collect(),
    };
    (issued, dispensed)
}

fn prescribed(book: Book, packages: Packages, on: Date) -> IssuedLine {
    let fraction = match book {
        Book::I => Fraction::I,
        Book::II => Fraction::II,
        Book::III => Fraction::III,
        Book::Antibiotics => Fraction::IV,
    };
    IssuedLine {
        clave: clave(book),
        substance: book.code().to_owned(),
        map_key: MapSecret::new([7; 32]).blind(book.code()),
        fraction,
        antibiotic: book == Book::Antibiotics,
        packages,
        fills: 1,
        dosage: Dosage {
            dose_milli: 1000,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 8,
            period: Period::Hour,
            days: 7,
            route: Route::Oral,
            as_needed: false,
        },
        brand: None,
        valid_until: on,
    }
}
