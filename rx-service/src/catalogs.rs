//! The versions of the catalog that this process knows. A newer set comes in beside the ones
//! before it, so that what a request holds of the catalog stays true while it runs.

use std::sync::OnceLock;

use cofepris::{Catalog, CatalogSet, Classification, Establishment, Marked, Medicine};
use cofepris::{SubstanceKey, TherapeuticGroup};
use jiff::civil::Date;
use prescription::{Clave, Clues};

/// The catalog, by day. What judges takes the day ([`Catalogs::on`]); what only shows a name or a
/// package takes the newest version that knows it.
#[derive(Debug)]
pub struct Catalogs(Known);

/// A set, and the one that came after it. Sets are few: one for each version that was applied while
/// the process runs. They are kept to its end.
#[derive(Debug)]
struct Known {
    set: CatalogSet,
    /// How many versions it was made of.
    versions: u64,
    next: OnceLock<Box<Known>>,
}

impl Catalogs {
    /// The set made of `versions` applied versions.
    #[must_use]
    pub fn new(set: CatalogSet, versions: u64) -> Self {
        Self(Known {
            set,
            versions,
            next: OnceLock::new(),
        })
    }

    /// From now on another set counts.
    pub fn replace(&self, set: CatalogSet, versions: u64) {
        let mut newer = Box::new(Self::new(set, versions).0);
        let mut last = self.last();
        while let Err(back) = last.next.set(newer) {
            newer = back;
            last = self.last();
        }
    }

    /// How many applied versions the set that counts was made of.
    #[must_use]
    pub fn versions(&self) -> u64 {
        self.last().versions
    }

    /// The set that counts now.
    #[must_use]
    pub fn set(&self) -> &CatalogSet {
        &self.last().set
    }

    /// The catalog in force on a day.
    #[must_use]
    pub fn on(&self, day: Date) -> &Catalog {
        self.set().on(day)
    }

    /// The sale fraction of a medicine on a day, by the version in force on it.
    #[must_use]
    pub fn fraction_on(&self, clave: &Clave, day: Date) -> Option<Classification<'_>> {
        self.on(day).fraction_on(clave, day)
    }

    /// A medicine, from the newest version that has it.
    #[must_use]
    pub fn medicine(&self, clave: &Clave) -> Option<&Medicine> {
        self.set().knowing(clave).medicine(clave)
    }

    /// [`Catalog::duplicate_key`] by the newest version that has the medicine.
    #[must_use]
    pub fn duplicate_key(&self, clave: &Clave) -> Option<&SubstanceKey> {
        self.set().knowing(clave).duplicate_key(clave)
    }

    /// [`Catalog::therapeutic_group`] by the newest version that has the medicine.
    #[must_use]
    pub fn therapeutic_group(&self, clave: &Clave) -> Option<TherapeuticGroup> {
        self.set().knowing(clave).therapeutic_group(clave)
    }

    /// [`Catalog::max_daily_milli`] by the newest version that has the medicine.
    #[must_use]
    pub fn max_daily_milli(&self, clave: &Clave) -> Option<Marked<u64>> {
        self.set().knowing(clave).max_daily_milli(clave)
    }

    /// [`Catalog::units_per_package`] by the newest version that has the medicine.
    #[must_use]
    pub fn units_per_package(&self, clave: &Clave) -> u32 {
        self.set().knowing(clave).units_per_package(clave)
    }

    /// An establishment, from the newest version that has it.
    #[must_use]
    pub fn establishment(&self, clues: &Clues) -> Option<&Establishment> {
        self.set().establishment(clues)
    }

    fn last(&self) -> &Known {
        let mut last = &self.0;
        while let Some(next) = last.next.get() {
            last = next;
        }
        last
    }
}

#[cfg(test)]
mod tests {
    use cofepris::{CatalogName, Update, Version};
    use jiff::civil::date;

    use super::*;

    const DAY: Date = date(2026, 9, 1);

    #[test]
    fn a_newer_set_counts_and_the_earlier_stays_for_who_holds_it() {
        let base = CatalogSet::of(Catalog::embedded().unwrap());
        let catalogs = Catalogs::new(base.clone(), 0);
        let held = catalogs.on(DAY);
        let clave: Clave = "010.000.0104.00".parse().unwrap();

        let file = b"clave\n010.000.0104.00\n";
        let update = Update::read(CatalogName::NurseList, file, held).unwrap();
        let version = Version {
            name: update.name,
            number: 1,
            effective_from: DAY,
            files: update.files,
        };
        catalogs.replace(base.with(vec![version]).unwrap(), 1);

        assert!(catalogs.on(DAY).nurse_may_prescribe(&clave));
        assert!(!held.nurse_may_prescribe(&clave));
        assert_eq!(catalogs.versions(), 1);
        assert!(!catalogs.on(date(2026, 8, 31)).nurse_may_prescribe(&clave));
    }
}
