//! The logs that this installation has kept, one a shard.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::sequence::as_bigint;
use super::{CommittedHead, Conflict, NewEntry, Store, StoreError, entry};

/// A log: the open shard, or one that is closed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// Its number, from 1.
    pub number: i64,
    /// Origin line of its checkpoints.
    pub origin: String,
    /// Index of its first entry over all shards.
    pub first: u64,
    /// Its committed tree head.
    pub head: CommittedHead,
    /// The verifier keys that have signed it (C2SP vkey), oldest first.
    pub keys: Vec<String>,
}

impl Shard {
    /// Index behind its last entry, over all shards.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.first + self.head.size
    }
}

impl Store {
    /// The shards, oldest first; at the first start there is one, the empty log called `origin`.
    ///
    /// # Errors
    /// The database failed or holds a shard that does not parse or follow.
    pub async fn shards(
        &self,
        origin: &str,
        empty_root: [u8; 32],
    ) -> Result<Vec<Shard>, StoreError> {
        const NAME: &str = "first-shard";
        let origin = origin.to_owned();
        self.writer
            .transaction(NAME, move |connection| {
                let origin = origin.clone();
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO shard (number, origin, first, size, root, keys)
                         SELECT 1, $1, 0, 0, $2, '' WHERE NOT EXISTS (SELECT 1 FROM shard)
                         ON CONFLICT (number) DO NOTHING",
                    )
                    .bind(origin)
                    .bind(empty_root.to_vec())
                    .execute(connection)
                    .await
                    .during(NAME)
                    .map(drop)
                })
            })
            .await?;
        let rows = sqlx::query(
            "SELECT number, origin, first, size, root, keys FROM shard ORDER BY number",
        )
        .fetch_all(&self.read)
        .await
        .during("shards")?;
        let shards = rows.iter().map(to_shard).collect::<Result<Vec<_>, _>>()?;
        if let Some(oldest) = shards.first()
            && (oldest.number, oldest.first) != (1, 0)
        {
            return Err(StoreError::inconsistent("shard", "first", oldest.number));
        }
        for (earlier, later) in shards.iter().zip(shards.iter().skip(1)) {
            if later.number != earlier.number + 1 || later.first != earlier.end() {
                return Err(StoreError::inconsistent("shard", "first", later.number));
            }
        }
        Ok(shards)
    }

    /// The committed head of a shard.
    ///
    /// # Errors
    /// The database failed, or there is no such shard.
    pub async fn committed_head(&self, shard: i64) -> Result<CommittedHead, StoreError> {
        let row = sqlx::query(
            "SELECT number, origin, first, size, root, keys FROM shard WHERE number = $1",
        )
        .bind(shard)
        .fetch_optional(&self.read)
        .await
        .during("committed-head")?;
        let row = row.ok_or_else(|| StoreError::inconsistent("shard", "number", shard))?;
        Ok(to_shard(&row)?.head)
    }

    /// The number of the open shard.
    ///
    /// # Errors
    /// The database failed, or has no shard.
    pub async fn newest_shard(&self) -> Result<i64, StoreError> {
        const NAME: &str = "newest-shard";
        let row = sqlx::query("SELECT MAX(number) FROM shard")
            .fetch_one(&self.read)
            .await
            .during(NAME)?;
        row.try_get(0).during(NAME)
    }

    /// Writes the keys that have signed a shard, oldest first.
    ///
    /// # Errors
    /// The database failed, or there is no such shard.
    pub async fn set_shard_keys(&self, shard: i64, keys: &[String]) -> Result<(), StoreError> {
        const NAME: &str = "set-shard-keys";
        let keys = keys.join(" ");
        self.writer
            .transaction(NAME, move |connection| {
                let keys = keys.clone();
                Box::pin(async move {
                    let set = sqlx::query("UPDATE shard SET keys = $1 WHERE number = $2")
                        .bind(keys)
                        .bind(shard)
                        .execute(connection)
                        .await
                        .during(NAME)?
                        .rows_affected();
                    if set == 1 {
                        Ok(())
                    } else {
                        Err(StoreError::inconsistent("shard", "number", shard))
                    }
                })
            })
            .await
    }

    /// Keeps a signed list of shards; the one that was kept first under a version stays, and is
    /// returned.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep_shard_list(&self, version: u64, note: String) -> Result<String, StoreError> {
        const NAME: &str = "keep-shard-list";
        let version = as_bigint(version)?;
        self.writer
            .transaction(NAME, move |connection| {
                let note = note.clone();
                Box::pin(async move {
                    let row = sqlx::query(
                        "INSERT INTO shard_list (version, note) VALUES ($1, $2)
                         ON CONFLICT (version) DO UPDATE SET version = excluded.version
                         RETURNING note",
                    )
                    .bind(version)
                    .bind(note)
                    .fetch_one(connection)
                    .await
                    .during(NAME)?;
                    row.try_get(0).during(NAME)
                })
            })
            .await
    }

    /// The signed list of shards with this version.
    ///
    /// # Errors
    /// The database failed.
    pub async fn kept_shard_list(&self, version: u64) -> Result<Option<String>, StoreError> {
        const NAME: &str = "kept-shard-list";
        let row = sqlx::query("SELECT note FROM shard_list WHERE version = $1")
            .bind(as_bigint(version)?)
            .fetch_optional(&self.read)
            .await
            .during(NAME)?;
        row.map(|row| row.try_get(0)).transpose().during(NAME)
    }

    /// Closes the newest shard, which must be `closing` as it stands, and opens the next with
    /// `opening` as its first entry, all or nothing.
    ///
    /// # Errors
    /// [`Conflict::TreeHead`] when `closing` is not the newest shard or has grown.
    pub async fn open_shard(
        &self,
        closing: Shard,
        next: Shard,
        opening: NewEntry,
    ) -> Result<(), StoreError> {
        const NAME: &str = "open-shard";
        self.writer
            .transaction(NAME, move |connection| {
                let (closing, next, opening) = (closing.clone(), next.clone(), opening.clone());
                Box::pin(async move {
                    ensure_newest(connection, &closing).await?;
                    // Commit point (with the transaction). A crash before it: the old shard is
                    // open, as before. A crash after it: the next start finds the new one, whose
                    // first entry has its index and its committed head.
                    insert_shard(connection, &next).await?;
                    let position = entry::insert(connection, &opening).await?;
                    sqlx::query("UPDATE entry SET log_index = $1 WHERE position = $2")
                        .bind(as_bigint(next.first)?)
                        .bind(position)
                        .execute(connection)
                        .await
                        .during(NAME)
                        .map(drop)
                })
            })
            .await
    }
}

