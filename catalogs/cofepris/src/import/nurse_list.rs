//! The list of medicines that a nurse may prescribe (LGS art. 28 Bis, numeral 5).
//!
//! The law leaves it to the Secretaría, in general rules. Until one is imported, nobody is on it.

use std::collections::BTreeSet;

use prescription::Clave;

use super::grid::{Grid, Wanted};
use super::{ImportError, Imported};
use crate::Catalog;

const WANTED: [Wanted; 1] = [Wanted::required("clave", &["CLAVE", "CLAVE CNIS"])];

/// Reads the file, CSV or XLSX: a column of claves, each of which the catalog must have.
pub(crate) fn read(bytes: &[u8], base: &Catalog) -> Result<Imported<Clave>, ImportError> {
    let grid = Grid::read(bytes, &WANTED)?;
    let mut rows = BTreeSet::new();
    let mut refused = Vec::new();
    for row in grid.rows() {
        match row.parsed::<Clave>("clave", "una clave NNN.NNN.NNNN.NN") {
            Ok(clave) if base.medicine(&clave).is_none() => {
                refused.push(row.refuse("clave", "una clave del Compendio"));
            }
            Ok(clave) => {
                rows.insert(clave);
            }
            Err(why) => refused.push(why),
        }
    }
    let rows = rows.into_iter().collect();
    Ok(Imported { rows, refused })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_claves_of_the_catalog_may_stand_on_it() {
        let base = Catalog::embedded().unwrap();
        let file = "clave\n010.000.0104.00\n010.000.0104.00\n999.000.0000.00\nx\n";
        let imported = read(file.as_bytes(), &base).unwrap();
        assert_eq!(imported.rows, ["010.000.0104.00".parse().unwrap()]);
        let rows: Vec<_> = imported.refused.iter().map(|one| one.row).collect();
        assert_eq!(rows, [4, 5]);
    }
}
