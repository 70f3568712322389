//! What the authority asks: sums by month, straight from `book_month`, whose size does not depend on
//! how many movements there were.

use prescription::{Cedula, Clave, Clues};
use sqlx::Row;

use super::error::During;
use super::stock_read::{clave, clues};
use super::{Store, StoreError};

const NAME: &str = "stock-sums";

/// Which sums.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SumFilter {
    /// One establishment; all where absent.
    pub establishment: Option<Clues>,
    /// One medicine; all where absent.
    pub clave: Option<Clave>,
    /// Code of the class of one book; all where absent.
    pub class: Option<&'static str>,
    /// First and last month, counted from January of year 0.
    pub months: (i64, i64),
}

/// The sums of one establishment, medicine, month, kind of line and prescriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MonthSum {
    /// Whose books.
    pub establishment: Clues,
    /// The medicine.
    pub clave: Clave,
    /// The month, counted from January of year 0.
    pub month: i64,
    /// What happened: the code of a kind of movement, or `shortfall`.
    pub what: String,
    /// Who prescribed.
    pub cedula: Option<Cedula>,
    /// Code of the book's class.
    pub class: String,
    /// Units that came in.
    pub units_in: i64,
    /// Units that went out.
    pub units_out: i64,
    /// Lines of the books.
    pub lines: i64,
}

impl Store {
    /// Gives `each` the sums that match, in no particular order.
    ///
    /// # Errors
    /// The database failed.
    pub async fn month_sums(
        &self,
        filter: &SumFilter,
        each: &mut (dyn FnMut(MonthSum) + Send),
    ) -> Result<(), StoreError> {
        // With an establishment its part of the primary key is read, else the months' of the index.
        let statement = if filter.establishment.is_some() {
            "SELECT establishment, clave, month, what, cedula, class, units_in, units_out, lines
             FROM book_month
             WHERE establishment = $1 AND ($2 = '' OR clave = $2) AND ($3 = '' OR class = $3)
               AND month BETWEEN $4 AND $5"
        } else {
            "SELECT establishment, clave, month, what, cedula, class, units_in, units_out, lines
             FROM book_month
             WHERE establishment <> $1 AND ($2 = '' OR clave = $2) AND ($3 = '' OR class = $3)
               AND month BETWEEN $4 AND $5"
        };
        let establishment = filter.establishment.as_ref().map_or("", Clues::as_str);
        let rows = sqlx::query(statement)
            .bind(establishment.to_owned())
            .bind(filter.clave.as_ref().map_or("", Clave::as_str).to_owned())
            .bind(filter.class.unwrap_or_default())
            .bind(filter.months.0)
            .bind(filter.months.1)
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        for row in &rows {
            let cedula: String = row.try_get("cedula").during(NAME)?;
            let cedula = Some(cedula).filter(|cedula| !cedula.is_empty());
            each(MonthSum {
                establishment: clues(row, "establishment", "book_month")?,
                clave: clave(row, "book_month")?,
                month: row.try_get("month").during(NAME)?,
                what: row.try_get("what").during(NAME)?,
                cedula: cedula
                    .map(|text| {
                        text.parse()
                            .map_err(|_| StoreError::inconsistent("book_month", "cedula", &text))
                    })
                    .transpose()?,
                class: row.try_get("class").during(NAME)?,
                units_in: row.try_get("units_in").during(NAME)?,
                units_out: row.try_get("units_out").during(NAME)?,
                lines: row.try_get("lines").during(NAME)?,
            });
        }
        Ok(())
    }
}
