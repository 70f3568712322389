//! Posting to stock and control books, inside the transaction of the act that it follows from.
//!
//! Double entry: what leaves an account arrives in another. Accounts of establishments and of
//! shipments under way have rows in `stock` and are never negative, which the database itself
//! refuses; what lies outside is named by the line of the book.
//!
//! An act first takes its places ([`reserve`]) and only then gets its ledger entry: whoever writes
//! in a book holds it to the commit, so that the order of its lines is the order in the ledger.

use jiff::civil::Date;
use prescription::{Cedula, Clave, Clues};
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::{Conflict, StoreError};
use crate::clock::day_number;

const NAME: &str = "post-stock";

/// What an act does to the stock and the books of one establishment. Decided by `flow::stock`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Posting {
    /// Whose stock and books.
    pub establishment: Clues,
    /// Code of the kind of movement.
    pub kind: &'static str,
    /// The day in the books.
    pub on: Date,
    /// Invoice, acta, number of a note; the folio of a prescription.
    pub document: Option<String>,
    /// The other establishment or supplier.
    pub counterpart: Option<String>,
    /// Who prescribed.
    pub cedula: Option<Cedula>,
    /// In order.
    pub lines: Vec<PostedLine>,
}

/// Units of one lot of one clave that go from one account to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostedLine {
    /// Number of the act's line that it comes from, from 1.
    pub source: usize,
    /// Code of the book's class.
    pub class: &'static str,
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Date,
    /// How many; none for a count that agrees.
    pub units: i64,
    /// Who gives.
    pub from: Side,
    /// Who receives.
    pub to: Side,
    /// What the own lot must hold before: a count, or a shortfall, is true of that balance and of
    /// no other.
    pub held: Option<i64>,
    /// The receta stays here with this line.
    pub retained: bool,
}

/// One side of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Side {
    /// The establishment that records.
    Here,
    /// Shipped and not arrived.
    Transit {
        /// Who shipped.
        from: Clues,
        /// Who is to receive.
        to: Clues,
    },
    /// Outside of all establishments: its code.
    Outside(&'static str),
}

impl PostedLine {
    /// Units that come in (positive) or go out (negative) here; `None` where neither: such a line
    /// is in no book.
    fn change(&self) -> Option<i64> {
        match (&self.from, &self.to) {
            (Side::Here, Side::Here) => Some(0),
            (_, Side::Here) => Some(self.units),
            (Side::Here, _) => Some(-self.units),
            _ => None,
        }
    }

    /// The account on the other side, as a book's line keeps it.
    fn other(&self) -> String {
        let other = if self.to == Side::Here {
            &self.from
        } else {
            &self.to
        };
        other.party().unwrap_or_else(|| match other {
            Side::Outside(code) => (*code).to_owned(),
            Side::Here | Side::Transit { .. } => String::new(),
        })
    }
}

impl Side {
    /// The party in `stock` of a shipment under way.
    fn party(&self) -> Option<String> {
        match self {
            Self::Transit { from, to } => Some(format!("{from}>{to}")),
            Self::Here | Self::Outside(_) => None,
        }
    }
}

/// Why a line cannot be posted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StockProblem {
    /// The lot holds less than what goes out.
    Insufficient,
    /// Less is under way from that sender than what is to arrive.
    NotInTransit,
    /// The book has a line of a later day.
    BackDated,
    /// What the lot holds is on a page of another book.
    OtherBook,
}

/// The place that a line has taken in its book.
pub(super) struct Reserved {
    change: i64,
    number: i64,
    retained: Option<i64>,
    balance: i64,
    lot_balance: i64,
}

/// Moves the units and takes the next places in the books: one a line, `None` for a line that is in
/// no book.
///
/// # Errors
/// [`Conflict::Stock`] with the line that cannot be posted; [`Conflict::Changed`] when the lot does
/// not hold what the act was decided on. Nothing may be kept then.
pub(super) async fn reserve(
    connection: &mut AnyConnection,
    posting: &Posting,
) -> Result<Vec<Option<Reserved>>, StoreError> {
    let mut places = Vec::with_capacity(posting.lines.len());
    for line in &posting.lines {
        move_transit(connection, line).await?;
        let place = match line.change() {
            Some(change) => Some(take_place(connection, posting, line, change).await?),
            None => None,
        };
        places.push(place);
    }
    Ok(places)
}

fn refused(line: &PostedLine, problem: StockProblem) -> StoreError {
    let line = line.source;
    StoreError::Conflict(Conflict::Stock { line, problem })
}

async fn move_transit(
    connection: &mut AnyConnection,
    line: &PostedLine,
) -> Result<(), StoreError> {
    for (side, change) in [(&line.from, -line.units), (&line.to, line.units)] {
        if let Some(party) = side.party() {
            let after = change_stock(connection, &party, line, change).await?;
            after.ok_or_else(|| refused(line, StockProblem::NotInTransit))?;
        }
    }
    Ok(())
}

async fn take_place(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    change: i64,
) -> Result<Reserved, StoreError> {
    let establishment = &posting.establishment;
    let after = change_stock(connection, establishment.as_str(), line, change).await?;
    let lot_balance = match (after, line.held) {
        (Some(after), Some(held)) if held + change != after => None,
        (after, _) => after,
    };
    let lot_balance = lot_balance.ok_or_else(|| match line.held {
        Some(_) => StoreError::Conflict(Conflict::Changed),
        None => refused(line, StockProblem::Insufficient),
    })?;
    let (number, retained) = next_number(connection, posting, line)
        .await?
        .ok_or_else(|| refused(line, StockProblem::BackDated))?;
    let balance = turn_page(connection, establishment, line, change)
        .await?
        .ok_or_else(|| refused(line, StockProblem::OtherBook))?;
    Ok(Reserved {
        change,
        number,
        retained,
        balance,
        lot_balance,
    })
}

