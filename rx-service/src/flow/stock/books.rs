//! The control books of an establishment.

use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues, Folio};
use substances::book::{BookLine, What};
use substances::{Book, Lot, MovementKind, Units};

use super::read;
use crate::app::App;
use crate::flow::{FlowError, Visitor};
use crate::store::{BookEntry, BookRange};

/// Most lines of one reading: a year of a busy pharmacy's book.
const MOST: i64 = 20_000;

/// A control book over some days.
pub struct ControlBook {
    /// Whose.
    pub establishment: Clues,
    /// Which.
    pub book: Book,
    /// First and last day.
    pub days: (Date, Date),
    /// Its pages, by clave, with what each held before the first day.
    pub pages: Vec<BookPage>,
    /// Its lines, in their order.
    pub lines: Vec<BookLine>,
    /// Lines that wait for their index in the ledger and are not shown yet.
    pub waiting: usize,
}

/// A page of it.
pub struct BookPage {
    /// The medicine.
    pub clave: Clave,
    /// Units before the first day.
    pub brought_forward: Units,
}

/// A receta that stays at the pharmacy.
pub struct RetainedReceta {
    /// Its number among those of the book.
    pub number: u64,
    /// The prescription.
    pub folio: Folio,
    /// Who wrote it.
    pub prescriber: Cedula,
    /// The medicine.
    pub clave: Clave,
    /// The day.
    pub on: Date,
    /// The line of the book.
    pub entry: u64,
}

/// Reads a book of `whose`.
///
/// # Errors
/// [`FlowError::Forbidden`], [`FlowError::TooManyLines`], or the database failed.
pub async fn control_book(
    app: &App,
    visitor: &Visitor,
    whose: &Clues,
    book: Book,
    days: (Date, Date),
) -> Result<ControlBook, FlowError> {
    read::note(app, visitor, whose).await?;
    let range = range(whose, book, days);
    let pages = app.store.book_pages(&range).await?;
    let entries = all_of(app.store.book_entries(&range, MOST + 1).await?)?;
    let read = entries.len();
    let mut lines = Vec::with_capacity(read);
    for entry in entries {
        // The first without an index: what follows it in the book follows it in the ledger too.
        let Some(ledger) = entry.index else { break };
        lines.push(line(book, entry, ledger)?);
    }
    let mut brought = Vec::with_capacity(pages.len());
    for page in pages {
        brought.push(BookPage {
            brought_forward: units(page.units)?,
            clave: page.clave,
        });
    }
    Ok(ControlBook {
        establishment: whose.clone(),
        book,
        days,
        pages: brought,
        waiting: read - lines.len(),
        lines,
    })
}

/// The recetas that a book retained.
///
/// # Errors
/// As [`control_book`].
pub async fn retained(
    app: &App,
    visitor: &Visitor,
    whose: &Clues,
    book: Book,
    days: (Date, Date),
) -> Result<Vec<RetainedReceta>, FlowError> {
    read::note(app, visitor, whose).await?;
    let range = range(whose, book, days);
    let entries = all_of(app.store.retained(&range, MOST + 1).await?)?;
    let receta = |entry: BookEntry| {
        let row = entry.number;
        let said = (entry.retained, entry.folio, entry.cedula);
        let (Some(number), Some(folio), Some(prescriber)) = said else {
            let error = format!("line {row} of book {} retains nothing", entry.class);
            return Err(FlowError::Internal(error));
        };
        Ok(RetainedReceta {
            number,
            folio,
            prescriber,
            clave: entry.clave,
            on: entry.on,
            entry: row,
        })
    };
    entries.into_iter().map(receta).collect()
}

/// The entries that were read, if there are no more of them: a list that is cut looks complete.
fn all_of(entries: Vec<BookEntry>) -> Result<Vec<BookEntry>, FlowError> {
    let count = i64::try_from(entries.len()).map_err(FlowError::internal)?;
    if count > MOST {
        return Err(FlowError::TooManyLines);
    }
    Ok(entries)
}

fn range(whose: &Clues, book: Book, (from, to): (Date, Date)) -> BookRange {
    BookRange {
        establishment: whose.clone(),
        class: book.code(),
        from,
        to,
    }
}

/// The line as `substances` writes it, with the index that verifies it.
fn line(book: Book, entry: BookEntry, ledger: u64) -> Result<BookLine, FlowError> {
    let counterpart = entry.counterpart.as_deref().map(serde_json::from_str);
    Ok(BookLine {
        book,
        entry: entry.number,
        on: entry.on,
        late: entry.late,
        what: what(&entry.what)?,
        clave: entry.clave,
        lot: entry.lot.map(|(number, expiry)| Lot { number, expiry }),
        document: entry.document,
        permit: entry.permit,
        folio: entry.folio,
        prescriber: entry.cedula,
        retained: entry.retained,
        counterpart: counterpart.transpose().map_err(FlowError::internal)?,
        units_in: units(entry.units_in)?,
        units_out: units(entry.units_out)?,
        balance: units(entry.balance)?,
        movement: entry.movement,
        corrects: entry.corrects,
        ledger,
    })
}

/// What a line's code says.
fn what(code: &str) -> Result<What, FlowError> {
    let book = |start| Book::from_code(code.strip_prefix(start)?);
    let carried_to = book("carried-to ").map(What::CarriedTo);
    let carried_from = book("carried-from ").map(What::CarriedFrom);
    let shortfall = (code == "shortfall").then_some(What::Shortfall);
    let movement = MovementKind::from_code(code).map(What::Movement);
    let known = carried_to.or(carried_from).or(shortfall).or(movement);
    known.ok_or_else(|| FlowError::Internal(format!("a book says {code:?}")))
}

fn units(count: i64) -> Result<Units, FlowError> {
    super::facts::units(count)
}
