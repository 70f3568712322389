//! COFEPRIS's monthly report: what was consumed, of what, where; what was bought, prescribed and
//! dispensed; and which alerts somebody should look into, each with its evidence.
//!
//! The input is computed elsewhere. An alert is information and never a verdict on a person: the
//! report says so wherever it lists one. Whether a person is named in it is the caller's decision;
//! evidence is meant to be ledger indices, folios, CLUES.

mod alerts;
mod consumption;
mod pdf;
#[cfg(test)]
mod tests;

use jiff::civil::Date;

use crate::TooLong;
use crate::mass::Mass;

/// The report of one month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthlyReport {
    /// A day of the month; the first by custom.
    pub month: Date,
    /// Of where: "Nacional", "Nuevo León", "Monterrey, Nuevo León".
    pub scope: String,
    /// The office that issues it.
    pub office: String,
    /// Up to where the public ledger was read.
    pub cut: LedgerCut,
    /// Consumption by class, in the order of the classes.
    pub classes: Vec<ClassConsumption>,
    /// Dispensings by class over the last months, this one last.
    pub trend: Trend,
    /// Substances by mass, the largest first.
    pub substances: Vec<SubstanceConsumption>,
    /// Municipalities by dispensings, the largest first.
    pub municipalities: Vec<MunicipalityConsumption>,
    /// Bought, prescribed and dispensed, by substance.
    pub balances: Vec<ThreeWayBalance>,
    /// Where they do not agree.
    pub exceptions: Vec<BalanceException>,
    /// Every kind of alert that was looked for, those without a case too.
    pub alerts: Vec<AlertKind>,
    /// What a reader must know: claves without a conversion, establishments that did not report.
    pub notes: Vec<String>,
}

/// Up to where the public ledger was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerCut {
    /// Origin line of its checkpoints: its name.
    pub origin: String,
    /// Entries in the tree.
    pub size: u64,
    /// Root hash of the tree, in hexadecimal.
    pub root: String,
}

/// What patients received of a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassConsumption {
    /// "Fracción I", "Fracción II", "Fracción III", "Antibióticos".
    pub class: String,
    /// Recetas issued.
    pub prescriptions: u64,
    /// Times that something was handed over.
    pub dispensings: u64,
    /// Units of the presentations handed over, net of what came back.
    pub units: u64,
    /// Establishments that handed something over.
    pub establishments: u64,
}

/// Dispensings over time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trend {
    /// "dic 25", "ene 26", …
    pub months: Vec<String>,
    /// Class and its dispensings, one for each month; the first three are drawn.
    pub classes: Vec<(String, Vec<u64>)>,
}

/// What patients received of a substance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SubstanceConsumption {
    /// Its name.
    pub name: String,
    /// Anhydrous base, this month.
    pub base: Mass,
    /// Anhydrous base, the month before; `None` if not known.
    pub before: Option<Mass>,
    /// Times that something with it was handed over.
    pub dispensings: u64,
}

/// What patients received in a municipality.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MunicipalityConsumption {
    /// "Monterrey, Nuevo León".
    pub name: String,
    /// Times that something of fractions I to III was handed over.
    pub dispensings: u64,
    /// The same for each 100,000 inhabitants; `None` where they are not known.
    pub per_100_000: Option<u64>,
}

/// What establishments bought, prescribers prescribed and patients received of a substance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreeWayBalance {
    /// Its name.
    pub substance: String,
    /// Anhydrous base acquired.
    pub bought: Mass,
    /// Anhydrous base prescribed.
    pub prescribed: Mass,
    /// Anhydrous base handed over, net of what came back.
    pub dispensed: Mass,
}

/// One place where the balance does not come out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BalanceException {
    /// Name and CLUES of the establishment.
    pub establishment: String,
    /// Medicine or substance.
    pub subject: String,
    /// What does not agree, in Spanish, with its figures.
    pub seen: String,
    /// Where to look: ledger indices, movement numbers.
    pub evidence: Vec<String>,
}

/// A kind of alert, its threshold and its cases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertKind {
    /// What it is called, in Spanish.
    pub name: String,
    /// From what on it is raised, in Spanish.
    pub threshold: String,
    /// How many there were.
    pub count: u64,
    /// The cases that are shown: all, or the first of many.
    pub cases: Vec<AlertCase>,
}

/// One alert.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlertCase {
    /// The day on which the threshold was reached.
    pub day: Date,
    /// What was seen, in Spanish.
    pub seen: String,
    /// Where to look: ledger indices, folios, CLUES.
    pub evidence: Vec<String>,
}

impl MonthlyReport {
    /// The report as PDF 1.7, Letter portrait.
    ///
    /// # Errors
    /// Texts that do not fit the paper, or more pages than a report may have.
    pub fn pdf(&self) -> Result<Vec<u8>, TooLong> {
        pdf::write(self)
    }
}
