//! Facts of a controlled ingredient in one medicine.

use std::collections::BTreeMap;

use prescription::Clave;

use crate::facts::derive::unit_of;
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FactRow {
    pub(crate) clave: Clave,
    pub(crate) ingredient: String,
    pub(crate) strength: String,
    pub(crate) unit: String,
    pub(crate) salt: Option<String>,
    pub(crate) labelled: Option<u64>,
    pub(crate) base: Option<u64>,
    pub(crate) oral_morphine: Option<Marked<u64>>,
    pub(crate) max_daily: Option<Marked<u64>>,
}

impl FactRow {
    /// The row of facts that are known already.
    pub(crate) fn of(medicine: &Medicine, facts: &IngredientFacts) -> Self {
        Self {
            clave: medicine.clave.clone(),
            ingredient: facts.substance.ingredient.clone(),
            strength: medicine.strength.clone().unwrap_or_default(),
            unit: unit_of(medicine).to_owned(),
            salt: facts.salt.clone(),
            labelled: facts.labelled_ng_per_unit,
            base: facts.base_ng_per_unit,
            oral_morphine: facts.oral_morphine_ng_per_unit,
            max_daily: facts.max_daily_milli,
        }
    }

    /// The row as the table has it, in the order of [`HEADER`].
    pub(crate) fn fields(&self) -> [String; 11] {
        let number = |value: Option<u64>| value.map(|v| v.to_string()).unwrap_or_default();
        let marked = |figure: Option<Marked<u64>>| {
            figure.map_or_else(Default::default, |figure| {
                (figure.value.to_string(), figure.mark.letter().to_owned())
            })
        };
        let (oral_morphine, oral_mark) = marked(self.oral_morphine);
        let (most, most_mark) = marked(self.max_daily);
        [
            self.clave.to_string(),
            self.ingredient.clone(),
            self.strength.clone(),
            self.unit.clone(),
            self.salt.clone().unwrap_or_default(),
            number(self.labelled),
            number(self.base),
            oral_morphine,
            oral_mark,
            most,
            most_mark,
        ]
    }
}

/// Columns of the table; `note`, which ours has beside them, is for readers only.
pub(crate) const HEADER: [&str; 11] = [
    "clave",
    "ingredient",
    "strength",
    "unit",
    "salt",
    "labelled_ng_per_unit",
    "base_ng_per_unit",
    "ome_ng_per_unit",
    "ome_mark",
    "max_daily_milli",
    "max_daily_mark",
];

/// The rows in `bytes`, by clave and ingredient.
pub(super) fn parse(bytes: &[u8]) -> Result<BTreeMap<(Clave, String), FactRow>, CatalogError> {
    let table = Table::parse(FILE, bytes)?;
    let columns = Columns::of(&table)?;
    let mut rows = BTreeMap::new();
    for row in table.rows() {
        let facts = columns.facts(&row)?;
        let key = (facts.clave.clone(), facts.ingredient.clone());
        if let Some(twice) = rows.insert(key, facts) {
            return Err(CatalogError::Duplicate {
                file: FILE,
                key: format!("{}, {}", twice.clave, twice.ingredient),
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
    let strength = medicine.strength.as_deref().unwrap_or_default();
    let unit = unit_of(medicine);
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
            clave: row.parsed(self.clave, "a clave as NNN.NNN.NNNN.NN")?,
            ingredient: row.required(self.ingredient)?.to_owned(),
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
