//! Rows of special folios, read with distrust.

use jiff::Timestamp;
use prescription::Cedula;
use prescription::special_folio::{Fate, FolioRange};
use sqlx::Row;
use sqlx::any::AnyRow;

use super::{AssignedRange, FolioFate};
use crate::store::StoreError;
use crate::store::error::During;

const NAME: &str = "special-folio";

pub(super) fn parse_range(row: &AnyRow) -> Result<AssignedRange, StoreError> {
    let series: String = row.try_get("series").during(NAME)?;
    let first: i64 = row.try_get("first_number").during(NAME)?;
    let wrong = |column| {
        StoreError::inconsistent("special_folio_range", column, format!("{series}{first}"))
    };
    let width: i64 = row.try_get("width").during(NAME)?;
    let last: i64 = row.try_get("last_number").during(NAME)?;
    let range = u8::try_from(width)
        .ok()
        .and_then(|width| FolioRange::from_parts(&series, width, first, last));
    let delivered: Option<i64> = row.try_get("delivered_at").during(NAME)?;
    let instant =
        |column, millisecond| Timestamp::from_millisecond(millisecond).map_err(|_| wrong(column));
    Ok(AssignedRange {
        range: range.ok_or_else(|| wrong("last_number"))?,
        cedula: parse_cedula(row)?,
        assigned_at: instant("assigned_at", row.try_get("assigned_at").during(NAME)?)?,
        delivered_at: delivered
            .map(|millisecond| instant("delivered_at", millisecond))
            .transpose()?,
    })
}

pub(super) fn parse_cedula(row: &AnyRow) -> Result<Cedula, StoreError> {
    let text: String = row.try_get("cedula").during(NAME)?;
    text.parse()
        .map_err(|_| StoreError::inconsistent("special_folio_range", "cedula", &text))
}

pub(super) fn parse_fate(row: &AnyRow) -> Result<FolioFate, StoreError> {
    let text: String = row.try_get("special_folio").during(NAME)?;
    let wrong = |column| StoreError::inconsistent("special_folio", column, &text);
    let status: String = row.try_get("status").during(NAME)?;
    let used_by: Option<String> = row.try_get("used_by").during(NAME)?;
    let at: i64 = row.try_get("fate_at").during(NAME)?;
    Ok(FolioFate {
        folio: text.parse().map_err(|_| wrong("special_folio"))?,
        fate: Fate::from_code(&status).ok_or_else(|| wrong("status"))?,
        used_by: used_by
            .map(|folio| folio.parse().map_err(|_| wrong("used_by")))
            .transpose()?,
        at: Timestamp::from_millisecond(at).map_err(|_| wrong("fate_at"))?,
    })
}
