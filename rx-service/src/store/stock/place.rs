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
    pub(super) on_day: i64,
    pub(super) retained: Option<i64>,
    pub(super) change: i64,
    pub(super) balance: i64,
}

/// Takes the places of a line: its own, and before it those of a page that is carried from another
/// book. `retained` is the number that the receta has in the book already.
pub(super) async fn take(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    retained: Option<i64>,
) -> Result<(Vec<Place>, Place), StoreError> {
    let mut carried = Vec::new();
    let balance = if let Some(balance) = turn_page(connection, posting, line).await? {
        balance
    } else {
        // Two acts that both find no page would each open it: the second waits here, and then finds
        // the page of the first.
        hold_book(connection, posting, line.class).await?;
        super::hold_books(connection, posting).await?;
        if let Some(balance) = turn_page(connection, posting, line).await? {
            balance
        } else {
            open_page(connection, posting, line, &mut carried).await?
        }
    };
    let entry = Entry {
        class: line.class,
        retains: line.retained && retained.is_none(),
        may_be_late: line.may_be_late,
    };
    let head = next_number(connection, posting, line, &entry).await?;
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
        on_day: day_number(posting.on),
        retained: line.retained.then_some(retained.unwrap_or(head.retained)),
        change: line.change(),
        balance,
    };
    Ok((carried, own))
}

/// Holds a book to the commit, also one that has no line yet: it gets its row, without a number.
async fn hold_book(
    connection: &mut AnyConnection,
    posting: &Posting,
    class: &str,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO book (establishment, class, number, on_day, retained)
         VALUES ($1, $2, 0, $3, 0)
         ON CONFLICT (establishment, class) DO UPDATE SET number = book.number",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(class.to_owned())
    .bind(day_number(posting.on))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Opens the page of a clave in a book, and carries there what another book has of it: the class of
/// the substance has changed. Returns the balance after the line.
async fn open_page(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    carried: &mut Vec<Place>,
) -> Result<i64, StoreError> {
    let rows = sqlx::query(
        "SELECT class, units FROM book_page
         WHERE establishment = $1 AND clave = $2 AND class <> $3 AND open = 1
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
        if units == 0 {
            continue;
        }
        balance += units;
        carried.push(carry(connection, posting, line, (&class, -units, 0)).await?);
        let to = (line.class, units, balance);
        let mut arrived = carry(connection, posting, line, to).await?;
        arrived.what = format!("carried-from {class}");
        carried.push(arrived);
    }
    let after = balance + line.change();
    if after < 0 {
        // The lot has them, and no page does.
        let page = format!("{}/{}/{}", posting.establishment, line.class, line.clave);
        return Err(StoreError::inconsistent("book_page", "units", page));
    }
    set_page(connection, posting, line, line.class, (after, 1)).await?;
    Ok(after)
}

/// The line of a page that leaves the book of `class` for the line's, or arrives there.
async fn carry(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    (class, change, balance): (&str, i64, i64),
) -> Result<Place, StoreError> {
    let leaves = change < 0;
    let entry = Entry {
        class,
        retains: false,
        may_be_late: leaves || line.may_be_late,
    };
    let head = next_number(connection, posting, line, &entry).await?;
    Ok(Place {
        class: class.to_owned(),
        what: format!("carried-to {}", line.class),
        number: head.number,
        book_day: head.book_day,
        // The page is dated as its book goes on.
        on_day: if leaves {
            head.book_day
        } else {
            day_number(posting.on)
        },
        retained: None,
        change,
        balance,
    })
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

/// What a line asks of a book.
struct Entry<'e> {
    class: &'e str,
    retains: bool,
    may_be_late: bool,
}

/// Takes the next number of the book, and the next of its retained prescriptions. From here to the
/// commit the book is ours: two acts in it take turns.
async fn next_number(
    connection: &mut AnyConnection,
    posting: &Posting,
    line: &PostedLine,
    entry: &Entry<'_>,
) -> Result<Head, StoreError> {
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
    .bind(entry.class.to_owned())
    .bind(day_number(posting.on))
    .bind(i64::from(entry.retains))
    .bind(i64::from(entry.may_be_late))
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
) -> Result<Option<i64>, StoreError> {
    let row = sqlx::query(
        "UPDATE book_page SET units = units + $4
         WHERE establishment = $1 AND class = $2 AND clave = $3 AND open = 1
         RETURNING units",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(line.class)
    .bind(line.clave.as_str().to_owned())
    .bind(line.change())
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    row.map(|row| row.try_get(0)).transpose().during(NAME)
}
