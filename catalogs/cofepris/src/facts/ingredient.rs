//! Facts of a controlled ingredient in one medicine.

use std::collections::BTreeMap;

use prescription::Clave;

use crate::facts::substance::{Marked, SubstanceFacts, marked};
use crate::table::{Column, Row, Table};
use crate::{CatalogError, Medicine};

/// File name of the table.
pub(crate) const FILE: &str = "medicine_facts.csv";

/// What one unit of a medicine holds of a controlled ingredient.
///
/// The unit is that of [`crate::Package`]: a tablet, an ampoule, a patch, and one mL where the
/// package counts millilitres.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IngredientFacts {
    /// The substance.
    pub substance: SubstanceFacts,
    /// Salt in which the strength is stated; `None` for the base itself.
    pub salt: Option<String>,
    /// Amount in one unit as the label states it, in nanograms; `None` where the publication does
    /// not let it be told, or where the strength is no longer the one the facts were read for.
    pub labelled_ng_per_unit: Option<u64>,
    /// Anhydrous base in one unit, in nanograms; `None` as above.
    pub base_ng_per_unit: Option<u64>,
    /// Oral morphine that one unit stands for, in nanograms; of a patch, over its whole life.
    /// `None` where there is no factor by public consensus: it does not mean zero.
    pub oral_morphine_ng_per_unit: Option<Marked<u64>>,
    /// Most units a day that a public label gives, in thousandths of a unit.
    pub max_daily_milli: Option<Marked<u64>>,
}

/// One row of the table.
#[derive(Debug)]
pub(super) struct FactRow {
    strength: String,
    unit: String,
    salt: Option<String>,
    labelled: Option<u64>,
    base: Option<u64>,
    oral_morphine: Option<Marked<u64>>,
    max_daily: Option<Marked<u64>>,
}

/// The rows in `bytes`, by clave and ingredient.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<(Clave, String), FactRow>, CatalogError> {
    let table = Table::parse(FILE, bytes)?;
    let columns = Columns::of(&table)?;
    let mut rows = BTreeMap::new();
    for row in table.rows() {
        let clave: Clave = row.parsed(columns.clave, "a clave as NNN.NNN.NNNN.NN")?;
        let ingredient = row.required(columns.ingredient)?.to_owned();
        let facts = columns.facts(&row)?;
        if rows
            .insert((clave.clone(), ingredient.clone()), facts)
            .is_some()
        {
            return Err(CatalogError::Duplicate {
                file: FILE,
                key: format!("{clave}, {ingredient}"),
            });
        }
    }
    Ok(rows)
}

/// The facts of `substance` in `medicine`, from its row of the table if it is still the same.
pub(super) fn join(
    medicine: &Medicine,
    substance: &SubstanceFacts,
    row: Option<&FactRow>,
) -> Result<IngredientFacts, CatalogError> {
    let unit = medicine
        .package
        .as_ref()
        .map_or("", |package| &package.unit);
    let strength = medicine.strength.as_deref().unwrap_or_default();
    let current = row.filter(|row| row.strength == strength && row.unit == unit);
    let salt = current.and_then(|row| row.salt.clone());
    if let Some(name) = salt.as_deref()
        && substance.salt(name).is_none()
    {
        return Err(CatalogError::UnknownSalt {
            clave: medicine.clave.to_string(),
            salt: name.to_owned(),
        });
    }
    Ok(IngredientFacts {
        substance: substance.clone(),
        salt,
        labelled_ng_per_unit: current.and_then(|row| row.labelled),
        base_ng_per_unit: current.and_then(|row| row.base),
        oral_morphine_ng_per_unit: current.and_then(|row| row.oral_morphine),
        max_daily_milli: current.and_then(|row| row.max_daily),
    })
}

struct Columns {
    clave: Column,
    ingredient: Column,
    strength: Column,
    unit: Column,
    salt: Column,
    labelled: Column,
    base: Column,
    oral_morphine: (Column, Column),
    max_daily: (Column, Column),
}

impl Columns {
    fn of(table: &Table) -> Result<Self, CatalogError> {
        Ok(Self {
            clave: table.column("clave")?,
            ingredient: table.column("ingredient")?,
            strength: table.column("strength")?,
            unit: table.column("unit")?,
            salt: table.column("salt")?,
            labelled: table.column("labelled_ng_per_unit")?,
            base: table.column("base_ng_per_unit")?,
            oral_morphine: (table.column("ome_ng_per_unit")?, table.column("ome_mark")?),
            max_daily: (
                table.column("max_daily_milli")?,
                table.column("max_daily_mark")?,
            ),
        })
    }

    fn facts(&self, row: &Row<'_>) -> Result<FactRow, CatalogError> {
        let salt = row.text(self.salt);
        Ok(FactRow {
            strength: row.text(self.strength).to_owned(),
            unit: row.text(self.unit).to_owned(),
            salt: (!salt.is_empty()).then(|| salt.to_owned()),
            labelled: amount(row, self.labelled)?,
            base: amount(row, self.base)?,
            oral_morphine: marked(row, self.oral_morphine)?,
            max_daily: marked(row, self.max_daily)?,
        })
    }
}

/// Nanograms, at least one, or nothing.
fn amount(row: &Row<'_>, column: Column) -> Result<Option<u64>, CatalogError> {
    if row.text(column).is_empty() {
        return Ok(None);
    }
    let amount: u64 = row.parsed(column, "a whole number of nanograms")?;
    if amount == 0 {
        return Err(row.wrong(column, "at least one nanogram"));
    }
    Ok(Some(amount))
}
