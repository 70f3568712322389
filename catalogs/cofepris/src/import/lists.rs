//! The controlled lists of the law, in the layout of `data/substances.csv`.
//!
//! The law is text: nobody publishes its lists as a table. After a reform a person writes the new
//! rows, with their dates, and the diff shows what they do to each medicine.

use jiff::civil::Date;

use super::grid::{Grid, GridRow, Wanted};
use super::{ImportError, Imported, RefusedRow};
use crate::{LgsClass, Listing};

const WANTED: [Wanted; 5] = [
    Wanted::required("substance", &["SUBSTANCE"]),
    Wanted::required("listed_as", &["LISTED AS"]),
    Wanted::required("class", &["CLASS"]),
    Wanted::required("valid_from", &["VALID FROM"]),
    Wanted::required("valid_to", &["VALID TO"]),
];

/// Reads the file, CSV or XLSX, in the order of the law.
pub(crate) fn read(bytes: &[u8]) -> Result<Imported<Listing>, ImportError> {
    let grid = Grid::read(bytes, &WANTED)?;
    let mut rows = Vec::new();
    let mut refused = Vec::new();
    for row in grid.rows() {
        match listing(&row) {
            Ok(listing) => rows.push(listing),
            Err(why) => refused.push(why),
        }
    }
    Ok(Imported { rows, refused })
}

fn listing(row: &GridRow<'_>) -> Result<Listing, RefusedRow> {
    let class = LgsClass::from_code(row.text("class"));
    let listing = Listing {
        substance: row.required("substance")?.to_owned(),
        listed_as: row.required("listed_as")?.to_owned(),
        class: class.ok_or_else(|| row.refuse("class", "una clase de los arts. 234 o 245"))?,
        valid_from: date(row, "valid_from")?,
        valid_to: date(row, "valid_to")?,
    };
    let backwards = listing.valid_from.zip(listing.valid_to);
    if backwards.is_some_and(|(from, to)| to < from) {
        return Err(row.refuse("valid_to", "un día que no sea anterior a VALID FROM"));
    }
    Ok(listing)
}

/// A day as `AAAA-MM-DD` or `DD/MM/AAAA`; `None` where the cell is empty.
pub(super) fn date(row: &GridRow<'_>, column: &'static str) -> Result<Option<Date>, RefusedRow> {
    let text = row.text(column);
    if text.is_empty() {
        return Ok(None);
    }
    let parts: Vec<_> = text.split('/').collect();
    let day = match parts.as_slice() {
        [day, month, year] => Date::strptime("%d/%m/%Y", format!("{day}/{month}/{year}")),
        _ => text.parse(),
    };
    day.map(Some)
        .map_err(|_| row.refuse(column, "una fecha AAAA-MM-DD o DD/MM/AAAA"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_committed_lists() {
        let imported = read(crate::embedded::SUBSTANCES).unwrap();
        assert_eq!(imported.refused, []);
        let base = crate::Catalog::embedded().unwrap();
        assert_eq!(imported.rows, base.listings());
    }

    #[test]
    fn refuses_what_is_no_listing() {
        let rows = "substance,listed_as,class,valid_from,valid_to\n\
                    X,X,psicotropico-VI,,\n\
                    X,X,psicotropico-IV,2026-07-14,15/01/2026\n\
                    X,,psicotropico-IV,,\n\
                    X,X,psicotropico-IV,31/02/2026,\n";
        let imported = read(rows.as_bytes()).unwrap();
        assert!(imported.rows.is_empty());
        let columns: Vec<_> = imported
            .refused
            .iter()
            .map(|one| one.column.as_str())
            .collect();
        assert_eq!(columns, ["CLASS", "VALID TO", "LISTED AS", "VALID FROM"]);
    }
}
