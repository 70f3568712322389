//! What an establishment holds, what is on its way, and what nobody has explained.

use std::collections::BTreeSet;

use jiff::civil::Date;
use prescription::{Clave, Clues};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::error::During;
use super::{Store, StoreError};
use crate::clock::day_from_number;

const NAME: &str = "read-stock";

/// What is held of a lot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LotBalance {
    /// The medicine.
    pub clave: Clave,
    /// Manufacturer's lot.
    pub lot: String,
    /// Its last day.
    pub expiry: Date,
    /// Units.
    pub units: i64,
}

/// A shipment of which something has not arrived.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenShipment {
    /// Who shipped.
    pub from: Clues,
    /// Who is to receive.
    pub to: Clues,
    /// Number of the movement.
    pub number: u64,
    /// Its document.
    pub document: Option<String>,
    /// The day it left.
    pub sent_on: Date,
    /// What has not arrived.
    pub lines: Vec<LotBalance>,
}

/// An establishment that keeps stock here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keeper {
    /// Its CLUES.
    pub clues: Clues,
    /// Code of what it is.
    pub kind: String,
    /// Number of its sanitary licence.
    pub licence: Option<String>,
}

impl Store {
    /// What an establishment holds of a medicine, or of all (`None`), by clave, expiry and lot;
    /// lots that were used up included.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lots(
        &self,
        establishment: &Clues,
        clave: Option<&Clave>,
    ) -> Result<Vec<LotBalance>, StoreError> {
        self.lots_of(establishment.as_str(), clave).await
    }

    /// The same of what one establishment shipped to another and has not arrived.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lots_under_way(
        &self,
        from: &Clues,
        to: &Clues,
        clave: &Clave,
    ) -> Result<Vec<LotBalance>, StoreError> {
        self.lots_of(&format!("{from}>{to}"), Some(clave)).await
    }

    async fn lots_of(
        &self,
        party: &str,
        clave: Option<&Clave>,
    ) -> Result<Vec<LotBalance>, StoreError> {
        let statement = if clave.is_some() {
            "SELECT clave, lot, expiry, units FROM stock
             WHERE party = $1 AND clave = $2 ORDER BY clave, expiry, lot"
        } else {
            "SELECT clave, lot, expiry, units FROM stock
             WHERE party = $1 AND clave >= $2 ORDER BY clave, expiry, lot"
        };
        let rows = sqlx::query(statement)
            .bind(party.to_owned())
            .bind(clave.map_or("", Clave::as_str).to_owned())
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        rows.iter().map(|row| lot_balance(row, "stock")).collect()
    }

    /// What is on its way to an establishment (`incoming`), or from it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn open_shipments(
        &self,
        establishment: &Clues,
        incoming: bool,
    ) -> Result<Vec<OpenShipment>, StoreError> {
        let statement = if incoming {
            "SELECT l.establishment, l.receiver, l.number, l.clave, l.lot, l.expiry,
               l.units - l.taken AS units, m.document, m.on_day
             FROM movement_line l
             JOIN movement m ON m.establishment = l.establishment AND m.number = l.number
             WHERE l.receiver = $1 AND l.taken < l.units
             ORDER BY l.establishment, l.number, l.line"
        } else {
            "SELECT l.establishment, l.receiver, l.number, l.clave, l.lot, l.expiry,
               l.units - l.taken AS units, m.document, m.on_day
             FROM movement_line l
             JOIN movement m ON m.establishment = l.establishment AND m.number = l.number
             WHERE l.establishment = $1 AND l.receiver IS NOT NULL AND l.taken < l.units
             ORDER BY l.establishment, l.number, l.line"
        };
        let rows = sqlx::query(statement)
            .bind(establishment.as_str().to_owned())
            .fetch_all(&self.read)
            .await
            .during(NAME)?;
        let mut shipments: Vec<OpenShipment> = Vec::new();
        for row in &rows {
            let read = open_shipment(row)?;
            match shipments.last_mut() {
                Some(last) if last.from == read.from && last.number == read.number => {
                    last.lines.extend(read.lines);
                }
                _ => shipments.push(read),
            }
        }
        Ok(shipments)
    }

    /// The differences that nobody has explained, net: missing below zero, surplus above.
    ///
    /// # Errors
    /// The database failed.
    pub async fn unexplained(&self, establishment: &Clues) -> Result<Vec<LotBalance>, StoreError> {
        let rows = sqlx::query(
            "SELECT clave, lot, expiry, CAST(SUM(units_in - units_out) AS BIGINT) AS units
             FROM book_line WHERE establishment = $1 AND other = 'unexplained'
             GROUP BY clave, lot, expiry HAVING SUM(units_in - units_out) <> 0
             ORDER BY clave, expiry, lot",
        )
        .bind(establishment.as_str().to_owned())
        .fetch_all(&self.read)
        .await
        .during(NAME)?;
        rows.iter()
            .map(|row| lot_balance(row, "book_line"))
            .collect()
    }

    /// What is known of an establishment that keeps stock here.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keeper(&self, clues: &Clues) -> Result<Option<Keeper>, StoreError> {
        let row = sqlx::query("SELECT kind, licence FROM stock_keeper WHERE clues = $1")
            .bind(clues.as_str().to_owned())
            .fetch_optional(&self.read)
            .await
            .during(NAME)?;
        let Some(row) = row else { return Ok(None) };
        Ok(Some(Keeper {
            clues: clues.clone(),
            kind: row.try_get("kind").during(NAME)?,
            licence: row.try_get("licence").during(NAME)?,
        }))
    }

    /// Keeps what an establishment's certificate says of it.
    ///
    /// # Errors
    /// The database failed.
    pub async fn keep(&self, keeper: Keeper) -> Result<(), StoreError> {
        self.writer
            .transaction("stock-keeper", move |connection| {
                let keeper = keeper.clone();
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO stock_keeper (clues, kind, licence) VALUES ($1, $2, $3)
                         ON CONFLICT (clues) DO UPDATE SET kind = excluded.kind,
                           licence = excluded.licence",
                    )
                    .bind(keeper.clues.as_str().to_owned())
                    .bind(keeper.kind)
                    .bind(keeper.licence)
                    .execute(connection)
                    .await
                    .during("stock-keeper")
                    .map(drop)
                })
            })
            .await
    }

    /// The units of each of these lots that `party` holds, where it has or had any; what a decision
    /// needs of the accounts that it touches.
    ///
    /// # Errors
    /// The database failed.
    pub async fn lots_of_claves(
        &self,
        establishment: &Clues,
        claves: &BTreeSet<Clave>,
    ) -> Result<Vec<LotBalance>, StoreError> {
        let mut lots = Vec::new();
        for clave in claves {
            lots.extend(self.lots(establishment, Some(clave)).await?);
        }
        Ok(lots)
    }
}

