//! What movements and dispensings amount to: nothing leaves a stock that is not in it, and every
//! book runs in the order of its dates.
//!
//! A dispensing has no act of its own in the register; its movement is derived from the
//! prescription's event, as the service derives it. An establishment whose first act in the register
//! has not come yet keeps no stock here: its dispensings are counted, not judged.

use std::collections::HashMap;
use std::sync::Arc;

use cofepris::Catalog;
use jiff::civil::Date;
use prescription::leaf::Pseudonym;
use prescription::{Clave, Clues, Dispensed, Issued, Returned};
use serde::Serialize;
use substances::dispensing::{cover, of_dispensing};
use substances::{
    Balances, Book, Books, Logged, MedicineFacts, Movement, MovementKind, MovementLine, Origin,
    Units,
};

use super::act::ActFinding;
use super::{Finding, Findings};

/// What the replay found of stocks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct StockTally {
    /// Establishments that keep stock here.
    pub establishments: u64,
    /// Movements that were replayed, those of dispensings and returns included.
    pub replayed: u64,
    /// Dispensings and returns that could not be judged: their establishment keeps no stock here, or
    /// an earlier body is missing.
    pub unjudged: u64,
}

/// The stocks and books so far.
pub(super) struct Stock {
    catalog: Arc<Catalog>,
    balances: Balances,
    books: HashMap<Clues, Books>,
    /// What each dispensing of a prescription handed over, in order: it may come back.
    handed: HashMap<Pseudonym, Vec<Handed>>,
    pub(super) tally: StockTally,
}

/// One dispensing, as far as a return needs it.
struct Handed {
    origin: Origin,
    /// Units of a package count as one: the prescription is in unit doses (LGS art. 226 Bis).
    unit_doses: bool,
    /// Number of the prescription's line, and what was handed over of it.
    lines: Vec<(u8, MovementLine)>,
}

impl Stock {
    pub(super) fn new(catalog: Arc<Catalog>) -> Self {
        Self {
            catalog,
            balances: Balances::default(),
            books: HashMap::new(),
            handed: HashMap::new(),
            tally: StockTally::default(),
        }
    }

    /// Replays a movement of the register.
    pub(super) fn movement(&mut self, index: u64, movement: &Movement, findings: &mut Findings) {
        let clues = &movement.establishment;
        if !self.books.contains_key(clues) {
            self.books.insert(clues.clone(), Books::new(clues.clone()));
        }
        self.replay(index, movement.clone(), findings);
    }

    /// Replays what a dispensing moved, which it gives back.
    pub(super) fn dispensed(
        &mut self,
        index: u64,
        issued: &Issued,
        dispensed: &Dispensed,
        findings: &mut Findings,
    ) -> Option<Movement> {
        let catalog = Arc::clone(&self.catalog);
        let medicine = |clave: &Clave| Some(facts(&catalog, clave, dispensed.on));
        // What cannot be derived, such as a line without its lot, is in no book.
        let movement = of_dispensing(issued, dispensed, medicine).ok().flatten();
        let handed = Handed::of(issued, dispensed, movement.as_ref());
        let pseudonym = Pseudonym::of(issued.folio);
        self.handed.entry(pseudonym).or_default().push(handed);
        let movement = movement?;
        if !self.books.contains_key(&movement.establishment) {
            self.tally.unjudged += 1;
            return None;
        }
        // Where the stock does not cover fractions I to III, the posting says it.
        let covered = cover(movement.clone(), &self.balances).unwrap_or(movement);
        self.replay(index, covered.clone(), findings);
        Some(covered)
    }

    /// Replays what came back of a dispensing, which it gives back.
    pub(super) fn returned(
        &mut self,
        index: u64,
        returned: &Returned,
        findings: &mut Findings,
    ) -> Option<Movement> {
        let dispensings = self.handed.get(&Pseudonym::of(returned.folio));
        let place = usize::try_from(returned.dispensing)
            .ok()
            .and_then(|n| n.checked_sub(1));
        let handed = place.and_then(|place| dispensings?.get(place));
        let kept = self.books.contains_key(&returned.pharmacy);
        let Some(handed) = handed.filter(|_| kept) else {
            self.tally.unjudged += 1;
            return None;
        };
        let movement = handed.back(&self.catalog, returned)?;
        self.replay(index, movement.clone(), findings);
        Some(movement)
    }

    fn replay(&mut self, index: u64, movement: Movement, findings: &mut Findings) {
        self.tally.replayed += 1;
        let mut push = |what| findings.push(Finding::Act { index, what });
        if let Err(reason) = self.balances.apply(&movement) {
            return push(ActFinding::Impossible(reason));
        }
        let clues = movement.establishment.clone();
        let books = self
            .books
            .entry(clues.clone())
            .or_insert_with(|| Books::new(clues));
        let logged = Logged {
            ledger: index,
            movement,
        };
        if let Err(reason) = books.enter(&logged) {
            push(ActFinding::OutOfBook(reason));
        }
    }

    pub(super) fn tally(&self) -> StockTally {
        StockTally {
            establishments: self.books.len() as u64,
            ..self.tally
        }
    }
}

/// What the catalog says of a medicine on a day.
pub(crate) fn facts(catalog: &Catalog, clave: &Clave, on: Date) -> MedicineFacts {
    let found = catalog.fraction_on(clave, on);
    MedicineFacts {
        book: found.and_then(|found| Book::of(found.fraction, found.antibiotic)),
        units_per_package: catalog.units_per_package(clave),
        left: None,
    }
}

impl Handed {
    fn of(issued: &Issued, dispensed: &Dispensed, movement: Option<&Movement>) -> Self {
        let origin = Origin::Prescription {
            folio: issued.folio,
            prescriber: issued.prescriber.clone(),
        };
        let booked = movement.map_or(&[][..], |movement| &movement.lines);
        let parts = dispensed.lines.iter().filter_map(|part| {
            let place = usize::from(part.line).checked_sub(1)?;
            let clave = &issued.lines.get(place)?.clave;
            let same = |line: &&MovementLine| {
                line.clave == *clave && part.lot.as_ref() == Some(&line.lot.number)
            };
            Some((part.line, booked.iter().find(same)?.clone()))
        });
        Self {
            origin,
            unit_doses: !issued.setting.is_outpatient(),
            lines: parts.collect(),
        }
    }

    /// The movement of a return, in the lots of the dispensing.
    fn back(&self, catalog: &Catalog, returned: &Returned) -> Option<Movement> {
        let lines = returned.lines.iter().filter_map(|part| {
            let (_, line) = self.lines.iter().find(|(number, _)| *number == part.line)?;
            let size = catalog.units_per_package(&line.clave);
            let size = if self.unit_doses { 1 } else { size };
            Some(MovementLine {
                units: Units::of_packages(part.packages, size)?,
                shortfall: Units::ZERO,
                retained: false,
                ..line.clone()
            })
        });
        let lines: Vec<_> = lines.collect();
        (!lines.is_empty()).then(|| Movement {
            establishment: returned.pharmacy.clone(),
            origin: self.origin.clone(),
            at: returned.at,
            on: returned.on,
            kind: MovementKind::Return,
            lines,
            document: None,
            permit: None,
            counterpart: None,
            shipment: None,
            witnesses: Vec::new(),
            notice: None,
            notice_due: None,
            corrects: None,
        })
    }
}
