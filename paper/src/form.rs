//! Forms and tables for spreadsheets: what they say, apart from how XLSX and CSV write it.

mod columns;
#[cfg(test)]
mod tests;
mod xlsx;

use jiff::civil::Date;

use crate::csv;
use crate::mass::Mass;

/// A form, or any set of tables: a workbook with a sheet for each part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// What it is: the first line of every sheet, and the file's title.
    pub title: String,
    /// The articles that ask for it; empty if none does.
    pub basis: String,
    /// The year that it is of, or that estimates are for.
    pub year: i16,
    /// The year or the part of it, as it is to be read: "año civil 2026", "tercer trimestre de
    /// 2026".
    pub period: String,
    /// The form's own header: "País o territorio" and "México", "Oficina competente" and so on.
    pub header: Vec<(String, String)>,
    /// The day that the file's properties give as that of its making. They never have another:
    /// without one it is the first of January of `year`.
    pub made_on: Option<Date>,
    /// Its tables.
    pub parts: Vec<FormPart>,
}

/// One table of a form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormPart {
    /// Name of its sheet: at most 31 characters, none of `[]:*?/\`.
    pub name: String,
    /// What the table is.
    pub title: String,
    /// Its columns.
    pub columns: Vec<FormColumn>,
    /// One value for each column.
    pub rows: Vec<Vec<Value>>,
    /// What a reader must know: how it was computed, what is left blank.
    pub notes: Vec<String>,
}

/// One column of a form, which may be two of the spreadsheet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormColumn {
    /// What its head says, without the unit.
    pub title: String,
    /// What its values are.
    pub kind: Kind,
}

/// What the values of a column are, and in which units they are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Words,
    /// A count.
    Count,
    /// A mass in two columns: kilograms, and the grams beyond them.
    KilogramsGrams,
    /// A mass in two columns: grams, and the milligrams beyond them.
    GramsMilligrams,
    /// A mass in kilograms, to the milligram.
    Kilograms,
    /// A mass in grams, to the milligram.
    Grams,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// Not known, or not to be filled by us.
    Blank,
    /// Words.
    Text(String),
    /// A count.
    Count(i128),
    /// A mass.
    Mass(Mass),
}

/// Why a form cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum FormError {
    /// A row of another length than the columns, or a value of another kind.
    #[error("row {row} of {part:?} does not fit the columns")]
    Row {
        /// Name of the part.
        part: String,
        /// Place of the row, from 0.
        row: usize,
    },
    /// The spreadsheet library refuses: a sheet's name, or more rows than a sheet may have.
    #[error("the spreadsheet cannot be written")]
    Spreadsheet(#[from] rust_xlsxwriter::XlsxError),
}

impl FormColumn {
    /// A column of this kind.
    #[must_use]
    pub fn new(title: &str, kind: Kind) -> Self {
        Self {
            title: title.to_owned(),
            kind,
        }
    }
}

impl Form {
    /// The workbook: XLSX, a sheet for each part. No cell is a formula.
    ///
    /// # Errors
    /// [`FormError`].
    pub fn xlsx(&self) -> Result<Vec<u8>, FormError> {
        self.parts.iter().try_for_each(FormPart::check)?;
        Ok(xlsx::write(self)?)
    }

    /// The tables as CSV, each with its part's name, in the order of the parts.
    ///
    /// # Errors
    /// [`FormError::Row`].
    pub fn csv(&self) -> Result<Vec<(String, Vec<u8>)>, FormError> {
        let parts = self.parts.iter();
        parts
            .map(|part| Ok((part.name.clone(), part.csv()?)))
            .collect()
    }
}

impl FormPart {
    /// The table as CSV: heads with their units, numbers as digits with a decimal point.
    ///
    /// # Errors
    /// [`FormError::Row`].
    pub fn csv(&self) -> Result<Vec<u8>, FormError> {
        self.check()?;
        let heads = self.columns.iter().flat_map(columns::heads);
        let heads: Vec<String> = heads.map(columns::Head::in_one_line).collect();
        let heads: Vec<&str> = heads.iter().map(String::as_str).collect();
        let records = self.rows.iter().map(|row| {
            let cells = self.columns.iter().zip(row);
            let cells = cells.flat_map(|(column, value)| columns::cells(column.kind, value));
            cells.map(columns::Cell::in_digits).collect::<Vec<String>>()
        });
        Ok(csv::write(&heads, records))
    }

    fn check(&self) -> Result<(), FormError> {
        let fits = |row: &Vec<Value>| {
            let mut pairs = self.columns.iter().zip(row);
            row.len() == self.columns.len() && pairs.all(|(column, value)| column.kind.takes(value))
        };
        match self.rows.iter().position(|row| !fits(row)) {
            Some(row) => Err(FormError::Row {
                part: self.name.clone(),
                row,
            }),
            None => Ok(()),
        }
    }
}

impl Kind {
    fn takes(self, value: &Value) -> bool {
        match value {
            // A figure may be a word: the forms have letters for "not known" and "none".
            Value::Blank | Value::Text(_) => true,
            Value::Count(_) => self == Self::Count,
            Value::Mass(_) => !matches!(self, Self::Words | Self::Count),
        }
    }
}