fn open_shipment(row: &AnyRow) -> Result<OpenShipment, StoreError> {
    let number: i64 = row.try_get("number").during(NAME)?;
    Ok(OpenShipment {
        from: clues(row, "establishment", "movement_line")?,
        to: clues(row, "receiver", "movement_line")?,
        number: u64::try_from(number)
            .map_err(|_| StoreError::inconsistent("movement_line", "number", number))?,
        document: row.try_get("document").during(NAME)?,
        sent_on: day(row, "on_day", "movement")?,
        lines: vec![lot_balance(row, "movement_line")?],
    })
}

fn lot_balance(row: &AnyRow, table: &'static str) -> Result<LotBalance, StoreError> {
    let lot: String = row.try_get("lot").during(NAME)?;
    Ok(LotBalance {
        clave: clave(row, table)?,
        lot,
        expiry: day(row, "expiry", table)?,
        units: row.try_get("units").during(NAME)?,
    })
}

/// The clave of a row.
pub(super) fn clave(row: &AnyRow, table: &'static str) -> Result<Clave, StoreError> {
    let text: String = row.try_get("clave").during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent(table, "clave", &text))
}

/// The CLUES of a row.
pub(super) fn clues(
    row: &AnyRow,
    column: &'static str,
    table: &'static str,
) -> Result<Clues, StoreError> {
    let text: String = row.try_get(column).during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent(table, column, &text))
}

/// The day of a row.
pub(super) fn day(
    row: &AnyRow,
    column: &'static str,
    table: &'static str,
) -> Result<Date, StoreError> {
    let number: i64 = row.try_get(column).during(NAME)?;
    day_from_number(number).ok_or_else(|| StoreError::inconsistent(table, column, number))
}
