//! Finding prescriptions.

use prescription::{Clues, Folio, PatientId};
use sqlx::Row;

use super::error::During;
use super::{Store, StoreError};

/// What to look for. A reader sees only the prescriptions of its own establishment.
#[derive(Debug, Clone)]
pub struct SearchFilter {
    /// The establishment of the reader.
    pub establishment: Clues,
    /// One patient.
    pub patient: Option<PatientId>,
    /// First and last day written (days since 1970-01-01).
    pub written: (i64, i64),
    /// Milliseconds of issue and folio of the last prescription of the page before.
    pub after: Option<(i64, Folio)>,
    /// The most to return.
    pub limit: i64,
}

impl Store {
    /// The newest prescriptions that match: milliseconds of issue and folio, which order them.
    ///
    /// # Errors
    /// The database failed.
    pub async fn search(&self, filter: &SearchFilter) -> Result<Vec<(i64, Folio)>, StoreError> {
        const NAME: &str = "search";
        let after = filter.after;
        let rows = sqlx::query(
            "SELECT issued_at, folio FROM prescription
             WHERE clues = $1 AND patient_id <> '' AND ($2 = '' OR patient_id = $2)
               AND written_on BETWEEN $3 AND $4
               AND (issued_at < $5 OR (issued_at = $5 AND folio < $6))
             ORDER BY issued_at DESC, folio DESC LIMIT $7",
        )
        .bind(filter.establishment.as_str().to_owned())
        .bind(
            filter
                .patient
                .as_ref()
                .map_or("", PatientId::as_str)
                .to_owned(),
        )
        .bind(filter.written.0)
        .bind(filter.written.1)
        .bind(after.map_or(i64::MAX, |(issued_at, _)| issued_at))
        .bind(after.map_or(String::new(), |(_, folio)| folio.compact().to_owned()))
        .bind(filter.limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get("folio").during(NAME)?;
                let folio = text
                    .parse()
                    .map_err(|_| StoreError::inconsistent("prescription", "folio", &text))?;
                Ok((row.try_get("issued_at").during(NAME)?, folio))
            })
            .collect()
    }
}
