//! The control books as the service keeps them (`GET /control-books/…`). Unknown members are
//! ignored: a newer service may say more.

use jiff::civil::Date;
use prescription::Clave;
use serde::{Deserialize, Serialize};
use substances::BookLine;

/// A control book, or the register of antibiotics, over some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlBook {
    /// CLUES.
    pub establishment: String,
    /// Which.
    pub book: substances::Book,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// One for each medicine.
    pub pages: Vec<BookPage>,
    /// The lines of all pages, in the order of the book.
    pub lines: Vec<BookLine>,
    /// Newest lines that have no index of the ledger for a moment, and are not in `lines` yet.
    #[serde(default)]
    pub waiting: u64,
}

/// The page of a medicine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookPage {
    /// The medicine.
    pub clave: Clave,
    /// Its name.
    pub medicine: String,
    /// What is counted.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub unit: Option<String>,
    /// Units before the first line.
    pub brought_forward: u64,
}

impl ControlBook {
    /// The lines of a page, in order.
    pub fn lines_of<'b>(&'b self, page: &BookPage) -> impl Iterator<Item = &'b BookLine> {
        let clave = page.clave.clone();
        self.lines.iter().filter(move |line| line.clave == clave)
    }
}

/// The recetas that were retained over some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetainedBook {
    /// One for each.
    pub retained: Vec<RetainedReceta>,
}

/// A retained receta.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetainedReceta {
    /// Consecutive per book.
    pub number: u64,
    /// Its day.
    pub on: Date,
    /// Folio.
    pub folio: String,
    /// The medicine.
    pub clave: Clave,
    /// Its name.
    pub medicine: String,
    /// Cédula.
    pub prescriber: String,
    /// Number of the entry in the book.
    pub entry: u64,
}

/// The answer to a movement of stock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MovementAnswer {
    /// Consecutive per establishment.
    pub number: u64,
    /// The last day for the notice to COFEPRIS, where it was not given yet.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub notice_due: Option<Date>,
    /// What there is of each lot that it touched.
    #[serde(default)]
    pub balances: Vec<crate::stock::Balance>,
    /// The entries that it made in the books.
    #[serde(default)]
    pub entries: Vec<EnteredLine>,
}

/// An entry of a book as the answer to a movement tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EnteredLine {
    /// The book.
    pub book: String,
    /// Consecutive in it.
    pub number: u64,
    /// The medicine.
    pub clave: Clave,
    /// Units on its page, all lots.
    pub balance: i64,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As the wire contract has it.
    pub(crate) const BOOK: &str = r#"{"establishment": "HGIMB000064", "book": "II",
        "from": "2026-03-01", "to": "2026-03-31", "pages": [{"clave": "040.000.2612.00",
        "medicine": "Clonazepam 2 mg", "unit": "tableta", "brought_forward": 0}], "lines": [
        {"book": "II", "entry": 17, "on": "2026-03-02", "what": {"movement": "purchase"},
        "clave": "040.000.2612.00", "lot": {"number": "CZ2409A", "expiry": "2027-09-30"},
        "document": "F-2026-001234", "counterpart": {"supplier": {"rfc": "ALM010101AAA"}},
        "units_in": 300, "units_out": 0, "balance": 300, "movement": 12, "ledger": 40},
        {"book": "II", "entry": 18, "on": "2026-03-02", "what": {"movement": "dispensing"},
        "clave": "040.000.2612.00", "lot": {"number": "CZ2409A", "expiry": "2027-09-30"},
        "folio": "0000-0000-0000-0000", "prescriber": "7654321", "retained": 4, "units_in": 0,
        "units_out": 30, "balance": 270, "ledger": 44}], "waiting": 1}"#;

    #[test]
    fn reads_the_wire() {
        let book: ControlBook = serde_json::from_str(BOOK).unwrap();
        let lines: Vec<_> = book.lines_of(&book.pages[0]).collect();
        let [bought, dispensed] = lines.as_slice() else {
            panic!("two lines")
        };
        assert_eq!((bought.units_in.count(), bought.ledger), (300, 40));
        assert_eq!(
            (dispensed.balance.count(), dispensed.retained),
            (270, Some(4))
        );
        assert_eq!(book.waiting, 1);
        let answer = r#"{"establishment": "HGIMB000064", "number": 12, "kind": "purchase",
            "at": "2026-03-02T15:00:00Z", "on": "2026-03-02", "balances": [{"clave":
            "040.000.2612.00", "medicine": "Clonazepam 2 mg", "lot": "CZ2409A", "expiry":
            "2027-09-30", "units": 300}], "entries": [{"book": "II", "number": 17, "clave":
            "040.000.2612.00", "lot": "CZ2409A", "in": 300, "out": 0, "balance": 300}]}"#;
        let answer: MovementAnswer = serde_json::from_str(answer).unwrap();
        assert_eq!((answer.number, answer.entries[0].number), (12, 17));
        let retained = r#"{"establishment": "HGIMB000064", "book": "II", "retained": [{"number":
            4, "on": "2026-03-02", "folio": "7K3M-9QRT-2ABX-51CD", "clave":
            "040.000.2612.00", "medicine": "Clonazepam 2 mg", "prescriber": "7654321",
            "entry": 18}]}"#;
        let retained: RetainedBook = serde_json::from_str(retained).unwrap();
        assert_eq!(
            (retained.retained[0].number, retained.retained[0].entry),
            (4, 18)
        );
    }
}
