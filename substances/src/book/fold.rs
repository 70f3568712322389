//! The fold of movements into books.

use std::collections::BTreeMap;

use jiff::civil::Date;
use prescription::{Clave, Clues};

use super::BookLine;
use super::write::Writer;
use crate::{Book, Movement, Units};

/// A movement with the index of its leaf in the ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Logged {
    /// Index in the ledger.
    pub ledger: u64,
    /// The movement.
    pub movement: Movement,
}

/// The books of one establishment, folded up to some movement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Books {
    establishment: Clues,
    pub(super) tails: [Tail; Book::ALL.len()],
    pub(super) pages: BTreeMap<Clave, Page>,
    /// Index of the leaf of the last movement.
    last_leaf: Option<u64>,
    /// Number of the last movement of the register.
    last_movement: u64,
}

/// The end of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Tail {
    /// Number of the last entry.
    pub(super) entry: u64,
    /// The latest date of an entry.
    pub(super) on: Option<Date>,
    /// Number of the last retained prescription.
    pub(super) retained: u64,
}

/// The page of a medicine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Page {
    /// The book that it is in.
    pub(super) book: Book,
    /// Units of all lots.
    pub(super) balance: Units,
}

/// A movement cannot follow those before it: the record is corrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BookError {
    /// It belongs to another establishment.
    #[error("the movement belongs to another establishment")]
    Establishment,
    /// Its leaf is not after the last one.
    #[error("leaf {0} is not after that of the movement before")]
    Leaf(u64),
    /// The establishment's series has a gap or a repetition.
    #[error("movement {found} follows movement {last} of the series")]
    Series {
        /// The number before.
        last: u64,
        /// The number found.
        found: u64,
    },
    /// It is dated before the last entry of its book.
    #[error("an entry dated {0} follows a later one")]
    Date(Date),
    /// More goes out than there is, or more comes in than can be counted.
    #[error("the balance of a page cannot be")]
    Balance,
}

impl Books {
    /// Empty books.
    #[must_use]
    pub fn new(establishment: Clues) -> Self {
        Self {
            establishment,
            tails: Default::default(),
            pages: BTreeMap::new(),
            last_leaf: None,
            last_movement: 0,
        }
    }

    /// The date of the last entry of each book that has one.
    pub fn last_entries(&self) -> impl Iterator<Item = (Book, Date)> {
        let books = Book::ALL.into_iter().zip(self.tails);
        books.filter_map(|(book, tail)| Some((book, tail.on?)))
    }

    /// The book and the balance of a medicine's page.
    #[must_use]
    pub fn page(&self, clave: &Clave) -> Option<(Book, Units)> {
        self.pages.get(clave).map(|page| (page.book, page.balance))
    }

    /// Every page, by clave.
    pub fn pages(&self) -> impl Iterator<Item = (&Clave, Book, Units)> {
        let pages = self.pages.iter();
        pages.map(|(clave, page)| (clave, page.book, page.balance))
    }

    /// Enters a movement and gives its lines.
    ///
    /// # Errors
    /// [`BookError`]; nothing has changed then.
    pub fn enter(&mut self, logged: &Logged) -> Result<Vec<BookLine>, BookError> {
        let movement = &logged.movement;
        if movement.establishment != self.establishment {
            return Err(BookError::Establishment);
        }
        if self.last_leaf.is_some_and(|last| logged.ledger <= last) {
            return Err(BookError::Leaf(logged.ledger));
        }
        let last = self.last_movement;
        if let Some(found) = movement.number()
            && last.checked_add(1) != Some(found)
        {
            return Err(BookError::Series { last, found });
        }
        let lines = Writer::new(self, logged).write()?;
        self.last_leaf = Some(logged.ledger);
        self.last_movement = movement.number().unwrap_or(last);
        Ok(lines)
    }
}

/// The lines of all books of an establishment, from its movements in the order of the ledger.
///
/// # Errors
/// The first movement that cannot follow those before it, by its place in `movements`.
pub fn books<'m>(
    establishment: &Clues,
    movements: impl IntoIterator<Item = &'m Logged>,
) -> Result<Vec<BookLine>, (usize, BookError)> {
    let mut books = Books::new(establishment.clone());
    let mut lines = Vec::new();
    for (place, logged) in movements.into_iter().enumerate() {
        lines.extend(books.enter(logged).map_err(|error| (place, error))?);
    }
    Ok(lines)
}
