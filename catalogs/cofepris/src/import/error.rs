//! Why a file could not be imported, and why one of its rows was refused.

use std::fmt;

/// Why a file as a whole could not be imported.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    /// Larger than any official file.
    #[error("the file has more than {limit} bytes: check that it is the published one")]
    TooLarge {
        /// Most that is read, in bytes.
        limit: u64,
    },
    /// A workbook that unpacks to more than any official one, or into too many parts.
    #[error("the workbook unpacks to more than {limit} {what}: it is no official file")]
    Bomb {
        /// The limit.
        limit: u64,
        /// What is counted.
        what: &'static str,
    },
    /// Neither CSV in UTF-8 nor a workbook.
    #[error("cannot read the file: {0}. Save it as CSV in UTF-8 or as XLSX")]
    Unreadable(String),
    /// No sheet has the columns, in any of its first rows.
    #[error("the columns are missing: {}", .missing.join(", "))]
    Columns {
        /// The columns that the best row of headers does not have.
        missing: Vec<String>,
    },
    /// A column stands there twice.
    #[error("the column {0} stands there twice: remove one")]
    RepeatedColumn(String),
    /// A rule of the derivation is wrong: an error of the program, not of the file.
    #[error("a pattern of the importer failed: {0}")]
    Pattern(#[from] Box<fancy_regex::Error>),
}

/// Why one row was refused.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct RefusedRow {
    /// Row of the sheet, from 1, headers included.
    pub row: u32,
    /// The column, as the file writes it.
    pub column: String,
    /// What was expected there.
    pub expected: String,
}

impl fmt::Display for RefusedRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            row,
            column,
            expected,
        } = self;
        write!(f, "fila {row}, columna {column}: se esperaba {expected}")
    }
}

/// What a file says, and which of its rows say nothing that can be used.
#[derive(Debug, Clone)]
pub struct Imported<T> {
    /// The good rows, in the order of the catalog.
    pub rows: Vec<T>,
    /// The others. A file with one of them is not applied.
    pub refused: Vec<RefusedRow>,
}
