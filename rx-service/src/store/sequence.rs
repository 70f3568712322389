//! Indices for waiting entries: the database is the staging area of the ledger and holds its
//! commit point.

use std::sync::Arc;

use sqlx::Row;

use super::error::During;
use super::record::log_index;
use super::{Conflict, Store, StoreError};

/// An entry that waits for its index, or has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SequencedEntry {
    /// Its row.
    pub position: i64,
    /// Its leaf.
    pub leaf: Vec<u8>,
}

/// The tree head that the database committed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CommittedHead {
    /// Entries.
    pub size: u64,
    /// Merkle tree hash.
    pub root: [u8; 32],
}

impl Store {
    /// Up to `limit` entries without an index, in the order in which they will get one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn waiting_entries(&self, limit: i64) -> Result<Vec<SequencedEntry>, StoreError> {
        const NAME: &str = "waiting-entries";
        let rows = sqlx::query(
            "SELECT position, leaf FROM event
             WHERE log_index IS NULL ORDER BY position LIMIT $1",
        )
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                Ok(SequencedEntry {
                    position: row.try_get("position").during(NAME)?,
                    leaf: row.try_get("leaf").during(NAME)?,
                })
            })
            .collect()
    }

    /// Gives `entries` the indices from `before.size` on and moves the tree head to `after`, all
    /// or nothing.
    ///
    /// # Errors
    /// [`Conflict::TreeHead`] when the head is not `before`: another sequencer is at work.
    /// [`StoreError::Inconsistent`] when `after` does not count `entries`, or one of them has its
    /// index already.
    pub async fn commit_batch(
        &self,
        before: CommittedHead,
        after: CommittedHead,
        entries: &[SequencedEntry],
    ) -> Result<(), StoreError> {
        const NAME: &str = "commit-batch";
        let positions: Arc<[i64]> = entries.iter().map(|entry| entry.position).collect();
        let first = as_bigint(before.size)?;
        let size = as_bigint(after.size)?;
        if after.size.checked_sub(before.size) != u64::try_from(entries.len()).ok() {
            return Err(StoreError::inconsistent("tree_head", "size", after.size));
        }
        self.writer
            .transaction(NAME, move |connection| {
                let positions = Arc::clone(&positions);
                Box::pin(async move {
                    let moved = sqlx::query(
                        "UPDATE tree_head SET size = $1, root = $2 WHERE size = $3 AND root = $4",
                    )
                    .bind(size)
                    .bind(after.root.to_vec())
                    .bind(first)
                    .bind(before.root.to_vec())
                    .execute(&mut *connection)
                    .await
                    .during(NAME)?
                    .rows_affected();
                    if moved != 1 {
                        return Err(StoreError::Conflict(Conflict::TreeHead));
                    }
                    for (index, position) in (first..).zip(positions.iter()) {
                        let set = sqlx::query(
                            "UPDATE event SET log_index = $1
                             WHERE position = $2 AND log_index IS NULL",
                        )
                        .bind(index)
                        .bind(*position)
                        .execute(&mut *connection)
                        .await
                        .during(NAME)?
                        .rows_affected();
                        if set != 1 {
                            return Err(StoreError::inconsistent("event", "log_index", position));
                        }
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The committed tree head; the head of the empty tree, `empty_root`, at the first start.
    ///
    /// # Errors
    /// The database failed or holds a head that does not parse.
    pub async fn committed_head(&self, empty_root: [u8; 32]) -> Result<CommittedHead, StoreError> {
        const NAME: &str = "committed-head";
        let row = self
            .writer
            .transaction(NAME, move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO tree_head (one, size, root) VALUES (1, 0, $1)
                         ON CONFLICT (one) DO NOTHING",
                    )
                    .bind(empty_root.to_vec())
                    .execute(&mut *connection)
                    .await
                    .during(NAME)?;
                    let row = sqlx::query("SELECT size, root FROM tree_head WHERE one = 1")
                        .fetch_one(connection)
                        .await
                        .during(NAME)?;
                    let size: i64 = row.try_get("size").during(NAME)?;
                    let root: Vec<u8> = row.try_get("root").during(NAME)?;
                    Ok((size, root))
                })
            })
            .await?;
        let size =
            u64::try_from(row.0).map_err(|_| StoreError::inconsistent("tree_head", "size", 1))?;
        let root = row
            .1
            .try_into()
            .map_err(|_| StoreError::inconsistent("tree_head", "root", 1))?;
        Ok(CommittedHead { size, root })
    }

    /// The leaves with indices from `from` on, in order, `limit` at most: what the ledger replays
    /// after a crash between the commit of a batch and the publication of its tiles.
    ///
    /// # Errors
    /// The database failed, or an index is missing.
    pub async fn sequenced_leaves(
        &self,
        from: u64,
        limit: i64,
    ) -> Result<Vec<Vec<u8>>, StoreError> {
        const NAME: &str = "sequenced-leaves";
        let rows = sqlx::query(
            "SELECT log_index, leaf FROM event WHERE log_index >= $1 ORDER BY log_index LIMIT $2",
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
                    return Err(StoreError::inconsistent("event", "log_index", expected));
                }
                row.try_get("leaf").during(NAME)
            })
            .collect()
    }
}

/// A number as the database keeps it.
pub(super) fn as_bigint(number: u64) -> Result<i64, StoreError> {
    i64::try_from(number)
        .map_err(|_| StoreError::Unusable("a ledger index does not fit into 63 bits".to_owned()))
}
