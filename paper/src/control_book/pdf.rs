//! The book for people: Letter landscape, every clave on a page of its own.

use std::collections::BTreeMap;

use super::{BookPage, ControlBook, Entry};
use crate::TooLong;
use crate::figures::grouped;
use crate::letterhead::{self, CELL, NOTE, STRONG_CELL, TABLE_HEAD, VALUE, day};
use crate::mark::{Column, Row, height};
use crate::pager::{Frame, Page, Pager};
use crate::pdf;
use crate::sheet::Sheet;
use crate::table::{Table, TableColumn};
use crate::wrap::{joined, paragraph};

const SHEET: Sheet = Sheet::LetterLandscape;
/// Ten books of a thousand sheets: an input that asks for more is split by period.
const MOST_PAGES: usize = 10_000;

const HOW_TO_READ: &str = "Los asientos van en orden estricto de fecha y número; no hay tachaduras \
     ni enmiendas: lo que se corrige se corrige con un asiento nuevo que cita al corregido. La \
     columna «Libro público» da el índice del asiento en el libro público de transparencia, donde \
     cualquiera puede comprobar que existe y que no cambió.";

/// Draws a book that has been checked.
pub(super) fn write(book: &ControlBook, csv_sha256: &str) -> Result<Vec<u8>, TooLong> {
    let title = format!("Libro de control, fracción {}", book.class.roman());
    Ok(pdf::write(SHEET, &pages(book, csv_sha256)?, &title))
}

pub(super) fn pages(book: &ControlBook, csv_sha256: &str) -> Result<Vec<Page>, TooLong> {
    let body = SHEET.body();
    let mut pager = Pager::new(frame(book, csv_sha256))?;
    cover(book, csv_sha256, &mut pager)?;
    let table = entries_table();
    for page in &book.pages {
        pager.set_running_head(Vec::new());
        pager.repeat(Vec::new());
        pager.turn()?;
        pager.set_running_head(letterhead::running(body, &subject(page)));
        place_page(page, &table, &mut pager)?;
    }
    pager.repeat(Vec::new());
    let mut end = letterhead::signatures(body, &book.establishment);
    end.push(Row::space(500));
    end.extend(letterhead::twin(body, csv_sha256));
    pager.set_running_head(Vec::new());
    pager.place(end)?;
    Ok(pager.finish())
}

fn frame(book: &ControlBook, csv_sha256: &str) -> Frame {
    let short: String = csv_sha256.chars().take(16).collect();
    let footer = joined(&[
        &format!("Libro de control, fracción {}", book.class.roman()),
        &format!("CLUES {}", book.establishment.clues),
        &book.period.short(),
        &format!("CSV {short}…"),
    ]);
    Frame::plain(SHEET, &footer, MOST_PAGES)
}

/// Whose book it is, what it holds, and the balance of every clave.
fn cover(book: &ControlBook, csv_sha256: &str, pager: &mut Pager) -> Result<(), TooLong> {
    let body = SHEET.body();
    let mut rows = letterhead::title(body, book.class.title(), book.class.basis());
    let more = [
        ("PERMISO DEL LIBRO", book.permit.clone().unwrap_or_default()),
        ("LIBRO PÚBLICO", book.ledger.clone()),
    ];
    rows.extend(letterhead::establishment(
        body,
        &book.establishment,
        book.period,
        &more,
    ));
    rows.extend(paragraph(body, NOTE, HOW_TO_READ));
    rows.extend(letterhead::twin(body, csv_sha256));
    rows.extend(letterhead::section(body, "Saldos del periodo"));
    pager.place(rows)?;
    if book.pages.is_empty() {
        let none = "El libro no tiene claves: no hubo existencias ni movimientos en el periodo.";
        return pager.place(paragraph(body, VALUE, none));
    }
    let balances: Vec<Vec<String>> = book.pages.iter().map(balance_cells).collect();
    balances_table().place(pager, balances.iter().map(Vec::as_slice))
}

fn balances_table() -> Table {
    let columns = vec![
        TableColumn::words("Clave", 9_000),
        TableColumn::words("Medicamento", 24_000),
        TableColumn::words("Unidad", 8_000),
        TableColumn::numbers("Asientos", 5_500),
        TableColumn::numbers("Saldo inicial", 7_000),
        TableColumn::numbers("Entradas", 7_000),
        TableColumn::numbers("Salidas", 7_000),
        TableColumn::numbers("Saldo final", 7_000),
    ];
    Table::new(0, columns, TABLE_HEAD, CELL).filling(SHEET.body())
}

fn balance_cells(page: &BookPage) -> Vec<String> {
    let (entered, left) = page.totals();
    vec![
        page.clave.clone(),
        joined(&[&page.generic_name, &page.form, &page.strength]),
        page.unit.clone(),
        grouped(u64::try_from(page.entries.len()).unwrap_or(u64::MAX)),
        grouped(page.opening),
        grouped(entered),
        grouped(left),
        grouped(page.closing()),
    ]
}

