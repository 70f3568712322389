//! Writing an event with its pending ledger entry, and reading a prescription back from its events.

use jiff::Timestamp;
use prescription::body::EventBody;
use prescription::{Event, Folio, Prescription};
use sqlx::AnyConnection;
use sqlx::any::AnyRow;
use sqlx::{Executor, Row};

use super::error::During;
use super::{Conflict, DataKey, KeyRef, NewEntry, Store, StoreError};

/// An event, ready to be written.
#[derive(Debug, Clone)]
pub struct EventRecord {
    /// The prescription.
    pub folio: Folio,
    /// Its place in the history, from 1.
    pub seq: i64,
    /// Secret part of the commitment.
    pub salt: [u8; 32],
    /// Canonical event body.
    pub body: Vec<u8>,
    /// What the ledger will publish, and what it is about.
    pub entry: NewEntry,
    /// The prescriber's key that signed it, which must still sign when it is written; none where
    /// none of ours did.
    pub key: Option<KeyRef>,
}

/// A prescription with what the store adds to it.
#[derive(Debug, Clone)]
pub struct StoredPrescription {
    /// Its state: the fold of its events.
    pub state: Prescription,
    /// Number of events: what a writer compares and sets.
    pub version: i64,
    /// The bodies of its events, in order.
    pub bodies: Vec<EventBody>,
    /// The index of each event in the ledger, where it has one already.
    pub indices: Vec<Option<u64>>,
}

impl StoredPrescription {
    /// The events, in order.
    pub fn events(&self) -> impl Iterator<Item = &Event> {
        self.bodies.iter().map(|body| &body.event)
    }
}

/// The row for which a body is sealed.
pub(super) fn row_name(folio: Folio, seq: i64) -> String {
    format!("event/{}/{seq}", folio.compact())
}

/// Inserts the event with its ledger entry, whose index comes later, from the sequencer.
///
/// # Errors
/// [`Conflict::Recorded`] when the same event is recorded already, [`Conflict::Changed`] when
/// another one has its place, [`Conflict::Key`] when the key that signed it does not sign any more.
pub(super) async fn insert_event(
    connection: &mut AnyConnection,
    data_key: &DataKey,
    record: &EventRecord,
) -> Result<(), StoreError> {
    insert_event_at(connection, data_key, record)
        .await
        .map(drop)
}

/// The same, and returns the position of the entry.
pub(super) async fn insert_event_at(
    connection: &mut AnyConnection,
    data_key: &DataKey,
    record: &EventRecord,
) -> Result<i64, StoreError> {
    const NAME: &str = "insert-event";
    if let Some(key) = &record.key {
        super::key::hold(connection, key).await?;
    }
    let plain = [&record.salt[..], &record.body].concat();
    let sealed = data_key
        .seal(&row_name(record.folio, record.seq), &plain)
        .map_err(|error| StoreError::Unusable(error.to_string()))?;
    let position = super::entry::insert(connection, &record.entry).await?;
    let query =
        sqlx::query("INSERT INTO event (position, folio, seq, sealed) VALUES ($1, $2, $3, $4)")
            .bind(position)
            .bind(record.folio.compact().to_owned())
            .bind(record.seq)
            .bind(sealed);
    match query.execute(connection).await {
        Ok(_) => Ok(position),
        Err(error) if is_unique_violation(&error) => Err(StoreError::Conflict(Conflict::Changed)),
        Err(error) => Err(StoreError::from_sqlx(NAME, error)),
    }
}

pub(super) fn is_unique_violation(error: &sqlx::Error) -> bool {
    error
        .as_database_error()
        .is_some_and(sqlx::error::DatabaseError::is_unique_violation)
}

/// Salt and body of a sealed event.
pub(super) fn open_body(
    data_key: &DataKey,
    folio: Folio,
    seq: i64,
    sealed: &[u8],
) -> Result<([u8; 32], Vec<u8>), StoreError> {
    let row = row_name(folio, seq);
    let damaged = || StoreError::inconsistent("event", "sealed", &row);
    let mut plain = data_key.open(&row, sealed).map_err(|_| damaged())?;
    let salt = plain.first_chunk::<32>().copied().ok_or_else(damaged)?;
    plain.drain(..32);
    Ok((salt, plain))
}

