//! Who looked at what.

use jiff::Timestamp;
use sqlx::AnyConnection;

use super::error::During;
use super::{Store, StoreError};

const NAME: &str = "access";

/// Writes a record inside the transaction of the step that it is about.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    at: Timestamp,
    record: &str,
) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO access (at, record) VALUES ($1, $2)")
        .bind(at.as_millisecond())
        .bind(record.to_owned())
        .execute(connection)
        .await
        .during(NAME)
        .map(drop)
}

impl Store {
    /// Writes the record of a reading, before the reader gets an answer.
    ///
    /// # Errors
    /// The database failed; the reader must then get no answer.
    pub async fn record_access(&self, at: Timestamp, record: String) -> Result<(), StoreError> {
        self.writer
            .transaction(NAME, move |connection| {
                let record = record.clone();
                Box::pin(async move { insert(connection, at, &record).await })
            })
            .await
    }
}
