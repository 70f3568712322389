//! Indices for waiting entries: the database is the staging area of the ledger and holds its
//! commit point.

use std::sync::Arc;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::entry::{self, Identity, NewEntry, from_checked};
use super::error::During;
use super::record::log_index;
use super::{Conflict, Store, StoreError};

/// An entry that waits for its index, or has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedEntry {
    /// Its row.
    pub position: i64,
    /// What it is about.
    pub identity: Identity,
    /// Its leaf.
    pub leaf: Vec<u8>,
}

/// A batch that is to get its indices.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The shard.
    pub shard: i64,
    /// Its tree head before.
    pub before: CommittedHead,
    /// Its tree head after.
    pub after: CommittedHead,
    /// Index of the first entry over all shards.
    pub first_index: u64,
    /// Waiting entries, in the order of their positions.
    pub entries: Arc<[SequencedEntry]>,
    /// The entry behind them, which does not wait: the map head.
    pub last: NewEntry,
}

/// A tree head that the database committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommittedHead {
    /// Entries of the shard.
    pub size: u64,
    /// Merkle tree hash.
    pub root: [u8; 32],
}

impl Store {
    /// Up to `limit` entries without an index, in the order in which they will get one.
    ///
    /// # Errors
    /// The database failed; [`StoreError::Inconsistent`] names a row that is not what was written.
    pub async fn waiting_entries(&self, limit: i64) -> Result<Vec<SequencedEntry>, StoreError> {
        const NAME: &str = "waiting-entries";
        let rows = sqlx::query(
            "SELECT position, identity, checked FROM entry
             WHERE log_index IS NULL ORDER BY position LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(|row| sequenced_entry(row, NAME)).collect()
    }

    /// Gives the entries of a batch their indices and moves the tree head, all or nothing.
    ///
    /// # Errors
    /// [`Conflict::TreeHead`] when the head is not `before`: another sequencer is at work.
    /// [`Conflict::Waiting`] when other entries wait between these: read them again.
    /// [`StoreError::Inconsistent`] when `after` does not count the entries.
    pub async fn commit_batch(&self, batch: Batch) -> Result<(), StoreError> {
        const NAME: &str = "commit-batch";
        let added = u64::try_from(batch.entries.len()).ok().map(|n| n + 1);
        if batch.after.size.checked_sub(batch.before.size) != added {
            return Err(StoreError::inconsistent("shard", "size", batch.after.size));
        }
        let batch = Arc::new(batch);
        self.writer
            .transaction(NAME, move |connection| {
                let batch = Arc::clone(&batch);
                Box::pin(async move {
                    move_head(connection, &batch).await?;
                    assign_indices(connection, &batch).await?;
                    // Commit point (with the transaction). A crash before it: the entries wait, as
                    // before. A crash after it: indices and head stand; the restart replays them
                    // into the log, signs the same head and publishes it. Not before here may the
                    // head be signed.
                    append_last(connection, &batch).await
                })
            })
            .await
    }

    /// The entries with indices from `from` on, in order, `limit` at most: what a log replays that
    /// has not seen them, after a crash or beside the sequencer.
    ///
    /// # Errors
    /// The database failed, an index is missing, or a row is not what was written.
    pub async fn sequenced_entries(
        &self,
        from: u64,
        limit: i64,
    ) -> Result<Vec<SequencedEntry>, StoreError> {
        const NAME: &str = "sequenced-entries";
        let rows = sqlx::query(
            "SELECT position, identity, checked, log_index FROM entry
             WHERE log_index >= $1 ORDER BY log_index LIMIT $2",
        )
        .bind(as_bigint(from)?)
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        (from..)
            .zip(&rows)
            .map(|(expected, row)| {
                if log_index(row, "log_index")? != Some(expected) {
                    return Err(StoreError::inconsistent("entry", "log_index", expected));
                }
                sequenced_entry(row, NAME)
            })
            .collect()
    }
}

fn sequenced_entry(row: &AnyRow, name: &'static str) -> Result<SequencedEntry, StoreError> {
    let position: i64 = row.try_get("position").during(name)?;
    let identity: Vec<u8> = row.try_get("identity").during(name)?;
    let identity = Identity::from_row(&identity, position)?;
    let checked: Vec<u8> = row.try_get("checked").during(name)?;
    Ok(SequencedEntry {
        position,
        identity,
        leaf: from_checked(&identity, checked, position)?,
    })
}

/// Compares and sets the tree head: of two sequencers at work one passes.
async fn move_head(connection: &mut AnyConnection, batch: &Batch) -> Result<(), StoreError> {
    let moved = sqlx::query(
        "UPDATE shard SET size = $1, root = $2 WHERE number = $3 AND size = $4 AND root = $5
         AND number = (SELECT MAX(number) FROM shard)",
    )
    .bind(as_bigint(batch.after.size)?)
    .bind(batch.after.root.to_vec())
    .bind(batch.shard)
    .bind(as_bigint(batch.before.size)?)
    .bind(batch.before.root.to_vec())
    .execute(connection)
    .await
    .during("move-head")?
    .rows_affected();
    if moved == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::TreeHead))
    }
}

/// Numbers the waiting entries between the first and the last position of the batch.
async fn assign_indices(connection: &mut AnyConnection, batch: &Batch) -> Result<(), StoreError> {
    let (Some(first), Some(last)) = (batch.entries.first(), batch.entries.last()) else {
        return Ok(());
    };
    let numbered = sqlx::query(
        "UPDATE entry SET log_index = numbered.log_index
         FROM (SELECT position, $1 + ROW_NUMBER() OVER (ORDER BY position) AS log_index
               FROM entry WHERE log_index IS NULL AND position BETWEEN $2 AND $3) AS numbered
         WHERE entry.position = numbered.position",
    )
    .bind(as_bigint(batch.first_index)? - 1)
    .bind(first.position)
    .bind(last.position)
    .execute(connection)
    .await
    .during("assign-indices")?
    .rows_affected();
    if usize::try_from(numbered) == Ok(batch.entries.len()) {
        Ok(())
    } else {
        // PostgreSQL may show entries late: a position is drawn before its transaction commits.
        Err(StoreError::Conflict(Conflict::Waiting))
    }
}

async fn append_last(connection: &mut AnyConnection, batch: &Batch) -> Result<(), StoreError> {
    let position = entry::insert(connection, &batch.last).await?;
    let index = batch.first_index + u64::try_from(batch.entries.len()).unwrap_or(u64::MAX);
    sqlx::query("UPDATE entry SET log_index = $1 WHERE position = $2")
        .bind(as_bigint(index)?)
        .bind(position)
        .execute(connection)
        .await
        .during("append-last")
        .map(drop)
}

/// A number as the database keeps it.
pub(super) fn as_bigint(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number)
        .map_err(|_| StoreError::Unusable("a ledger index does not fit into 63 bits".to_owned()))
}
