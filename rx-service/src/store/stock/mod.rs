//! Posting to stock and control books, inside the transaction of the act that it follows from.
//!
//! Double entry: what leaves an account arrives in another. Accounts of establishments and of
//! shipments under way have rows in `stock` and are never negative, which the database itself
//! refuses; what lies outside is named by the line of the book.
//!
//! An act first takes its places ([`reserve`]) and only then gets its ledger entry: whoever writes
//! in a book holds it to the commit, so that the order of its lines is the order in the ledger.

mod line;
mod place;
mod posting;

use sqlx::{AnyConnection, Row};

pub use self::posting::{PostedLine, Posting, Side, StockProblem};

use self::place::Place;
use super::error::During;
use super::{Conflict, StoreError};
use crate::clock::day_number;

pub(super) use self::line::write;

const NAME: &str = "post-stock";

/// A line with the places that it has taken in the books.
pub(super) struct Reserved {
    carried: Vec<Place>,
    own: Place,
    lot_balance: i64,
}

/// Moves the units and takes the next places in the books, for one line after the other.
///
/// # Errors
/// [`Conflict::Stock`] with the line that cannot be posted; [`Conflict::Changed`] when the lot does
/// not hold what the act was decided on. Nothing may be kept then.
pub(super) async fn reserve(
    connection: &mut AnyConnection,
    posting: &Posting,
) -> Result<Vec<Reserved>, StoreError> {
    if posting.lines.len() > 1 {
        hold_books(connection, posting).await?;
    }
    let mut places: Vec<Reserved> = Vec::with_capacity(posting.lines.len());
    for line in &posting.lines {
        move_transit(connection, line).await?;
        let lot_balance = move_lot(connection, posting, line).await?;
        // A receta has one number in a book, however many of its lines stay there.
        let same = |one: &&Reserved| one.own.class == line.class && one.own.retained.is_some();
        let retained = places.iter().find(same).and_then(|one| one.own.retained);
        let (carried, own) = place::take(connection, posting, line, retained).await?;
        places.push(Reserved {
            carried,
            own,
            lot_balance,
        });
    }
    Ok(places)
}

fn refused(line: &PostedLine, problem: StockProblem) -> StoreError {
    let line = line.source;
    StoreError::Conflict(Conflict::Stock { line, problem })
}

async fn move_transit(connection: &mut AnyConnection, line: &PostedLine) -> Result<(), StoreError> {
    for (side, change) in [(&line.from, -line.units), (&line.to, line.units)] {
        if let Some(party) = side.party() {
            let after = change_stock(connection, &party, line, change).await?;
            after.ok_or_else(|| refused(line, StockProblem::NotInTransit))?;
        }
    }
    Ok(())
}

/// Two acts of several lines would each wait for a page or a book of the other: the second waits
/// here.
async fn hold_books(connection: &mut AnyConnection, posting: &Posting) -> Result<(), StoreError> {
    sqlx::query("UPDATE book SET number = number WHERE establishment = $1")
        .bind(posting.establishment.as_str().to_owned())
        .execute(connection)
        .await
        .during(NAME)
        .map(drop)
}

/// Moves the units of a line and returns what the own lot holds then.
async fn move_lot(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
) -> Result<i64, StoreError> {
    let (establishment, change) = (posting.establishment.as_str(), line.change());
    let after = match change_stock(connection, establishment, line, change).await? {
        // Nothing moves: a lot without history has none afterwards.
        None if change == 0 => Some(0),
        after => after,
    };
    match (after, line.held) {
        (Some(after), Some(held)) if held + change != after => {
            Err(StoreError::Conflict(Conflict::Changed))
        }
        (Some(after), _) => Ok(after),
        (None, Some(_)) => Err(StoreError::Conflict(Conflict::Changed)),
        (None, None) => Err(refused(line, StockProblem::Insufficient)),
    }
}

/// Changes the balance of a party's lot and returns it; `None` where it would be below zero.
async fn change_stock(
    connection: &mut AnyConnection,
    party: &str,
    line: &PostedLine,
    change: i64,
) -> Result<Option<i64>, StoreError> {
    // An INSERT of a negative row fails its CHECK even where the row is there to be updated.
    let statement = if change <= 0 {
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
