//! Which prescriptions are past their validity.

use prescription::Folio;
use sqlx::Row;

use super::error::During;
use super::{Store, StoreError};

const NAME: &str = "past-validity";

impl Store {
    /// Up to `limit` prescriptions that can still be filled by their row, although their last day
    /// is before `today` (days since 1970-01-01).
    ///
    /// # Errors
    /// The database failed.
    pub async fn past_validity(&self, today: i64, limit: i64) -> Result<Vec<Folio>, StoreError> {
        let rows = sqlx::query(
            "SELECT folio FROM prescription
             WHERE phase IN ('active', 'partially-dispensed', 'suspended') AND valid_until < $1
             ORDER BY valid_until LIMIT $2",
        )
        .bind(today)
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
