//! Signatures on their way to CAdES-B-LT.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::Timestamp;
use prescription::Folio;
use signing::cms::cades::Level;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::{Store, StoreError};

const NAME: &str = "signature-extension";

/// A signature whose next step is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DueExtension {
    /// Of this prescription.
    pub folio: Folio,
    /// What it has reached.
    pub level: Level,
    /// Failures since then.
    pub attempts: u32,
}

/// A signature as far as it was extended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredExtension {
    /// What it has reached, T or LT.
    pub level: Level,
    /// The CMS, DER.
    pub p7s: Vec<u8>,
}

/// What waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExtensionBacklog {
    /// Signatures without a timestamp.
    pub without_timestamp: u64,
    /// Signatures with a timestamp, and without their revocation data.
    pub without_evidence: u64,
    /// When the oldest of the first was issued, in milliseconds since the epoch.
    pub oldest: Option<i64>,
}

impl Store {
    /// From now on every signature of an issue is queued for its extension.
    pub fn queue_extensions(&self) {
        self.extends.store(true, Ordering::Relaxed);
    }

    /// Takes up to `limit` signatures whose next step is due, the longest waiting first. For the
    /// time of `lease` nobody else gets them; a claimer that dies gives them back by silence.
    ///
    /// # Errors
    /// The database failed.
    pub async fn claim_extensions(
        &self,
        now: Timestamp,
        lease: Timestamp,
        limit: i64,
    ) -> Result<Vec<DueExtension>, StoreError> {
        self.writer
            .transaction(NAME, move |connection| {
                Box::pin(async move {
                    // Of two replicas the second finds the rows moved on, and takes none.
                    let rows = sqlx::query(
                        "UPDATE signature_extension SET due_at = $1
                         WHERE due_at <= $2 AND level <> 'lt' AND folio IN
                           (SELECT folio FROM signature_extension
                            WHERE due_at <= $2 AND level <> 'lt' ORDER BY due_at LIMIT $3)
                         RETURNING folio, level, attempts",
                    )
                    .bind(lease.as_millisecond())
                    .bind(now.as_millisecond())
                    .bind(limit)
                    .fetch_all(connection)
                    .await
                    .during(NAME)?;
                    rows.iter().map(due).collect()
                })
            })
            .await
    }

    /// Writes what a signature became. `false`: somebody else was first, nothing was written.
    ///
    /// # Errors
    /// The database failed.
    pub async fn extend_signature(
        &self,
        from: DueExtension,
        to: StoredExtension,
        next: Timestamp,
    ) -> Result<bool, StoreError> {
        let sealed = self
            .data_key
            .seal(&row_name(from.folio), &to.p7s)
            .map_err(|error| StoreError::Unusable(error.to_string()))?;
        let sealed = Arc::new(sealed);
        self.writer
            .transaction(NAME, move |connection| {
                let sealed = Arc::clone(&sealed);
                Box::pin(async move {
                    let written = sqlx::query(
                        "UPDATE signature_extension
                         SET level = $1, sealed = $2, due_at = $3, attempts = 0
                         WHERE folio = $4 AND level = $5",
                    )
                    .bind(code(to.level))
                    .bind(sealed.to_vec())
                    .bind(next.as_millisecond())
                    .bind(from.folio.compact().to_owned())
                    .bind(code(from.level))
                    .execute(connection)
                    .await
                    .during(NAME)?
                    .rows_affected();
                    // Commit point (with the transaction). A crash before it: the timestamp is
                    // lost and another is asked for. A crash after it: it is kept.
                    Ok(written == 1)
                })
            })
            .await
    }

