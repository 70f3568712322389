//! The versions of the catalog, each in force from a day on.

use std::sync::Arc;

use jiff::civil::Date;
use prescription::{Clave, Clues};

use crate::{Catalog, CatalogError, CatalogName, Establishment, TableFile};

/// A version of one catalog that was applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    /// The catalog.
    pub name: CatalogName,
    /// Its number in the series of that catalog, from 1.
    pub number: u64,
    /// First day on which it is in force.
    pub effective_from: Date,
    /// Its tables.
    pub files: Vec<TableFile>,
}

/// All versions. A prescription is judged by the one in force on the day it was written.
#[derive(Debug, Clone)]
pub struct CatalogSet {
    base: Arc<Catalog>,
    /// Ascending by day; the catalog from that day on.
    dated: Vec<(Date, Arc<Catalog>)>,
}

impl CatalogSet {
    /// The base version alone, in force on every day.
    #[must_use]
    pub fn of(base: Catalog) -> Self {
        Self {
            base: Arc::new(base),
            dated: Vec::new(),
        }
    }

    /// The base version with `versions` over it. Of one catalog the version with the latest day
    /// counts, and of two with the same day the one with the higher number.
    ///
    /// # Errors
    /// [`CatalogError`] when the versions of two catalogs do not hold together on some day.
    pub fn with(&self, mut versions: Vec<Version>) -> Result<Self, CatalogError> {
        versions.sort_by_key(|version| (version.effective_from, version.number));
        let mut dated: Vec<(Date, Arc<Catalog>)> = Vec::new();
        let mut last = Arc::clone(&self.base);
        for day in versions.chunk_by(|a, b| a.effective_from == b.effective_from) {
            let mut catalog = Catalog::clone(&last);
            // Lists before medicines: a medicine may name only what is listed.
            let mut files: Vec<_> = day.iter().collect();
            files.sort_by_key(|version| (version.name != CatalogName::Substances, version.number));
            let mut together: Vec<TableFile> = Vec::new();
            for file in files.into_iter().flat_map(|version| &version.files) {
                together.retain(|earlier| earlier.name != file.name);
                together.push(file.clone());
            }
            catalog = catalog.updated(&together)?;
            last = Arc::new(catalog);
            dated.extend(
                day.first()
                    .map(|version| (version.effective_from, Arc::clone(&last))),
            );
        }
        Ok(Self {
            base: Arc::clone(&self.base),
            dated,
        })
    }

    /// The catalog in force on `day`.
    #[must_use]
    pub fn on(&self, day: Date) -> &Catalog {
        let after = self.dated.partition_point(|(from, _)| *from <= day);
        let version = after.checked_sub(1).and_then(|at| self.dated.get(at));
        version.map_or(&self.base, |(_, catalog)| catalog)
    }

    /// The newest version that has a medicine, whenever it counts; the newest of all where none has.
    /// For showing what a clave is: a prescription outlives the catalog it was written by.
    #[must_use]
    pub fn knowing(&self, clave: &Clave) -> &Catalog {
        let mut versions = self.newest_first();
        let knowing = versions.find(|catalog| catalog.medicine(clave).is_some());
        knowing.unwrap_or_else(|| self.newest())
    }

    /// The establishment with this CLUES, from the newest version that has it.
    #[must_use]
    pub fn establishment(&self, clues: &Clues) -> Option<&Establishment> {
        self.newest_first()
            .find_map(|catalog| catalog.establishment(clues))
    }

    /// The version with the latest day.
    #[must_use]
    pub fn newest(&self) -> &Catalog {
        self.dated.last().map_or(&self.base, |(_, catalog)| catalog)
    }

    fn newest_first(&self) -> impl Iterator<Item = &Catalog> {
        let dated = self.dated.iter().rev().map(|(_, catalog)| catalog.as_ref());
        dated.chain(std::iter::once(self.base.as_ref()))
    }

    /// The days on which another version takes effect, ascending.
    pub fn days(&self) -> impl Iterator<Item = Date> {
        self.dated.iter().map(|(day, _)| *day)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    const CLAVE: &str = "010.000.0104.00";

    fn list(number: u64, effective_from: Date, claves: &[&str]) -> Version {
        let content = format!("clave\n{}\n", claves.join("\n")).into_bytes();
        Version {
            name: CatalogName::NurseList,
            number,
            effective_from,
            files: vec![TableFile {
                name: crate::update::NURSE_LIST.to_owned(),
                content,
            }],
        }
    }

    fn may(set: &CatalogSet, day: Date) -> bool {
        set.on(day).nurse_may_prescribe(&CLAVE.parse().unwrap())
    }

    #[test]
    fn the_version_of_the_day_counts() {
        let base = CatalogSet::of(Catalog::embedded().unwrap());
        let (first, second) = (date(2026, 9, 1), date(2026, 10, 1));
        let versions = vec![list(2, second, &[]), list(1, first, &[CLAVE])];
        let set = base.with(versions).unwrap();
        assert!(!may(&set, date(2026, 8, 31)));
        assert!(may(&set, first));
        assert!(may(&set, date(2026, 9, 30)));
        assert!(!may(&set, second));
        assert_eq!(set.days().collect::<Vec<_>>(), [first, second]);
        assert_ne!(set.on(first).digest(), set.on(second).digest());
    }

    #[test]
    fn of_one_day_the_later_number_counts() {
        let base = CatalogSet::of(Catalog::embedded().unwrap());
        let day = date(2026, 9, 1);
        let set = base
            .with(vec![list(2, day, &[]), list(1, day, &[CLAVE])])
            .unwrap();
        assert!(!may(&set, day));
        assert_eq!(set.days().count(), 1);
    }
}