/// Writes the lines of the act whose entry is at `position` into the places that it took.
pub(super) async fn write(
    connection: &mut AnyConnection,
    position: i64,
    posting: &Posting,
    places: &[Option<Reserved>],
) -> Result<(), StoreError> {
    for (line, place) in posting.lines.iter().zip(places) {
        if let Some(place) = place {
            write_line(connection, position, posting, line, place).await?;
            add_to_month(connection, posting, line, place.change).await?;
        }
    }
    Ok(())
}

/// Changes the balance of a party's lot and returns it; `None` where it would be below zero.
async fn change_stock(
    connection: &mut AnyConnection,
    party: &str,
    line: &PostedLine,
    change: i64,
) -> Result<Option<i64>, StoreError> {
    // An INSERT of a negative row fails its CHECK even where the row is there to be updated.
    let statement = if change < 0 {
        "UPDATE stock SET units = units + $5
         WHERE party = $1 AND clave = $2 AND lot = $3 AND expiry = $4 AND units + $5 >= 0
         RETURNING units"
    } else {
        "INSERT INTO stock (party, clave, lot, expiry, units) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (party, clave, lot, expiry)
         DO UPDATE SET units = stock.units + excluded.units RETURNING units"
    };
    let row = sqlx::query(statement)
        .bind(party.to_owned())
        .bind(line.clave.as_str().to_owned())
        .bind(line.lot.clone())
        .bind(day_number(line.expiry))
        .bind(change)
        .fetch_optional(connection)
        .await
        .during(NAME)?;
    row.map(|row| row.try_get(0)).transpose().during(NAME)
}

/// Takes the next number of the book, and the next of its retained prescriptions; `None` where the
/// book has a later day. From here to the commit the book is ours: two acts in it take turns.
async fn next_number(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
) -> Result<Option<(i64, Option<i64>)>, StoreError> {
    let row = sqlx::query(
        "INSERT INTO book (establishment, class, number, on_day, retained)
         VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (establishment, class) DO UPDATE SET number = book.number + 1,
           on_day = excluded.on_day, retained = book.retained + excluded.retained
         WHERE book.on_day <= excluded.on_day
         RETURNING number, retained",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.class)
    .bind(day_number(posting.on))
    .bind(i64::from(line.retained))
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    let Some(row) = row else {
        return Ok(None);
    };
    let number = row.try_get("number").during(NAME)?;
    let retained: i64 = row.try_get("retained").during(NAME)?;
    Ok(Some((number, line.retained.then_some(retained))))
}

/// The page's running balance after the line; `None` where it would be below zero.
async fn turn_page(
    connection: &mut AnyConnection,
    establishment: &Clues,
    line: &PostedLine,
    change: i64,
) -> Result<Option<i64>, StoreError> {
    let statement = if change < 0 {
        "UPDATE book_page SET units = units + $4
         WHERE establishment = $1 AND class = $2 AND clave = $3 AND units + $4 >= 0
         RETURNING units"
    } else {
        "INSERT INTO book_page (establishment, class, clave, units) VALUES ($1, $2, $3, $4)
         ON CONFLICT (establishment, class, clave)
         DO UPDATE SET units = book_page.units + excluded.units RETURNING units"
    };
    let row = sqlx::query(statement)
        .bind(establishment.as_str().to_owned())
        .bind(line.class)
        .bind(line.clave.as_str().to_owned())
        .bind(change)
        .fetch_optional(connection)
        .await
        .during(NAME)?;
    row.map(|row| row.try_get(0)).transpose().during(NAME)
}

async fn write_line(
    connection: &mut AnyConnection,
    position: i64,
    posting: &Posting,
    line: &PostedLine,
    place: &Reserved,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO book_line (establishment, class, number, position, on_day, kind, clave, lot,
           expiry, other, units_in, units_out, balance, lot_balance, document, counterpart, cedula,
           retained)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.class)
    .bind(place.number)
    .bind(position)
    .bind(day_number(posting.on))
    .bind(posting.kind)
    .bind(line.clave.as_str().to_owned())
    .bind(line.lot.clone())
    .bind(day_number(line.expiry))
    .bind(line.other())
    .bind(place.change.max(0))
    .bind((-place.change).max(0))
    .bind(place.balance)
    .bind(place.lot_balance)
    .bind(posting.document.clone())
    .bind(posting.counterpart.clone())
    .bind(posting.cedula.as_ref().map(|c| c.as_str().to_owned()))
    .bind(place.retained)
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Adds a line to the sums that the authority's questions are answered from.
async fn add_to_month(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    change: i64,
) -> Result<(), StoreError> {
    let cedula = posting.cedula.as_ref().map_or("", Cedula::as_str);
    sqlx::query(
        "INSERT INTO book_month (establishment, clave, month, kind, cedula, class, units_in,
           units_out, lines)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         ON CONFLICT (establishment, clave, month, kind, cedula, class) DO UPDATE SET
           units_in = book_month.units_in + excluded.units_in,
           units_out = book_month.units_out + excluded.units_out,
           lines = book_month.lines + 1",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.clave.as_str().to_owned())
    .bind(month_number(posting.on))
    .bind(posting.kind)
    .bind(cedula.to_owned())
    .bind(line.class)
    .bind(change.max(0))
    .bind((-change).max(0))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Months since January of year 0.
pub(super) fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}
