//! Tables as text, CSV, JSON and spreadsheets.

use std::fmt::{self, Write};

use paper::form::{Form, FormColumn, FormError, FormPart, Kind, Value};
use paper::mass::Mass;
use serde_json::json;
use surveillance::{Cell, Table};

/// Widest column of a text, in characters.
const WIDEST: usize = 60;

/// A table for a terminal: columns aligned, notes below.
#[must_use]
pub fn text(table: &Table) -> String {
    let mut out = String::new();
    let written = write_text(table, &mut out);
    debug_assert!(written.is_ok(), "writing to a String cannot fail");
    out
}

fn write_text(table: &Table, out: &mut String) -> fmt::Result {
    let cells = |row: &Vec<Cell>| row.iter().map(ToString::to_string).collect::<Vec<_>>();
    let rows: Vec<_> = table.rows.iter().map(cells).collect();
    let width = |at: usize| {
        let column = rows.iter().filter_map(|row| row.get(at));
        let column = column.chain(table.columns.get(at));
        let widest = column.map(|cell| cell.chars().count()).max();
        widest.unwrap_or_default().min(WIDEST)
    };
    let widths: Vec<_> = (0..table.columns.len()).map(width).collect();
    writeln!(out, "{}\n", table.title)?;
    for row in std::iter::once(&table.columns).chain(&rows) {
        for (cell, width) in row.iter().zip(&widths) {
            write!(out, "{cell:<width$}  ")?;
        }
        out.truncate(out.trim_end().len());
        writeln!(out)?;
    }
    if table.rows.is_empty() {
        writeln!(out, "(nada)")?;
    }
    for note in &table.notes {
        writeln!(out, "\n{note}")?;
    }
    Ok(())
}

/// A table for programs. Masses are exact, as decimal text.
#[must_use]
pub fn json(table: &Table) -> serde_json::Value {
    let cell = |cell: &Cell| match cell {
        Cell::Blank => serde_json::Value::Null,
        Cell::Count(count) => {
            i64::try_from(*count).map_or_else(|_| json!(count.to_string()), |n| json!(n))
        }
        Cell::Text(_) | Cell::Grams(_) | Cell::Kilograms(_) => json!(cell.to_string()),
    };
    let rows: Vec<Vec<_>> = table
        .rows
        .iter()
        .map(|row| row.iter().map(cell).collect())
        .collect();
    json!({
        "title": table.title,
        "columns": table.columns,
        "rows": rows,
        "notes": table.notes,
    })
}

/// A table as a workbook of one sheet. `year` is that of the file's properties.
///
/// # Errors
/// [`FormError`].
pub fn xlsx(table: &Table, year: i16, period: &str) -> Result<Vec<u8>, FormError> {
    let kind = |at: usize| {
        let cells = || table.rows.iter().filter_map(|row| row.get(at));
        if cells().any(|cell| matches!(cell, Cell::Text(_))) {
            Kind::Words
        } else if cells().any(|cell| matches!(cell, Cell::Grams(_))) {
            Kind::Grams
        } else if cells().any(|cell| matches!(cell, Cell::Kilograms(_))) {
            Kind::Kilograms
        } else if cells().any(|cell| matches!(cell, Cell::Count(_))) {
            Kind::Count
        } else {
            Kind::Words
        }
    };
    let heads = table.columns.iter().enumerate();
    // The spreadsheet writes the unit itself.
    let columns = heads.map(|(at, head)| FormColumn::new(head.trim_end_matches(" (g)"), kind(at)));
    let value = |cell: &Cell| match cell {
        Cell::Text(text) => Value::Text(text.clone()),
        Cell::Count(count) => Value::Count(*count),
        Cell::Grams(ng) | Cell::Kilograms(ng) => Value::Mass(Mass::from_nanograms(*ng)),
        Cell::Blank => Value::Blank,
    };
    let part = FormPart {
        name: "Datos".to_owned(),
        title: table.title.clone(),
        columns: columns.collect(),
        rows: table
            .rows
            .iter()
            .map(|row| row.iter().map(value).collect())
            .collect(),
        notes: table.notes.clone(),
    };
    Form {
        title: table.title.clone(),
        basis: String::new(),
        year,
        period: period.to_owned(),
        header: Vec::new(),
        made_on: None,
        parts: vec![part],
    }
    .xlsx()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table {
            title: "Prueba".to_owned(),
            columns: ["Lugar", "Unidades", "Importado (g)"]
                .map(str::to_owned)
                .to_vec(),
            rows: vec![
                vec![
                    Cell::Text("México".to_owned()),
                    Cell::Count(-3),
                    Cell::Grams(22_600_000),
                ],
                vec![Cell::Text("=A1".to_owned()), Cell::Count(12), Cell::Blank],
            ],
            notes: vec!["Una nota.".to_owned()],
        }
    }

    #[test]
    fn text_is_aligned() {
        let expected = "Prueba\n\nLugar   Unidades  Importado (g)\nMéxico  -3        0.0226\n=A1     12\n\nUna nota.\n";
        assert_eq!(text(&table()), expected);
    }

    #[test]
    fn json_keeps_masses_exact() {
        let json = json(&table());
        assert_eq!(json["rows"][0], json!(["México", -3, "0.0226"]));
        assert_eq!(json["rows"][1][2], serde_json::Value::Null);
    }

    #[test]
    fn a_spreadsheet_is_written() {
        let bytes = xlsx(&table(), 2026, "julio de 2026").unwrap();
        assert!(bytes.starts_with(b"PK"), "a ZIP archive");
    }
}
