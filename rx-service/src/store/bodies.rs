//! Bodies with their salts, for those who are entitled to them.

use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::During;
use super::record::{log_index, open_body};
use super::register;
use super::sequence::as_bigint;
use super::{Store, StoreError};

const NAME: &str = "bodies";

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
    /// The bodies of the entries from index `from` on, `limit` at most: of steps of prescriptions
    /// and of acts in registers.
    ///
    /// # Errors
    /// The database failed or a body does not open.
    pub async fn bodies(&self, from: u64, limit: i64) -> Result<Vec<StoredBody>, StoreError> {
        let rows = sqlx::query(
            "SELECT event.folio, event.seq, register_act.register, register_act.subject,
               register_act.number, COALESCE(event.sealed, register_act.sealed) AS sealed,
               entry.log_index
             FROM entry
             LEFT JOIN event ON event.position = entry.position
             LEFT JOIN register_act ON register_act.position = entry.position
             WHERE entry.log_index >= $1
               AND (event.position IS NOT NULL OR register_act.position IS NOT NULL)
             ORDER BY entry.log_index LIMIT $2",
        )
        .bind(as_bigint(from)?)
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                let index = log_index(row, "log_index")?
                    .ok_or_else(|| StoreError::inconsistent("entry", "log_index", "NULL"))?;
                let opened = self.opened(row)?;
                Ok(StoredBody { index, opened })
            })
            .collect()
    }

    /// Salt and body of a row; `None` where the body was destroyed.
    fn opened(&self, row: &AnyRow) -> Result<Option<OpenedBody>, StoreError> {
        let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
        let folio: Option<String> = row.try_get("folio").during(NAME)?;
        let (salt, body) = if let Some(text) = folio {
            if sealed == super::erase::DESTROYED {
                return Ok(None);
            }
            let folio = text
                .parse()
                .map_err(|_| StoreError::inconsistent("event", "folio", &text))?;
            let seq: i64 = row.try_get("seq").during(NAME)?;
            open_body(&self.data_key, folio, seq, &sealed)?
        } else {
            let register: String = row.try_get("register").during(NAME)?;
            let subject: String = row.try_get("subject").during(NAME)?;
            let number: i64 = row.try_get("number").during(NAME)?;
            let name = register::row_name(&register, &subject, number);
            register::open(&self.data_key, &name, &sealed)?
        };
        Ok(Some(OpenedBody { salt, body }))
    }
}
