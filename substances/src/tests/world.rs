//! A small country: what the service would gather, kept in memory, so that random histories can be
//! decided as they would be there.

use std::collections::BTreeMap;

use jiff::civil::Date;
use prescription::Clues;

use super::fixture::{clave, date, establishment, lot, medicine, supplier};
use super::op::Op;
use super::visit::{Wanted, visit};
use crate::dispensing::{self, DispensingFacts};
use crate::facts::{EarlierFacts, EstablishmentFacts, EstablishmentKind, MedicineFacts};
use crate::law::Parameters;
use crate::{
    Balances, Book, BookLine, Books, Counterpart, Logged, Movement, MovementFacts, MovementKind,
    MovementLine, MovementOrder, OrderLine, Refusal, ShipmentRef, Units, decide, of_dispensing,
};

/// The establishments: one that makes, one that stores, two that sell, and one without licence.
pub(crate) const ESTABLISHMENTS: [(&str, EstablishmentKind); 5] = [
    ("DFSSA000010", EstablishmentKind::MedicineFactory),
    ("DFSSA000020", EstablishmentKind::DistributionWarehouse),
    ("HGIMB000011", EstablishmentKind::Pharmacy),
    ("HGSSA000025", EstablishmentKind::Botica),
    ("HGSSA000099", EstablishmentKind::Pharmacy),
];

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

    /// A long history, always the same.
    pub(crate) fn busy() -> Self {
        use proptest::strategy::{Strategy as _, ValueTree as _};
        let mut runner = proptest::test_runner::TestRunner::deterministic();
        let ops = proptest::collection::vec(super::op::op(), 400);
        Self::after(&ops.new_tree(&mut runner).unwrap().current())
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
        let wanted = op.lines.iter().map(|(book, lot, units)| Wanted {
            book: *book,
            lot: *lot,
            packages: u32::try_from(units / 8 + 1).unwrap(),
        });
        let wanted: Vec<_> = wanted.collect();
        let number = u8::try_from(op.earlier).unwrap();
        let (issued, dispensed) = visit(&wanted, number, on, &facts_of(op.who).clues);
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
        let shipment = self.shipment(op);
        let establishment = match shipment.map(shipment_ref) {
            Some(shipment) if op.faithful => facts_of(place_of(&shipment.to)),
            _ => facts_of(op.who),
        };
        let here = &establishment.clues;
        let other = facts_of(op.other);
        let own = self.movements(here);
        let earlier = earlier(op, &own);
        let lines = lines(op, earlier.or(shipment));
        let mut order = order(op, on, &other.clues, &lines);
        order.corrects = earlier.and_then(|one| one.movement.number());
        order.shipment = shipment.map(shipment_ref);
        let past = |one: &Logged| {
            let ledger = self.ledger.iter().map(|logged| &logged.movement);
            EarlierFacts::of(one.movement.clone(), ledger)
        };
        let last = own.iter().filter_map(|one| one.movement.number()).max();
        let facts = MovementFacts {
            today: self.today,
            next_number: last.unwrap_or(0) + 1,
            medicines: lines
                .iter()
                .map(|(_, book)| Some(facts_of_medicine(op, *book)))
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

    /// The shipment that `op` refers to, if it does.
    fn shipment(&self, op: &Op) -> Option<&Logged> {
        let on_its_way =
            op.kind == MovementKind::Receipt || op.kind.needs_notice() && op.earlier > 1;
        let shipments = self.ledger.iter().filter(|one| is_shipment(one));
        (on_its_way && !op.corrects)
            .then(|| nth_back(shipments, op.earlier))
            .flatten()
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

fn place_of(here: &Clues) -> usize {
    let mut all = ESTABLISHMENTS.iter();
    all.position(|(clues, _)| *clues == here.as_str()).unwrap()
}

/// Of `op`'s establishment, the movement that it takes back or gives notice of.
fn earlier<'l>(op: &Op, own: &'l [Logged]) -> Option<&'l Logged> {
    if op.kind == MovementKind::Notice {
        return nth_back(
            own.iter().filter(|one| one.movement.notice_due.is_some()),
            op.earlier,
        );
    }
    let same = own.iter().filter(|one| one.movement.kind == op.kind);
    op.corrects.then(|| nth_back(same, op.earlier)).flatten()
}

/// The lines of `op`, with their books. Faithful ones are those of the movement that it refers to.
fn lines(op: &Op, refers: Option<&Logged>) -> Vec<(OrderLine, Book)> {
    if op.kind == MovementKind::Notice {
        return Vec::new();
    }
    let reason = op.reason.filter(|_| op.kind == MovementKind::Count);
    if let Some(logged) = refers.filter(|_| op.faithful) {
        let pairs = logged.movement.lines.iter().zip(&op.lines);
        let of = |(line, (.., units)): (&MovementLine, &(Book, u8, u64))| {
            let units = line.units.min(Units::new(*units));
            let (clave, lot) = (line.clave.clone(), line.lot.clone());
            (
                OrderLine {
                    clave,
                    lot,
                    units,
                    reason,
                },
                line.book,
            )
        };
        return pairs.map(of).collect();
    }
    let of = |(book, number, units): &(Book, u8, u64)| {
        let (clave, lot) = (clave(*book), lot(&format!("L{number}")));
        let units = Units::new(*units);
        (
            OrderLine {
                clave,
                lot,
                units,
                reason,
            },
            *book,
        )
    };
    op.lines.iter().map(of).collect()
}

/// What is released has left the lists.
fn facts_of_medicine(op: &Op, book: Book) -> MedicineFacts {
    let released = op.kind == MovementKind::Release;
    MedicineFacts {
        book: (!released).then_some(book),
        left: released.then_some(book),
        ..medicine(book)
    }
}

fn order(op: &Op, on: Date, other: &Clues, lines: &[(OrderLine, Book)]) -> MovementOrder {
    let at = on.at(18, 0, 0, 0).in_tz("UTC").unwrap().timestamp();
    let lines = lines.iter().map(|(line, _)| line.clone()).collect();
    let mut order = MovementOrder::new(op.kind, at, on, lines);
    order.notice = (op.kind == MovementKind::Notice).then(|| "AV-1".to_owned());
    order.document = Some("F-1".to_owned());
    order.permit = Some("P-1".to_owned());
    if matches!(op.kind, MovementKind::Purchase | MovementKind::Return) {
        order.counterpart = Some(supplier());
    }
    if op.kind == MovementKind::Shipment {
        order.counterpart = Some(Counterpart::Establishment(other.clone()));
    }
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
