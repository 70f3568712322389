//! Keys by the wrapping key they are under: batches of a re-wrapping, and acts on wrapping keys.

use std::sync::Arc;

use prescription::key::KeySeries;
use prescription::register::Register;
use sqlx::{AnyConnection, Row};

use super::KeyRef;
use crate::store::error::During;
use crate::store::register::{insert_act, open, row_name};
use crate::store::{ActRecord, Conflict, Store, StoreError};

const NAME: &str = "rewrap-keys";

/// A key under some wrapping key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyUnder {
    /// Which key.
    pub key: KeyRef,
    /// Its wrapped bytes.
    pub wrapped: Vec<u8>,
}

/// A batch that was wrapped anew, and the act that commits to it.
#[derive(Debug, Clone)]
pub struct RewrapBatch {
    /// Label of the wrapping key before.
    pub from: String,
    /// Label of the wrapping key after.
    pub to: String,
    /// Each key as it was read, with its new bytes.
    pub keys: Vec<(KeyUnder, Vec<u8>)>,
    /// The act in the register.
    pub record: ActRecord,
}

impl Store {
    /// Up to `limit` keys under the wrapping key `label`.
    ///
    /// # Errors
    /// The database failed or holds a row that does not parse.
    pub async fn keys_under(&self, label: &str, limit: i64) -> Result<Vec<KeyUnder>, StoreError> {
        let rows = sqlx::query(
            "SELECT cedula, number, wrapped_key FROM prescriber_key
             WHERE wrapping_label = $1 AND wrapped_key IS NOT NULL
             ORDER BY cedula, number LIMIT $2",
        )
        .bind(label.to_owned())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let mut keys = Vec::with_capacity(rows.len());
        for row in &rows {
            let cedula: String = row.try_get("cedula").during(NAME)?;
            let number: i64 = row.try_get("number").during(NAME)?;
            let damaged = |column| {
                StoreError::inconsistent("prescriber_key", column, format!("{cedula}/{number}"))
            };
            keys.push(KeyUnder {
                key: KeyRef {
                    cedula: cedula.parse().map_err(|_| damaged("cedula"))?,
                    number: u32::try_from(number).map_err(|_| damaged("number"))?,
                },
                wrapped: row.try_get("wrapped_key").during(NAME)?,
            });
        }
        Ok(keys)
    }

    /// How many keys are under the wrapping key `label`.
    ///
    /// # Errors
    /// The database failed.
    pub async fn count_keys_under(&self, label: &str) -> Result<u64, StoreError> {
        let mut connection = self.read.acquire().await.during(NAME)?;
        count_under(&mut connection, label).await
    }

    /// Writes a batch, all of it or nothing.
    ///
    /// # Errors
    /// [`Conflict::Changed`] when a key of the batch was changed since it was read, or another batch
    /// was faster: read again. Nothing was written.
    pub async fn rewrap_keys(&self, batch: RewrapBatch) -> Result<(), StoreError> {
        let (batch, data_key) = (Arc::new(batch), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (batch, data_key) = (Arc::clone(&batch), Arc::clone(&data_key));
                Box::pin(async move {
                    for (before, wrapped) in &batch.keys {
                        replace(connection, &batch, before, wrapped).await?;
                    }
                    // Commit point (with the transaction). A crash before it: every key is as it
                    // was, and the job goes on with the same batch. After it: the next batch.
                    insert_act(connection, &data_key, &batch.record).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Writes an act on a wrapping key, if `under` keys are under it at that moment.
    ///
    /// # Errors
    /// [`Conflict::Changed`] when there are more or less, or another act was faster.
    pub async fn act_on_wrapping_key(
        &self,
        label: String,
        under: u64,
        act: ActRecord,
    ) -> Result<(), StoreError> {
        let (act, data_key) = (Arc::new(act), Arc::clone(&self.data_key));
        self.writer
            .transaction("act-on-wrapping-key", move |connection| {
                let (act, data_key) = (Arc::clone(&act), Arc::clone(&data_key));
                let label = label.clone();
                Box::pin(async move {
                    if count_under(connection, &label).await? != under {
                        return Err(StoreError::Conflict(Conflict::Changed));
                    }
                    insert_act(connection, &data_key, &act).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The bodies of all acts on wrapping keys, in the order in which they happened.
    ///
    /// # Errors
    /// The database failed, or a body does not open.
    pub async fn wrapping_acts(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let register = Register::Key.code();
        let rows = sqlx::query(
            "SELECT subject, number, sealed FROM register_act
             WHERE register = $1 AND subject LIKE $2 ORDER BY position",
        )
        .bind(register)
        .bind(format!("{}%", KeySeries::WRAPPING_PREFIX))
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let mut bodies = Vec::with_capacity(rows.len());
        for row in &rows {
            let subject: String = row.try_get("subject").during(NAME)?;
            let number: i64 = row.try_get("number").during(NAME)?;
            let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
            let (_, body) = open(
                &self.data_key,
                &row_name(register, &subject, number),
                &sealed,
            )?;
            bodies.push(body);
        }
        Ok(bodies)
    }
}

async fn count_under(connection: &mut AnyConnection, label: &str) -> Result<u64, StoreError> {
    let row = sqlx::query(
        "SELECT CAST(COUNT(*) AS BIGINT) FROM prescriber_key
         WHERE wrapping_label = $1 AND wrapped_key IS NOT NULL",
    )
    .bind(label.to_owned())
    .fetch_one(connection)
    .await
    .during(NAME)?;
    let count: i64 = row.try_get(0).during(NAME)?;
    u64::try_from(count).map_err(|_| StoreError::inconsistent("prescriber_key", "count", label))
}

/// The bytes of one key, if they are still those that were read.
async fn replace(
    connection: &mut AnyConnection,
    batch: &RewrapBatch,
    before: &KeyUnder,
    wrapped: &[u8],
) -> Result<(), StoreError> {
    let changed = sqlx::query(
        "UPDATE prescriber_key SET wrapped_key = $1, wrapping_label = $2
         WHERE cedula = $3 AND number = $4 AND wrapping_label = $5 AND wrapped_key = $6",
    )
    .bind(wrapped.to_vec())
    .bind(batch.to.clone())
    .bind(before.key.cedula.as_str().to_owned())
    .bind(i64::from(before.key.number))
    .bind(batch.from.clone())
    .bind(before.wrapped.clone())
    .execute(connection)
    .await
    .during(NAME)?
    .rows_affected();
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::Changed))
    }
}
