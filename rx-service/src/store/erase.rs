//! Erasure: the bodies of a prescription and what links it to a person are destroyed, in one
//! transaction with the event that says so.
//!
//! Afterwards the live rows do not hold them any more. What the database's own log, its free pages
//! and its backups still hold, `docs/OPERATIONS.md` says, and how to get rid of it.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::body::EventBody;
use prescription::{Erased, Event, Folio, PatientId, Prescription};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use super::error::During;
use super::record::{insert_event, open_body, row_name};
use super::{Conflict, DataKey, EventRecord, Store, StoreError};

const NAME: &str = "erase";

/// What the column has in the place of a destroyed body. Nothing that is sealed is empty.
pub(super) const DESTROYED: &[u8] = b"";

/// An erasure that has been decided and signed.
#[derive(Debug, Clone)]
pub struct Erasure {
    /// The prescription before it.
    pub before: Prescription,
    /// Its event.
    pub record: EventRecord,
}

/// A prescription at its end, of which nothing has been destroyed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ended {
    /// The prescription.
    pub folio: Folio,
    /// Milliseconds of its issue.
    pub issued_at: i64,
}

impl Store {
    /// Destroys the bodies of every earlier event of a prescription, and what links it to the
    /// patient; the patient's record, with its secret, when this was the patient's last one.
    ///
    /// # Errors
    /// [`Conflict::Changed`] when the prescription changed since it was read; nothing was
    /// destroyed. [`StoreError::Inconsistent`] when an earlier event is missing.
    pub async fn erase(&self, erasure: Erasure) -> Result<(), StoreError> {
        let (erasure, data_key) = (Arc::new(erasure), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (erasure, data_key) = (Arc::clone(&erasure), Arc::clone(&data_key));
                Box::pin(async move {
                    let issued = &erasure.before.issued;
                    lock_patient(connection, &issued.patient).await?;
                    unlink(connection, issued.folio, erasure.record.seq - 1).await?;
                    destroy_bodies(connection, issued.folio, erasure.record.seq - 1).await?;
                    super::extension::destroy(connection, issued.folio).await?;
                    forget_patient(connection, &issued.patient).await?;
                    // Commit point (with the transaction). A crash before it: everything is still
                    // there, and the order can be given again. A crash after it: the bodies are
                    // gone and the ledger will say so, whatever happens to this process.
                    insert_event(connection, &data_key, &erasure.record).await
                })
            })
            .await
    }

    /// Up to `limit` prescriptions at their end that were issued before `issued_before` and have
    /// not been erased, after `after` in the order in which they were issued.
    ///
    /// # Errors
    /// The database failed.
    pub async fn ended(
        &self,
        issued_before: Timestamp,
        after: Option<Ended>,
        limit: i64,
    ) -> Result<Vec<Ended>, StoreError> {
        let rows = sqlx::query(
            "SELECT folio, issued_at FROM prescription
             WHERE phase IN ('completed', 'cancelled', 'expired') AND patient_id <> ''
               AND issued_at < $1 AND (issued_at > $2 OR (issued_at = $2 AND folio > $3))
             ORDER BY issued_at, folio LIMIT $4",
        )
        .bind(issued_before.as_millisecond())
        .bind(after.map_or(i64::MIN, |after| after.issued_at))
        .bind(after.map_or(String::new(), |after| after.folio.compact().to_owned()))
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| {
                let text: String = row.try_get("folio").during(NAME)?;
                let folio = text
                    .parse()
                    .map_err(|_| StoreError::inconsistent("prescription", "folio", &text))?;
                let issued_at = row.try_get("issued_at").during(NAME)?;
                Ok(Ended { folio, issued_at })
            })
            .collect()
    }
}

/// What to say of a prescription whose event number `empty` holds no body: the last of its `rows` is
/// the erasure, or somebody else destroyed it.
pub(super) fn erased(
    data_key: &DataKey,
    folio: Folio,
    empty: i64,
    rows: &[AnyRow],
) -> Result<StoreError, StoreError> {
    let unexplained = || StoreError::inconsistent("event", "sealed", row_name(folio, empty));
    let last = rows.last().ok_or_else(unexplained)?;
    let seq: i64 = last.try_get("seq").during(NAME)?;
    let sealed: Vec<u8> = last.try_get("sealed").during(NAME)?;
    let (_, body) = open_body(data_key, folio, seq, &sealed).map_err(|_| unexplained())?;
    let body = EventBody::from_canonical(&body).map_err(|_| unexplained())?;
    if let Event::Erased(Erased { at, .. }) = body.event {
        Ok(StoreError::Erased { folio, at })
    } else {
        Err(unexplained())
    }
}

/// Takes the lock on the patient's row: of two erasures at once, the later must see that the
/// earlier left no other prescription, and a new prescription must find the record or know that
/// it is gone.
async fn lock_patient(
    connection: &mut AnyConnection,
    patient: &PatientId,
) -> Result<(), StoreError> {
    sqlx::query("UPDATE patient SET registered_at = registered_at WHERE patient_id = $1")
        .bind(patient.as_str().to_owned())
        .execute(connection)
        .await
        .during(NAME)
        .map(drop)
}

/// Cuts what links the prescription to a person: the pseudonym in its row, the place of its
/// substances, and the digest of what the client sent, which is a hash of personal data.
async fn unlink(
    connection: &mut AnyConnection,
    folio: Folio,
    from_version: i64,
) -> Result<(), StoreError> {
    let folio = folio.compact().to_owned();
    let changed = sqlx::query(
        "UPDATE prescription SET version = version + 1, patient_id = ''
         WHERE folio = $1 AND version = $2",
    )
    .bind(folio.clone())
    .bind(from_version)
    .execute(&mut *connection)
    .await
    .during(NAME)?
    .rows_affected();
    if changed != 1 {
        return Err(StoreError::Conflict(Conflict::Changed));
    }
    for sql in [
        "DELETE FROM supply WHERE folio = $1",
        "DELETE FROM request WHERE folio = $1",
    ] {
        sqlx::query(sql)
            .bind(folio.clone())
            .execute(&mut *connection)
            .await
            .during(NAME)?;
    }
    Ok(())
}

/// Destroys the `count` bodies of the prescription, with their salts.
async fn destroy_bodies(
    connection: &mut AnyConnection,
    folio: Folio,
    count: i64,
) -> Result<(), StoreError> {
    let destroyed = sqlx::query("UPDATE event SET sealed = $1 WHERE folio = $2 AND seq <= $3")
        .bind(DESTROYED.to_vec())
        .bind(folio.compact().to_owned())
        .bind(count)
        .execute(connection)
        .await
        .during(NAME)?
        .rows_affected();
    if i64::try_from(destroyed) == Ok(count) {
        Ok(())
    } else {
        Err(StoreError::inconsistent("event", "seq", folio))
    }
}

/// Destroys the record of a patient of whom no prescription is left.
async fn forget_patient(
    connection: &mut AnyConnection,
    patient: &PatientId,
) -> Result<(), StoreError> {
    sqlx::query(
        "DELETE FROM patient WHERE patient_id = $1
         AND NOT EXISTS (SELECT 1 FROM prescription WHERE patient_id = $1)",
    )
    .bind(patient.as_str().to_owned())
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}
