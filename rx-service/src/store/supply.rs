//! What a patient has, or can still get: the facts of the duplicate check, in rows that the
//! transactions of issue, dispensing and return keep.
//!
//! An issue asks twice: its rules before anything is signed, with [`Store::supplies`], and its own
//! transaction with [`claim`], under a lock on the patient, so that of two issues at once the later
//! one sees the earlier.

use jiff::civil::Date;
use prescription::{
    Clave, Clues, Folio, Fraction, IssuedLine, LineState, Packages, PatientId, Prescription,
};
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
    /// The medicine.
    pub clave: Clave,
    /// Active ingredients in canonical form.
    pub substance: String,
    /// The therapeutic group, if the catalog has one.
    pub group: Option<String>,
    /// The fraction when it was issued.
    pub fraction: Fraction,
    /// Packages that can still be handed over.
    pub remainder: Packages,
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
pub const SUPPLIES: &str = "SELECT folio, line, clave, substance, therapeutic_group, fraction,
            remainder, clues, written_on, held_until, until_day
     FROM supply WHERE patient_id = $1 AND until_day >= $2 ORDER BY folio, line";

/// Rows that one statement of [`Store::load_supplies`] writes, and statements of one transaction.
const LOADED_AT_ONCE: usize = 1000;
const STATEMENTS: usize = 20;

impl Store {
    /// Writes rows that belong to no prescription: what measures the check with millions of them.
    ///
    /// # Errors
    /// The database failed; whole transactions before it may be there.
    pub async fn load_supplies(&self, rows: Vec<(PatientId, Supply)>) -> Result<(), StoreError> {
        for chunk in rows.chunks(LOADED_AT_ONCE * STATEMENTS) {
            let chunk = chunk.to_vec();
            self.writer
                .transaction("load-supplies", move |connection| {
                    let chunk = chunk.clone();
                    Box::pin(async move {
                        for rows in chunk.chunks(LOADED_AT_ONCE) {
                            load(connection, rows).await?;
                        }
                        Ok(())
                    })
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
                "('{}', {}, '{patient}', '{}', {}, {}, {}, {}, '{}', {}, {}, {})",
                supply.folio.compact(),
                supply.line,
                supply.clave,
                quoted(&supply.substance),
                quoted(supply.group.as_deref().unwrap_or_default()),
                i64::from(supply.fraction.number()),
                supply.remainder.count(),
                supply.establishment,
                day_number(supply.written_on),
                supply.held_until.map_or(NOTHING_HELD, day_number),
                day_number(supply.until),
            )
        })
        .collect();
    let sql = format!(
        "INSERT INTO supply (folio, line, patient_id, clave, substance, therapeutic_group, fraction,
                             remainder, clues, written_on, held_until, until_day) VALUES {}",
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
    let clave: String = row.try_get("clave").during(NAME)?;
    let fraction: i64 = row.try_get("fraction").during(NAME)?;
    let remainder: i64 = row.try_get("remainder").during(NAME)?;
    let day = |column: &'static str| -> Result<Date, StoreError> {
        let number: i64 = row.try_get(column).during(NAME)?;
        day_from_number(number).ok_or_else(|| wrong(column))
    };
    let held_until: i64 = row.try_get("held_until").during(NAME)?;
    Ok(Supply {
        folio,
        line: u8::try_from(line).map_err(|_| wrong("line"))?,
        clave: clave.parse().map_err(|_| wrong("clave"))?,
        substance: row.try_get("substance").during(NAME)?,
        fraction: u8::try_from(fraction)
            .ok()
            .and_then(Fraction::from_number)
            .ok_or_else(|| wrong("fraction"))?,
        remainder: u32::try_from(remainder)
            .map(Packages::new)
            .map_err(|_| wrong("remainder"))?,
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
/// [`Conflict::Overlap`] with the first line that overlaps with something of which the decision did
/// not know, or which has changed since: decide again.
pub(super) async fn claim(
    connection: &mut AnyConnection,
    state: &Prescription,
    known: &[Supply],
) -> Result<(), StoreError> {
    let issued = &state.issued;
    // What an animal takes is nobody's supply.
    if issued.animal.is_some() {
        return Ok(());
    }
    let today = day_number(issued.written_on);
    let has = supplies(connection, &issued.patient, today).await?;
    for (number, line) in (1_u8..).zip(&issued.lines) {
        let mut news = has.iter().filter(|supply| !known.contains(supply));
        if let Some(other) = news.find(|supply| overlap(line, supply)) {
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

/// Whether the rules may have something to say of `line` because of `supply`.
fn overlap(line: &IssuedLine, supply: &Supply) -> bool {
    supply.substance == line.substance || (supply.group.is_some() && supply.group == line.group)
}

async fn insert(
    connection: &mut AnyConnection,
    state: &Prescription,
    (folio, number): (Folio, u8),
    (held_until, until_day): (i64, i64),
) -> Result<(), StoreError> {
    let (issued, ended) = (&state.issued, state.status.ended_at().is_some());
    let Some((line, line_state)) = state.line(number) else {
        return Ok(());
    };
    sqlx::query(
        "INSERT INTO supply (folio, line, patient_id, clave, substance, therapeutic_group, fraction,
                             remainder, clues, written_on, held_until, until_day)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
    )
    .bind(folio.compact().to_owned())
    .bind(i64::from(number))
    .bind(issued.patient.as_str().to_owned())
    .bind(line.clave.to_string())
    .bind(line.substance.clone())
    .bind(line.group.clone().unwrap_or_default())
    .bind(i64::from(line.fraction.number()))
    .bind(i64::from(if ended { 0 } else { line_state.remainder(line).count() }))
    .bind(issued.establishment.as_str().to_owned())
    .bind(day_number(issued.written_on))
    .bind(held_until)
    .bind(until_day)
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// Keeps the rows of a prescription after a step. A line that is over, and of which the patient has
/// nothing, has no row.
pub(super) async fn follow(
    connection: &mut AnyConnection,
    after: &Prescription,
) -> Result<(), StoreError> {
    if after.issued.animal.is_some() {
        return Ok(());
    }
    let ended = after.status.ended_at().is_some();
    for (number, (line, state)) in (1_u8..).zip(after.issued.lines.iter().zip(&after.lines)) {
        let open = !ended && matches!(state, LineState::Open { .. });
        let place = (after.issued.folio, number);
        if was_handed_over(after, number) {
            let held_until = after.supply_until(number).map_or(NOTHING_HELD, day_number);
            let fillable = if open {
                day_number(line.valid_until)
            } else {
                NOTHING_HELD
            };
            let until = held_until.max(fillable);
            remove(connection, place).await?;
            if until > NOTHING_HELD {
                insert(connection, after, place, (held_until, until)).await?;
            }
        } else if !open {
            remove(connection, place).await?;
        }
    }
    Ok(())
}

fn was_handed_over(prescription: &Prescription, number: u8) -> bool {
    let mut lines = prescription.dispensings.iter().flat_map(|of| &of.lines);
    lines.any(|line| line.line == number)
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
