//! Strict reading of one CSV table.

use std::io::Read;

use csv::StringRecord;
use jiff::civil::Date;

use crate::CatalogError;

/// Most that one file may have. The national CLUES file is about 15 MB.
const LIMIT: u64 = 64 << 20;

/// All bytes of a file.
///
/// # Errors
/// [`CatalogError::Read`] and [`CatalogError::TooLarge`].
pub(crate) fn read_all(file: &'static str, reader: impl Read) -> Result<Vec<u8>, CatalogError> {
    let mut bytes = Vec::new();
    let read = reader
        .take(LIMIT + 1)
        .read_to_end(&mut bytes)
        .map_err(|source| CatalogError::Read { file, source })?;
    if read as u64 > LIMIT {
        return Err(CatalogError::TooLarge { file, limit: LIMIT });
    }
    Ok(bytes)
}

/// A table whose columns are found by name, in any order.
pub(crate) struct Table {
    file: &'static str,
    headers: StringRecord,
    records: Vec<StringRecord>,
}

impl Table {
    /// The table in `bytes`; every row must have as many fields as the header.
    pub(crate) fn parse(file: &'static str, bytes: &[u8]) -> Result<Self, CatalogError> {
        let mut reader = csv::Reader::from_reader(bytes);
        let failed = |source| CatalogError::Csv { file, source };
        let headers = reader.headers().map_err(failed)?.clone();
        let records = reader.records().collect::<Result<_, _>>().map_err(failed)?;
        Ok(Self {
            file,
            headers,
            records,
        })
    }

    /// Whether the table has this column.
    pub(crate) fn has(&self, column: &str) -> bool {
        self.headers.iter().any(|header| header == column)
    }

    /// Where the column is.
    pub(crate) fn column(&self, name: &'static str) -> Result<Column, CatalogError> {
        self.headers
            .iter()
            .position(|header| header == name)
            .map(|index| Column { name, index })
            .ok_or(CatalogError::Column {
                file: self.file,
                column: name,
            })
    }

    /// The rows in the order of the file.
    pub(crate) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        self.records.iter().map(|record| Row {
            file: self.file,
            record,
        })
    }
}

/// A column of a table.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    name: &'static str,
    index: usize,
}

/// A row of a table.
pub(crate) struct Row<'t> {
    file: &'static str,
    record: &'t StringRecord,
}

impl<'t> Row<'t> {
    /// The text of the field, which may be empty.
    pub(crate) fn text(&self, column: Column) -> &'t str {
        self.record.get(column.index).unwrap_or_default()
    }

    /// The text of a field that may not be empty.
    pub(crate) fn required(&self, column: Column) -> Result<&'t str, CatalogError> {
        let text = self.text(column);
        if text.is_empty() {
            Err(self.wrong(column, "a value"))
        } else {
            Ok(text)
        }
    }

    /// The field, parsed.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        column: Column,
        expected: &'static str,
    ) -> Result<T, CatalogError> {
        self.text(column)
            .parse()
            .map_err(|_| self.wrong(column, expected))
    }

    /// The names in a field, separated by `|`.
    pub(crate) fn names(&self, column: Column) -> Vec<String> {
        let names = self.text(column).split('|').filter(|name| !name.is_empty());
        names.map(str::to_owned).collect()
    }

    /// The date in a field, or `None` where it is empty.
    pub(crate) fn date(&self, column: Column) -> Result<Option<Date>, CatalogError> {
        match self.text(column) {
            "" => Ok(None),
            _ => self.parsed(column, "a date as AAAA-MM-DD").map(Some),
        }
    }

    /// The error of a field that is not what its column holds.
    pub(crate) fn wrong(&self, column: Column, expected: &'static str) -> CatalogError {
        let line = self.record.position().map_or(0, csv::Position::line);
        CatalogError::Value {
            file: self.file,
            line,
            column: column.name,
            expected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_a_short_row() {
        let error = Table::parse("t.csv", b"a,b\n1\n").map(|_| ()).unwrap_err();
        assert!(
            matches!(error, CatalogError::Csv { file: "t.csv", .. }),
            "{error}"
        );
    }

    #[test]
    fn refuses_bytes_that_are_not_text() {
        assert!(Table::parse("t.csv", b"a\n\xff\n").is_err());
    }

    #[test]
    fn names_the_line_and_column_of_a_wrong_value() {
        let table = Table::parse("t.csv", b"day\n2026-01-16\n2026-02-30\n").unwrap();
        let day = table.column("day").unwrap();
        let dates: Vec<_> = table.rows().map(|row| row.date(day)).collect();
        assert!(dates[0].is_ok());
        let error = dates[1].as_ref().unwrap_err().to_string();
        assert_eq!(
            error,
            "t.csv, line 3, column day: expected a date as AAAA-MM-DD"
        );
    }

    #[test]
    fn names_the_missing_column() {
        let table = Table::parse("t.csv", b"a\n").unwrap();
        assert!(matches!(
            table.column("b"),
            Err(CatalogError::Column { column: "b", .. })
        ));
    }

    #[test]
    fn refuses_a_file_without_end() {
        let error = read_all("t.csv", std::io::repeat(b'a')).unwrap_err();
        assert!(matches!(error, CatalogError::TooLarge { .. }), "{error}");
    }
}
