//! Taking places in the books: the running balance of a page, and the next number of a book.

use sqlx::{AnyConnection, Row};

use super::{NAME, PostedLine, Posting, StockProblem, refused};
use crate::clock::day_number;
use crate::store::StoreError;
use crate::store::error::During;

/// A line of a book before it is written.
pub(super) struct Place {
    pub(super) class: String,
    pub(super) what: String,
    pub(super) number: i64,
    pub(super) book_day: i64,
    pub(super) retained: Option<i64>,
    pub(super) change: i64,
    pub(super) balance: i64,
}

/// Takes the places of a line that changes its page by `change`: its own, and before it those of a
/// page that is carried from another book.
pub(super) async fn take(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    change: i64,
) -> Result<(Vec<Place>, Place), StoreError> {
    let mut carried = Vec::new();
    let balance = match turn_page(connection, posting, line, change).await? {
        Some(balance) => balance,
        None => open_page(connection, posting, line, change, &mut carried).await?,
    };
    let head = next_number(connection, posting, line, line.class).await?;
    let what = if line.shortfall {
        "shortfall"
    } else {
        posting.kind
    };
    let own = Place {
        class: line.class.to_owned(),
        what: what.to_owned(),
        number: head.number,
        book_day: head.book_day,
        retained: line.retained.then_some(head.retained),
        change,
        balance,
    };
    Ok((carried, own))
}

/// Opens the page of a clave in a book, and carries there what another book has of it: the class of
/// the substance has changed. Returns the balance after the line.
async fn open_page(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    change: i64,
    carried: &mut Vec<Place>,
) -> Result<i64, StoreError> {
    let rows = sqlx::query(
        "SELECT class, units FROM book_page
         WHERE establishment = $1 AND clave = $2 AND class <> $3 AND open = 1 AND units > 0
         ORDER BY class",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.clave.as_str().to_owned())
    .bind(line.class)
    .fetch_all(&mut *connection)
    .await
    .during(NAME)?;
    let mut balance = 0;
    for row in &rows {
        let class: String = row.try_get("class").during(NAME)?;
        let units: i64 = row.try_get("units").during(NAME)?;
        set_page(connection, posting, line, &class, (0, 0)).await?;
        balance += units;
        for (class, change, balance, what) in [
            (class.as_str(), -units, 0, format!("carried-to {}", line.class)),
            (line.class, units, balance, format!("carried-from {class}")),
        ] {
            let head = next_number(connection, posting, line, class).await?;
            carried.push(Place {
                class: class.to_owned(),
                what,
                number: head.number,
                book_day: head.book_day,
                retained: None,
                change,
                balance,
            });
        }
    }
    let after = balance + change;
    if after < 0 {
        // The lot has them, and no page does.
        let page = format!("{}/{}/{}", posting.establishment, line.class, line.clave);
        return Err(StoreError::inconsistent("book_page", "units", page));
    }
    set_page(connection, posting, line, line.class, (after, 1)).await?;
    Ok(after)
}

async fn set_page(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    class: &str,
    (units, open): (i64, i64),
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO book_page (establishment, class, clave, units, open)
         VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (establishment, class, clave)
         DO UPDATE SET units = excluded.units, open = excluded.open",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(class.to_owned())
    .bind(line.clave.as_str().to_owned())
    .bind(units)
    .bind(open)
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// The newest line of a book.
struct Head {
    number: i64,
    retained: i64,
    book_day: i64,
}

/// Takes the next number of the book, and the next of its retained prescriptions. From here to the
/// commit the book is ours: two acts in it take turns.
async fn next_number(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    class: &str,
) -> Result<Head, StoreError> {
    let retains = line.retained && class == line.class;
    let row = sqlx::query(
        "INSERT INTO book (establishment, class, number, on_day, retained)
         VALUES ($1, $2, 1, $3, $4)
         ON CONFLICT (establishment, class) DO UPDATE SET number = book.number + 1,
           on_day = CASE WHEN book.on_day > excluded.on_day THEN book.on_day
             ELSE excluded.on_day END,
           retained = book.retained + excluded.retained
         WHERE book.on_day <= excluded.on_day OR $5 = 1
         RETURNING number, retained, on_day",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(class.to_owned())
    .bind(day_number(posting.on))
    .bind(i64::from(retains))
    .bind(i64::from(line.may_be_late))
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    let row = row.ok_or_else(|| refused(line, StockProblem::BackDated))?;
    Ok(Head {
        number: row.try_get("number").during(NAME)?,
        retained: row.try_get("retained").during(NAME)?,
        book_day: row.try_get("on_day").during(NAME)?,
    })
}

/// The balance of an open page after the line; `None` where there is no such page.
async fn turn_page(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    change: i64,
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "UPDATE book_page SET units = units + $4
         WHERE establishment = $1 AND class = $2 AND clave = $3 AND open = 1
         RETURNING units",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.class)
    .bind(line.clave.as_str().to_owned())
    .bind(change)
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    row.map(|row| row.try_get(0)).transpose().during(NAME)
}