fn entries_table() -> Table {
    let columns = vec![
        TableColumn::numbers("No. de asiento", 3_900),
        TableColumn::words("Fecha", 4_900),
        TableColumn::words("Concepto", 8_600),
        TableColumn::words("Documento", 11_400),
        TableColumn::words("Cédula del médico", 4_900),
        TableColumn::words("Proveedor o destino", 11_000),
        TableColumn::words("Lote", 5_700),
        TableColumn::words("Caducidad", 4_900),
        TableColumn::numbers("Entrada", 4_300),
        TableColumn::numbers("Salida", 4_300),
        TableColumn::numbers("Saldo", 4_800),
        TableColumn::numbers("Libro público", 5_000),
    ];
    Table::new(0, columns, TABLE_HEAD, CELL).filling(SHEET.body())
}

/// What a continued page is of, in a line.
fn subject(page: &BookPage) -> String {
    let clave = format!("Clave {}", page.clave);
    let medicine = [
        page.generic_name.as_str(),
        &page.form,
        &page.strength,
        &page.presentation,
    ];
    format!("{} (continúa)", joined(&[&clave, &joined(&medicine)]))
}

fn place_page(page: &BookPage, table: &Table, pager: &mut Pager) -> Result<(), TooLong> {
    let mut rows = page_head(page, pager.body());
    rows.extend(table.head());
    rows.extend(carried(table, "Saldo inicial del periodo", page.opening));
    pager.place(rows)?;
    pager.repeat(table.head());
    let corrections: BTreeMap<u64, u64> = page
        .entries
        .iter()
        .filter_map(|entry| Some((entry.corrects?, entry.number)))
        .collect();
    let mut balance = page.opening;
    for entry in &page.entries {
        let corrected_by = corrections.get(&entry.number).copied();
        let rows = entry_rows(table, entry, corrected_by);
        let over = carried(table, "Pasa a la página siguiente", balance);
        if pager.room() < height(&rows) + height(&over) {
            pager.place(over)?;
            pager.turn()?;
            pager.place(carried(table, "Viene de la página anterior", balance))?;
        }
        pager.place(rows)?;
        balance = entry.balance;
    }
    pager.place(page_end(page, table, pager.body()))
}

fn page_head(page: &BookPage, body: Column) -> Vec<Row> {
    let facts = [
        ("CLAVE", page.clave.clone()),
        ("DENOMINACIÓN GENÉRICA", page.generic_name.clone()),
        (
            "FORMA FARMACÉUTICA Y CONCENTRACIÓN",
            joined(&[&page.form, &page.strength]),
        ),
        (
            "PRESENTACIÓN",
            joined(&[&page.presentation, &format!("se cuenta en {}", page.unit)]),
        ),
    ];
    letterhead::facts(body, 4, &facts)
}

fn entry_rows(table: &Table, entry: &Entry, corrected_by: Option<u64>) -> Vec<Row> {
    let mut concept = entry.concept.clone();
    if let Some(corrected) = entry.corrects {
        concept = format!("{concept} (corrige el asiento\u{a0}{corrected})");
    }
    if let Some(correction) = corrected_by {
        concept = format!("{concept} (véase el asiento\u{a0}{correction})");
    }
    let quantity = |quantity: u64| {
        if quantity == 0 {
            String::new()
        } else {
            grouped(quantity)
        }
    };
    let index = match entry.ledger_index {
        Some(index) => index.to_string(),
        None => "pendiente".to_owned(),
    };
    table.row(&[
        &entry.number.to_string(),
        &day(entry.date),
        &concept,
        &documents(entry),
        entry.cedula.as_deref().unwrap_or_default(),
        &entry.counterpart,
        entry.lot.as_deref().unwrap_or_default(),
        &entry.expiry.map(day).unwrap_or_default(),
        &quantity(entry.entered),
        &quantity(entry.left),
        &grouped(entry.balance),
        &index,
    ])
}

/// Everything on paper that stands behind the entry.
fn documents(entry: &Entry) -> String {
    let named = |name: &str, value: Option<String>| match value {
        Some(value) => format!("{name} {value}"),
        None => String::new(),
    };
    let retained = entry.retained.map(|number| number.to_string());
    joined(&[
        entry.document.as_deref().unwrap_or_default(),
        &named("Permiso", entry.permit.clone()),
        &named("Receta", entry.folio.clone()),
        &named("retenida n.º", retained),
    ])
}

/// A row that is no entry: a balance that goes from one place to another.
fn carried(table: &Table, words: &str, balance: u64) -> Vec<Row> {
    let cells = ["", "", words, "", "", &grouped(balance), ""];
    table.merged(2, 7).styled_row(&cells, STRONG_CELL)
}

fn page_end(page: &BookPage, table: &Table, body: Column) -> Vec<Row> {
    let mut rows = Vec::new();
    if page.entries.is_empty() {
        rows.push(Row::space(250));
        rows.extend(paragraph(body, VALUE, "Sin movimientos en el periodo."));
        rows.push(Row::space(250));
    }
    let (entered, left) = page.totals();
    let (entered, left, closing) = (grouped(entered), grouped(left), grouped(page.closing()));
    let words = "Totales y saldo final del periodo";
    let cells = ["", "", words, &entered, &left, &closing, ""];
    rows.extend(table.merged(2, 7).styled_row(&cells, STRONG_CELL));
    rows
}
