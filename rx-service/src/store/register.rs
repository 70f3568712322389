//! Acts in registers, each with its pending ledger entry (`prescription::register`).

use std::sync::Arc;

use prescription::register::{Place, Register};
use sqlx::AnyConnection;
use sqlx::Row;

use super::error::During;
use super::record::is_unique_violation;
use super::sequence::as_bigint;
use super::{Conflict, DataKey, KeyRef, NewEntry, Store, StoreError};

const NAME: &str = "register";

/// An act, ready to be written.
#[derive(Debug, Clone)]
pub struct ActRecord {
    /// Where it stands.
    pub place: Place,
    /// Secret part of the commitment.
    pub salt: [u8; 32],
    /// Canonical body.
    pub body: Vec<u8>,
    /// What the ledger will publish, and what it is about.
    pub entry: NewEntry,
    /// The officer's key that signed it, which must still sign when it is written; none where none
    /// of ours did.
    pub key: Option<KeyRef>,
}

/// An act as it was written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredAct {
    /// Its number in the series.
    pub number: u64,
    /// Canonical body.
    pub body: Vec<u8>,
    /// Its index in the ledger, where it has one already.
    pub index: Option<u64>,
}

/// The row for which a body is sealed.
pub(super) fn row_name(register: &str, subject: &str, number: i64) -> String {
    format!("act/{register}/{subject}/{number}")
}

/// Inserts an act with its ledger entry, inside the transaction of what it changes, and returns the
/// entry's position.
///
/// # Errors
/// [`Conflict::Recorded`] when the same act is recorded already, [`Conflict::Changed`] when its
/// number is not the next of its series: somebody was faster. [`Conflict::Key`] when the officer's
/// key does not sign any more.
pub(super) async fn insert_act(
    connection: &mut AnyConnection,
    data_key: &DataKey,
    act: &ActRecord,
) -> Result<i64, StoreError> {
    let (register, subject) = (act.place.register.code(), act.place.subject.as_str());
    let number = as_bigint(act.place.number)?;
    if number != last_number(connection, act.place.register, subject).await? + 1 {
        return Err(StoreError::Conflict(Conflict::Changed));
    }
    if let Some(key) = &act.key {
        super::key::hold(connection, key).await?;
    }
    let plain = [&act.salt[..], &act.body].concat();
    let sealed = data_key
        .seal(&row_name(register, subject, number), &plain)
        .map_err(|error| StoreError::Unusable(error.to_string()))?;
    let position = super::entry::insert(connection, &act.entry).await?;
    let query = sqlx::query(
        "INSERT INTO register_act (position, register, subject, number, sealed)
         VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(position)
    .bind(register)
    .bind(subject.to_owned())
    .bind(number)
    .bind(sealed);
    match query.execute(connection).await {
        Ok(_) => Ok(position),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict(Conflict::Changed)),
        Err(error) => Err(StoreError::from_sqlx(NAME, error)),
    }
}

/// The number of the last act of a series; 0 where there is none.
async fn last_number(
    connection: &mut AnyConnection,
    register: Register,
    subject: &str,
) -> Result<i64, StoreError> {
    let row = sqlx::query(
        "SELECT COALESCE(MAX(number), 0) FROM register_act WHERE register = $1 AND subject = $2",
    )
    .bind(register.code())
    .bind(subject.to_owned())
    .fetch_one(connection)
    .await
    .during(NAME)?;
    row.try_get(0).during(NAME)
}

impl Store {
    /// Writes an act that changes nothing beside its register.
    ///
    /// # Errors
    /// As [`insert_act`].
    pub async fn record_act(&self, act: ActRecord) -> Result<(), StoreError> {
        let (act, data_key) = (Arc::new(act), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (act, data_key) = (Arc::clone(&act), Arc::clone(&data_key));
                // Commit point (with the transaction): from here on the act happened, and its
                // ledger entry will be sequenced, whatever happens to this process.
                Box::pin(async move {
                    insert_act(connection, &data_key, &act).await?;
                    Ok(())
                })
            })
            .await
    }

    /// The acts of a series from number `from` on, `limit` at most, in order.
    ///
    /// # Errors
    /// The database failed, a body does not open, or a number is missing.
    pub async fn acts(
        &self,
        register: Register,
        subject: &str,
        from: u64,
        limit: i64,
    ) -> Result<Vec<StoredAct>, StoreError> {
        let rows = sqlx::query(
            "SELECT register_act.number, register_act.sealed, entry.log_index
             FROM register_act JOIN entry ON entry.position = register_act.position
             WHERE register_act.register = $1 AND register_act.subject = $2
               AND register_act.number >= $3
             ORDER BY register_act.number LIMIT $4",
        )
        .bind(register.code())
        .bind(subject.to_owned())
        .bind(as_bigint(from)?)
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let mut acts = Vec::with_capacity(rows.len());
        for (expected, row) in (from.max(1)..).zip(&rows) {
            let number: i64 = row.try_get("number").during(NAME)?;
            let name = row_name(register.code(), subject, number);
            if u64::try_from(number) != Ok(expected) {
                return Err(StoreError::inconsistent("register_act", "number", name));
            }
            let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
            let (_, body) = open(&self.data_key, &name, &sealed)?;
            acts.push(StoredAct {
                number: expected,
                body,
                index: super::record::log_index(row, "log_index")?,
            });
        }
        Ok(acts)
    }

    /// The number that the next act of a series will have.
    ///
    /// # Errors
    /// The database failed.
    pub async fn next_number(&self, register: Register, subject: &str) -> Result<u64, StoreError> {
        let mut connection = self.read.acquire().await.during(NAME)?;
        let last = last_number(&mut connection, register, subject).await?;
        u64::try_from(last + 1)
            .map_err(|_| StoreError::inconsistent("register_act", "number", last))
    }
}

/// Salt and body of a sealed act.
pub(super) fn open(
    data_key: &DataKey,
    row: &str,
    sealed: &[u8],
) -> Result<([u8; 32], Vec<u8>), StoreError> {
    let damaged = || StoreError::inconsistent("register_act", "sealed", row);
    let mut plain = data_key.open(row, sealed).map_err(|_| damaged())?;
    let salt = plain.first_chunk::<32>().copied().ok_or_else(damaged)?;
    plain.drain(..32);
    Ok((salt, plain))
}
