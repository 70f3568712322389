//! What an act does to the key that it is about, in one transaction with the act.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::Cedula;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::{BornKey, KeyRef, insert};
use crate::store::error::During;
use crate::store::register::insert_act;
use crate::store::{ActRecord, Backend, Conflict, Store, StoreError};

const NAME: &str = "act-on-key";

/// An act that has been decided.
#[derive(Debug, Clone)]
pub struct DecidedKeyAct {
    /// Which key.
    pub key: KeyRef,
    /// What becomes of it.
    pub change: KeyChange,
    /// When.
    pub at: Timestamp,
    /// The act in the register.
    pub record: ActRecord,
}

/// What an act changes.
#[derive(Debug, Clone)]
pub enum KeyChange {
    /// A key is born; the one that signs goes on.
    Make(BornKey),
    /// The certificate (DER) of a key that waits for it: it signs, and the one that signed until now
    /// is retired.
    Certify(Vec<u8>),
    /// It does not sign any more.
    Revoke {
        /// Since when somebody else may have used it.
        since: Option<Timestamp>,
    },
    /// These wrapped bytes are destroyed.
    Destroy(Vec<u8>),
    /// A key from before the register is entered in it: its row stays as it is.
    Adopt,
}

impl Store {
    /// Writes acts on keys of one prescriber, all or none.
    ///
    /// # Errors
    /// [`Conflict::Changed`] when another act on this prescriber's keys was faster, or a key is not
    /// in the state that the act supposes: read and decide again. [`Conflict::Taken`] where another
    /// key waits for its certificate. [`Conflict::Key`] when the officer's key does not sign any
    /// more. Nothing was written.
    pub async fn act_on_keys(&self, acts: Vec<DecidedKeyAct>) -> Result<(), StoreError> {
        let (acts, data_key) = (Arc::new(acts), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (acts, data_key) = (Arc::clone(&acts), Arc::clone(&data_key));
                Box::pin(async move {
                    for act in acts.iter() {
                        // The row first: on PostgreSQL this waits for whoever has just signed with
                        // the key, so that the act's entry comes after theirs.
                        change(connection, act).await?;
                        // Commit point (with the transaction): from here on the key signs, or does
                        // not, on every replica, and the ledger will say so whatever happens to
                        // this process.
                        insert_act(connection, &data_key, &act.record).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// Overwrites what a destroyed key left in free pages and in the database's own log, as far as
    /// the database can. Says whether it did: a long reader can be in the way.
    ///
    /// # Errors
    /// The database failed.
    pub async fn scrub_keys(&self) -> Result<bool, StoreError> {
        match self.backend {
            // The freed bytes in the file are zeros already (`secure_delete`).
            Backend::Sqlite => {
                let row = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)")
                    .fetch_one(&self.read)
                    .await
                    .during("scrub-keys")?;
                let busy: i64 = row.try_get(0).during("scrub-keys")?;
                Ok(busy == 0)
            }
            Backend::Postgres => {
                sqlx::raw_sql("VACUUM prescriber_key")
                    .execute(&self.read)
                    .await
                    .during("scrub-keys")?;
                Ok(true)
            }
        }
    }

    /// Cédulas of prescribers with keys, after `after`, `limit` at most, in order.
    ///
    /// # Errors
    /// The database failed or holds a row that does not parse.
    pub async fn prescribers_with_keys(
        &self,
        after: &str,
        limit: i64,
    ) -> Result<Vec<Cedula>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT cedula FROM prescriber_key WHERE cedula > $1
             ORDER BY cedula LIMIT $2",
        )
        .bind(after.to_owned())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(parse_cedula).collect()
    }
}

fn parse_cedula(row: &AnyRow) -> Result<Cedula, StoreError> {
    let text: String = row.try_get(0).during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent("prescriber_key", "cedula", text))
}

async fn change(connection: &mut AnyConnection, act: &DecidedKeyAct) -> Result<(), StoreError> {
    let at = act.at.as_millisecond();
    match &act.change {
        KeyChange::Make(born) => insert(connection, &act.key.cedula, act.key.number, born).await,
        KeyChange::Certify(certificate) => certify(connection, &act.key, certificate, at).await,
        KeyChange::Revoke { since } => {
            let query = update(
                "state = 'revoked', revoked_at = $3, revoked_since = $4",
                "state IN ('certified', 'retired')",
            );
            let since = since.map(Timestamp::as_millisecond);
            let query = sqlx::query(query).bind(act.key.cedula.as_str().to_owned());
            let query = query.bind(i64::from(act.key.number)).bind(at).bind(since);
            one(query
                .execute(connection)
                .await
                .during(NAME)?
                .rows_affected())
        }
        KeyChange::Destroy(wrapped) => {
            let query = update(
                "state = 'destroyed', destroyed_at = $3, wrapped_key = NULL",
                "state IN ('born', 'retired', 'revoked') AND wrapped_key = $4",
            );
            let query = sqlx::query(query).bind(act.key.cedula.as_str().to_owned());
            let query = query.bind(i64::from(act.key.number)).bind(at);
            let done = query.bind(wrapped.clone()).execute(connection).await;
            one(done.during(NAME)?.rows_affected())
        }
        KeyChange::Adopt => Ok(()),
    }
}

async fn certify(
    connection: &mut AnyConnection,
    key: &KeyRef,
    certificate: &[u8],
    at: i64,
) -> Result<(), StoreError> {
    // First: at most one key of a prescriber is certified.
    sqlx::query(
        "UPDATE prescriber_key SET state = 'retired', retired_at = $2
         WHERE cedula = $1 AND state = 'certified'",
    )
    .bind(key.cedula.as_str().to_owned())
    .bind(at)
    .execute(&mut *connection)
    .await
    .during(NAME)?;
    let query = update(
        "state = 'certified', certified_at = $3, certificate = $4",
        "state = 'born'",
    );
    let query = sqlx::query(query)
        .bind(key.cedula.as_str().to_owned())
        .bind(i64::from(key.number))
        .bind(at)
        .bind(certificate.to_vec());
    one(query
        .execute(connection)
        .await
        .during(NAME)?
        .rows_affected())
}

/// A change of one key, if it is as the act supposes.
fn update(set: &str, suppose: &str) -> AssertSqlSafe<String> {
    AssertSqlSafe(format!(
        "UPDATE prescriber_key SET {set} WHERE cedula = $1 AND number = $2 AND {suppose}"
    ))
}

fn one(changed: u64) -> Result<(), StoreError> {
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::Changed))
    }
}
