//! Importers of the official files, each strict: what is not understood is refused, with row and
//! column, and nothing is guessed. [`crate::Update::read`] is the door.

pub(crate) mod clues;
pub(crate) mod compendio;
mod error;
mod grid;
pub(crate) mod lists;
pub(crate) mod nurse_list;
pub(crate) mod professionals;

pub use self::error::{ImportError, Imported, RefusedRow};
pub use self::grid::FILE_LIMIT;
