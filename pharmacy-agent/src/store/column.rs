//! Columns back to the types they were written from. The file is not trusted to hold them.

use std::str::FromStr;

use jiff::Timestamp;
use rusqlite::Row;
use rusqlite::types::FromSql;

use super::StoreError;

/// Reads columns of one table.
pub(super) struct Columns<'a> {
    pub(super) table: &'static str,
    pub(super) row: &'a Row<'a>,
}

impl Columns<'_> {
    /// A column as SQLite has it.
    pub(super) fn raw<T: FromSql>(&self, column: &'static str) -> Result<T, StoreError> {
        Ok(self.row.get(column)?)
    }

    /// A text column, parsed.
    pub(super) fn parsed<T: FromStr>(&self, column: &'static str) -> Result<T, StoreError> {
        let text: String = self.raw(column)?;
        text.parse().map_err(|_| self.corrupt(column))
    }

    /// A nullable text column, parsed.
    pub(super) fn optional<T: FromStr>(
        &self,
        column: &'static str,
    ) -> Result<Option<T>, StoreError> {
        let text: Option<String> = self.raw(column)?;
        text.map(|text| text.parse().map_err(|_| self.corrupt(column)))
            .transpose()
    }

    /// An integer column, narrowed.
    pub(super) fn integer<T: TryFrom<i64>>(&self, column: &'static str) -> Result<T, StoreError> {
        let value: i64 = self.raw(column)?;
        T::try_from(value).map_err(|_| self.corrupt(column))
    }

    /// A column of seconds.
    pub(super) fn instant(&self, column: &'static str) -> Result<Timestamp, StoreError> {
        Timestamp::from_second(self.raw(column)?).map_err(|_| self.corrupt(column))
    }

    pub(super) fn corrupt(&self, column: &'static str) -> StoreError {
        StoreError::Corrupt {
            table: self.table,
            column,
        }
    }
}
