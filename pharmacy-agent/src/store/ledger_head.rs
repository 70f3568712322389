//! The newest state of the ledger that this counter accepted.

use jiff::Timestamp;
use ledger::SignedCheckpoint;
use rusqlite::OptionalExtension;

use super::column::Columns;
use super::{Store, StoreError};

/// A checkpoint with its signatures, and when it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerHead {
    /// As it came. It is believed only after it has been verified again.
    pub checkpoint: SignedCheckpoint,
    /// When.
    pub seen_at: Timestamp,
}

impl Store {
    /// Keeps the newest state of a log, in place of the one before.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn put_ledger_head(
        &mut self,
        checkpoint: &SignedCheckpoint,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.connection.execute(
            "INSERT OR REPLACE INTO ledger_head (origin, checkpoint, seen_at) VALUES (?1, ?2, ?3)",
            (
                checkpoint.claimed().origin(),
                checkpoint.to_string(),
                at.as_second(),
            ),
        )?;
        Ok(())
    }

    /// The newest state of a log that was kept.
    ///
    /// # Errors
    /// [`StoreError`].
    pub fn ledger_head(&self, origin: &str) -> Result<Option<LedgerHead>, StoreError> {
        let query = "SELECT checkpoint, seen_at FROM ledger_head WHERE origin = ?1";
        let found = self.connection.query_row(query, [origin], |row| {
            Ok(read(&Columns {
                table: "ledger_head",
                row,
            }))
        });
        found.optional()?.transpose()
    }
}

fn read(columns: &Columns<'_>) -> Result<LedgerHead, StoreError> {
    let text: String = columns.raw("checkpoint")?;
    let checkpoint = SignedCheckpoint::parse(text.as_bytes());
    Ok(LedgerHead {
        checkpoint: checkpoint.map_err(|_| columns.corrupt("checkpoint"))?,
        seen_at: columns.instant("seen_at")?,
    })
}
