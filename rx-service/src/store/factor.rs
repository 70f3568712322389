//! Second factors of prescribers and officers.

use std::sync::Arc;

use activation::totp::Algorithm;
use activation::webauthn::{Passkey, PublicKey};
use activation::{Attempts, Policy, Refusal};
use jiff::Timestamp;
use prescription::Cedula;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::activation::refused;
use super::error::During;
use super::record::is_unique_violation;
use super::{Store, StoreError};

/// What a factor is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FactorKind {
    /// An app with one-time codes.
    Totp {
        /// The shared secret. Sealed by the data key, which the HSM keeps, in the database.
        secret: Vec<u8>,
        /// The hash.
        algorithm: Algorithm,
        /// Step of the last code that was accepted.
        last_step: i64,
    },
    /// A passkey.
    Passkey(Passkey),
}

/// A factor that counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFactor {
    /// Its identifier: 32 hexadecimal digits.
    pub id: String,
    /// What it is.
    pub kind: FactorKind,
    /// How its owner calls it.
    pub label: String,
    /// When it was enrolled.
    pub enrolled_at: Timestamp,
}

/// By whose order a factor is enrolled or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactorOrder {
    /// Cédula of the officer, or of the owner; none for the very first factor.
    pub by: Option<Cedula>,
    /// The client where it was ordered.
    pub client: String,
    /// When.
    pub at: Timestamp,
}

impl Store {
    /// Enrols a factor of `cedula`. `answered` is the challenge that a new passkey answers.
    ///
    /// # Errors
    /// [`Refusal::FactorTaken`], [`Refusal::Challenge`], and [`Refusal::NotFirst`] where nobody
    /// orders it and there are factors, of whomever.
    pub async fn enrol_factor(
        &self,
        cedula: Cedula,
        factor: StoredFactor,
        order: FactorOrder,
        answered: Option<[u8; 32]>,
    ) -> Result<(), StoreError> {
        const NAME: &str = "enrol-factor";
        let sealed = match &factor.kind {
            FactorKind::Totp { secret, .. } => Some(
                self.data_key
                    .seal(&row_name(&factor.id), secret)
                    .map_err(|error| StoreError::Unusable(error.to_string()))?,
            ),
            FactorKind::Passkey(_) => None,
        };
        let (factor, order) = (Arc::new(factor), Arc::new(order));
        self.writer
            .transaction(NAME, move |connection| {
                let (factor, order) = (Arc::clone(&factor), Arc::clone(&order));
                let (cedula, sealed) = (cedula.clone(), sealed.clone());
                Box::pin(async move {
                    if order.by.is_none() && any(connection).await? {
                        return Err(refused(Refusal::NotFirst));
                    }
                    if let Some(challenge) = answered {
                        super::challenge::answer(connection, &challenge, order.at).await?;
                    }
                    insert(connection, &cedula, &factor, sealed).await?;
                    log(connection, (&factor.id, &cedula), "enrol", &order).await
                })
            })
            .await
    }

    /// Removes a factor of `cedula`; says whether there was one.
    ///
    /// # Errors
    /// The database failed.
    pub async fn remove_factor(
        &self,
        cedula: Cedula,
        id: String,
        order: FactorOrder,
    ) -> Result<bool, StoreError> {
        const NAME: &str = "remove-factor";
        self.writer
            .transaction(NAME, move |connection| {
                let (cedula, id, order) = (cedula.clone(), id.clone(), order.clone());
                Box::pin(async move {
                    // The secret goes with it.
                    let removed = sqlx::query(
                        "UPDATE activation_factor SET removed_at = $1, sealed = NULL
                         WHERE id = $2 AND cedula = $3 AND removed_at IS NULL",
                    )
                    .bind(order.at.as_millisecond())
                    .bind(id.clone())
                    .bind(cedula.as_str().to_owned())
                    .execute(&mut *connection)
                    .await
                    .during(NAME)?;
                    if removed.rows_affected() == 0 {
                        return Ok(false);
                    }
                    log(connection, (&id, &cedula), "remove", &order).await?;
                    Ok(true)
                })
            })
            .await
    }

