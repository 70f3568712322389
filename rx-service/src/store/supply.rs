//! What a patient has, or can still get: the facts of the duplicate check, in rows that the
//! transactions of issue, dispensing and return keep.
//!
//! An issue asks twice: its rules before anything is signed, with [`Store::supplies`], and its own
//! transaction with [`claim`], under a lock on the patient, so that of two issues at once the later
//! one sees the earlier.

use jiff::civil::Date;
use prescription::{Clues, Folio, IssuedLine, LineState, PatientId, Prescription};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::error::During;
use super::{Conflict, Store, StoreError};
use crate::clock::{day_from_number, day_number};

const NAME: &str = "supply";
/// Days after which nobody asks for a row any more; more than zones and late arrivals can differ.
const KEPT_DAYS: i64 = 7;
/// `held_until` of a line of which nothing has been handed over.
const NOTHING_HELD: i64 = -1;

/// What a patient has, or can still get, of one line of a prescription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Supply {
    /// The prescription.
    pub folio: Folio,
    /// The line, from 1.
    pub line: u8,
    /// Active ingredients in canonical form.
    pub substance: String,
    /// The therapeutic group, of fractions I to III.
    pub group: Option<String>,
    /// Where it was written.
    pub establishment: Clues,
    /// The day on which it was written.
    pub written_on: Date,
    /// The last day for which the patient has some of it; `None` where nothing was handed over.
    pub held_until: Option<Date>,
    /// The last day on which it can be filled, or on which the patient has some of it, whichever is
    /// later.
    pub until: Date,
}

/// Until when a line lasts that the patient has, after a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Held {
    /// The line, from 1.
    pub line: u8,
    /// The last day for which the patient has some of it; `None`: everything came back.
    pub until: Option<Date>,
}

impl Store {
    /// What the patient has, or can still get, on day `today` (days since 1970-01-01).
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn supplies(
        &self,
        patient: &PatientId,
        today: i64,
    ) -> Result<Vec<Supply>, StoreError> {
        let mut connection = self.read.acquire().await.during(NAME)?;
        supplies(&mut connection, patient, today).await
    }
}

/// The statement of the question that every issue asks, so that a test can look at its plan.
pub const SUPPLIES: &str = "SELECT folio, line, substance, therapeutic_group, clues,
            written_on, held_until, until_day
     FROM supply WHERE patient_id = $1 AND until_day >= $2 ORDER BY folio, line";

/// Rows that one statement of [`Store::load_supplies`] writes.
const LOADED_AT_ONCE: usize = 1000;

impl Store {
    /// Writes rows that belong to no prescription: what measures the check with millions of them.
    ///
    /// # Errors
    /// The database failed; whole thousands before it may be there.
    pub async fn load_supplies(&self, rows: Vec<(PatientId, Supply)>) -> Result<(), StoreError> {
        for chunk in rows.chunks(LOADED_AT_ONCE) {
            let chunk = chunk.to_vec();
            self.writer
                .transaction("load-supplies", move |connection| {
                    let chunk = chunk.clone();
                    Box::pin(async move { load(connection, &chunk).await })
                })
                .await?;
        }
        Ok(())
    }
}

/// Texts and numbers are written into the statement: they are the caller's own, typed, and SQLite
/// takes no more than 32,766 parameters.
async fn load(
    connection: &mut AnyConnection,
    rows: &[(PatientId, Supply)],
) -> Result<(), StoreError> {
    let values: Vec<_> = rows
        .iter()
        .map(|(patient, supply)| {
            let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
            format!(
                "('{}', {}, '{patient}', {}, {}, '{}', {}, {}, {})",
                supply.folio.compact(),
                supply.line,
                quoted(&supply.substance),
                quoted(supply.group.as_deref().unwrap_or_default()),
                supply.establishment,
                day_number(supply.written_on),
                supply.held_until.map_or(NOTHING_HELD, day_number),
                day_number(supply.until),
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO supply (folio, line, patient_id, substance, therapeutic_group, clues,
                             written_on, held_until, until_day) VALUES {}",
        values.join(", ")
    );
    sqlx::query(AssertSqlSafe(sql))
        .persistent(false)
        .execute(connection)
        .await
        .during("load-supplies")
        .map(drop)
}

async fn supplies(
    connection: &mut AnyConnection,
    patient: &PatientId,
    today: i64,
) -> Result<Vec<Supply>, StoreError> {
    let rows = sqlx::query(SUPPLIES)
        .bind(patient.as_str().to_owned())
        .bind(today)
        .fetch_all(connection)
        .await
        .during(NAME)?;
    rows.iter().map(parse).collect()
}

fn parse(row: &AnyRow) -> Result<Supply, StoreError> {
    let text: String = row.try_get("folio").during(NAME)?;
    let wrong = |column| StoreError::inconsistent("supply", column, &text);
    let folio = text.parse().map_err(|_| wrong("folio"))?;
    let line: i64 = row.try_get("line").during(NAME)?;
    let group: String = row.try_get("therapeutic_group").during(NAME)?;
    let clues: String = row.try_get("clues").during(NAME)?;
    let day = |column: &'static str| -> Result<Date, StoreError> {
        let number: i64 = row.try_get(column).during(NAME)?;
        day_from_number(number).ok_or_else(|| wrong(column))
    };
    let held_until: i64 = row.try_get("held_until").during(NAME)?;
    Ok(Supply {
        folio,
        line: u8::try_from(line).map_err(|_| wrong("line"))?,
        substance: row.try_get("substance").during(NAME)?,
        group: (!group.is_empty()).then_some(group),
        establishment: clues.parse().map_err(|_| wrong("clues"))?,
        written_on: day("written_on")?,
        held_until: (held_until != NOTHING_HELD)
            .then(|| day("held_until"))
            .transpose()?,
        until: day("until_day")?,
    })
}

/// Takes the place of each line among what the patient has, inside the transaction of the issue.
/// The patient must be held: [`super::patient::hold`].
///
/// # Errors
/// [`Conflict::Overlap`] with the first line that overlaps with something the decision did not know
/// of: decide again.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    state: &Prescription,
) -> Result<(), StoreError> {
    let issued = &state.issued;
    let today = day_number(issued.written_on);
    let has = supplies(connection, &issued.patient, today).await?;
    for (number, line) in (1_u8..).zip(&issued.lines) {
        if let Some(other) = has.iter().find(|supply| is_news(line, supply)) {
            return Err(StoreError::Conflict(Conflict::Overlap {
                line: number,
                folio: other.folio,
            }));
        }
    }
    // Rows that nobody asks for any more go, so that a patient's rows stay few.
    sqlx::query("DELETE FROM supply WHERE patient_id = $1 AND until_day < $2")
        .bind(issued.patient.as_str().to_owned())
        .bind(today - KEPT_DAYS)
        .execute(&mut *connection)
        .await
        .during(NAME)?;
    for (number, line) in (1_u8..).zip(&issued.lines) {
        let days = (NOTHING_HELD, day_number(line.valid_until));
        insert(connection, state, (issued.folio, number), days).await?;
    }
    Ok(())
}

