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
    /// By class over the last months, this one last.
    pub trend: Trend,
    /// Substances by mass, the largest first.
    pub substances: Vec<SubstanceConsumption>,
    /// Municipalities by dispensings, the largest first.
    pub municipalities: Vec<MunicipalityConsumption>,
    /// Establishments by units, the largest first.
    pub largest: Vec<LargeEstablishment>,
    /// Bought, prescribed and dispensed, by substance or medicine.
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
    /// Recetas issued, if known.
    pub prescriptions: Option<u64>,
    /// Times that something was handed over.
    pub dispensings: u64,
    /// Units of the presentations handed over, net of what came back.
    pub units: i128,
    /// Establishments that handed something over, if known.
    pub establishments: Option<u64>,
}

/// What patients received over time.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trend {
    /// What the values are: "surtidos", "unidades surtidas".
    pub unit: String,
    /// "dic 25", "ene 26", …
    pub months: Vec<String>,
    /// Class and its values, one for each month; the first three are drawn, nothing below zero.
    pub classes: Vec<(String, Vec<i128>)>,
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
    /// Units of the presentations with it, net of what came back.
    pub units: i128,
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

/// An establishment that handed over most.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LargeEstablishment {
    /// Name and CLUES.
    pub establishment: String,
    /// Its municipality.
    pub municipality: String,
    /// Of which class.
    pub class: String,
    /// Units, net of what came back.
    pub units: i128,
}

/// How much: of a substance its mass, of a medicine its units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// Anhydrous base.
    Mass(Mass),
    /// Units of the presentation.
    Units(i128),
}

/// What establishments bought, prescribers prescribed and patients received of a substance or a
/// medicine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ThreeWayBalance {
    /// Its name.
    pub subject: String,
    /// Acquired.
    pub bought: Quantity,
    /// Prescribed.
    pub prescribed: Quantity,
    /// Handed over, net of what came back.
    pub dispensed: Quantity,
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
