//! Prescribers: who they are to us, and where they work. Their keys are in `key.rs`.

use std::sync::Arc;

use mpi::Curp;
use prescription::{Cedula, Clues};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::key::{self, BornKey, StoredKey};
use super::record::is_unique_violation;
use super::register::insert_act;
use super::{ActRecord, Conflict, DataKey, Store, StoreError};

const NAME: &str = "enrol";

/// A prescriber who is new to us.
#[derive(Clone)]
pub struct Enrolment {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession, as `flow::enrol` codes it.
    pub profession: String,
    /// Where the prescriber works.
    pub establishments: Vec<Clues>,
    /// The CURP that the prescriber's own e.firma names; sealed in the database.
    pub curp: Option<Curp>,
    /// The first key; none for whoever signs with an e.firma only.
    pub key: Option<NewKey>,
}

/// A key that has just been born in the HSM, with the act that says so.
#[derive(Debug, Clone)]
pub struct NewKey {
    /// The key.
    pub born: BornKey,
    /// The act in the register `Key`.
    pub act: ActRecord,
}

/// A prescriber, as stored.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredPrescriber {
    /// Cédula profesional.
    pub cedula: Cedula,
    /// Profession code.
    pub profession: String,
    /// The cédula is in force.
    pub active: bool,
    /// The CURP, where it was given.
    pub curp: Option<Curp>,
    /// Where the prescriber works, in order.
    pub establishments: Vec<Clues>,
    /// Every key there ever was, in order; none for whoever signs with an e.firma only.
    pub keys: Vec<StoredKey>,
}

impl StoredPrescriber {
    /// The key that signs; none before the authority certified one, and after it was revoked.
    #[must_use]
    pub fn current_key(&self) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.state.signs())
    }

    /// The key with this number.
    #[must_use]
    pub fn key(&self, number: u32) -> Option<&StoredKey> {
        self.keys.iter().find(|key| key.number == number)
    }
}

impl std::fmt::Debug for StoredPrescriber {
    /// Without the CURP: no personal data in logs.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StoredPrescriber")
            .field("cedula", &self.cedula)
            .field("keys", &self.keys)
            .finish_non_exhaustive()
    }
}

impl Store {
    /// Enrols a prescriber.
    ///
    /// # Errors
    /// [`Conflict::Taken`] for a cédula that is enrolled already.
    pub async fn enrol(&self, enrolment: Enrolment) -> Result<(), StoreError> {
        let (enrolment, data_key) = (Arc::new(enrolment), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (new, data_key) = (Arc::clone(&enrolment), Arc::clone(&data_key));
                Box::pin(async move {
                    insert(connection, &data_key, &new).await?;
                    if let Some(NewKey { born, act }) = &new.key {
                        key::insert(connection, &new.cedula, 1, born).await?;
                        // Commit point (with the transaction): prescriber, key and ledger entry,
                        // or none of them.
                        insert_act(connection, &data_key, act).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The prescriber with this cédula.
    ///
    /// # Errors
    /// The database failed or holds a row that does not parse.
    pub async fn prescriber(
        &self,
        cedula: &Cedula,
    ) -> Result<Option<StoredPrescriber>, StoreError> {
        let rows = sqlx::query(
            "SELECT prescriber.profession, prescriber.active, prescriber.curp,
               prescriber_key.number, prescriber_key.state, prescriber_key.wrapped_key,
               prescriber_key.wrapping_label, prescriber_key.spki, prescriber_key.certificate,
               prescriber_key.born_at, prescriber_key.certified_at, prescriber_key.retired_at,
               prescriber_key.revoked_at, prescriber_key.revoked_since,
               prescriber_key.destroyed_at
             FROM prescriber LEFT JOIN prescriber_key ON prescriber_key.cedula = prescriber.cedula
             WHERE prescriber.cedula = $1 ORDER BY prescriber_key.number",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = rows.first() else {
            return Ok(None);
        };
        let places = sqlx::query(
            "SELECT clues FROM prescriber_establishment WHERE cedula = $1 ORDER BY clues",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let active: i64 = row.try_get("active").during(NAME)?;
        let sealed: Option<Vec<u8>> = row.try_get("curp").during(NAME)?;
        let keys = rows.iter().map(|row| key::parse(row, cedula));
        Ok(Some(StoredPrescriber {
            cedula: cedula.clone(),
            profession: row.try_get("profession").during(NAME)?,
            active: active == 1,
            curp: sealed
                .map(|sealed| open_curp(&self.data_key, cedula, &sealed))
                .transpose()?,
            establishments: places
                .iter()
                .map(|row| parse_clues(row, cedula))
                .collect::<Result<_, _>>()?,
            keys: keys
                .filter_map(Result::transpose)
                .collect::<Result<_, _>>()?,
        }))
    }
}

async fn insert(
    connection: &mut AnyConnection,
    data_key: &DataKey,
    new: &Enrolment,
) -> Result<(), StoreError> {
    let curp = new.curp.as_ref().map(|curp| {
        data_key
            .seal(&curp_row(&new.cedula), curp.as_str().as_bytes())
            .map_err(|error| StoreError::Unusable(error.to_string()))
    });
    let inserted = sqlx::query(
        "INSERT INTO prescriber (cedula, profession, active, curp) VALUES ($1, $2, 1, $3)",
    )
    .bind(new.cedula.as_str().to_owned())
    .bind(new.profession.clone())
    .bind(curp.transpose()?)
    .execute(&mut *connection)
    .await;
    match inserted {
        Err(error) if is_unique_violation(&error) => {
            return Err(StoreError::Conflict(Conflict::Taken));
        }
        other => other.during(NAME)?,
    };
    for clues in &new.establishments {
        sqlx::query("INSERT INTO prescriber_establishment (cedula, clues) VALUES ($1, $2)")
            .bind(new.cedula.as_str().to_owned())
            .bind(clues.as_str().to_owned())
            .execute(&mut *connection)
            .await
            .during(NAME)?;
    }
    Ok(())
}

/// The row for which a CURP is sealed.
fn curp_row(cedula: &Cedula) -> String {
    format!("prescriber/{cedula}/curp")
}

fn open_curp(data_key: &DataKey, cedula: &Cedula, sealed: &[u8]) -> Result<Curp, StoreError> {
    let damaged = || StoreError::inconsistent("prescriber", "curp", cedula);
    let plain = data_key
        .open(&curp_row(cedula), sealed)
        .map_err(|_| damaged())?;
    let text = String::from_utf8(plain).map_err(|_| damaged())?;
    text.parse().map_err(|_| damaged())
}

fn parse_clues(row: &AnyRow, cedula: &Cedula) -> Result<Clues, StoreError> {
    let text: String = row.try_get(0).during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent("prescriber_establishment", "clues", cedula))
}
