//! The book for machines.

use super::{BookPage, ControlBook, Entry};
use crate::csv;

const HEADER: [&str; 27] = [
    "clues",
    "fraccion",
    "clave",
    "denominacion_generica",
    "forma_farmaceutica",
    "concentracion",
    "presentacion",
    "unidad",
    "renglon",
    "asiento",
    "fecha",
    "concepto",
    "corrige_asiento",
    "movimiento",
    "documento",
    "permiso",
    "folio_receta",
    "receta_retenida",
    "cedula_profesional",
    "proveedor_o_destino",
    "lote",
    "caducidad",
    "entrada",
    "salida",
    "saldo",
    "libro_publico",
    "indice_libro_publico",
];

/// Writes a book that has been checked.
pub(super) fn write(book: &ControlBook) -> Vec<u8> {
    let records = book.pages.iter().flat_map(|page| page_records(book, page));
    csv::write(&HEADER, records)
}

fn page_records<'a>(
    book: &'a ControlBook,
    page: &'a BookPage,
) -> impl Iterator<Item = Vec<String>> + 'a {
    let balance = |row: &str, date: String, balance: u64| {
        let mut record = subject(book, page, row);
        record.extend([String::new(), date]);
        record.extend(vec![String::new(); 13]);
        record.extend([balance.to_string(), String::new(), String::new()]);
        record
    };
    let first = balance("saldo_inicial", book.period.from.to_string(), page.opening);
    let last = balance("saldo_final", book.period.to.to_string(), page.closing());
    let entries = page.entries.iter().map(|entry| {
        let mut record = subject(book, page, "asiento");
        record.extend(cells(book, entry));
        record
    });
    std::iter::once(first).chain(entries).chain([last])
}

/// Whose record it is: the first nine cells.
fn subject(book: &ControlBook, page: &BookPage, row: &str) -> Vec<String> {
    [
        book.establishment.clues.as_str(),
        book.class.roman(),
        &page.clave,
        &page.generic_name,
        &page.form,
        &page.strength,
        &page.presentation,
        &page.unit,
        row,
    ]
    .map(str::to_owned)
    .into()
}

fn cells(book: &ControlBook, entry: &Entry) -> [String; 18] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let number = |number: Option<u64>| number.map(|n| n.to_string()).unwrap_or_default();
    let ledger = match entry.ledger_index {
        Some(_) => book.ledger.clone(),
        None => String::new(),
    };
    [
        entry.number.to_string(),
        entry.date.to_string(),
        entry.concept.clone(),
        number(entry.corrects),
        number(entry.movement),
        text(&entry.document),
        text(&entry.permit),
        text(&entry.folio),
        number(entry.retained),
        text(&entry.cedula),
        entry.counterpart.clone(),
        text(&entry.lot),
        entry
            .expiry
            .map(|date| date.to_string())
            .unwrap_or_default(),
        entry.entered.to_string(),
        entry.left.to_string(),
        entry.balance.to_string(),
        ledger,
        number(entry.ledger_index),
    ]
}
