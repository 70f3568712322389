//! The last state of a prescription that the service told: what an offline decision starts from.

use jiff::Timestamp;
use prescription::Folio;
use rusqlite::OptionalExtension;

use super::column::Columns;
use super::{Store, StoreError};
use crate::service::StateAnswer;

/// What the service said, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// When.
    pub taken_at: Timestamp,
    /// What. It names no person.
    pub answer: StateAnswer,
}

impl Store {
    /// Keeps the newest answer about a prescription.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_snapshot(&mut self, answer: &StateAnswer, at: Timestamp) -> Result<(), StoreError> {
        let text = serde_json::to_string(answer).map_err(|_| corrupt())?;
        self.connection.execute(
            "INSERT OR REPLACE INTO snapshot (folio, taken_at, answer) VALUES (?1, ?2, ?3)",
            (answer.folio.to_string(), at.as_second(), text),
        )?;
        Ok(())
    }

    /// The newest answer about a prescription.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn snapshot(&self, folio: Folio) -> Result<Option<Snapshot>, StoreError> {
        let query = "SELECT taken_at, answer FROM snapshot WHERE folio = ?1";
        let found = self
            .connection
            .query_row(query, [folio.to_string()], |row| {
                Ok(read(&Columns {
                    table: "snapshot",
                    row,
                }))
            });
        found.optional()?.transpose()
    }

    /// Forgets answers older than `before`: their prescriptions have long run out.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn forget_snapshots(&mut self, before: Timestamp) -> Result<(), StoreError> {
        let delete = "DELETE FROM snapshot WHERE taken_at < ?1";
        self.connection.execute(delete, [before.as_second()])?;
        Ok(())
    }
}

fn read(columns: &Columns<'_>) -> Result<Snapshot, StoreError> {
    let text: String = columns.raw("answer")?;
    Ok(Snapshot {
        taken_at: columns.instant("taken_at")?,
        answer: serde_json::from_str(&text).map_err(|_| corrupt())?,
    })
}

fn corrupt() -> StoreError {
    StoreError::Corrupt {
        table: "snapshot",
        column: "answer",
    }
}
