//! Special folios (LGS art. 241): ranges that the authority assigned, and the fate of single folios.
//!
//! An act on them is numbered in the register `SpecialFolio` of its prescriber, in the same
//! transaction: two acts on one prescriber's folios cannot both be the next one. A folio has one
//! fate, whoever decides it, because its row can be inserted once: the issue that uses it and the
//! officer who records it as stolen meet there.

mod rows;

use std::sync::Arc;

use jiff::Timestamp;
use prescription::{Cedula, Folio, SpecialFolio};
use sqlx::{AnyConnection, Row};

use self::rows::{parse_cedula, parse_fate, parse_range};
use super::error::During;
use super::register::insert_act;
use super::{ActRecord, Conflict, Store, StoreError};
use prescription::special_folio::{Fate, FolioRange};

const NAME: &str = "special-folio";

/// A range that the authority assigned to a prescriber.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AssignedRange {
    /// The folios.
    pub range: FolioRange,
    /// Who has them.
    pub cedula: Cedula,
    /// When the authority assigned them.
    pub assigned_at: Timestamp,
    /// When the prescriber got them; `None`: not yet.
    pub delivered_at: Option<Timestamp>,
}

/// A single folio that has a fate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolioFate {
    /// The folio.
    pub folio: SpecialFolio,
    /// What became of it.
    pub fate: Fate,
    /// The prescription that used it.
    pub used_by: Option<Folio>,
    /// When.
    pub at: Timestamp,
}

/// What a prescriber has of special folios.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PrescriberFolios {
    /// The ranges, in order.
    pub ranges: Vec<AssignedRange>,
    /// The folios with a fate, in order.
    pub fates: Vec<FolioFate>,
}

/// What an act changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FolioChange {
    /// The authority assigns a range to the prescriber.
    Assign,
    /// The prescriber gets a range, or a part of one, that was assigned.
    Deliver,
    /// Folios that were not used get a fate.
    End(Fate),
}

/// An act that has been decided.
#[derive(Debug, Clone)]
pub struct DecidedFolioAct {
    /// Whose folios.
    pub cedula: Cedula,
    /// Which.
    pub range: FolioRange,
    /// What becomes of them.
    pub change: FolioChange,
    /// When.
    pub at: Timestamp,
    /// The act in the register.
    pub record: ActRecord,
}

