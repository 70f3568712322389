//! A form's columns and values as columns and cells of a spreadsheet: a mass may be two of them.

use super::{FormColumn, Kind, Value};

/// The head of one column of the spreadsheet.
pub(super) struct Head<'a> {
    /// What the form's column is.
    pub(super) title: &'a str,
    /// Its unit; empty for words and counts.
    pub(super) unit: &'static str,
}

impl Head<'_> {
    /// "Cantidad consumida (kg)".
    pub(super) fn in_one_line(self) -> String {
        if self.unit.is_empty() {
            self.title.to_owned()
        } else {
            format!("{} ({})", self.title, self.unit)
        }
    }
}

/// One cell of the spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell {
    Blank,
    Text(String),
    /// A decimal number, written out: "-12", "0.500".
    Number(String),
}

impl Cell {
    pub(super) fn in_digits(self) -> String {
        match self {
            Self::Blank => String::new(),
            Self::Text(text) | Self::Number(text) => text,
        }
    }
}

/// The units in which a column of this kind is written, one for each column of the spreadsheet.
pub(super) fn units(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Words | Kind::Count => &[""],
        Kind::KilogramsGrams => &["kg", "g"],
        Kind::GramsMilligrams => &["g", "mg"],
        Kind::Kilograms => &["kg"],
        Kind::Grams => &["g"],
    }
}

/// The heads of a column.
pub(super) fn heads(column: &FormColumn) -> impl Iterator<Item = Head<'_>> {
    let units = units(column.kind).iter();
    units.map(|unit| Head {
        title: &column.title,
        unit,
    })
}

/// The cells of a value: as many as the kind has units.
pub(super) fn cells(kind: Kind, value: &Value) -> Vec<Cell> {
    let mut cells = match value {
        Value::Blank => vec![Cell::Blank],
        Value::Text(text) => vec![Cell::Text(text.clone())],
        Value::Count(count) => vec![Cell::Number(count.to_string())],
        Value::Mass(mass) => {
            let two = |(whole, rest): (i128, i128)| {
                vec![
                    Cell::Number(whole.to_string()),
                    Cell::Number(rest.to_string()),
                ]
            };
            match kind {
                Kind::GramsMilligrams => two(mass.grams_and_milligrams()),
                Kind::Kilograms => vec![Cell::Number(mass.in_kilograms())],
                Kind::Grams => vec![Cell::Number(mass.in_grams())],
                Kind::KilogramsGrams | Kind::Words | Kind::Count => two(mass.kilograms_and_grams()),
            }
        }
    };
    cells.resize(units(kind).len(), Cell::Blank);
    cells
}
