//! Keys of prescribers: wrapped by the HSM, each with its certificate and its state
//! (`prescription::key`).

mod change;
mod rewrap;

pub use self::change::{DecidedKeyAct, KeyChange};
pub use self::rewrap::{KeyUnder, RewrapBatch};

use jiff::Timestamp;
use prescription::Cedula;
use prescription::key::KeyState;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::record::is_unique_violation;
use super::{Conflict, Store, StoreError};

const NAME: &str = "prescriber-key";

/// One key of a prescriber.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeyRef {
    /// Whose.
    pub cedula: Cedula,
    /// Its number among the prescriber's keys, from 1.
    pub number: u32,
}

/// A key that has just been born in the HSM.
#[derive(Debug, Clone)]
pub struct BornKey {
    /// The key, wrapped by the HSM.
    pub wrapped: Vec<u8>,
    /// Label of the wrapping key.
    pub wrapping_label: String,
    /// The public half: `SubjectPublicKeyInfo`, DER.
    pub spki: Vec<u8>,
    /// When.
    pub at: Timestamp,
}

/// A key of a prescriber, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// Its number among the prescriber's keys, from 1.
    pub number: u32,
    /// What it may do.
    pub state: KeyState,
    /// The key, wrapped by the HSM; none once it was destroyed.
    pub wrapped: Option<Vec<u8>>,
    /// Label of the wrapping key.
    pub wrapping_label: String,
    /// The public half, DER.
    pub spki: Vec<u8>,
    /// Its one certificate, DER; none until the authority has issued it.
    pub certificate: Option<Vec<u8>>,
    /// When it happened to it. The epoch stands for what happened before times were kept.
    pub times: KeyTimes,
}

/// What happened to a key, and when; none where it did not happen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeyTimes {
    /// It was made.
    pub born_at: Timestamp,
    /// Its certificate was installed: from then on it signed.
    pub certified_at: Option<Timestamp>,
    /// Another key took its place.
    pub retired_at: Option<Timestamp>,
    /// It was revoked: from then on it did not sign.
    pub revoked_at: Option<Timestamp>,
    /// Since when somebody else may have used it, where that is known.
    pub revoked_since: Option<Timestamp>,
    /// The wrapped bytes were destroyed.
    pub destroyed_at: Option<Timestamp>,
}

/// Inserts a key in state `born`.
///
/// # Errors
/// [`Conflict::Taken`] where another key has the number, or waits for its certificate.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    cedula: &Cedula,
    number: u32,
    key: &BornKey,
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO prescriber_key
           (cedula, number, state, wrapped_key, wrapping_label, spki, born_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(cedula.as_str().to_owned())
    .bind(i64::from(number))
    .bind(KeyState::Born.code())
    .bind(key.wrapped.clone())
    .bind(key.wrapping_label.clone())
    .bind(key.spki.clone())
    .bind(key.at.as_millisecond())
    .execute(connection)
    .await;
    match inserted {
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict(Conflict::Taken)),
        other => other.during(NAME).map(drop),
    }
}

impl Store {
    /// The certificates by which counters verify offline, DER. That of a revoked key is not among
    /// them: whether it had signed before, only the ledger's time tells, so that the counter asks.
    ///
    /// # Errors
    /// The database failed.
    pub async fn certificates(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query(
            "SELECT certificate FROM prescriber_key WHERE certificate IS NOT NULL AND revoked_at IS NULL
             ORDER BY cedula, number",
        )
        .fetch_all(&self.read)
        .await
        .during("certificates")?;
        rows.iter()
            .map(|row| row.try_get(0).during("certificates"))
            .collect()
    }
}

/// That a key still signs while the transaction lasts: what was signed with it comes before whatever
/// ends it, in the database and in the ledger.
///
/// # Errors
/// [`Conflict::Key`] when it does not sign any more: sign again with the one that does.
pub(super) async fn hold(connection: &mut AnyConnection, key: &KeyRef) -> Result<(), StoreError> {
    let sql = if connection.backend_name() == "PostgreSQL" {
        // Whoever ends the key waits for this transaction, and draws the place of the act later.
        "SELECT 1 FROM prescriber_key
         WHERE cedula = $1 AND number = $2 AND state = 'certified' FOR SHARE"
    } else {
        // One writer: nobody else writes meanwhile.
        "SELECT 1 FROM prescriber_key WHERE cedula = $1 AND number = $2 AND state = 'certified'"
    };
    let row = sqlx::query(sql)
        .bind(key.cedula.as_str().to_owned())
        .bind(i64::from(key.number))
        .fetch_optional(connection)
        .await
        .during("hold-key")?;
    row.map(drop).ok_or(StoreError::Conflict(Conflict::Key))
}

/// The key in a row; none where the row is of a prescriber without one.
pub(super) fn parse(row: &AnyRow, cedula: &Cedula) -> Result<Option<StoredKey>, StoreError> {
    let number: Option<i64> = row.try_get("number").during(NAME)?;
    let Some(number) = number else {
        return Ok(None);
    };
    let damaged =
        |column| StoreError::inconsistent("prescriber_key", column, format!("{cedula}/{number}"));
    let time = |column| -> Result<Option<Timestamp>, StoreError> {
        let at: Option<i64> = row.try_get(column).during(NAME)?;
        at.map(|at| Timestamp::from_millisecond(at).map_err(|_| damaged(column)))
            .transpose()
    };
    let state: String = row.try_get("state").during(NAME)?;
    let state = KeyState::from_code(&state).ok_or_else(|| damaged("state"))?;
    let key = StoredKey {
        number: u32::try_from(number).map_err(|_| damaged("number"))?,
        state,
        wrapped: row.try_get("wrapped_key").during(NAME)?,
        wrapping_label: row.try_get("wrapping_label").during(NAME)?,
        spki: row.try_get("spki").during(NAME)?,
        certificate: row.try_get("certificate").during(NAME)?,
        times: KeyTimes {
            born_at: time("born_at")?.ok_or_else(|| damaged("born_at"))?,
            certified_at: time("certified_at")?,
            retired_at: time("retired_at")?,
            revoked_at: time("revoked_at")?,
            revoked_since: time("revoked_since")?,
            destroyed_at: time("destroyed_at")?,
        },
    };
    // A key that may sign but is not there, or that was destroyed and still is: somebody else wrote
    // this row.
    if (state == KeyState::Destroyed) != key.wrapped.is_none() {
        return Err(damaged("wrapped_key"));
    }
    if state.signs() && key.certificate.is_none() {
        return Err(damaged("certificate"));
    }
    Ok(Some(key))
}
