//! Reading the control books.

use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues, Folio};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::During;
use super::record::log_index;
use super::sequence::as_bigint;
use super::stock_read::{clave, day};
use super::{Store, StoreError};
use crate::clock::day_number;

const NAME: &str = "read-book";
const TABLE: &str = "book_line";

/// Which lines of which book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookRange {
    /// Whose book.
    pub establishment: Clues,
    /// Code of its class.
    pub class: &'static str,
    /// The first day.
    pub from: Date,
    /// The last day.
    pub to: Date,
}

/// A line of a book, as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookEntry {
    /// Code of the book's class.
    pub class: String,
    /// Its number in the book.
    pub number: u64,
    /// The day on which it happened.
    pub on: Date,
    /// Entered after a later day.
    pub late: bool,
    /// What happened: the code of a kind of movement, `shortfall`, `carried-to …` or
    /// `carried-from …`.
    pub what: String,
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot and its last day; `None` where a page is carried.
    pub lot: Option<(String, Date)>,
    /// The account on the other side.
    pub other: String,
    /// Units that came in.
    pub units_in: i64,
    /// Units that went out.
    pub units_out: i64,
    /// The page's balance after it.
    pub balance: i64,
    /// The lot's balance after it.
    pub lot_balance: i64,
    /// Invoice, acta or note.
    pub document: Option<String>,
    /// Special permit of acquisition, transfer or import.
    pub permit: Option<String>,
    /// The other establishment or supplier, as JSON.
    pub counterpart: Option<String>,
    /// The prescription.
    pub folio: Option<Folio>,
    /// Who prescribed.
    pub cedula: Option<Cedula>,
    /// Number of the receta that was retained with it.
    pub retained: Option<u64>,
    /// Number of the movement; `None` for a step of a prescription.
    pub movement: Option<u64>,
    /// Number of the movement that it takes back.
    pub corrects: Option<u64>,
    /// Its entry's index in the ledger, where it has one already.
    pub index: Option<u64>,
}

/// A page's balance before a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PageBalance {
    /// The medicine.
    pub clave: Clave,
    /// Units.
    pub units: i64,
}

/// The columns of a line, with what its entry and movement add to it.
macro_rules! lines {
    ($rest:literal) => {
        concat!(
            "SELECT b.class, b.number, b.book_day, b.on_day, b.what, b.clave, b.lot, b.expiry,
               b.other, b.units_in, b.units_out, b.balance, b.lot_balance, b.document,
               b.permit, b.counterpart, b.folio, b.cedula, b.retained, m.number AS movement, m.corrects,
               e.log_index
             FROM book_line b JOIN entry e ON e.position = b.position
             LEFT JOIN movement m ON m.position = b.position ",
            $rest
        )
    };
}

impl Store {
    /// The lines of a book, in their order, `limit` at most.
    ///
    /// # Errors
    /// The database failed.
    pub async fn book_entries(
        &self,
        range: &BookRange,
        limit: i64,
    ) -> Result<Vec<BookEntry>, StoreError> {
        let rows = sqlx::query(lines!(
            "WHERE b.establishment = $1 AND b.class = $2 AND b.book_day BETWEEN $3 AND $4
             ORDER BY b.book_day, b.number LIMIT $5"
        ))
        .bind(range.establishment.as_str().to_owned())
        .bind(range.class)
        .bind(day_number(range.from))
        .bind(day_number(range.to))
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(entry).collect()
    }

