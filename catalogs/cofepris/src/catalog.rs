//! The catalog: its tables, loaded once and only read.

use std::collections::BTreeSet;
use std::io::Read;
use std::sync::Arc;

use data_encoding::HEXLOWER;
use jiff::civil::Date;
use prescription::{Clave, Clues, Fraction};

use crate::embedded::{Files, Sums};
use crate::facts::{Facts, MEDICINE_FACTS};
use crate::search::Index;
use crate::substance::{InForce, Substances};
use crate::table::{Table, read_all};
use crate::update::NURSE_LIST;
use crate::{
    Assimilation, Basis, CatalogError, Classification, Establishment, IngredientFacts, LgsClass,
    Listing, Marked, Medicine, Policy, SubstanceFacts, SubstanceKey, TableFile, TherapeuticGroup,
    establishment, medicine, substance,
};

/// Medicines, controlled substances and establishments.
#[derive(Debug, Clone)]
pub struct Catalog {
    /// Shared between versions, as the other parts are: most versions change one of them.
    medicines: Arc<Medicines>,
    substances: Arc<Substances>,
    /// Sorted by CLUES.
    establishments: Arc<Vec<Establishment>>,
    /// What nurses may prescribe.
    nurse_list: Arc<BTreeSet<Clave>>,
    sums: Sums,
    policy: Policy,
}

/// Medicines with what is derived from them.
#[derive(Debug)]
struct Medicines {
    /// Sorted by clave.
    rows: Vec<Medicine>,
    index: Index,
    facts: Facts,
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
        let facts = Facts::parse(files.facts, &medicines)?;
        Ok(Self {
            medicines: Arc::new(Medicines::of(medicines, facts)),
            substances: Arc::new(substances),
            establishments: Arc::new(establishment::parse(files.establishments)?),
            nurse_list: Arc::default(),
            sums: files.sums(),
            policy: Policy::default(),
        })
    }

    /// The same catalog with the tables of an [`crate::Update`] in the place of its own.
    ///
    /// # Errors
    /// [`CatalogError`] when a table is not in our layout or does not hold together with the rest.
    pub fn updated(&self, files: &[TableFile]) -> Result<Self, CatalogError> {
        let mut next = self.clone();
        let table = |name: &str| {
            let found = files.iter().find(|file| file.name == name);
            found.map(|file| file.content.as_slice())
        };
        if let Some(bytes) = table(substance::FILE) {
            next.substances = Arc::new(Substances::parse(bytes)?);
            next.sums.replace(substance::FILE, bytes);
        }
        if let Some(bytes) = table(medicine::FILE) {
            let rows = medicine::parse(bytes)?;
            let facts = table(MEDICINE_FACTS).unwrap_or_default();
            let facts = self.medicines.facts.of_medicines(facts, &rows)?;
            next.medicines = Arc::new(Medicines::of(rows, facts));
            next.sums.replace(medicine::FILE, bytes);
            next.sums
                .replace(MEDICINE_FACTS, table(MEDICINE_FACTS).unwrap_or_default());
        }
        if let Some(bytes) = table(establishment::FILE) {
            next.establishments = Arc::new(establishment::parse(bytes)?);
            next.sums.replace(establishment::FILE, bytes);
        }
        if let Some(bytes) = table(NURSE_LIST) {
            next.nurse_list = Arc::new(parse_nurse_list(bytes)?);
            next.sums.replace(NURSE_LIST, bytes);
        }
        next.control_by_name()?;
        Ok(next)
    }

    /// A medicine with an ingredient of the very name of a listed substance is controlled, also
    /// where the list is newer than the medicine's row.
    fn control_by_name(&mut self) -> Result<(), CatalogError> {
        let newly = |medicine: &Medicine| {
            let ingredients = medicine.substance_key.ingredients();
            let listed = |name: &&str| self.substances.of(name).next().is_some();
            let known = |name: &&str| medicine.substances.iter().any(|key| key == name);
            let newly = ingredients.filter(|name| listed(name) && !known(name));
            newly.map(str::to_owned).collect::<Vec<_>>()
        };
        let mut rows = self.medicines.rows.clone();
        let mut changed = false;
        for row in &mut rows {
            let newly = newly(row);
            changed |= !newly.is_empty();
            row.substances.extend(newly);
            row.substances.sort_unstable();
            check_substances(row, &self.substances)?;
        }
        if changed {
            let facts = self.medicines.facts.clone();
            self.medicines = Arc::new(Medicines::of(rows, facts));
        }
        Ok(())
    }

    /// The same catalog under another reading of what the law leaves open.
    #[must_use]
    pub fn with_policy(self, policy: Policy) -> Self {
        Self { policy, ..self }
    }

    /// The medicine with this clave.
    #[must_use]
    pub fn medicine(&self, clave: &Clave) -> Option<&Medicine> {
        let rows = &self.medicines.rows;
        let at = rows.binary_search_by(|medicine| medicine.clave.cmp(clave));
        rows.get(at.ok()?)
    }

    /// All medicines, sorted by clave.
    #[must_use]
    pub fn medicines(&self) -> &[Medicine] {
        &self.medicines.rows
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
        self.medicines.facts.of(clave)
    }

    /// What is known of a controlled substance by its name as an ingredient (`FENTANILO`).
    #[must_use]
    pub fn substance(&self, ingredient: &str) -> Option<&SubstanceFacts> {
        self.medicines.facts.substance(ingredient)
    }

    /// Everything known of controlled substances, sorted by ingredient, those of no clave included.
    #[must_use]
    pub fn substances(&self) -> &[SubstanceFacts] {
        self.medicines.facts.substances()
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
        let found = self.medicines.index.find(query, limit);
        found
            .into_iter()
            .filter_map(|at| self.medicines.rows.get(at))
            .collect()
    }

    /// Whether a nurse may prescribe a medicine (LGS art. 28 Bis, numeral 5): only what stands on an
    /// imported list.
    #[must_use]
    pub fn nurse_may_prescribe(&self, clave: &Clave) -> bool {
        self.nurse_list.contains(clave)
    }

    /// The claves that nurses may prescribe; none until a list is imported.
    #[must_use]
    pub fn nurse_list(&self) -> &BTreeSet<Clave> {
        &self.nurse_list
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
        HEXLOWER.encode(&self.sums.digest())
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

impl Medicines {
    fn of(rows: Vec<Medicine>, facts: Facts) -> Self {
        Self {
            index: Index::of(&rows),
            rows,
            facts,
        }
    }
}

fn parse_nurse_list(bytes: &[u8]) -> Result<BTreeSet<Clave>, CatalogError> {
    let table = Table::parse(NURSE_LIST, bytes)?;
    let clave = table.column("clave")?;
    let claves = table.rows().map(|row| row.parsed(clave, "a clave"));
    claves.collect()
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