async fn ensure_newest(connection: &mut AnyConnection, shard: &Shard) -> Result<(), StoreError> {
    let found = sqlx::query(
        "SELECT number, origin, first, size, root, keys FROM shard ORDER BY number DESC LIMIT 1",
    )
    .fetch_one(connection)
    .await
    .during("newest-shard")?;
    if to_shard(&found)? == *shard {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::TreeHead))
    }
}

async fn insert_shard(connection: &mut AnyConnection, shard: &Shard) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO shard (number, origin, first, size, root, keys)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(shard.number)
    .bind(shard.origin.clone())
    .bind(as_bigint(shard.first)?)
    .bind(as_bigint(shard.head.size)?)
    .bind(shard.head.root.to_vec())
    .bind(shard.keys.join(" "))
    .execute(connection)
    .await
    .during("insert-shard")
    .map(drop)
}

fn to_shard(row: &AnyRow) -> Result<Shard, StoreError> {
    const NAME: &str = "shard";
    let number: i64 = row.try_get("number").during(NAME)?;
    let unsigned = |column: &'static str| -> Result<u64, StoreError> {
        let value: i64 = row.try_get(column).during(NAME)?;
        u64::try_from(value).map_err(|_| StoreError::inconsistent("shard", column, number))
    };
    let root: Vec<u8> = row.try_get("root").during(NAME)?;
    let root = root.try_into();
    let keys: String = row.try_get("keys").during(NAME)?;
    Ok(Shard {
        number,
        origin: row.try_get("origin").during(NAME)?,
        first: unsigned("first")?,
        head: CommittedHead {
            size: unsigned("size")?,
            root: root.map_err(|_| StoreError::inconsistent("shard", "root", number))?,
        },
        keys: keys.split_whitespace().map(str::to_owned).collect(),
    })
}