impl Store {
    /// Writes acts on special folios of one prescriber, all or none.
    ///
    /// # Errors
    /// [`Conflict::Changed`] when another act on this prescriber's folios was faster: read and
    /// decide again. [`Conflict::SpecialFolio`] when a folio of a range is somebody's already, was
    /// not assigned, or has a fate. Nothing was written.
    pub async fn act_on_folios(&self, acts: Vec<DecidedFolioAct>) -> Result<(), StoreError> {
        let (acts, data_key) = (Arc::new(acts), Arc::clone(&self.data_key));
        self.writer
            .transaction(NAME, move |connection| {
                let (acts, data_key) = (Arc::clone(&acts), Arc::clone(&data_key));
                Box::pin(async move {
                    for act in acts.iter() {
                        match act.change {
                            FolioChange::Assign => assign(connection, act).await?,
                            FolioChange::Deliver => deliver(connection, act).await?,
                            FolioChange::End(fate) => end(connection, act, fate).await?,
                        }
                        // Commit point (with the transaction): from here on the act happened, and
                        // its ledger entry will be sequenced, whatever happens to this process.
                        insert_act(connection, &data_key, &act.record).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    /// The special folios of a prescriber.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn folios_of(&self, cedula: &Cedula) -> Result<PrescriberFolios, StoreError> {
        let ranges = sqlx::query(
            "SELECT series, width, first_number, last_number, cedula, assigned_at, delivered_at
             FROM special_folio_range WHERE cedula = $1 ORDER BY series, width, first_number",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        let fates = sqlx::query(
            "SELECT special_folio, status, used_by, fate_at FROM special_folio
             WHERE cedula = $1 ORDER BY special_folio",
        )
        .bind(cedula.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        Ok(PrescriberFolios {
            ranges: ranges.iter().map(parse_range).collect::<Result<_, _>>()?,
            fates: fates.iter().map(parse_fate).collect::<Result<_, _>>()?,
        })
    }

    /// The prescribers to whom the authority has assigned special folios, in order, after `after`.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn prescribers_with_folios(
        &self,
        after: Option<&Cedula>,
        limit: i64,
    ) -> Result<Vec<Cedula>, StoreError> {
        let rows = sqlx::query(
            "SELECT DISTINCT cedula FROM special_folio_range WHERE cedula > $1
             ORDER BY cedula LIMIT $2",
        )
        .bind(after.map_or("", Cedula::as_str).to_owned())
        .bind(limit)
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter().map(parse_cedula).collect()
    }

    /// The range that a folio is of, and its fate, if it has one.
    ///
    /// # Errors
    /// The database failed, or a row does not parse.
    pub async fn special_folio(
        &self,
        special: &SpecialFolio,
    ) -> Result<(Option<AssignedRange>, Option<FolioFate>), StoreError> {
        let mut connection = self.read.acquire().await.during(NAME)?;
        let range = range_around(&mut connection, &FolioRange::single(special)).await?;
        let row = sqlx::query(
            "SELECT special_folio, status, used_by, fate_at FROM special_folio
             WHERE special_folio = $1",
        )
        .bind(special.as_str().to_owned())
        .fetch_optional(&mut *connection)
        .await
        .during(NAME)?;
        let fate = row.as_ref().map(parse_fate).transpose()?;
        Ok((range, fate))
    }
}

/// Uses a folio that the prescriber has and that has no fate, inside the transaction of the issue.
///
/// # Errors
/// [`Conflict::SpecialFolio`] when it is not the prescriber's, was not delivered, or has a fate.
pub(super) async fn use_folio(
    connection: &mut AnyConnection,
    special: &SpecialFolio,
    (cedula, folio, at): (&Cedula, Folio, Timestamp),
) -> Result<(), StoreError> {
    let range = range_around(connection, &FolioRange::single(special)).await?;
    let usable = range.is_some_and(|range| range.cedula == *cedula && range.delivered_at.is_some());
    if !usable {
        return Err(StoreError::Conflict(Conflict::SpecialFolio));
    }
    insert_fate(connection, (special, cedula), Fate::Used, Some(folio), at).await
}

/// The range in which all of `part` is.
async fn range_around(
    connection: &mut AnyConnection,
    part: &FolioRange,
) -> Result<Option<AssignedRange>, StoreError> {
    let row = sqlx::query(
        "SELECT series, width, first_number, last_number, cedula, assigned_at, delivered_at
         FROM special_folio_range WHERE series = $1 AND width = $2 AND first_number <= $3
         ORDER BY first_number DESC LIMIT 1",
    )
    .bind(part.series().to_owned())
    .bind(i64::from(part.width()))
    .bind(part.first_number())
    .fetch_optional(&mut *connection)
    .await
    .during(NAME)?;
    let range = row.as_ref().map(parse_range).transpose()?;
    if let Some(range) = range.filter(|range| range.range.contains(part)) {
        return Ok(Some(range));
    }
    whole_folio(connection, part).await
}

/// The range of one whose series is the whole folio: from before there were ranges.
async fn whole_folio(
    connection: &mut AnyConnection,
    part: &FolioRange,
) -> Result<Option<AssignedRange>, StoreError> {
    if part.count() != 1 {
        return Ok(None);
    }
    let row = sqlx::query(
        "SELECT series, width, first_number, last_number, cedula, assigned_at, delivered_at
         FROM special_folio_range WHERE series = $1 AND width = 0",
    )
    .bind(part.to_string())
    .fetch_optional(connection)
    .await
    .during(NAME)?;
    row.as_ref().map(parse_range).transpose()
}

/// [`Conflict::SpecialFolio`] when a folio of the range is assigned already.
async fn assign(connection: &mut AnyConnection, act: &DecidedFolioAct) -> Result<(), StoreError> {
    let range = &act.range;
    // Acts on one series take turns: two ranges that overlap need not begin with the same folio.
    sqlx::query(
        "INSERT INTO special_folio_series (series, width, acts) VALUES ($1, $2, 1)
         ON CONFLICT (series, width) DO UPDATE SET acts = special_folio_series.acts + 1",
    )
    .bind(range.series().to_owned())
    .bind(i64::from(range.width()))
    .execute(&mut *connection)
    .await
    .during(NAME)?;
    let before = sqlx::query(
        "SELECT last_number FROM special_folio_range
         WHERE series = $1 AND width = $2 AND first_number <= $3
         ORDER BY first_number DESC LIMIT 1",
    )
    .bind(range.series().to_owned())
    .bind(i64::from(range.width()))
    .bind(range.last_number())
    .fetch_optional(&mut *connection)
    .await
    .during(NAME)?;
    if let Some(row) = before {
        let last: i64 = row.try_get(0).during(NAME)?;
        if last >= range.first_number() {
            return Err(StoreError::Conflict(Conflict::SpecialFolio));
        }
    }
    let assigned = AssignedRange {
        range: range.clone(),
        cedula: act.cedula.clone(),
        assigned_at: act.at,
        delivered_at: None,
    };
    insert_range(connection, &assigned).await
}

/// Takes the range out of the assigned one that it is in; what is left before and behind it stays
/// assigned.
async fn deliver(connection: &mut AnyConnection, act: &DecidedFolioAct) -> Result<(), StoreError> {
    let not_there = StoreError::Conflict(Conflict::SpecialFolio);
    let Some(whole) = range_around(connection, &act.range).await? else {
        return Err(not_there);
    };
    if whole.cedula != act.cedula || whole.delivered_at.is_some() {
        return Err(not_there);
    }
    let removed = sqlx::query(
        "DELETE FROM special_folio_range
         WHERE series = $1 AND width = $2 AND first_number = $3 AND delivered_at IS NULL",
    )
    .bind(whole.range.series().to_owned())
    .bind(i64::from(whole.range.width()))
    .bind(whole.range.first_number())
    .execute(&mut *connection)
    .await
    .during(NAME)?
    .rows_affected();
    if removed != 1 {
        return Err(StoreError::Conflict(Conflict::Changed));
    }
    let (before, behind) = whole.range.around(&act.range);
    for rest in [before, behind].into_iter().flatten() {
        insert_range(
            connection,
            &AssignedRange {
                range: rest,
                ..whole.clone()
            },
        )
        .await?;
    }
    let delivered = AssignedRange {
        range: act.range.clone(),
        delivered_at: Some(act.at),
        ..whole
    };
    insert_range(connection, &delivered).await
}

/// Gives each folio of the range its fate.
async fn end(
    connection: &mut AnyConnection,
    act: &DecidedFolioAct,
    fate: Fate,
) -> Result<(), StoreError> {
    for folio in act.range.folios() {
        let owner = range_around(connection, &FolioRange::single(&folio)).await?;
        if owner.is_none_or(|owner| owner.cedula != act.cedula) {
            return Err(StoreError::Conflict(Conflict::SpecialFolio));
        }
        insert_fate(connection, (&folio, &act.cedula), fate, None, act.at).await?;
    }
    Ok(())
}

async fn insert_range(
    connection: &mut AnyConnection,
    assigned: &AssignedRange,
) -> Result<(), StoreError> {
    let status = if assigned.delivered_at.is_some() {
        "delivered"
    } else {
        "assigned"
    };
    sqlx::query(
        "INSERT INTO special_folio_range
         (series, width, first_number, last_number, cedula, status, assigned_at, delivered_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(assigned.range.series().to_owned())
    .bind(i64::from(assigned.range.width()))
    .bind(assigned.range.first_number())
    .bind(assigned.range.last_number())
    .bind(assigned.cedula.as_str().to_owned())
    .bind(status)
    .bind(assigned.assigned_at.as_millisecond())
    .bind(assigned.delivered_at.map(Timestamp::as_millisecond))
    .execute(connection)
    .await
    .during(NAME)
    .map(drop)
}

/// The one insert that decides what becomes of a folio.
async fn insert_fate(
    connection: &mut AnyConnection,
    (special, cedula): (&SpecialFolio, &Cedula),
    fate: Fate,
    used_by: Option<Folio>,
    at: Timestamp,
) -> Result<(), StoreError> {
    let inserted = sqlx::query(
        "INSERT INTO special_folio (special_folio, cedula, status, used_by, fate_at)
         VALUES ($1, $2, $3, $4, $5) ON CONFLICT (special_folio) DO NOTHING",
    )
    .bind(special.as_str().to_owned())
    .bind(cedula.as_str().to_owned())
    .bind(fate.code())
    .bind(used_by.map(|folio| folio.compact().to_owned()))
    .bind(at.as_millisecond())
    .execute(connection)
    .await
    .during(NAME)?
    .rows_affected();
    if inserted == 1 {
        Ok(())
    } else {
        Err(StoreError::Conflict(Conflict::SpecialFolio))
    }
}
