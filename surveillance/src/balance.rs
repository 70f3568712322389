//! Bought, prescribed, dispensed: does it add up?
//!
//! Per area, clave and period: what was there, what came in and went out by each way, what should
//! be left, beside what was prescribed there and what lapsed. Each [`Exception`] says what does not
//! add up and by how many units; it says nothing of why.
//!
//! An area is a sum: what one establishment of it shipped to another went out and came in.

mod exception;
mod table;

use std::collections::HashMap;
use std::collections::hash_map::Entry;

pub use self::exception::{Exception, Tolerance};
use crate::aggregate::Aggregate;
use crate::code::{ClaveCode, CluesCode};
use crate::day::{Period, Span};
use crate::fact::{Act, Fact, Flow, Source};
use crate::place::{Area, AreaKey, Places};
use crate::product::Products;

/// What a row is about. Ordered so that the periods of one area and clave follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Where.
    pub area: AreaKey,
    /// Of what.
    pub clave: ClaveCode,
    /// When.
    pub period: Period,
}

/// Units of one clave in one area and period, by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Sums {
    /// Movements, in the order of [`Flow::ALL`].
    flows: [i64; Flow::ALL.len()],
    /// Handed over to patients.
    pub dispensed: u64,
    /// Of these, without a receta.
    pub unprescribed: u64,
    /// Back from patients.
    pub returned: u64,
    /// Prescribed here, all fills.
    pub prescribed: u64,
    /// Prescribed here and never to be dispensed.
    pub lapsed: i64,
    /// Of what this area shipped, what is not under way any more: received somewhere, taken back,
    /// or lost.
    pub arrived: i64,
    /// What the establishments said they held at the end of the period's last day.
    stated: Option<u64>,
}

impl Sums {
    /// Units that moved this way; negative where more was corrected than moved.
    #[must_use]
    pub fn flow(&self, flow: Flow) -> i64 {
        self.flows.get(flow as usize).copied().unwrap_or_default()
    }

    fn sum(&self, which: impl Fn(Flow) -> bool) -> i128 {
        let flows = Flow::ALL.into_iter().filter(|flow| which(*flow));
        flows.map(|flow| i128::from(self.flow(flow))).sum()
    }

    /// In less out.
    #[must_use]
    pub fn net(&self) -> i128 {
        let moved = self.sum(Flow::is_in) - self.sum(Flow::is_out);
        moved + i128::from(self.returned) - i128::from(self.dispensed)
    }

    fn plus(mut self, other: &Self) -> Self {
        let flows = self.flows.iter_mut().zip(other.flows);
        flows.for_each(|(mine, theirs)| *mine = mine.saturating_add(theirs));
        add(&mut self.dispensed, other.dispensed);
        add(&mut self.unprescribed, other.unprescribed);
        add(&mut self.returned, other.returned);
        add(&mut self.prescribed, other.prescribed);
        self.lapsed = self.lapsed.saturating_add(other.lapsed);
        self.arrived = self.arrived.saturating_add(other.arrived);
        self.stated = match (self.stated, other.stated) {
            (Some(mine), Some(theirs)) => Some(mine.saturating_add(theirs)),
            (mine, theirs) => mine.or(theirs),
        };
        self
    }
}

/// Sums of units stay at the end of `u64` rather than wrap: no country holds 2⁶⁴ tablets, and the
/// replay of the movements finds such a record first.
fn add(sum: &mut u64, units: u64) {
    *sum = sum.saturating_add(units);
}

/// One row: a period with what was there before it and after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What it is about.
    pub key: Key,
    /// Units there before the period, by the movements.
    pub opening: i128,
    /// What happened.
    pub sums: Sums,
    /// Units there after it, by the movements.
    pub closing: i128,
    /// What does not add up.
    pub exceptions: Vec<Exception>,
}

/// What establishments said they held on a day: the last word of each counts.
type Statement = (i64, Source, u64);

/// The balance, summed in one pass.
#[derive(Debug, Clone)]
pub struct Balance<'b> {
    products: &'b Products,
    places: &'b Places,
    area: Area,
    span: Span,
    cells: HashMap<Key, Sums>,
    statements: HashMap<(CluesCode, ClaveCode, Period), Statement>,
}

impl<'b> Balance<'b> {
    /// Nothing yet.
    #[must_use]
    pub fn new(products: &'b Products, places: &'b Places, area: Area, span: Span) -> Self {
        Self {
            products,
            places,
            area,
            span,
            cells: HashMap::new(),
            statements: HashMap::new(),
        }
    }

    fn cell(&mut self, establishment: CluesCode, clave: ClaveCode, fact: &Fact) -> &mut Sums {
        let key = Key {
            area: self.places.area(establishment, self.area),
            clave,
            period: Period::of(fact.day, self.span),
        };
        self.cells.entry(key).or_default()
    }

    fn state(&mut self, fact: &Fact, clave: ClaveCode, units: u64) {
        let period = Period::of(fact.day, self.span);
        if fact.day != period.last() {
            return;
        }
        let said = (fact.at, fact.source, units);
        let of = (fact.establishment, clave, period);
        let last = self.statements.entry(of).or_insert(said);
        *last = said.max(*last);
    }