/// The ledger index in a row.
pub(super) fn log_index(row: &AnyRow, column: &str) -> Result<Option<u64>, StoreError> {
    let index: Option<i64> = row.try_get(column).during("log-index")?;
    index
        .map(|index| {
            u64::try_from(index).map_err(|_| StoreError::inconsistent("entry", "log_index", index))
        })
        .transpose()
}

/// Reads and folds the history of a prescription.
pub(super) async fn load<'e>(
    executor: impl Executor<'e, Database = sqlx::Any>,
    data_key: &DataKey,
    folio: Folio,
) -> Result<Option<StoredPrescription>, StoreError> {
    const NAME: &str = "load-prescription";
    let rows = sqlx::query(
        "SELECT event.seq, event.sealed, entry.log_index,
           COALESCE((SELECT version FROM prescription WHERE folio = event.folio), 0) AS version
         FROM event JOIN entry ON entry.position = event.position
         WHERE event.folio = $1 ORDER BY event.seq",
    )
    .bind(folio.compact().to_owned())
    .fetch_all(executor)
    .await
    .during(NAME)?;
    let Some(first) = rows.first() else {
        return Ok(None);
    };
    let version: i64 = first.try_get("version").during(NAME)?;
    let mut bodies = Vec::with_capacity(rows.len());
    let mut indices = Vec::with_capacity(rows.len());
    for (expected, row) in (1_i64..).zip(&rows) {
        let seq: i64 = row.try_get("seq").during(NAME)?;
        if seq != expected {
            return Err(StoreError::inconsistent(
                "event",
                "seq",
                row_name(folio, seq),
            ));
        }
        let sealed: Vec<u8> = row.try_get("sealed").during(NAME)?;
        if sealed == super::erase::DESTROYED {
            return Err(super::erase::erased(data_key, folio, seq, &rows)?);
        }
        let (_, body) = open_body(data_key, folio, seq, &sealed)?;
        let body = EventBody::from_canonical(&body)
            .map_err(|_| StoreError::inconsistent("event", "sealed", row_name(folio, seq)))?;
        bodies.push(body);
        indices.push(log_index(row, "log_index")?);
    }
    // Without its last event a prescription would look as if it could be filled once more.
    if i64::try_from(bodies.len()) != Ok(version) {
        return Err(StoreError::inconsistent("prescription", "version", folio));
    }
    let state = Prescription::from_history(bodies.iter().map(|body| &body.event))
        .map_err(|_| StoreError::inconsistent("event", "history", folio))?;
    Ok(Some(StoredPrescription {
        state,
        version,
        bodies,
        indices,
    }))
}

/// Moves the row of a prescription from one version to the next; nobody may have been faster.
pub(super) async fn advance(
    connection: &mut AnyConnection,
    after: &Prescription,
    ends_at: Timestamp,
    from_version: i64,
) -> Result<(), StoreError> {
    const NAME: &str = "advance-prescription";
    let folio = after.issued.folio.compact().to_owned();
    let changed = sqlx::query(
        "UPDATE prescription SET version = version + 1, phase = $1, valid_until = $4, ends_at = $5
         WHERE folio = $2 AND version = $3",
    )
    .bind(after.phase().code())
    .bind(folio.clone())
    .bind(from_version)
    .bind(crate::clock::day_number(after.valid_until()))
    .bind(ends_at.as_millisecond())
    .execute(&mut *connection)
    .await
    .during(NAME)?
    .rows_affected();
    if changed != 1 {
        return Err(StoreError::Conflict(Conflict::Changed));
    }
    Ok(())
}

impl Store {
    /// The prescription with this folio.
    ///
    /// # Errors
    /// The database failed, or holds a history that cannot have happened.
    pub async fn prescription(
        &self,
        folio: Folio,
    ) -> Result<Option<StoredPrescription>, StoreError> {
        load(&self.read, &self.data_key, folio).await
    }
}
