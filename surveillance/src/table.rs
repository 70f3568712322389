//! Plain tables: what CSV, XLSX and PDF are written from.

use std::fmt;

/// Columns and rows, with what must be said beside them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Table {
    /// What it is.
    pub title: String,
    /// Headings.
    pub columns: Vec<String>,
    /// One cell per column.
    pub rows: Vec<Vec<Cell>>,
    /// What a reader must know: how it was computed, and what is left blank.
    pub notes: Vec<String>,
}

/// One value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A count.
    Count(i128),
    /// A mass in nanograms, written in grams.
    Grams(i128),
    /// A mass in nanograms, written in kilograms.
    Kilograms(i128),
    /// Not derivable from what is recorded.
    Blank,
}

impl Cell {
    /// Words.
    pub(crate) fn text(text: impl fmt::Display) -> Self {
        Self::Text(text.to_string())
    }

    /// Grams where the catalog converts, blank otherwise.
    pub(crate) fn grams(ng: Option<i128>) -> Self {
        ng.map_or(Self::Blank, Self::Grams)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(text),
            Self::Count(count) => count.fmt(f),
            Self::Grams(ng) => decimal(*ng, 9, f),
            Self::Kilograms(ng) => decimal(*ng, 12, f),
            Self::Blank => Ok(()),
        }
    }
}

/// An integer with the point `places` digits from its end, exactly, without trailing zeros.
fn decimal(number: i128, places: usize, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let sign = if number < 0 { "-" } else { "" };
    let digits = format!("{:0>1$}", number.unsigned_abs(), places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    if part.is_empty() {
        write!(f, "{sign}{whole}")
    } else {
        write!(f, "{sign}{whole}.{part}")
    }
}

impl Table {
    /// A table without rows.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        Self {
            title: title.into(),
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            ..Self::default()
        }
    }

    /// CSV (RFC 4180) with a heading; title and notes are not in it.
    ///
    /// # Errors
    /// Writing to memory does not fail; a row with another number of cells than columns would.
    pub fn to_csv(&self) -> Result<String, csv::Error> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(&self.columns)?;
        for row in &self.rows {
            writer.write_record(row.iter().map(in_csv))?;
        }
        let bytes = writer
            .into_inner()
            .map_err(csv::IntoInnerError::into_error)?;
        Ok(String::from_utf8_lossy(&bytes).into_owned())
    }
}

/// A spreadsheet takes text that begins like a formula for one: a name in a catalog must not run.
fn in_csv(cell: &Cell) -> String {
    match cell {
        Cell::Text(text) if text.starts_with(['=', '+', '-', '@', '\t', '\r']) => {
            format!("'{text}")
        }
        Cell::Text(_) | Cell::Count(_) | Cell::Grams(_) | Cell::Kilograms(_) | Cell::Blank => {
            cell.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grams_are_exact() {
        for (ng, text) in [
            (0, "0"),
            (1, "0.000000001"),
            (-1_500_000_000, "-1.5"),
            (22_600_000, "0.0226"),
            (
                340_282_366_920_938_463_463_374_607_431,
                "340282366920938463463.374607431",
            ),
        ] {
            assert_eq!(Cell::Grams(ng).to_string(), text);
        }
        assert_eq!(Cell::Kilograms(1_234_000_000_000).to_string(), "1.234");
    }

    #[test]
    fn csv_quotes_and_defuses() {
        let mut table = Table::new("t", &["a", "b"]);
        let name = Cell::text("=HYPERLINK(\"x\"), 2");
        table.rows.push(vec![name, Cell::Count(-3)]);
        table.rows.push(vec![Cell::Blank, Cell::Grams(5)]);
        let csv = table.to_csv().unwrap();
        assert_eq!(csv, "a,b\n\"'=HYPERLINK(\"\"x\"\"), 2\",-3\n,0.000000005\n");
    }

    #[test]
    fn a_crooked_row_is_an_error() {
        let mut table = Table::new("t", &["a", "b"]);
        table.rows.push(vec![Cell::Blank]);
        assert!(table.to_csv().is_err());
    }
}
