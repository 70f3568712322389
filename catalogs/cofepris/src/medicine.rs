//! Medicines of the Compendio Nacional de Insumos para la Salud.

use std::fmt;

use prescription::Clave;

use crate::CatalogError;
use crate::table::{Column, Row, Table};

/// File name of the table.
pub(crate) const FILE: &str = "medicines.csv";

/// One clave of the compendium: a medicine in one strength and one package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Medicine {
    /// Its clave.
    pub clave: Clave,
    /// Denominación genérica as shown to people, in sentence case (`Clonazepam`).
    pub generic_name: String,
    /// Pharmaceutical form in Spanish (`Tableta de liberación prolongada`).
    pub form: String,
    /// Amount of each active ingredient, in the order of the name (`2 mg`, `37.5 mg / 325 mg`,
    /// `10 mg/mL`); `None` where the publication does not let it be told with certainty.
    pub strength: Option<String>,
    /// The package in words (`Envase con 30 tabletas`).
    pub presentation: String,
    /// The package in figures, where it is certain.
    pub package: Option<Package>,
    /// Therapeutic groups of the compendium, at least one.
    pub therapeutic_groups: Vec<String>,
    /// What makes two claves the same substance.
    pub substance_key: SubstanceKey,
    /// Keys of the substances of LGS arts. 234 and 245 that it contains and the lists name, those
    /// that have left the lists included.
    pub substances: Vec<String>,
    /// Keys of the listed substances to which it is assimilated: see [`crate::Assimilation`].
    pub assimilated_to: Vec<String>,
    /// Whether it is a systemic antibiotic in the sense of the Acuerdo of DOF 27-05-2010.
    pub antibiotic: bool,
}

/// What one package holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Package {
    /// How many units, at least one.
    pub units: u32,
    /// What is counted, in Spanish and in the singular: `tableta`, `ampolleta`, `mL`, `g`, `dosis`…
    pub unit: String,
}

/// Active ingredients in canonical form (upper case, no accents, sorted). Two claves of the same
/// ingredients in different strengths, forms or salts have the same key.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubstanceKey(String);

impl SubstanceKey {
    /// The key of ingredients in canonical form, in any order.
    pub(crate) fn of(ingredients: &[String]) -> Self {
        let mut sorted: Vec<&str> = ingredients.iter().map(String::as_str).collect();
        sorted.sort_unstable();
        Self(sorted.join("|"))
    }

    /// The key as text: ingredients separated by `|`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The ingredients, sorted.
    pub fn ingredients(&self) -> impl Iterator<Item = &str> {
        self.0.split('|')
    }

    /// Whether some ingredient is in both: tramadol alone and tramadol with paracetamol.
    #[must_use]
    pub fn shares_ingredient(&self, other: &Self) -> bool {
        self.ingredients()
            .any(|mine| other.ingredients().any(|theirs| mine == theirs))
    }
}

impl fmt::Display for SubstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The table in `bytes`, sorted by clave.
pub(crate) fn parse(bytes: &[u8]) -> Result<Vec<Medicine>, CatalogError> {
    let table = Table::parse(FILE, bytes)?;
    let columns = Columns::of(&table)?;
    let mut medicines: Vec<_> = table
        .rows()
        .map(|row| columns.medicine(&row))
        .collect::<Result<_, _>>()?;
    medicines.sort_by(|a, b| a.clave.cmp(&b.clave));
    match medicines
        .windows(2)
        .find(|pair| pair[0].clave == pair[1].clave)
    {
        Some(pair) => Err(CatalogError::Duplicate {
            file: FILE,
            key: pair[0].clave.to_string(),
        }),
        None => Ok(medicines),
    }
}

struct Columns {
    clave: Column,
    generic_name: Column,
    form: Column,
    strength: Column,
    presentation: Column,
    units: Column,
    unit: Column,
    therapeutic_groups: Column,
    ingredients: Column,
    substances: Column,
    assimilated_to: Column,
    antibiotic: Column,
}

