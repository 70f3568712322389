//! Which prescriptions are past their validity.

use jiff::Timestamp;
use prescription::Folio;
use sqlx::Row;

use super::error::During;
use super::{Store, StoreError};

const NAME: &str = "past-validity";

impl Store {
    /// Up to `limit` prescriptions that can still be filled by their row, although the last day of
    /// their validity was over at `now` where they were written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn past_validity(
        &self,
        now: Timestamp,
        limit: i64,
    ) -> Result<Vec<Folio>, StoreError> {
        let rows = sqlx::query(
            "SELECT folio FROM prescription
             WHERE phase IN ('active', 'partially-dispensed', 'suspended') AND ends_at <= $1
             ORDER BY ends_at LIMIT $2",
        )
        .bind(now.as_millisecond())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get(0).during(NAME)?;
                text.parse()
                    .map_err(|_| StoreError::inconsistent("prescription", "folio", &text))
            })
            .collect()
    }
}
