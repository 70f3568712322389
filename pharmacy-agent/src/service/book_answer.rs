//! The control books as the service keeps them (`GET /control-books/…`). Unknown members are
//! ignored: a newer service may say more.

use jiff::civil::Date;
use prescription::Clave;
use serde::{Deserialize, Serialize};

/// A control book, or the register of antibiotics, over some days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ControlBook {
    /// CLUES.
    pub establishment: String,
    /// `I`, `II`, `III` or `antibiotics`.
    pub book: String,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// One for each medicine.
    pub pages: Vec<BookPage>,
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
    /// Units before the first entry.
    pub brought_forward: i64,
    /// The entries, in order.
    pub entries: Vec<BookEntry>,
}

/// One entry of a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookEntry {
    /// Consecutive in the book.
    pub number: u64,
    /// Its day.
    pub on: Date,
    /// What happened.
    pub kind: String,
    /// Units that came.
    #[serde(rename = "in")]
    pub came: u64,
    /// Units that went.
    #[serde(rename = "out")]
    pub went: u64,
    /// Units after it.
    pub balance: i64,
    /// Invoice, remisión, acta or folio.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub document: Option<String>,
    /// Who was on the other side.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub counterparty: Option<String>,
    /// Cédula of who prescribed.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub prescriber: Option<String>,
    /// Lot.
    pub lot: String,
    /// Expiry.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub expiry: Option<Date>,
    /// Consecutive number of the receta that was retained.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub retained: Option<u64>,
    /// Index of the ledger.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub ledger_index: Option<u64>,
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
    /// Its line.
    pub line: u8,
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

/// What the service calls a kind of entry, in Spanish.
#[must_use]
pub fn kind_in_spanish(kind: &str) -> &str {
    match kind {
        "opening" => "Inventario inicial",
        "manufacture" => "Fabricación",
        "import" => "Importación",
        "purchase" => "Compra",
        "shipment" => "Envío",
        "receipt" => "Recepción",
        "dispensing" => "Surtido",
        "return" => "Devolución",
        "destruction" => "Destrucción",
        "loss" => "Extravío",
        "theft" => "Robo",
        "count" => "Conteo",
        other => other,
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// As the wire contract has it.
    pub(crate) const BOOK: &str = r#"{"establishment": "HGIMB000064", "book": "II",
        "from": "2026-03-01", "to": "2026-03-31", "pages": [{"clave": "040.000.2612.00",
        "medicine": "Clonazepam 2 mg", "unit": "tableta", "brought_forward": 0, "entries": [
        {"number": 17, "on": "2026-03-02", "kind": "purchase", "in": 300, "out": 0,
        "balance": 300, "document": "F-2026-001234", "counterparty": "ALM010101AAA",
        "lot": "CZ2409A", "expiry": "2027-09-30", "movement": 12, "ledger_index": 40},
        {"number": 18, "on": "2026-03-02", "kind": "dispensing", "in": 0, "out": 30,
        "balance": 270, "document": "7K3M-9QRT-2ABX-51CD", "prescriber": "7654321",
        "lot": "CZ2409A", "expiry": "2027-09-30", "retained": 4}]}]}"#;

    #[test]
    fn reads_the_wire() {
        let book: ControlBook = serde_json::from_str(BOOK).unwrap();
        let [bought, dispensed] = book.pages[0].entries.as_slice() else {
            panic!("two entries")
        };
        assert_eq!((bought.came, bought.ledger_index), (300, Some(40)));
        assert_eq!((dispensed.went, dispensed.balance), (30, 270));
        assert_eq!(
            (dispensed.retained, dispensed.ledger_index),
            (Some(4), None)
        );
        assert_eq!(kind_in_spanish(&dispensed.kind), "Surtido");
        let answer = r#"{"establishment": "HGIMB000064", "number": 12, "kind": "purchase",
            "at": "2026-03-02T15:00:00Z", "on": "2026-03-02", "balances": [{"clave":
            "040.000.2612.00", "medicine": "Clonazepam 2 mg", "lot": "CZ2409A", "expiry":
            "2027-09-30", "units": 300}], "entries": [{"book": "II", "number": 17, "clave":
            "040.000.2612.00", "lot": "CZ2409A", "in": 300, "out": 0, "balance": 300}]}"#;
        let answer: MovementAnswer = serde_json::from_str(answer).unwrap();
        assert_eq!((answer.number, answer.entries[0].number), (12, 17));
        let retained = r#"{"establishment": "HGIMB000064", "book": "II", "retained": [{"number":
            4, "on": "2026-03-02", "folio": "7K3M-9QRT-2ABX-51CD", "line": 1, "clave":
            "040.000.2612.00", "medicine": "Clonazepam 2 mg", "prescriber": "7654321",
            "entry": 18}]}"#;
        let retained: RetainedBook = serde_json::from_str(retained).unwrap();
        assert_eq!(
            (retained.retained[0].number, retained.retained[0].entry),
            (4, 18)
        );
    }
}
