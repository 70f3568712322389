//! Event bodies with their salts, for those who are entitled to them.

use sqlx::Row;

use super::error::During;
use super::record::{log_index, open_body};
use super::sequence::as_bigint;
use super::{Store, StoreError};

/// The body of an entry.
#[derive(Debug, Clone)]
pub struct StoredBody {
    /// Index of the entry in the ledger.
    pub index: u64,
    /// The body and what opens its commitment; `None` once it was destroyed.
    pub opened: Option<OpenedBody>,
}

/// A body and what opens its commitment.
#[derive(Debug, Clone)]
pub struct OpenedBody {
    /// Salt of the commitment.
    pub salt: [u8; 32],
    /// Canonical event body.
    pub body: Vec<u8>,
}

impl Store {
    /// The bodies of the entries from index `from` on, `limit` at most.
    ///
    /// # Errors
    /// The database failed or a body does not open.
    pub async fn bodies(&self, from: u64, limit: i64) -> Result<Vec<StoredBody>, StoreError> {
        const NAME: &str = "bodies";
        let rows = sqlx::query(
            "SELECT event.folio, event.seq, event.sealed, entry.log_index
             FROM entry JOIN event ON event.position = entry.position
             WHERE entry.log_index >= $1 ORDER BY entry.log_index LIMIT $2",
        )
        .bind(as_bigint(from)?)
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get("folio").during(NAME)?;
                let folio = text
                    .parse()
                    .map_err(|_| StoreError::inconsistent("event", "folio", &text))?;
                let seq: i64 = row.try_get("seq").during(NAME)?;
                let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
                let opened = if sealed == super::erase::DESTROYED {
                    None
                } else {
                    let (salt, body) = open_body(&self.data_key, folio, seq, &sealed)?;
                    Some(OpenedBody { salt, body })
                };
                let index = log_index(row, "log_index")?
                    .ok_or_else(|| StoreError::inconsistent("event", "log_index", &text))?;
                Ok(StoredBody { index, opened })
            })
            .collect()
    }
}
