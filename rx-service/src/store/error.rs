//! What can go wrong between us and the database.

use std::borrow::Cow;

use jiff::Timestamp;
use prescription::Folio;

use super::stock::StockProblem;

/// A statement or transaction failed.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database did not answer, or refused.
    #[error("the database failed in `{during}`: {source}")]
    Database {
        /// The transaction or query.
        during: &'static str,
        /// What it said.
        source: sqlx::Error,
    },
    /// The disk is full: nothing was written.
    #[error("the disk of the database is full; free space and try again (during `{0}`)")]
    Full(&'static str),
    /// The rows contradict the code's invariants: a defect or a damaged database.
    #[error("the database is inconsistent: {table}.{column}, row {row}")]
    Inconsistent {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Key of the row: a folio, position or cédula, never personal data.
        row: String,
    },
    /// The prescription was erased: there is nothing left to read but that.
    #[error("the bodies of {folio} were destroyed at {at}")]
    Erased {
        /// The prescription.
        folio: Folio,
        /// When.
        at: Timestamp,
    },
    /// Somebody else was first. Nothing was written.
    #[error("conflict: {0:?}")]
    Conflict(Conflict),
    /// The database is not usable as it is.
    #[error("{0}")]
    Unusable(String),
}

/// Who was first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Conflict {
    /// The prescription changed since it was read.
    Changed,
    /// The same event is recorded already.
    Recorded,
    /// A line overlaps with what the patient has, or can still get, and its decision did not know.
    Overlap {
        /// The line of the new prescription, from 1.
        line: u8,
        /// The prescription that it overlaps with.
        folio: Folio,
    },
    /// The special folio is not usable any more.
    SpecialFolio,
    /// The client used this identifier for a request already.
    Request,
    /// The patient was registered, or destroyed, since the prescription was decided.
    Patient,
    /// The tree head is not the one that the sequencer expected: another sequencer is at work.
    TreeHead,
    /// The entries that wait are not those that were read: another transaction has just committed
    /// some between them.
    Waiting,
    /// The key of the row is taken.
    Taken,
    /// The key that signed does not sign any more.
    Key,
    /// A factor or an activation is refused.
    Activation(activation::Refusal),
    /// A line of the act cannot be posted to stock and books.
    Stock {
        /// The line, from 1.
        line: usize,
        /// Why.
        problem: StockProblem,
    },
}

impl StoreError {
    /// Sorts a driver error.
    pub(super) fn from_sqlx(during: &'static str, source: sqlx::Error) -> Self {
        let code = source
            .as_database_error()
            .and_then(|e| e.code().map(Cow::into_owned));
        match code.as_deref() {
            // SQLITE_FULL and PostgreSQL's disk_full.
            Some("13" | "53100") => Self::Full(during),
            _ => Self::Database { during, source },
        }
    }

    /// A row that does not parse.
    pub(crate) fn inconsistent(
        table: &'static str,
        column: &'static str,
        row: impl std::fmt::Display,
    ) -> Self {
        Self::Inconsistent {
            table,
            column,
            row: row.to_string(),
        }
    }

    /// Whether the same transaction may succeed if it is run again unchanged.
    pub(super) fn is_transient(&self) -> bool {
        let Self::Database { source, .. } = self else {
            return false;
        };
        let code = source
            .as_database_error()
            .and_then(|e| e.code().map(Cow::into_owned));
        // SQLITE_BUSY and its snapshot form; serialization_failure, deadlock_detected.
        matches!(code.as_deref(), Some("5" | "517" | "40001" | "40P01"))
    }
}

/// Names the query in the error.
pub(super) trait During<T> {
    /// Attaches the name.
    fn during(self, name: &'static str) -> Result<T, StoreError>;
}

impl<T> During<T> for Result<T, sqlx::Error> {
    fn during(self, name: &'static str) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::from_sqlx(name, source))
    }
}
