//! All of it for one month: what a monthly report is drawn from.

mod gather;

pub use self::gather::Gathering;
use crate::alerts::Alert;
use crate::balance::Exception;
use crate::code::{ClaveCode, CluesCode};
use crate::day::Period;
use crate::place::AreaKey;
use crate::product::{Class, SubstanceId};

/// The report of a month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyReport {
    /// The month.
    pub month: Period,
    /// What patients received of each class.
    pub classes: Vec<OfClass>,
    /// Dispensings of each class in each of the last twelve months, this one last.
    pub trend: Vec<(Period, [u64; REPORTED.len()])>,
    /// What patients received of each substance, the largest mass first.
    pub substances: Vec<OfSubstance>,
    /// Dispensings of fractions I to III in each municipality, most first.
    pub municipalities: Vec<(AreaKey, u64)>,
    /// The establishments that handed over most units of a class of fractions I to III, at most
    /// [`LISTED`].
    pub largest: Vec<(CluesCode, Class, i128)>,
    /// Bought, prescribed and dispensed of each substance.
    pub balances: Vec<ThreeWay>,
    /// What did not add up in the month.
    pub exceptions: Vec<(CluesCode, ClaveCode, Exception)>,
    /// What a person should look at.
    pub alerts: Vec<Alert>,
    /// Facts that came too late to be watched on their day.
    pub late: u64,
    /// Claves that were handed over and of which the catalog does not say the base.
    pub unconverted: Vec<ClaveCode>,
}

/// The classes that a report tells apart, in its order.
pub const REPORTED: [Class; 4] = [Class::I, Class::II, Class::III, Class::Antibiotics];

/// Establishments that are listed.
pub const LISTED: usize = 20;

/// What patients received of a class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfClass {
    /// Which.
    pub class: Class,
    /// Recetas issued with a medicine of it.
    pub recetas: u64,
    /// Times that something was handed over.
    pub dispensings: u64,
    /// Units handed over, less what came back.
    pub units: i128,
    /// Establishments that handed something over.
    pub establishments: u64,
}

/// What patients received of a substance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OfSubstance {
    /// Which.
    pub substance: SubstanceId,
    /// Nanograms of anhydrous base, less what came back.
    pub base_ng: i128,
    /// The same in the month before.
    pub before_ng: i128,
    /// Units of the presentations with it, less what came back.
    pub units: i128,
}

/// The three-way balance of a substance, in nanograms of anhydrous base.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThreeWay {
    /// Which.
    pub substance: SubstanceId,
    /// Acquired: manufactured, imported or bought from outside the ledger.
    pub bought_ng: i128,
    /// Prescribed, all fills.
    pub prescribed_ng: i128,
    /// Handed over, less what came back.
    pub dispensed_ng: i128,
}

#[cfg(test)]
mod tests;
