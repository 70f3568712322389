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
use substances::dispensing::{cover, of_dispensing, of_return};
use substances::{Balances, Book, Books, Logged, MedicineFacts, Movement};

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
    /// The dispensings of each prescription, in order: something of them may come back.
    handed: HashMap<Pseudonym, Vec<Dispensed>>,
    pub(super) tally: StockTally,
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
        let pseudonym = Pseudonym::of(issued.folio);
        self.handed
            .entry(pseudonym)
            .or_default()
            .push(dispensed.clone());
        // What cannot be derived, such as a line without its lot, is in no book.
        let movement = of_dispensing(issued, dispensed, medicine).ok().flatten()?;
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
        issued: &Issued,
        returned: &Returned,
        findings: &mut Findings,
    ) -> Option<Movement> {
        let catalog = Arc::clone(&self.catalog);
        let medicine = |clave: &Clave| Some(facts(&catalog, clave, returned.on));
        let dispensings = self.handed.get(&Pseudonym::of(issued.folio));
        let place = usize::try_from(returned.dispensing).ok();
        let place = place.and_then(|number| number.checked_sub(1));
        let dispensed = place.and_then(|place| dispensings?.get(place));
        let kept = self.books.contains_key(&returned.pharmacy);
        let Some(dispensed) = dispensed.filter(|_| kept) else {
            self.tally.unjudged += 1;
            return None;
        };
        let movement = of_return(issued, dispensed, returned, medicine)
            .ok()
            .flatten()?;
        self.replay(index, movement.clone(), findings);
        Some(movement)
    }

    /// Nothing of a prescription that was erased can come back.
    pub(super) fn erased(&mut self, pseudonym: Pseudonym) {
        self.handed.remove(&pseudonym);
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