    /// The factors of `cedula` that count, oldest first.
    ///
    /// # Errors
    /// The database failed, or a secret does not open.
    pub async fn factors(&self, cedula: &Cedula) -> Result<Vec<StoredFactor>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, kind, label, algorithm, sealed, credential_id, public_key, counter,
                    enrolled_at
             FROM activation_factor WHERE cedula = $1 AND removed_at IS NULL
             ORDER BY enrolled_at, id",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during("factors")?;
        rows.iter().map(|row| self.parse_factor(row)).collect()
    }

    /// Counts an attempt at a factor, before its code is looked at.
    ///
    /// # Errors
    /// [`Refusal::Locked`]; [`Refusal::NoFactor`] for one that was removed meanwhile.
    pub async fn claim_attempt(
        &self,
        id: String,
        policy: Policy,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        const NAME: &str = "claim-attempt";
        self.writer
            .transaction(NAME, move |connection| {
                let id = id.clone();
                Box::pin(async move {
                    let attempts = hold_attempts(connection, &id).await?;
                    let claimed = attempts.claim(&policy, now).map_err(refused)?;
                    sqlx::query(
                        "UPDATE activation_factor SET failures = $1, locks = $2, locked_until = $3
                         WHERE id = $4",
                    )
                    .bind(i64::from(claimed.failures))
                    .bind(i64::from(claimed.locks))
                    .bind(claimed.locked_until.as_millisecond())
                    .bind(id)
                    .execute(connection)
                    .await
                    .during(NAME)
                    .map(drop)
                })
            })
            .await
    }

    fn parse_factor(&self, row: &AnyRow) -> Result<StoredFactor, StoreError> {
        const NAME: &str = "factors";
        let id: String = row.try_get("id").during(NAME)?;
        let damaged = |column| StoreError::inconsistent("activation_factor", column, &id);
        let kind: String = row.try_get("kind").during(NAME)?;
        let counter: i64 = row.try_get("counter").during(NAME)?;
        let enrolled_at: i64 = row.try_get("enrolled_at").during(NAME)?;
        let kind = match kind.as_str() {
            "totp" => {
                let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
                let algorithm: String = row.try_get("algorithm").during(NAME)?;
                FactorKind::Totp {
                    secret: self
                        .data_key
                        .open(&row_name(&id), &sealed)
                        .map_err(|_| damaged("sealed"))?,
                    algorithm: Algorithm::from_code(&algorithm)
                        .ok_or_else(|| damaged("algorithm"))?,
                    last_step: counter,
                }
            }
            "passkey" => {
                let key: Vec<u8> = row.try_get("public_key").during(NAME)?;
                FactorKind::Passkey(Passkey {
                    id: row.try_get("credential_id").during(NAME)?,
                    key: PublicKey::from_point(&key).map_err(|_| damaged("public_key"))?,
                    counter: u32::try_from(counter).map_err(|_| damaged("counter"))?,
                })
            }
            _ => return Err(damaged("kind")),
        };
        Ok(StoredFactor {
            kind,
            label: row.try_get("label").during(NAME)?,
            enrolled_at: Timestamp::from_millisecond(enrolled_at)
                .map_err(|_| damaged("enrolled_at"))?,
            id,
        })
    }
}

fn row_name(id: &str) -> String {
    format!("activation_factor/{id}")
}

/// Whether anybody ever had a factor.
async fn any(connection: &mut AnyConnection) -> Result<bool, StoreError> {
    let row = sqlx::query("SELECT id FROM activation_factor LIMIT 1")
        .fetch_optional(connection)
        .await
        .during("any-factor")?;
    Ok(row.is_some())
}

/// The attempts at a factor; nobody else counts one until the transaction ends.
async fn hold_attempts(connection: &mut AnyConnection, id: &str) -> Result<Attempts, StoreError> {
    const NAME: &str = "hold-attempts";
    // The update takes the row's lock on PostgreSQL; SQLite has one writer.
    let row = sqlx::query(
        "UPDATE activation_factor SET failures = failures
         WHERE id = $1 AND removed_at IS NULL RETURNING failures, locks, locked_until",
    )
    .bind(id.to_owned())
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    let row = row.ok_or_else(|| refused(Refusal::NoFactor))?;
    let damaged = |column| StoreError::inconsistent("activation_factor", column, id);
    let number =
        |column: &'static str| -> Result<i64, StoreError> { row.try_get(column).during(NAME) };
    let count = |column| u32::try_from(number(column)?).map_err(|_| damaged(column));
    Ok(Attempts {
        failures: count("failures")?,
        locks: count("locks")?,
        locked_until: Timestamp::from_millisecond(number("locked_until")?)
            .map_err(|_| damaged("locked_until"))?,
    })
}

async fn insert(
    connection: &mut AnyConnection,
    cedula: &Cedula,
    factor: &StoredFactor,
    sealed: Option<Vec<u8>>,
) -> Result<(), StoreError> {
    let (kind, algorithm, counter, passkey) = match &factor.kind {
        FactorKind::Totp {
            algorithm,
            last_step,
            ..
        } => ("totp", algorithm.code(), *last_step, None),
        FactorKind::Passkey(passkey) => (
            "passkey",
            "ES256",
            i64::from(passkey.counter),
            Some(passkey),
        ),
    };
    let inserted = sqlx::query(
        "INSERT INTO activation_factor
         (id, cedula, kind, label, algorithm, sealed, credential_id, public_key, counter, failures,
          locks, locked_until, enrolled_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0, 0, $10)",
    )
    .bind(factor.id.clone())
    .bind(cedula.as_str().to_owned())
    .bind(kind)
    .bind(factor.label.clone())
    .bind(algorithm)
    .bind(sealed)
    .bind(passkey.map(|passkey| passkey.id.clone()))
    .bind(passkey.map(|passkey| passkey.key.point().to_vec()))
    .bind(counter)
    .bind(factor.enrolled_at.as_millisecond())
    .execute(connection)
    .await;
    match inserted {
        Err(error) if is_unique_violation(&error) => Err(refused(Refusal::FactorTaken)),
        other => other.during("insert-factor").map(drop),
    }
}

async fn log(
    connection: &mut AnyConnection,
    (factor, cedula): (&str, &Cedula),
    verb: &'static str,
    order: &FactorOrder,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO activation_factor_event (factor, cedula, verb, by, client, at)
         VALUES ($1, $2, $3, $4, $5, $6)",
    )
    .bind(factor.to_owned())
    .bind(cedula.as_str().to_owned())
    .bind(verb)
    .bind(order.by.as_ref().map_or("", Cedula::as_str).to_owned())
    .bind(order.client.clone())
    .bind(order.at.as_millisecond())
    .execute(connection)
    .await
    .during("log-factor")
    .map(drop)
}
