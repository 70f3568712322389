//! The catalog: its tables, loaded once and only read.

use std::io::Read;

use data_encoding::HEXLOWER;
use jiff::civil::Date;
use prescription::{Clave, Clues, Fraction};

use crate::embedded::Files;
use crate::facts::Facts;
use crate::search::Index;
use crate::substance::{InForce, Substances};
use crate::table::read_all;
use crate::{
    Assimilation, Basis, CatalogError, Classification, Establishment, IngredientFacts, LgsClass,
    Listing, Marked, Medicine, Policy, SubstanceFacts, SubstanceKey, TherapeuticGroup,
    establishment, medicine, substance,
};

/// Medicines, controlled substances and establishments.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Sorted by clave.
    medicines: Vec<Medicine>,
    index: Index,
    substances: Substances,
    facts: Facts,
    /// Sorted by CLUES.
    establishments: Vec<Establishment>,
    digest: [u8; 32],
    policy: Policy,
}

impl Catalog {
    /// The catalog carried in the program, checked against its committed sums.
    ///
    /// # Errors
    /// [`CatalogError`] when the data were altered or do not hold together.
    pub fn embedded() -> Result<Self, CatalogError> {
        Files::EMBEDDED.verify()?;
        Self::parse(Files::EMBEDDED)
    }

    /// A catalog from tables in the layout of `data/`: newer medicines and lists, or the official
    /// national file of establishments, whose own layout is also understood. Facts of substances
    /// are those carried in the program.
    ///
    /// # Errors
    /// [`CatalogError`] names the file, line and column that is wrong.
    pub fn from_readers(
        medicines: impl Read,
        substances: impl Read,
        establishments: impl Read,
    ) -> Result<Self, CatalogError> {
        let medicines = read_all(medicine::FILE, medicines)?;
        let substances = read_all(substance::FILE, substances)?;
        let establishments = read_all(establishment::FILE, establishments)?;
        Self::parse(Files {
            medicines: &medicines,
            substances: &substances,
            establishments: &establishments,
            facts: Files::EMBEDDED.facts,
        })
    }

    fn parse(files: Files<'_>) -> Result<Self, CatalogError> {
        let medicines = medicine::parse(files.medicines)?;
        let substances = Substances::parse(files.substances)?;
        for medicine in &medicines {
            check_substances(medicine, &substances)?;
        }
        Ok(Self {
            index: Index::of(&medicines),
            facts: Facts::parse(files.facts, &medicines)?,
            medicines,
            substances,
            establishments: establishment::parse(files.establishments)?,
            digest: files.digest(),
            policy: Policy::default(),
        })
    }

    /// The same catalog under another reading of what the law leaves open.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The medicine with this clave.
    #[must_use]
    pub fn medicine(&self, clave: &Clave) -> Option<&Medicine> {
        let at = self
            .medicines
            .binary_search_by(|medicine| medicine.clave.cmp(clave))
            .ok()?;
        self.medicines.get(at)
    }

    /// All medicines, sorted by clave.
    #[must_use]
    pub fn medicines(&self) -> &[Medicine] {
        &self.medicines
    }

    /// All lines of the controlled lists, in the order of the law.
    #[must_use]
    pub fn listings(&self) -> &[Listing] {
        self.substances.all()
    }

