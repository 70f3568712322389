//! Importers of the official files, each strict: what is not understood is refused, with row and
//! column, and nothing is guessed.

mod compendio;
mod error;
mod grid;

pub use self::error::{ImportError, Imported, RefusedRow};
pub use self::grid::FILE_LIMIT;
