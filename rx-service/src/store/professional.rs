//! The registry of professionals: what it says of a cédula on a day.

use std::collections::HashSet;

use cofepris::{LicenceStatus, Professional};
use jiff::civil::Date;
use prescription::Cedula;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Row};

use super::error::During;
use super::sequence::as_bigint;
use super::{Conflict, Store, StoreError};

const NAME: &str = "professional";
/// Columns of a line, and lines in one statement: both databases take as many parameters.
const COLUMNS: usize = 8;
const AT_ONCE: usize = 100;

/// What a version changes in the registry.
#[derive(Debug, Clone, Default)]
pub struct LicenceChange {
    /// Lines that hold no longer.
    pub ended: Vec<Professional>,
    /// Lines that hold from now on.
    pub begun: Vec<Professional>,
}

impl LicenceChange {
    /// What leads from the lines of `before` to those of `after`.
    #[must_use]
    pub fn between(before: &[Professional], after: &[Professional]) -> Self {
        let lines = |of: &'_ [Professional]| of.iter().cloned().collect::<HashSet<_>>();
        let (old, new) = (lines(before), lines(after));
        let only = |of: &[Professional], others: &HashSet<Professional>| {
            let only = of.iter().filter(|one| !others.contains(one));
            only.cloned().collect()
        };
        Self {
            ended: only(before, &new),
            begun: only(after, &old),
        }
    }
}

impl Store {
    /// What the registry says of a cédula on a day; `None` where it says nothing, as when none was
    /// ever imported.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn professional(
        &self,
        cedula: &Cedula,
        on: Date,
    ) -> Result<Option<Professional>, StoreError> {
        let rows = sqlx::query(
            "SELECT cedula, valid_from, valid_to, name, profession, specialty, status
             FROM professional WHERE until IS NULL AND cedula = $1",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        for row in &rows {
            let line = line(row)?;
            if line.covers(on) {
                return Ok(Some(line));
            }
        }
        Ok(None)
    }

    /// Every line that holds, by cédula and day: what another version is compared with.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn professionals(&self) -> Result<Vec<Professional>, StoreError> {
        let rows = sqlx::query(
            "SELECT cedula, valid_from, valid_to, name, profession, specialty, status
             FROM professional WHERE until IS NULL ORDER BY cedula, valid_from",
        )
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(line).collect()
    }
}

/// Writes the change of version `number`.
pub(super) async fn write_licences(
    connection: &mut AnyConnection,
    change: &LicenceChange,
    number: u64,
) -> Result<(), StoreError> {
    let number = as_bigint(number)?;
    for one in &change.ended {
        let ended = sqlx::query(
            "UPDATE professional SET until = $1
             WHERE cedula = $2 AND valid_from = $3 AND until IS NULL",
        )
        .bind(number)
        .bind(one.cedula.as_str().to_owned())
        .bind(day(one.from))
        .execute(&mut *connection)
        .await
        .during(NAME)?
        .rows_affected();
        if ended != 1 {
            return Err(StoreError::Conflict(Conflict::Changed));
        }
    }
    for lines in change.begun.chunks(AT_ONCE) {
        insert_lines(connection, lines, number).await?;
    }
    Ok(())
}

/// One statement for many lines: a national registry has millions, and while its transaction runs
/// SQLite writes nothing else.
async fn insert_lines(
    connection: &mut AnyConnection,
    lines: &[Professional],
    number: i64,
) -> Result<(), StoreError> {
    let values = (0..lines.len()).map(|row| {
        let first = row * COLUMNS + 1;
        let places = (first..first + COLUMNS).map(|at| format!("${at}"));
        format!("({})", places.collect::<Vec<_>>().join(", "))
    });
    let values = values.collect::<Vec<_>>().join(", ");
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO professional
             (cedula, valid_from, valid_to, name, profession, specialty, status, since)
         VALUES {values}"
    )));
    for one in lines {
        query = query
            .bind(one.cedula.as_str().to_owned())
            .bind(day(one.from))
            .bind(day(one.to))
            .bind(one.name.clone())
            .bind(one.profession.clone())
            .bind(one.specialty.clone())
            .bind(one.status.code())
            .bind(number);
    }
    query.execute(connection).await.during(NAME).map(drop)
}

fn line(row: &AnyRow) -> Result<Professional, StoreError> {
    let text = |column: &str| row.try_get::<String, _>(column).during(NAME);
    let (cedula, from) = (text("cedula")?, text("valid_from")?);
    let wrong =
        |column| StoreError::inconsistent("professional", column, format!("{cedula}/{from}"));
    let date = |column, text: &str| match text {
        "" => Ok(None),
        text => text.parse().map(Some).map_err(|_| wrong(column)),
    };
    Ok(Professional {
        cedula: cedula.parse().map_err(|_| wrong("cedula"))?,
        name: text("name")?,
        profession: text("profession")?,
        specialty: text("specialty")?,
        status: LicenceStatus::from_code(&text("status")?).ok_or_else(|| wrong("status"))?,
        from: date("valid_from", &from)?,
        to: date("valid_to", &text("valid_to")?)?,
    })
}

fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