    /// The sale fraction of a medicine in force on `date`, which for a prescription is the day it
    /// was issued. `None` where the catalog does not have the clave.
    ///
    /// Of several substances the strictest decides. A medicine that no list has is in fraction IV.
    #[must_use]
    pub fn fraction_on(&self, clave: &Clave, date: Date) -> Option<Classification<'_>> {
        self.medicine(clave)
            .map(|medicine| self.classify(medicine, date))
    }

    /// The class of a substance of the lists on `date`, by its key; `None` where no list has it.
    #[must_use]
    pub fn class_on(&self, substance: &str, date: Date) -> Option<LgsClass> {
        let found = self.substances.on(substance, date, self.policy.interim)?;
        Some(found.listing.class)
    }

    /// What makes two claves the same substance, for finding duplicate prescriptions. `None` where
    /// the catalog does not have the clave.
    #[must_use]
    pub fn duplicate_key(&self, clave: &Clave) -> Option<&SubstanceKey> {
        self.medicine(clave).map(|medicine| &medicine.substance_key)
    }

    /// What one unit of a medicine holds of each controlled ingredient, those that have left the
    /// lists included; empty where it has none.
    #[must_use]
    pub fn substance_facts(&self, clave: &Clave) -> &[IngredientFacts] {
        self.facts.of(clave)
    }

    /// What is known of a controlled substance by its name as an ingredient (`FENTANILO`).
    #[must_use]
    pub fn substance(&self, ingredient: &str) -> Option<&SubstanceFacts> {
        self.facts.substance(ingredient)
    }

    /// Everything known of controlled substances, sorted by ingredient, those of no clave included.
    #[must_use]
    pub fn substances(&self) -> &[SubstanceFacts] {
        self.facts.substances()
    }

    /// Units in one package of a medicine; 1 where the publication does not let it be told.
    #[must_use]
    pub fn units_per_package(&self, clave: &Clave) -> u32 {
        self.medicine(clave)
            .and_then(|medicine| medicine.package.as_ref())
            .map_or(1, |package| package.units)
    }

    /// The therapeutic group of a controlled medicine: of a combination, that of the ingredient
    /// that comes first in [`TherapeuticGroup`]. `None` where it has no controlled ingredient.
    #[must_use]
    pub fn therapeutic_group(&self, clave: &Clave) -> Option<TherapeuticGroup> {
        let facts = self.substance_facts(clave);
        facts.iter().map(|facts| facts.substance.group).min()
    }

    /// Most units of a medicine in one day, in thousandths, where a public label gives a ceiling.
    #[must_use]
    pub fn max_daily_milli(&self, clave: &Clave) -> Option<Marked<u64>> {
        let facts = self.substance_facts(clave);
        facts
            .iter()
            .filter_map(|facts| facts.max_daily_milli)
            .min_by_key(|most| most.value)
    }

    /// Medicines whose generic name answers `query`, best first, at most `limit`. Case and accents
    /// do not matter.
    #[must_use]
    pub fn search(&self, query: &str, limit: usize) -> Vec<&Medicine> {
        let found = self.index.find(query, limit);
        found
            .into_iter()
            .filter_map(|at| self.medicines.get(at))
            .collect()
    }

    /// The establishment with this CLUES.
    #[must_use]
    pub fn establishment(&self, clues: &Clues) -> Option<&Establishment> {
        let at = self
            .establishments
            .binary_search_by(|one| one.clues.cmp(clues))
            .ok()?;
        self.establishments.get(at)
    }

    /// All establishments, sorted by CLUES.
    #[must_use]
    pub fn establishments(&self) -> &[Establishment] {
        &self.establishments
    }

    /// SHA-256 of the data, in lower-case hexadecimal: what `sha256sum SHA256SUMS` prints in the
    /// folder of the data. Goes into readiness, metrics and evidence.
    #[must_use]
    pub fn digest(&self) -> String {
        HEXLOWER.encode(&self.digest)
    }

    fn classify<'c>(&'c self, medicine: &'c Medicine, date: Date) -> Classification<'c> {
        let strictest = self
            .considered(medicine)
            .filter_map(|(key, assimilated)| {
                let found = self.substances.on(key, date, self.policy.interim)?;
                let fraction = found.listing.class.sale_fraction()?;
                Some((
                    found.listing.class.strictness(),
                    assimilated,
                    found,
                    fraction,
                ))
            })
            // Of equally strict substances the one that a list names says more.
            .min_by_key(|(strictness, assimilated, ..)| (*strictness, *assimilated));
        let Some((_, assimilated, InForce { listing, interim }, fraction)) = strictest else {
            return self.unlisted(medicine, date);
        };
        let basis = match (interim, assimilated) {
            (true, _) => Basis::Interim,
            (false, true) => Basis::Assimilated,
            (false, false) => Basis::Listed,
        };
        Classification {
            fraction,
            class: Some(listing.class),
            substance: Some(&listing.substance),
            antibiotic: medicine.antibiotic,
            since: listing.valid_from,
            basis,
        }
    }

    fn unlisted(&self, medicine: &Medicine, date: Date) -> Classification<'_> {
        let left = self
            .considered(medicine)
            .filter_map(|(key, _)| self.substances.left_on(key, date));
        Classification {
            fraction: Fraction::IV,
            class: None,
            substance: None,
            antibiotic: medicine.antibiotic,
            since: left.max(),
            basis: Basis::Unlisted,
        }
    }

    /// The substances that decide, with whether each is only assimilated.
    fn considered<'m>(&self, medicine: &'m Medicine) -> impl Iterator<Item = (&'m str, bool)> {
        let assimilated = match self.policy.assimilation {
            Assimilation::Apply => medicine.assimilated_to.as_slice(),
            Assimilation::NamedOnly => &[],
        };
        let named = medicine.substances.iter().map(|key| (key.as_str(), false));
        named.chain(assimilated.iter().map(|key| (key.as_str(), true)))
    }
}

/// A medicine names only substances of the lists, and none that no medicine may contain: with
/// that, every medicine has a fraction on every day.
fn check_substances(medicine: &Medicine, substances: &Substances) -> Result<(), CatalogError> {
    for key in medicine.substances.iter().chain(&medicine.assimilated_to) {
        let clave = || medicine.clave.to_string();
        if substances.of(key).next().is_none() {
            let substance = key.clone();
            return Err(CatalogError::UnknownSubstance {
                clave: clave(),
                substance,
            });
        }
        if substances
            .of(key)
            .any(|listing| listing.class.sale_fraction().is_none())
        {
            return Err(CatalogError::NoFraction {
                clave: clave(),
                substance: key.clone(),
            });
        }
    }
    Ok(())
}
