//! Why a catalog could not be loaded.

use std::io;

/// Why a catalog could not be loaded. None of these is a reason to go on without one.
#[derive(Debug, thiserror::Error)]
pub enum CatalogError {
    /// The file could not be read.
    #[error("cannot read {file}: check that it exists and may be read")]
    Read {
        /// Name of the file.
        file: &'static str,
        /// What the system said.
        source: io::Error,
    },
    /// The file is larger than any official one.
    #[error("{file} is larger than {limit} bytes: check that it is the catalog's file")]
    TooLarge {
        /// Name of the file.
        file: &'static str,
        /// Most that is read, in bytes.
        limit: u64,
    },
    /// The embedded file is not the one whose sum was committed.
    #[error("{file} does not match SHA256SUMS: regenerate it with tools/derive.py")]
    Checksum {
        /// Name of the file.
        file: &'static str,
    },
    /// The file is not CSV.
    #[error("{file} is not well-formed CSV: {source}")]
    Csv {
        /// Name of the file.
        file: &'static str,
        /// Where and why.
        source: csv::Error,
    },
    /// A column is missing.
    #[error("{file} has no column {column}: check that it has the published layout")]
    Column {
        /// Name of the file.
        file: &'static str,
        /// The column that was looked for.
        column: &'static str,
    },
    /// A value is not what its column holds.
    #[error("{file}, line {line}, column {column}: expected {expected}")]
    Value {
        /// Name of the file.
        file: &'static str,
        /// Line of the file, from 1.
        line: u64,
        /// The column.
        column: &'static str,
        /// What a value of the column looks like.
        expected: &'static str,
    },
    /// Two rows have the same key.
    #[error("{file} has two rows with key {key}: remove one")]
    Duplicate {
        /// Name of the file.
        file: &'static str,
        /// The repeated key.
        key: String,
    },
    /// A medicine names a substance that the lists do not have.
    #[error("medicine {clave} names {substance}, which substances.csv does not list")]
    UnknownSubstance {
        /// The medicine.
        clave: String,
        /// The substance.
        substance: String,
    },
    /// A medicine contains a substance that no medicine may contain (LGS arts. 245 and 248).
    #[error("medicine {clave} contains {substance}, whose class has no sale fraction")]
    NoFraction {
        /// The medicine.
        clave: String,
        /// The substance.
        substance: String,
    },
    /// The facts of a medicine name a salt that the table of salts does not have.
    #[error("medicine {clave} is measured as {salt}, which salts.csv does not have")]
    UnknownSalt {
        /// The medicine.
        clave: String,
        /// The salt.
        salt: String,
    },
}
