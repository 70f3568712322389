//! Facts of controlled substances: what INCB calls them, how strong they are, what is in a unit.
//!
//! The law says what is controlled; these tables say what it *is*, for the forms of the INCB, the
//! balance in grams of anhydrous base, and the checks of overlap and dose. `data/SOURCES.md` says
//! where each figure comes from.

pub(crate) mod derive;
mod group;
mod incb;
mod ingredient;
mod substance;

use std::collections::BTreeMap;

use prescription::Clave;

pub use self::group::TherapeuticGroup;
pub use self::incb::{Convention, IncbListing};
pub use self::ingredient::IngredientFacts;
pub(crate) use self::ingredient::{FILE as MEDICINE_FACTS, FactRow, HEADER as FACTS_HEADER};
pub use self::substance::{Mark, Marked, OralMorphine, Salt, SubstanceFacts};
pub(crate) use self::substance::{SALTS, SUBSTANCE_FACTS};
use crate::{CatalogError, Medicine};

/// The bytes of the three tables of facts.
#[derive(Clone, Copy)]
pub(crate) struct FactFiles<'b> {
    pub(crate) substances: &'b [u8],
    pub(crate) salts: &'b [u8],
    pub(crate) medicines: &'b [u8],
}

/// Facts by ingredient and by clave.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// Sorted by ingredient.
    substances: Vec<SubstanceFacts>,
    by_clave: BTreeMap<Clave, Vec<IngredientFacts>>,
}

impl Facts {
    /// The tables in `files`, for `medicines`: a controlled ingredient without a row of its own
    /// gets one without amounts, and so does one whose strength is no longer that of its row.
    pub(crate) fn parse(
        files: FactFiles<'_>,
        medicines: &[Medicine],
    ) -> Result<Self, CatalogError> {
        let known = Self {
            substances: substance::parse(files.substances, files.salts)?,
            by_clave: BTreeMap::new(),
        };
        known.of_medicines(files.medicines, medicines)
    }

    /// The same substances in other medicines, with their table of facts.
    pub(crate) fn of_medicines(
        &self,
        table: &[u8],
        medicines: &[Medicine],
    ) -> Result<Self, CatalogError> {
        let substances = self.substances.clone();
        let rows = if table.is_empty() {
            BTreeMap::new()
        } else {
            ingredient::parse(table)?
        };
        let mut by_clave = BTreeMap::new();
        for medicine in medicines {
            let facts: Vec<_> = controlled(medicine, &substances)
                .map(|substance| {
                    let row = rows.get(&(medicine.clave.clone(), substance.ingredient.clone()));
                    ingredient::join(medicine, substance, row)
                })
                .collect::<Result<_, _>>()?;
            if !facts.is_empty() {
                by_clave.insert(medicine.clave.clone(), facts);
            }
        }
        Ok(Self {
            substances,
            by_clave,
        })
    }

    pub(crate) fn of(&self, clave: &Clave) -> &[IngredientFacts] {
        self.by_clave
            .get(clave)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }

    pub(crate) fn substance(&self, ingredient: &str) -> Option<&SubstanceFacts> {
        let at = self
            .substances
            .binary_search_by(|one| one.ingredient.as_str().cmp(ingredient))
            .ok()?;
        self.substances.get(at)
    }

    pub(crate) fn substances(&self) -> &[SubstanceFacts] {
        &self.substances
    }
}

/// The ingredients of a medicine that the lists name, or to which they assimilate them, now or in
/// the past, in the order of its key.
fn controlled<'f>(
    medicine: &'f Medicine,
    substances: &'f [SubstanceFacts],
) -> impl Iterator<Item = &'f SubstanceFacts> {
    let listed = |facts: &&SubstanceFacts| {
        let mut keys = medicine.substances.iter().chain(&medicine.assimilated_to);
        keys.any(|key| *key == facts.substance)
    };
    medicine
        .substance_key
        .ingredients()
        .filter_map(|name| substances.iter().find(|facts| facts.ingredient == name))
        .filter(listed)
}
