//! Health establishments with their CLUES.

use prescription::Clues;

use crate::CatalogError;
use crate::table::{Column, Row, Table};

/// File name of the table.
pub(crate) const FILE: &str = "establishments.csv";

/// How the DGIS writes that an establishment is open.
const OPERATING: &str = "EN OPERACION";

/// A health establishment, as the Dirección General de Información en Salud publishes it (upper
/// case, municipality and locality without accents).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Establishment {
    /// Its CLUES.
    pub clues: Clues,
    /// Its name.
    pub name: String,
    /// The institution it belongs to.
    pub institution: String,
    /// Federal entity.
    pub entity: String,
    /// Municipality.
    pub municipality: String,
    /// Locality.
    pub locality: String,
    /// Postal code, five digits.
    pub postal_code: String,
    /// Level of care.
    pub level: String,
    /// State of operation.
    pub status: String,
}

impl Establishment {
    /// Whether the register says that it is open.
    #[must_use]
    pub fn is_operating(&self) -> bool {
        self.status == OPERATING
    }
}

/// The table in `bytes`, sorted by CLUES: ours, or the official file with its 20 columns.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Establishment>, CatalogError> {
    let table = Table::parse(FILE, bytes)?;
    let columns = if table.has("CLUES") {
        Columns::official(&table)
    } else {
        Columns::own(&table)
    }?;
    let mut establishments: Vec<_> = table
        .rows()
        .map(|row| columns.establishment(&row))
        .collect::<Result<_, _>>()?;
    establishments.sort_by(|a, b| a.clues.cmp(&b.clues));
    match establishments
        .windows(2)
        .find(|pair| pair[0].clues == pair[1].clues)
    {
        Some(pair) => Err(CatalogError::Duplicate {
            file: FILE,
            key: pair[0].clues.to_string(),
        }),
        None => Ok(establishments),
    }
}

struct Columns {
    clues: Column,
    name: Column,
    institution: Column,
    entity: Column,
    municipality: Column,
    locality: Column,
    postal_code: Column,
    level: Column,
    status: Column,
}

impl Columns {
    fn own(table: &Table) -> Result<Self, CatalogError> {
        Ok(Self {
            clues: table.column("clues")?,
            name: table.column("name")?,
            institution: table.column("institution")?,
            entity: table.column("entity")?,
            municipality: table.column("municipality")?,
            locality: table.column("locality")?,
            postal_code: table.column("postal_code")?,
            level: table.column("level")?,
            status: table.column("status")?,
        })
    }

    fn official(table: &Table) -> Result<Self, CatalogError> {
        Ok(Self {
            clues: table.column("CLUES")?,
            name: table.column("NOMBRE DE LA UNIDAD")?,
            institution: table.column("NOMBRE DE LA INSTITUCION")?,
            entity: table.column("ENTIDAD")?,
            municipality: table.column("MUNICIPIO")?,
            locality: table.column("LOCALIDAD")?,
            postal_code: table.column("CODIGO POSTAL")?,
            level: table.column("NIVEL ATENCION")?,
            status: table.column("ESTATUS DE OPERACION")?,
        })
    }

    fn establishment(&self, row: &Row<'_>) -> Result<Establishment, CatalogError> {
        // The official file pads some names and writes postal codes as spreadsheet decimals.
        let words = |column| {
            row.text(column)
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" ")
        };
        let postal_code = row.text(self.postal_code).trim();
        let digits = postal_code.strip_suffix(".0").unwrap_or(postal_code);
        Ok(Establishment {
            clues: row.parsed(self.clues, "a CLUES")?,
            name: words(self.name),
            institution: words(self.institution),
            entity: words(self.entity),
            municipality: words(self.municipality),
            locality: words(self.locality),
            postal_code: format!("{digits:0>5}"),
            level: words(self.level),
            status: words(self.status),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICIAL: &str = "CLUES,NOMBRE DE LA INSTITUCION,ENTIDAD,MUNICIPIO,LOCALIDAD,\
        NOMBRE DE LA UNIDAD,CODIGO POSTAL,ESTATUS DE OPERACION,NIVEL ATENCION\n\
        HGIMB000023,SERVICIOS DE SALUD ,HIDALGO,ACATLAN,ALCHOLOYA,EL  SALTO,3547.0,\
        FUERA DE OPERACION,PRIMER NIVEL\n";

    #[test]
    fn reads_the_official_layout() {
        let establishments = parse(OFFICIAL.as_bytes()).unwrap();
        let [one] = establishments.as_slice() else {
            panic!("one row")
        };
        assert_eq!(
            (one.name.as_str(), one.postal_code.as_str()),
            ("EL SALTO", "03547")
        );
        assert_eq!(one.institution, "SERVICIOS DE SALUD");
        assert!(!one.is_operating());
    }

    #[test]
    fn refuses_a_clues_of_another_shape() {
        let wrong = OFFICIAL.replace("HGIMB000023", "HGIMB00002");
        assert!(matches!(
            parse(wrong.as_bytes()),
            Err(CatalogError::Value { line: 2, .. })
        ));
    }
}
