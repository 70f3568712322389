//! Writing the lines of the books.

use jiff::civil::Date;
use prescription::Clave;
use sqlx::AnyConnection;

use super::place::Place;
use super::{NAME, Posting, Reserved};
use crate::clock::{day_number, month_number};
use crate::store::StoreError;
use crate::store::error::During;

/// Writes the lines of the act whose entry is at `position` into the places that it took.
pub(in crate::store) async fn write(
    connection: &mut AnyConnection,
    position: i64,
    posting: &Posting,
    places: &[Reserved],
) -> Result<(), StoreError> {
    for (line, reserved) in posting.lines.iter().zip(places) {
        for place in &reserved.carried {
            let written = Written {
                lot: None,
                other: place.what.clone(),
            };
            write_line(connection, position, posting, &line.clave, place, written).await?;
            add_to_month(connection, posting, (&line.clave, ""), place).await?;
        }
        let written = Written {
            lot: Some((&line.lot, line.expiry, reserved.lot_balance)),
            other: line.other(),
        };
        write_line(
            connection,
            position,
            posting,
            &line.clave,
            &reserved.own,
            written,
        )
        .await?;
        let cedula = posting.prescription.as_ref();
        let cedula = cedula.map_or("", |(_, cedula)| cedula.as_str());
        add_to_month(connection, posting, (&line.clave, cedula), &reserved.own).await?;
    }
    Ok(())
}

/// What a line says besides its place.
struct Written<'l> {
    /// Lot, its last day, and what it holds afterwards; `None` where a page is carried.
    lot: Option<(&'l str, Date, i64)>,
    other: String,
}

async fn write_line(
    connection: &mut AnyConnection,
    position: i64,
    posting: &Posting,
    clave: &Clave,
    place: &Place,
    written: Written<'_>,
) -> Result<(), StoreError> {
    let (lot, expiry, lot_balance) = written.lot.map_or(("", 0, 0), |(lot, expiry, balance)| {
        (lot, day_number(expiry), balance)
    });
    let folio = posting.prescription.as_ref().map(|(folio, _)| folio);
    let cedula = posting.prescription.as_ref().map(|(_, cedula)| cedula);
    sqlx::query(
        "INSERT INTO book_line (establishment, class, number, position, book_day, on_day, what,
           clave, lot, expiry, other, units_in, units_out, balance, lot_balance, document,
           permit, counterpart, folio, cedula, retained)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18,
           $19, $20, $21)",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(place.class.clone())
    .bind(place.number)
    .bind(position)
    .bind(place.book_day)
    .bind(place.on_day)
    .bind(place.what.clone())
    .bind(clave.as_str().to_owned())
    .bind(lot.to_owned())
    .bind(expiry)
    .bind(written.other)
    .bind(place.change.max(0))
    .bind((-place.change).max(0))
    .bind(place.balance)
    .bind(lot_balance)
    .bind(posting.document.clone())
    .bind(posting.permit.clone())
    .bind(posting.counterpart.clone())
    .bind(folio.map(|folio| folio.compact().to_owned()))
    .bind(cedula.map(|cedula| cedula.as_str().to_owned()))
    .bind(place.retained)
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Adds a line to the sums that the authority's questions are answered from. `cedula` is empty where
/// nobody prescribed.
async fn add_to_month(
    connection: &mut AnyConnection,
    posting: &Posting,
    (clave, cedula): (&Clave, &str),
    place: &Place,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO book_month (establishment, clave, month, what, cedula, class, units_in,
           units_out, lines)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1)
         ON CONFLICT (establishment, clave, month, what, cedula, class) DO UPDATE SET
           units_in = book_month.units_in + excluded.units_in,
           units_out = book_month.units_out + excluded.units_out,
           lines = book_month.lines + 1",
    )
    .bind(posting.establishment.as_str().to_owned())
    .bind(clave.as_str().to_owned())
    .bind(month_number(posting.on))
    .bind(place.what.clone())
    .bind(cedula.to_owned())
    .bind(place.class.clone())
    .bind(place.change.max(0))
    .bind((-place.change).max(0))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}
