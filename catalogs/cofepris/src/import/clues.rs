//! The CLUES file of the Dirección General de Información en Salud, in its 20 columns.

use std::collections::BTreeSet;

use super::grid::{Grid, GridRow, Wanted};
use super::{ImportError, Imported, RefusedRow};
use crate::Establishment;

/// The official columns, all of which must be there: a file with fewer is another file.
const WANTED: [Wanted; 20] = [
    Wanted::required("clues", &["CLUES"]),
    Wanted::required("institution_key", &["CLAVE DE LA INSTITUCION"]),
    Wanted::required("institution", &["NOMBRE DE LA INSTITUCION"]),
    Wanted::required("entity_key", &["CLAVE DE LA ENTIDAD"]),
    Wanted::required("entity", &["ENTIDAD"]),
    Wanted::required("municipality_key", &["CLAVE DEL MUNICIPIO"]),
    Wanted::required("municipality", &["MUNICIPIO"]),
    Wanted::required("locality_key", &["CLAVE DE LA LOCALIDAD"]),
    Wanted::required("locality", &["LOCALIDAD"]),
    Wanted::required("type", &["NOMBRE TIPO ESTABLECIMIENTO"]),
    Wanted::required("typology", &["NOMBRE DE TIPOLOGIA"]),
    Wanted::required("name", &["NOMBRE DE LA UNIDAD"]),
    Wanted::required("postal_code", &["CODIGO POSTAL"]),
    Wanted::required("status", &["ESTATUS DE OPERACION"]),
    Wanted::required("level", &["NIVEL ATENCION"]),
    Wanted::required("stratum", &["ESTRATO UNIDAD"]),
    Wanted::required("latitude", &["LATITUD"]),
    Wanted::required("longitude", &["LONGITUD"]),
    Wanted::required("opened", &["FECHA DE INICIO DE OPERACION"]),
    Wanted::required("changed", &["FECHA ULTIMO MOVIMIENTO"]),
];

/// Reads the file, CSV or XLSX, sorted by CLUES.
pub(crate) fn read(bytes: &[u8]) -> Result<Imported<Establishment>, ImportError> {
    let grid = Grid::read(bytes, &WANTED)?;
    let mut rows: Vec<Establishment> = Vec::new();
    let mut refused = Vec::new();
    let mut seen = BTreeSet::new();
    for row in grid.rows() {
        match establishment(&row) {
            Ok(one) if seen.insert(one.clues.clone()) => rows.push(one),
            Ok(_) => refused.push(row.refuse("clues", "una CLUES que no se repita")),
            Err(why) => refused.push(why),
        }
    }
    rows.sort_by(|a, b| a.clues.cmp(&b.clues));
    Ok(Imported { rows, refused })
}

fn establishment(row: &GridRow<'_>) -> Result<Establishment, RefusedRow> {
    let words = |column: &'static str| {
        let text = row.required(column)?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    };
    Ok(Establishment {
        clues: row.parsed("clues", "una CLUES (cinco letras y seis dígitos)")?,
        name: words("name")?,
        institution: words("institution")?,
        entity: words("entity")?,
        municipality: words("municipality")?,
        locality: words("locality")?,
        postal_code: postal_code(row)?,
        level: words("level")?,
        status: words("status")?,
    })
}

/// Five digits; spreadsheets drop a leading zero and write decimals.
fn postal_code(row: &GridRow<'_>) -> Result<String, RefusedRow> {
    let text = row.required("postal_code")?;
    let digits = text.strip_suffix(".0").unwrap_or(text);
    if digits.len() > 5 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Err(row.refuse("postal_code", "un código postal de cinco dígitos"));
    }
    Ok(format!("{digits:0>5}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> String {
        let names = WANTED.map(|one| one.headers[0]);
        names.join(",")
    }

    fn row(clues: &str, postal_code: &str) -> String {
        format!(
            "{clues},IMB,SERVICIOS  DE SALUD ,13,HIDALGO,1,ACATLAN,1,ACATLAN,CONSULTA,URBANO,\
             ACATLÁN,{postal_code},EN OPERACION,PRIMER NIVEL,URBANO,20.1,-98.4,01/01/1963,\
             18/07/2024"
        )
    }

    fn imported(rows: &[String]) -> Imported<Establishment> {
        let text = format!("{}\n{}\n", header(), rows.join("\n"));
        read(text.as_bytes()).unwrap()
    }

    #[test]
    fn reads_the_official_columns() {
        let imported = imported(&[row("HGIMB000023", "3547.0"), row("HGIMB000011", "43540")]);
        assert_eq!(imported.refused, []);
        let [first, second] = imported.rows.as_slice() else {
            panic!("two rows")
        };
        assert_eq!(first.clues.as_str(), "HGIMB000011");
        assert_eq!(second.postal_code, "03547");
        assert_eq!(second.institution, "SERVICIOS DE SALUD");
        assert!(second.is_operating());
    }

    #[test]
    fn refuses_a_row_and_keeps_the_others() {
        let imported = imported(&[
            row("HGIMB00001", "43540"),
            row("HGIMB000011", "435407"),
            row("HGIMB000011", "43540"),
            row("HGIMB000011", "43540"),
        ]);
        assert_eq!(imported.rows.len(), 1);
        let places: Vec<_> = imported
            .refused
            .iter()
            .map(|one| (one.row, one.column.as_str()))
            .collect();
        assert_eq!(places, [(2, "CLUES"), (3, "CODIGO POSTAL"), (5, "CLUES")]);
    }

    #[test]
    fn a_file_with_fewer_columns_is_another_file() {
        let text = header().replace(",LATITUD", "");
        let error = read(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), "the columns are missing: LATITUD");
    }
}