    /// The lines that a movement wrote.
    ///
    /// # Errors
    /// The database failed.
    pub async fn entries_of_movement(
        &self,
        establishment: &Clues,
        number: u64,
    ) -> Result<Vec<BookEntry>, StoreError> {
        let rows = sqlx::query(lines!(
            "WHERE b.position = (SELECT position FROM movement
               WHERE establishment = $1 AND number = $2) ORDER BY b.class, b.number"
        ))
        .bind(establishment.as_str().to_owned())
        .bind(as_bigint(number)?)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(entry).collect()
    }

    /// The pages that a book has, each with its balance before the first day of the range.
    ///
    /// # Errors
    /// The database failed.
    pub async fn book_pages(&self, range: &BookRange) -> Result<Vec<PageBalance>, StoreError> {
        let rows = sqlx::query(
            "SELECT p.clave, COALESCE((SELECT b.balance FROM book_line b
                WHERE b.establishment = p.establishment AND b.class = p.class
                  AND b.clave = p.clave AND b.book_day < $3
                ORDER BY b.book_day DESC, b.number DESC LIMIT 1), 0) AS units
             FROM book_page p WHERE p.establishment = $1 AND p.class = $2 ORDER BY p.clave",
        )
        .bind(range.establishment.as_str().to_owned())
        .bind(range.class)
        .bind(day_number(range.from))
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                Ok(PageBalance {
                    clave: clave(row, "book_page")?,
                    units: row.try_get("units").during(NAME)?,
                })
            })
            .collect()
    }

    /// The recetas that were retained with lines of a book, in the order of their numbers.
    ///
    /// # Errors
    /// The database failed.
    pub async fn retained(
        &self,
        range: &BookRange,
        limit: i64,
    ) -> Result<Vec<BookEntry>, StoreError> {
        let rows = sqlx::query(lines!(
            "WHERE b.establishment = $1 AND b.class = $2 AND b.retained IS NOT NULL
               AND b.book_day BETWEEN $3 AND $4 ORDER BY b.number LIMIT $5"
        ))
        .bind(range.establishment.as_str().to_owned())
        .bind(range.class)
        .bind(day_number(range.from))
        .bind(day_number(range.to))
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(entry).collect()
    }

    /// The class and last day of each book of an establishment.
    ///
    /// # Errors
    /// The database failed.
    pub async fn last_entries(
        &self,
        establishment: &Clues,
    ) -> Result<Vec<(String, Date)>, StoreError> {
        let rows = sqlx::query("SELECT class, on_day FROM book WHERE establishment = $1")
            .bind(establishment.as_str().to_owned())
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        rows.iter()
            .map(|row| {
                Ok((
                    row.try_get("class").during(NAME)?,
                    day(row, "on_day", "book")?,
                ))
            })
            .collect()
    }

    /// The book in which a medicine of an establishment still has units, if any.
    ///
    /// # Errors
    /// The database failed.
    pub async fn book_with_stock(
        &self,
        establishment: &Clues,
        clave: &Clave,
    ) -> Result<Option<String>, StoreError> {
        let row = sqlx::query(
            "SELECT class FROM book_page
             WHERE establishment = $1 AND clave = $2 AND units > 0 ORDER BY class LIMIT 1",
        )
        .bind(establishment.as_str().to_owned())
        .bind(clave.as_str().to_owned())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        row.map(|row| row.try_get(0)).transpose().during(NAME)
    }
}

fn entry(row: &AnyRow) -> Result<BookEntry, StoreError> {
    let number: i64 = row.try_get("number").during(NAME)?;
    let count = |column: &'static str| -> Result<Option<u64>, StoreError> {
        let value: Option<i64> = row.try_get(column).during(NAME)?;
        let value = value.map(u64::try_from).transpose();
        value.map_err(|_| StoreError::inconsistent(TABLE, column, number))
    };
    let broken = |column| StoreError::inconsistent(TABLE, column, number);
    let cedula: Option<String> = row.try_get("cedula").during(NAME)?;
    let folio: Option<String> = row.try_get("folio").during(NAME)?;
    let lot: String = row.try_get("lot").during(NAME)?;
    let book_day: i64 = row.try_get("book_day").during(NAME)?;
    let on = day(row, "on_day", TABLE)?;
    Ok(BookEntry {
        class: row.try_get("class").during(NAME)?,
        number: count("number")?.unwrap_or_default(),
        on,
        late: day_number(on) < book_day,
        what: row.try_get("what").during(NAME)?,
        clave: clave(row, TABLE)?,
        lot: match lot.as_str() {
            "" => None,
            _ => Some((lot, day(row, "expiry", TABLE)?)),
        },
        other: row.try_get("other").during(NAME)?,
        units_in: row.try_get("units_in").during(NAME)?,
        units_out: row.try_get("units_out").during(NAME)?,
        balance: row.try_get("balance").during(NAME)?,
        lot_balance: row.try_get("lot_balance").during(NAME)?,
        document: row.try_get("document").during(NAME)?,
        permit: row.try_get("permit").during(NAME)?,
        counterpart: row.try_get("counterpart").during(NAME)?,
        folio: folio
            .map(|text| text.parse().map_err(|_| broken("folio")))
            .transpose()?,
        cedula: cedula
            .map(|text| text.parse().map_err(|_| broken("cedula")))
            .transpose()?,
        retained: count("retained")?,
        movement: count("movement")?,
        corrects: count("corrects")?,
        index: log_index(row, "log_index")?,
    })
}