    /// All rows, each opening with what the one before left. A period in which nothing happened has
    /// none, except where something that was shipped before it has still not arrived.
    #[must_use]
    pub fn rows(&self, tolerance: Tolerance) -> Vec<Row> {
        let stated = self.stated();
        let silent = stated.keys().filter(|key| !self.cells.contains_key(key));
        // References are sorted: a cell is large, and a country has a million of them.
        let mut cells: Vec<(&Key, Option<&Sums>)> = self
            .cells
            .iter()
            .map(|(key, sums)| (key, Some(sums)))
            .collect();
        cells.extend(silent.map(|key| (key, None)));
        cells.sort_unstable_by_key(|(key, _)| **key);
        let last = cells.iter().map(|(key, _)| key.period).max();
        let mut rows: Vec<Row> = Vec::with_capacity(cells.len());
        let mut carried = Carried::default();
        let mut cells = cells.into_iter().peekable();
        while let Some((key, sums)) = cells.next() {
            let sums = Sums {
                stated: stated.get(key).copied(),
                ..sums.copied().unwrap_or_default()
            };
            rows.push(carried.row(*key, sums, tolerance));
            let after = Key {
                period: key.period.next(),
                ..*key
            };
            if carried.transit > 0
                && Some(after.period) <= last
                && cells.peek().is_none_or(|(next, _)| **next != after)
            {
                rows.push(carried.row(after, Sums::default(), tolerance));
            }
            let goes_on = cells
                .peek()
                .is_some_and(|(next, _)| (next.area, next.clave) == (key.area, key.clave));
            if !goes_on {
                carried = Carried::default();
            }
        }
        rows
    }

    /// What establishments said. Of a wider area the sum is known only where every establishment
    /// spoke, which is not.
    fn stated(&self) -> HashMap<Key, u64> {
        let mut stated: HashMap<Key, u64> = HashMap::new();
        if self.area != Area::Establishment {
            return stated;
        }
        for ((establishment, clave, period), (_, _, units)) in &self.statements {
            let key = Key {
                area: self.places.area(*establishment, self.area),
                clave: *clave,
                period: *period,
            };
            add(stated.entry(key).or_default(), *units);
        }
        stated
    }
}

/// What one period hands on to the next.
#[derive(Debug, Clone, Copy, Default)]
struct Carried {
    stock: i128,
    transit: i128,
}

impl Carried {
    /// The row of a period, which then hands on what it leaves.
    fn row(&mut self, key: Key, sums: Sums, tolerance: Tolerance) -> Row {
        let (opening, transit) = (self.stock, self.transit);
        self.stock += sums.net();
        self.transit += i128::from(sums.flow(Flow::Shipped)) - i128::from(sums.arrived);
        let mut row = Row {
            key,
            opening,
            sums,
            closing: self.stock,
            exceptions: Vec::new(),
        };
        row.exceptions = exception::of(&row, transit, tolerance);
        row
    }
}

impl Aggregate for Balance<'_> {
    fn add(&mut self, fact: &Fact) {
        let here = fact.establishment;
        match &fact.act {
            Act::Moved {
                clave,
                flow,
                units,
                other,
            } => {
                if let Some(sender) = sender(*flow, here, *other) {
                    let cell = self.cell(sender, *clave, fact);
                    cell.arrived = cell.arrived.saturating_add(*units);
                }
                let cell = self.cell(here, *clave, fact);
                if let Some(sum) = cell.flows.get_mut(*flow as usize) {
                    *sum = sum.saturating_add(*units);
                }
            }
            Act::Prescribed { clave, units, .. } => {
                add(&mut self.cell(here, *clave, fact).prescribed, *units);
            }
            Act::Dispensed(handed) => {
                let cell = self.cell(here, handed.clave, fact);
                add(&mut cell.dispensed, handed.units);
                if handed.prescribed.is_none() {
                    add(&mut cell.unprescribed, handed.units);
                }
            }
            Act::Returned(handed) => {
                add(
                    &mut self.cell(here, handed.clave, fact).returned,
                    handed.units,
                );
            }
            Act::Lapsed { clave, units, .. } => {
                let cell = self.cell(here, *clave, fact);
                cell.lapsed = cell.lapsed.saturating_add(*units);
            }
            Act::Stated { clave, units } => self.state(fact, *clave, *units),
            Act::Issued { .. } | Act::Refused { .. } => {}
        }
    }

    fn merge(mut self, other: Self) -> Self {
        for (key, sums) in other.cells {
            match self.cells.entry(key) {
                Entry::Vacant(free) => {
                    free.insert(sums);
                }
                Entry::Occupied(mut taken) => {
                    let merged = taken.get().plus(&sums);
                    taken.insert(merged);
                }
            }
        }
        for (of, said) in other.statements {
            let last = self.statements.entry(of).or_insert(said);
            *last = said.max(*last);
        }
        self
    }
}

/// Who had shipped what is not under way any more.
fn sender(flow: Flow, here: CluesCode, other: Option<CluesCode>) -> Option<CluesCode> {
    match flow {
        Flow::Received | Flow::LostOnTheWay => other,
        Flow::TakenBack => Some(here),
        Flow::Opening
        | Flow::Manufactured
        | Flow::Imported
        | Flow::Bought
        | Flow::Found
        | Flow::Shortfall
        | Flow::Shipped
        | Flow::Exported
        | Flow::SentBack
        | Flow::Released
        | Flow::Destroyed
        | Flow::Lost
        | Flow::Stolen
        | Flow::Missing => None,
    }
}

#[cfg(test)]
mod tests;
