//! A control book that somebody shows as CSV, line by line against the ledger.
//!
//! The columns are those of the export (`docs/FORMATS.md`). What a line does not carry in a form
//! that can be compared (the concept and the other party, in words) is taken from the ledger.

use std::collections::HashMap;

use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues, Folio};
use serde::Deserialize;
use substances::book::books;
use substances::{Book, BookLine, Finding, Logged, Lot, MovementKind, Shown, Units, verify_book};

use super::inputs::InputError;

/// Compares the lines in `csv` with the movements of the establishment, all of them, in the order of
/// the ledger.
///
/// # Errors
/// A line that is not one of such an export, or of another book.
pub fn verify(shown: &Shown, csv: &[u8], movements: &[Logged]) -> Result<Compared, InputError> {
    let truth = books(&shown.establishment, movements).unwrap_or_default();
    let truth = truth.into_iter().filter(|line| line.book == shown.book);
    let truth: HashMap<u64, BookLine> = truth.map(|line| (line.entry, line)).collect();
    let mut lines = Vec::new();
    let mut reader = csv::Reader::from_reader(csv);
    for (number, row) in (2..).zip(reader.deserialize::<Row>()) {
        let row = row.map_err(|_| wrong(number, "no es un renglón del libro exportado"))?;
        if row.clues != shown.establishment || row.fraccion != numeral(shown.book) {
            return Err(wrong(number, "es de otro establecimiento o de otro libro"));
        }
        if row.renglon == "asiento" {
            let line = row.line(shown.book, &truth);
            lines.push(line.ok_or_else(|| wrong(number, "le faltan datos a un asiento"))?);
        }
    }
    // The export has a page after the other; the book runs by its entries.
    lines.sort_by_key(|line| line.entry);
    Ok(Compared {
        findings: verify_book(shown, &lines, movements),
        lines: lines.len() as u64,
    })
}

/// What comparing a book found.
#[derive(Debug)]
pub struct Compared {
    /// Lines that were compared.
    pub lines: u64,
    /// What is not as the ledger tells it.
    pub findings: Vec<Finding>,
}

fn wrong(line: u64, reason: &str) -> InputError {
    let reason = reason.to_owned();
    InputError { line, reason }
}

fn numeral(book: Book) -> &'static str {
    match book {
        Book::I => "I",
        Book::II => "II",
        Book::III => "III",
        Book::Antibiotics => "antibiotics",
    }
}

/// The columns that are compared.
#[derive(Debug, Deserialize)]
struct Row {
    clues: Clues,
    fraccion: String,
    clave: Clave,
    renglon: String,
    asiento: Option<u64>,
    fecha: Date,
    movimiento: Option<u64>,
    documento: Option<String>,
    permiso: Option<String>,
    folio_receta: Option<String>,
    receta_retenida: Option<u64>,
    cedula_profesional: Option<Cedula>,
    lote: Option<String>,
    caducidad: Option<Date>,
    entrada: Option<u64>,
    salida: Option<u64>,
    saldo: Option<u64>,
    indice_libro_publico: Option<u64>,
}

impl Row {
    fn line(self, book: Book, truth: &HashMap<u64, BookLine>) -> Option<BookLine> {
        let entry = self.asiento?;
        let known = truth.get(&entry);
        // A spreadsheet program may have kept the apostrophe that defuses a formula.
        let plain = |text: Option<String>| text.map(|text| paper::csv::original(&text).to_owned());
        let lot = plain(self.lote).zip(self.caducidad);
        Some(BookLine {
            book,
            entry,
            on: self.fecha,
            late: known.is_some_and(|known| known.late),
            what: known.map_or(
                substances::book::What::Movement(MovementKind::Count),
                |known| known.what,
            ),
            clave: self.clave,
            lot: lot.map(|(number, expiry)| Lot { number, expiry }),
            document: plain(self.documento),
            permit: plain(self.permiso),
            folio: match self.folio_receta {
                Some(text) => Some(text.parse::<Folio>().ok()?),
                None => None,
            },
            prescriber: self.cedula_profesional,
            retained: self.receta_retenida,
            counterpart: known.and_then(|known| known.counterpart.clone()),
            units_in: Units::new(self.entrada?),
            units_out: Units::new(self.salida?),
            balance: Units::new(self.saldo?),
            movement: self.movimiento,
            corrects: known.and_then(|known| known.corrects),
            ledger: self.indice_libro_publico?,
        })
    }
}
