//! Recording a movement: an act in the register, with what it does to stock and books.

use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use prescription::register::Register;
use prescription::{Clave, Clues};
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::record::log_index;
use super::sequence::as_bigint;
use super::{ActRecord, Conflict, Identity, Posting, Store, StoreError, register, stock};
use crate::clock::day_number;

const NAME: &str = "movement";

/// A movement that has been decided and signed.
#[derive(Debug, Clone)]
pub struct NewMovement {
    /// Its act in the register of movements.
    pub act: ActRecord,
    /// What it does to stock and books.
    pub posting: Posting,
    /// When whoever recorded it asked for it: the time of the access record.
    pub accessed_at: Timestamp,
    /// Number of the own movement that it takes back.
    pub corrects: Option<u64>,
    /// The last day for a notice that was not given yet.
    pub notice_due: Option<Date>,
    /// Its lines, of which later movements may take.
    pub lines: Vec<MovedLine>,
    /// Of which earlier lines it takes.
    pub takes: Vec<Taken>,
    /// The access record to write with it, as JSON.
    pub access: String,
}

/// One line of a movement.
#[derive(Debug, Clone)]
pub struct MovedLine {
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Date,
    /// Units that moved.
    pub units: i64,
    /// Of a shipment: who is to receive it.
    pub receiver: Option<Clues>,
}

/// What a movement takes of a line of an earlier one, or gives back to it.
#[derive(Debug, Clone)]
pub struct Taken {
    /// Who recorded the earlier one.
    pub establishment: Clues,
    /// Its number.
    pub number: u64,
    /// Its line, from 1.
    pub line: usize,
    /// Units; below zero for what is given back.
    pub units: i64,
}

impl Store {
    /// Writes a movement with its ledger entry.
    ///
    /// # Errors
    /// [`Conflict::Recorded`] when the same signed document is recorded already;
    /// [`Conflict::Changed`] when another movement of the establishment, or one that took from the
    /// same shipment, was faster: read and decide again; [`Conflict::Stock`] when stock or books do
    /// not allow it. Nothing was written.
    pub async fn record_movement(&self, new: NewMovement) -> Result<(), StoreError> {
        let (new, data_key) = (Arc::new(new), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (new, data_key) = (Arc::clone(&new), Arc::clone(&data_key));
                Box::pin(async move {
                    for taken in &new.takes {
                        take(connection, taken).await?;
                    }
                    let places = stock::reserve(connection, &new.posting).await?;
                    super::access::insert(connection, new.accessed_at, &new.access).await?;
                    let position = register::insert_act(connection, &data_key, &new.act).await?;
                    insert_movement(connection, position, &new).await?;
                    for (number, line) in (1..).zip(&new.lines) {
                        insert_line(connection, &new, number, line).await?;
                    }
                    // Commit point (with the transaction): register, stock and books move
                    // together, or none does. Of two movements of one establishment in the same
                    // millisecond the number lets one pass.
                    stock::write(connection, position, &new.posting, &places).await
                })
            })
            .await
    }

    /// The number of the movement with this identity, and its index in the ledger where it has one
    /// already.
    ///
    /// # Errors
    /// The database failed.
    pub async fn movement_of(
        &self,
        identity: &Identity,
    ) -> Result<Option<(u64, Option<u64>)>, StoreError> {
        let row = sqlx::query(
            "SELECT movement.number, entry.log_index FROM entry
             JOIN movement ON movement.position = entry.position WHERE entry.identity = $1",
        )
        .bind(identity.as_bytes().to_vec())
        .fetch_optional(&self.read)
        .await
        .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        let number: i64 = row.try_get("number").during(NAME)?;
        let number = u64::try_from(number)
            .map_err(|_| StoreError::inconsistent("movement", "number", number))?;
        Ok(Some((number, log_index(&row, "log_index")?)))
    }

    /// What later movements took of each line of a movement, in order; empty where there is no such
    /// movement.
    ///
    /// # Errors
    /// The database failed.
    pub async fn taken_of(
        &self,
        establishment: &Clues,
        number: u64,
    ) -> Result<Vec<i64>, StoreError> {
        let rows = sqlx::query(
            "SELECT taken FROM movement_line WHERE establishment = $1 AND number = $2
             ORDER BY line",
        )
        .bind(establishment.as_str().to_owned())
        .bind(as_bigint(number)?)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let taken = rows.iter().map(|row| row.try_get(0));
        taken.collect::<Result<_, _>>().during(NAME)
    }

    /// The canonical body of a movement.
    ///
    /// # Errors
    /// The database failed or the body does not open.
    pub async fn movement_body(
        &self,
        establishment: &Clues,
        number: u64,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let acts = self
            .acts(Register::Movement, establishment.as_str(), number, 1)
            .await?;
        Ok(acts.into_iter().next().map(|act| act.body))
    }
}

/// Takes units of an earlier line, of which no more can be taken than it moved.
async fn take(connection: &mut AnyConnection, taken: &Taken) -> Result<(), StoreError> {
    let line = i64::try_from(taken.line)
        .map_err(|_| StoreError::inconsistent("movement_line", "line", taken.line))?;
    let changed = sqlx::query(
        "UPDATE movement_line SET taken = taken + $4
         WHERE establishment = $1 AND number = $2 AND line = $3
           AND taken + $4 BETWEEN 0 AND units",
    )
    .bind(taken.establishment.as_str().to_owned())
    .bind(as_bigint(taken.number)?)
    .bind(line)
    .bind(taken.units)
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

async fn insert_movement(
    connection: &mut AnyConnection,
    position: i64,
    new: &NewMovement,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO movement (position, establishment, number, kind, on_day, document, corrects,
           notice_due)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(position)
    .bind(new.posting.establishment.as_str().to_owned())
    .bind(as_bigint(new.act.place.number)?)
    .bind(new.posting.kind)
    .bind(day_number(new.posting.on))
    .bind(new.posting.document.clone())
    .bind(new.corrects.map(as_bigint).transpose()?)
    .bind(new.notice_due.map(day_number))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

async fn insert_line(
    connection: &mut AnyConnection,
    new: &NewMovement,
    number: i64,
    line: &MovedLine,
) -> Result<(), StoreError> {
    sqlx::query(
        "INSERT INTO movement_line (establishment, number, line, clave, lot, expiry, units, taken,
           receiver)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 0, $8)",
    )
    .bind(new.posting.establishment.as_str().to_owned())
    .bind(as_bigint(new.act.place.number)?)
    .bind(number)
    .bind(line.clave.as_str().to_owned())
    .bind(line.lot.clone())
    .bind(day_number(line.expiry))
    .bind(line.units)
    .bind(line.receiver.as_ref().map(|c| c.as_str().to_owned()))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}