impl Columns {
    fn of(table: &Table) -> Result<Self, CatalogError> {
        Ok(Self {
            clave: table.column("clave")?,
            generic_name: table.column("generic_name")?,
            form: table.column("form")?,
            strength: table.column("strength")?,
            presentation: table.column("presentation")?,
            units: table.column("units")?,
            unit: table.column("unit")?,
            therapeutic_groups: table.column("therapeutic_groups")?,
            ingredients: table.column("ingredients")?,
            substances: table.column("substances")?,
            assimilated_to: table.column("assimilated_to")?,
            antibiotic: table.column("antibiotic")?,
        })
    }

    fn medicine(&self, row: &Row<'_>) -> Result<Medicine, CatalogError> {
        row.required(self.therapeutic_groups)?;
        Ok(Medicine {
            clave: row.parsed(self.clave, "a clave as NNN.NNN.NNNN.NN")?,
            generic_name: row.required(self.generic_name)?.to_owned(),
            form: row.required(self.form)?.to_owned(),
            strength: Some(row.text(self.strength))
                .filter(|s| !s.is_empty())
                .map(str::to_owned),
            presentation: row.required(self.presentation)?.to_owned(),
            package: self.package(row)?,
            therapeutic_groups: row.names(self.therapeutic_groups),
            substance_key: SubstanceKey(row.required(self.ingredients)?.to_owned()),
            substances: row.names(self.substances),
            assimilated_to: row.names(self.assimilated_to),
            antibiotic: match row.text(self.antibiotic) {
                "yes" => true,
                "no" => false,
                _ => return Err(row.wrong(self.antibiotic, "yes or no")),
            },
        })
    }

    fn package(&self, row: &Row<'_>) -> Result<Option<Package>, CatalogError> {
        if row.text(self.units).is_empty() && row.text(self.unit).is_empty() {
            return Ok(None);
        }
        let units: u32 = row.parsed(self.units, "a whole number")?;
        if units == 0 {
            return Err(row.wrong(self.units, "at least one unit"));
        }
        Ok(Some(Package {
            units,
            unit: row.required(self.unit)?.to_owned(),
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "clave,generic_name,form,strength,presentation,units,unit,\
                          therapeutic_groups,ingredients,substances,assimilated_to,antibiotic\n";
    const ROW: &str = "040.000.2612.00,Clonazepam,Tableta,2 mg,Envase con 30 tabletas,30,tableta,\
                       Neurología|Cuidados Paliativos,CLONAZEPAM,CLONAZEPAM,,no\n";

    fn parse_rows(rows: &str) -> Result<Vec<Medicine>, CatalogError> {
        parse(format!("{HEADER}{rows}").as_bytes())
    }

    #[test]
    fn reads_a_row() {
        let medicines = parse_rows(ROW).unwrap();
        let [clonazepam] = medicines.as_slice() else {
            panic!("one row")
        };
        assert_eq!(clonazepam.strength.as_deref(), Some("2 mg"));
        assert_eq!(
            clonazepam.package,
            Some(Package {
                units: 30,
                unit: "tableta".to_owned()
            })
        );
        assert_eq!(
            clonazepam.therapeutic_groups,
            ["Neurología", "Cuidados Paliativos"]
        );
        assert!(clonazepam.assimilated_to.is_empty());
    }

    #[test]
    fn refuses_two_rows_of_one_clave() {
        let error = parse_rows(&format!("{ROW}{ROW}")).unwrap_err();
        assert!(matches!(error, CatalogError::Duplicate { .. }), "{error}");
    }

    #[test]
    fn refuses_values_that_are_not_what_the_column_holds() {
        for (from, to) in [
            ("040.000.2612.00", "040.000.2612"),
            ("Clonazepam,", ","),
            (",30,", ",0,"),
            (",30,tableta", ",30,"),
            (",30,", ",-1,"),
            (",no\n", ",NO\n"),
        ] {
            let row = ROW.replacen(from, to, 1);
            assert!(parse_rows(&row).is_err(), "{row}");
        }
    }

    #[test]
    fn keys_share_an_ingredient() {
        let alone = SubstanceKey("TRAMADOL".to_owned());
        let combined = SubstanceKey("PARACETAMOL|TRAMADOL".to_owned());
        assert!(alone.shares_ingredient(&combined));
        assert_ne!(alone, combined);
        assert!(!alone.shares_ingredient(&SubstanceKey("TRAMA".to_owned())));
    }
}
