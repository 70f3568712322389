//! Keys of prescribers: wrapped by the HSM, each with its certificate and its state
//! (`prescription::key`).

use jiff::Timestamp;
use prescription::Cedula;
use prescription::key::KeyState;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::record::is_unique_violation;
use super::{Conflict, Store, StoreError};

const NAME: &str = "prescriber-key";

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
    /// Installs the certificate of a key that waits for it: from then on it signs, and the one that
    /// signed before is retired.
    ///
    /// # Errors
    /// [`Conflict::Changed`] where no such key waits.
    pub async fn install_certificate(
        &self,
        cedula: Cedula,
        number: u32,
        certificate: Vec<u8>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        self.writer
            .transaction("install-certificate", move |connection| {
                let (cedula, certificate) = (cedula.clone(), certificate.clone());
                Box::pin(async move { certify(connection, &cedula, number, certificate, at).await })
            })
            .await
    }

    /// Every installed certificate, DER: what counters keep for offline verification.
    ///
    /// # Errors
    /// The database failed.
    pub async fn certificates(&self) -> Result<Vec<Vec<u8>>, StoreError> {
        let rows = sqlx::query(
            "SELECT certificate FROM prescriber_key WHERE certificate IS NOT NULL
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

async fn certify(
    connection: &mut AnyConnection,
    cedula: &Cedula,
    number: u32,
    certificate: Vec<u8>,
    at: Timestamp,
) -> Result<(), StoreError> {
    // First: at most one key of a prescriber is certified.
    sqlx::query(
        "UPDATE prescriber_key SET state = $1, retired_at = $2 WHERE cedula = $3 AND state = $4",
    )
    .bind(KeyState::Retired.code())
    .bind(at.as_millisecond())
    .bind(cedula.as_str().to_owned())
    .bind(KeyState::Certified.code())
    .execute(&mut *connection)
    .await
    .during(NAME)?;
    let changed = sqlx::query(
        "UPDATE prescriber_key SET state = $1, certified_at = $2, certificate = $3
         WHERE cedula = $4 AND number = $5 AND state = $6",
    )
    .bind(KeyState::Certified.code())
    .bind(at.as_millisecond())
    .bind(certificate)
    .bind(cedula.as_str().to_owned())
    .bind(i64::from(number))
    .bind(KeyState::Born.code())
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
