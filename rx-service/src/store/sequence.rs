//! Indices for waiting entries: the database is the staging area of the ledger and holds its
//! commit point.

use std::sync::Arc;

use data_encoding::HEXLOWER_PERMISSIVE;
use sqlx::{AnyConnection, Row};

use super::entry::{self, Identity, NewEntry, from_checked};
use super::error::During;
use super::{Backend, Conflict, Store, StoreError};

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

/// Entries as one text: a line each of position, identity, checked leaf and index, bytes in
/// hexadecimal. One row instead of a thousand: the driver hands rows from SQLite's thread to ours
/// one by one, which costs more than all that is done with an entry afterwards.
macro_rules! packed {
    ($hex:literal, $hex_argument:literal, $which:literal, $order:literal, $limit:literal) => {
        concat!(
            "SELECT string_agg(position || ' ' || ",
            $hex,
            "(identity",
            $hex_argument,
            ") || ' ' || ",
            $hex,
            "(checked",
            $hex_argument,
            ") || ' ' || COALESCE('' || log_index, '-'), ';' ORDER BY ",
            $order,
            ") FROM (SELECT position, identity, checked, log_index FROM entry WHERE ",
            $which,
            " ORDER BY ",
            $order,
            " LIMIT ",
            $limit,
            ") AS chosen"
        )
    };
}
impl Store {
    /// Up to `limit` entries without an index, in the order in which they will get one.
    ///
    /// # Errors
    /// The database failed; [`StoreError::Inconsistent`] names a row that is not what was written.
    pub async fn waiting_entries(&self, limit: i64) -> Result<Vec<SequencedEntry>, StoreError> {
        const NAME: &str = "waiting-entries";
        let sql = match self.backend {
            Backend::Sqlite => packed!("hex", "", "log_index IS NULL", "position", "$1"),
            Backend::Postgres => {
                packed!("encode", ", 'hex'", "log_index IS NULL", "position", "$1")
            }
        };
        let row = sqlx::query(sql)
            .bind(limit)
            .fetch_one(&self.read)
            .await
            .during(NAME)?;
        let entries = unpack(row.try_get(0).during(NAME)?)?;
        Ok(entries.into_iter().map(|(entry, _)| entry).collect())
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
        let sql = match self.backend {
            Backend::Sqlite => packed!("hex", "", "log_index >= $1", "log_index", "$2"),
            Backend::Postgres => {
                packed!("encode", ", 'hex'", "log_index >= $1", "log_index", "$2")
            }
        };
        let row = sqlx::query(sql)
            .bind(as_bigint(from)?)
            .bind(limit)
            .fetch_one(&self.read)
            .await
            .during(NAME)?;
        (from..)
            .zip(unpack(row.try_get(0).during(NAME)?)?)
            .map(|(expected, (entry, index))| {
                if index == Some(expected) {
                    Ok(entry)
                } else {
                    Err(StoreError::inconsistent("entry", "log_index", expected))
                }
            })
            .collect()
    }
}

/// The entries of a packed row, with the index of each that has one; none where there are none.
fn unpack(packed: Option<String>) -> Result<Vec<(SequencedEntry, Option<u64>)>, StoreError> {
    let packed = packed.unwrap_or_default();
    let lines = packed.split_terminator(';');
    lines.map(unpack_entry).collect()
}

fn unpack_entry(line: &str) -> Result<(SequencedEntry, Option<u64>), StoreError> {
    let mut fields = line.split(' ');
    let mut field = || fields.next().unwrap_or_default();
    let (position, identity, checked, index) = (field(), field(), field(), field());
    let damaged = |column| StoreError::inconsistent("entry", column, position);
    let bytes = |hex: &str, column| {
        HEXLOWER_PERMISSIVE
            .decode(hex.as_bytes())
            .map_err(|_| damaged(column))
    };
    let identity = bytes(identity, "identity")?;
    let number = position.parse().map_err(|_| damaged("position"))?;
    let identity = Identity::from_row(&identity, number)?;
    let entry = SequencedEntry {
        position: number,
        identity,
        leaf: from_checked(&identity, bytes(checked, "checked")?, number)?,
    };
    match index {
        "-" => Ok((entry, None)),
        index => {
            let index = index.parse().map_err(|_| damaged("log_index"))?;
            Ok((entry, Some(index)))
        }
    }
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
