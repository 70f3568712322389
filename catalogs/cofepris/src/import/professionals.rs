//! A registry of professionals: cédula, name, profession, specialty, state and dates.
//!
//! No official file is published; the headers here are those of the registries that institutions
//! keep, in Spanish, and our own in English, in any order.

use std::collections::BTreeMap;

use prescription::Cedula;

use super::compendio::fold;
use super::grid::{Grid, GridRow, Wanted};
use super::lists::date;
use super::{ImportError, Imported, RefusedRow};
use crate::{LicenceStatus, Professional};

const WANTED: [Wanted; 7] = [
    Wanted::required("cedula", &["CEDULA", "CEDULA PROFESIONAL"]),
    Wanted::required("name", &["NOMBRE", "NOMBRE COMPLETO", "NAME"]),
    Wanted::required(
        "profession",
        &["PROFESION", "TITULO", "CARRERA", "PROFESSION"],
    ),
    Wanted::optional("specialty", &["ESPECIALIDAD", "SPECIALTY"]),
    Wanted::required("status", &["ESTATUS", "ESTADO", "SITUACION", "STATUS"]),
    Wanted::optional(
        "from",
        &["DESDE", "VIGENTE DESDE", "FECHA DE INICIO", "FROM"],
    ),
    Wanted::optional("to", &["HASTA", "VIGENTE HASTA", "FECHA DE TERMINO", "TO"]),
];
/// How registries write the states, folded, beside our own codes.
const STATUSES: [(&str, LicenceStatus); 12] = [
    ("ACTIVA", LicenceStatus::Active),
    ("ACTIVO", LicenceStatus::Active),
    ("VIGENTE", LicenceStatus::Active),
    ("SUSPENDIDA", LicenceStatus::Suspended),
    ("SUSPENDIDO", LicenceStatus::Suspended),
    ("FALLECIDA", LicenceStatus::Deceased),
    ("FALLECIDO", LicenceStatus::Deceased),
    ("FINADO", LicenceStatus::Deceased),
    ("DEFUNCION", LicenceStatus::Deceased),
    ("REVOCADA", LicenceStatus::Revoked),
    ("CANCELADA", LicenceStatus::Revoked),
    ("REVOCADO", LicenceStatus::Revoked),
];

/// Reads the file, CSV or XLSX, sorted by cédula and first day. Two lines of one cédula may not
/// speak of the same day: which of them is true would be a guess.
pub(crate) fn read(bytes: &[u8]) -> Result<Imported<Professional>, ImportError> {
    let grid = Grid::read(bytes, &WANTED)?;
    let mut rows: BTreeMap<Cedula, Vec<Professional>> = BTreeMap::new();
    let mut refused = Vec::new();
    for row in grid.rows() {
        match professional(&row) {
            Ok(one) => {
                let lines = rows.entry(one.cedula.clone()).or_default();
                if lines.iter().any(|line| line.overlaps(&one)) {
                    let expected = "un periodo que no se encime con otro de la misma cédula";
                    refused.push(row.refuse("cedula", expected));
                } else {
                    lines.push(one);
                }
            }
            Err(why) => refused.push(why),
        }
    }
    let mut rows: Vec<_> = rows.into_values().flatten().collect();
    rows.sort_by(|a, b| (&a.cedula, a.from).cmp(&(&b.cedula, b.from)));
    Ok(Imported { rows, refused })
}

fn professional(row: &GridRow<'_>) -> Result<Professional, RefusedRow> {
    let one = Professional {
        cedula: row.parsed("cedula", "una cédula de siete u ocho dígitos")?,
        name: row.required("name")?.to_owned(),
        profession: row.required("profession")?.to_owned(),
        specialty: row.text("specialty").to_owned(),
        status: status(row)?,
        from: date(row, "from")?,
        to: date(row, "to")?,
    };
    if one.from.zip(one.to).is_some_and(|(from, to)| to < from) {
        return Err(row.refuse("to", "un día que no sea anterior al primero"));
    }
    Ok(one)
}

fn status(row: &GridRow<'_>) -> Result<LicenceStatus, RefusedRow> {
    let text = row.text("status");
    let folded = fold(text);
    let spanish = STATUSES.iter().find(|(word, _)| *word == folded);
    let status = spanish.map(|(_, status)| *status);
    status
        .or_else(|| LicenceStatus::from_code(text))
        .ok_or_else(|| row.refuse("status", "activa, suspendida, fallecida o revocada"))
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn imported(rows: &str) -> Imported<Professional> {
        let header =
            "Cédula profesional,Nombre completo,Profesión,Especialidad,Estatus,Desde,Hasta\n";
        read(format!("{header}{rows}").as_bytes()).unwrap()
    }

    #[test]
    fn a_licence_may_have_a_history() {
        let imported = imported(
            "7654321,ANA LÓPEZ,MÉDICO CIRUJANO,PEDIATRÍA,Suspendida,01/03/2026,2026-05-31\n\
             7654321,ANA LÓPEZ,MÉDICO CIRUJANO,PEDIATRÍA,ACTIVA,,2026-02-28\n\
             7654321,ANA LÓPEZ,MÉDICO CIRUJANO,PEDIATRÍA,Vigente,2026-06-01,\n",
        );
        assert_eq!(imported.refused, []);
        let lines: Vec<_> = imported
            .rows
            .iter()
            .map(|one| (one.status, one.from))
            .collect();
        assert_eq!(
            lines,
            [
                (LicenceStatus::Active, None),
                (LicenceStatus::Suspended, Some(date(2026, 3, 1))),
                (LicenceStatus::Active, Some(date(2026, 6, 1))),
            ]
        );
    }

    #[test]
    fn refuses_two_truths_about_one_day() {
        let imported = imported(
            "7654321,ANA LÓPEZ,MÉDICO,,activa,,\n7654321,ANA LÓPEZ,MÉDICO,,finado,2026-01-01,\n",
        );
        assert_eq!(imported.rows.len(), 1);
        assert_eq!(imported.refused[0].row, 3);
    }

    #[test]
    fn refuses_what_it_does_not_understand() {
        let imported = imported(
            "765432,A,M,,activa,,\n7654321,,M,,activa,,\n7654321,A,M,,jubilada,,\n\
             7654321,A,M,,activa,2026-02-01,2026-01-01\n7654321,A,M,,activa,ayer,\n",
        );
        assert!(imported.rows.is_empty());
        let columns: Vec<_> = imported
            .refused
            .iter()
            .map(|one| one.column.as_str())
            .collect();
        let expected = [
            "CEDULA PROFESIONAL",
            "NOMBRE COMPLETO",
            "ESTATUS",
            "HASTA",
            "DESDE",
        ];
        assert_eq!(columns, expected);
    }
}