/// Whether `line` overlaps with `supply` and its decision did not know it.
fn is_news(line: &IssuedLine, supply: &Supply) -> bool {
    let overlaps = supply.substance == line.substance
        || (supply.group.is_some() && supply.group.as_deref() == group_of(line));
    overlaps && !accepted(line).contains(&supply.folio)
}

/// The therapeutic group that counts: of fractions I to III.
fn group_of(line: &IssuedLine) -> Option<&str> {
    let _ = line;
    None
}

/// The prescriptions with which the prescriber lets it overlap.
fn accepted(line: &IssuedLine) -> &[Folio] {
    let _ = line;
    &[]
}

async fn insert(
    connection: &mut AnyConnection,
    state: &Prescription,
    (folio, number): (Folio, u8),
    (held_until, until_day): (i64, i64),
) -> Result<(), StoreError> {
    let issued = &state.issued;
    let Some((line, _)) = state.line(number) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO supply (folio, line, patient_id, substance, therapeutic_group, clues,
                             written_on, held_until, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(folio.compact().to_owned())
    .bind(i64::from(number))
    .bind(issued.patient.as_str().to_owned())
    .bind(line.substance.clone())
    .bind(group_of(line).unwrap_or_default().to_owned())
    .bind(issued.establishment.as_str().to_owned())
    .bind(day_number(issued.written_on))
    .bind(held_until)
    .bind(until_day)
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Keeps the rows of a prescription after a step: `held` says what the patient has of the lines that
/// it was about. A line that is over, and of which the patient has nothing, has no row.
pub(super) async fn follow(
    connection: &mut AnyConnection,
    after: &Prescription,
    held: &[Held],
) -> Result<(), StoreError> {
    let ended = after.status.ended_at().is_some();
    for (number, (line, state)) in (1_u8..).zip(after.issued.lines.iter().zip(&after.lines)) {
        let open = !ended && matches!(state, LineState::Open { .. });
        let place = (after.issued.folio, number);
        match held.iter().find(|held| held.line == number) {
            Some(held) => {
                let held_until = held.until.map_or(NOTHING_HELD, day_number);
                let fillable = if open {
                    day_number(line.valid_until)
                } else {
                    NOTHING_HELD
                };
                remove(connection, place).await?;
                if held_until.max(fillable) > NOTHING_HELD {
                    insert(
                        connection,
                        after,
                        place,
                        (held_until, held_until.max(fillable)),
                    )
                    .await?;
                }
            }
            None if open => {}
            None => close(connection, place).await?,
        }
    }
    Ok(())
}

async fn remove(
    connection: &mut AnyConnection,
    (folio, line): (Folio, u8),
) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM supply WHERE folio = $1 AND line = $2")
        .bind(folio.compact().to_owned())
        .bind(i64::from(line))
        .execute(connection)
        .await
        .during(NAME)
        .map(drop)
}

/// The line cannot be filled any more: what counts is what the patient has of it.
async fn close(
    connection: &mut AnyConnection,
    (folio, line): (Folio, u8),
) -> Result<(), StoreError> {
    for sql in [
        "UPDATE supply SET until_day = held_until WHERE folio = $1 AND line = $2",
        "DELETE FROM supply WHERE folio = $1 AND line = $2 AND held_until < 0",
    ] {
        sqlx::query(sql)
            .bind(folio.compact().to_owned())
            .bind(i64::from(line))
            .execute(&mut *connection)
            .await
            .during(NAME)?;
    }
    Ok(())
}