    /// Puts a signature off to `next`; with `failed` the next pause will be longer.
    ///
    /// # Errors
    /// The database failed.
    pub async fn postpone_extension(
        &self,
        due: DueExtension,
        next: Timestamp,
        failed: bool,
    ) -> Result<(), StoreError> {
        self.writer
            .transaction(NAME, move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "UPDATE signature_extension SET due_at = $1, attempts = attempts + $2
                         WHERE folio = $3 AND level = $4",
                    )
                    .bind(next.as_millisecond())
                    .bind(i64::from(failed))
                    .bind(due.folio.compact().to_owned())
                    .bind(code(due.level))
                    .execute(connection)
                    .await
                    .during(NAME)
                    .map(drop)
                })
            })
            .await
    }

    /// A prescription's signature as far as it was extended; `None` while it is as it was made.
    ///
    /// # Errors
    /// The database failed, or the row was altered.
    pub async fn extension(&self, folio: Folio) -> Result<Option<StoredExtension>, StoreError> {
        let row = sqlx::query(
            "SELECT folio, level, sealed, attempts FROM signature_extension
             WHERE folio = $1 AND level <> 'b'",
        )
        .bind(folio.compact().to_owned())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let level = due(&row)?.level;
        let sealed: Option<Vec<u8>> = row.try_get("sealed").during(NAME)?;
        let damaged = || StoreError::inconsistent("signature_extension", "sealed", folio);
        let opened = self
            .data_key
            .open(&row_name(folio), &sealed.ok_or_else(damaged)?);
        Ok(Some(StoredExtension {
            level,
            p7s: opened.map_err(|_| damaged())?,
        }))
    }

    /// What waits, for whoever watches.
    ///
    /// # Errors
    /// The database failed.
    pub async fn extension_backlog(&self) -> Result<ExtensionBacklog, StoreError> {
        let rows = sqlx::query(
            "SELECT level, CAST(COUNT(*) AS BIGINT) AS waiting, MIN(queued_at) AS oldest
             FROM signature_extension WHERE level <> 'lt' GROUP BY level",
        )
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let mut backlog = ExtensionBacklog::default();
        for row in &rows {
            let level: String = row.try_get("level").during(NAME)?;
            let waiting: i64 = row.try_get("waiting").during(NAME)?;
            let waiting = waiting.unsigned_abs();
            if level == code(Level::BaselineB) {
                backlog.without_timestamp = waiting;
                backlog.oldest = row.try_get("oldest").during(NAME)?;
            } else {
                backlog.without_evidence = waiting;
            }
        }
        Ok(backlog)
    }
}

/// Queues the signature of an issue, inside its transaction.
pub(super) async fn queue(
    connection: &mut AnyConnection,
    folio: Folio,
    at: Timestamp,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO signature_extension (folio, level, queued_at, due_at, attempts)
         VALUES ($1, 'b', $2, $2, 0)",
    )
    .bind(folio.compact().to_owned())
    .bind(at.as_millisecond())
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Destroys what was made of a signature, inside the transaction of an erasure: it names the
/// prescriber, and holds the digest of the document.
pub(super) async fn destroy(
    connection: &mut AnyConnection,
    folio: Folio,
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM signature_extension WHERE folio = $1")
        .bind(folio.compact().to_owned())
        .execute(connection)
        .await
        .during(NAME)
        .map(drop)
}

fn row_name(folio: Folio) -> String {
    format!("signature-extension/{}", folio.compact())
}

fn code(level: Level) -> &'static str {
    match level {
        Level::BaselineB => "b",
        Level::BaselineT => "t",
        Level::BaselineLt => "lt",
    }
}

fn due(row: &AnyRow) -> Result<DueExtension, StoreError> {
    let text: String = row.try_get("folio").during(NAME)?;
    let folio = text
        .parse()
        .map_err(|_| StoreError::inconsistent("signature_extension", "folio", &text))?;
    let level: String = row.try_get("level").during(NAME)?;
    let levels = [Level::BaselineB, Level::BaselineT, Level::BaselineLt];
    let known = levels.into_iter().find(|known| code(*known) == level);
    let attempts: i64 = row.try_get("attempts").during(NAME)?;
    Ok(DueExtension {
        folio,
        level: known
            .ok_or_else(|| StoreError::inconsistent("signature_extension", "level", &text))?,
        attempts: u32::try_from(attempts).unwrap_or(u32::MAX),
    })
}
