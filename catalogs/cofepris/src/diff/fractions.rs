//! Which medicines change their sale fraction, and when.

use std::collections::BTreeSet;

use jiff::civil::Date;
use prescription::{Clave, Fraction};
use serde::Serialize;

use super::records::medicine_label;
use crate::Catalog;

/// A medicine that both versions have, in another fraction.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reclassified {
    /// The medicine.
    pub clave: Clave,
    /// What a person recognises it by.
    pub label: String,
    /// First day on which the versions differ.
    pub on: Date,
    /// The fraction without the update.
    pub before: Fraction,
    /// The fraction with it.
    pub after: Fraction,
}

impl Reclassified {
    /// Whether it becomes easier to get.
    #[must_use]
    pub fn is_looser(&self) -> bool {
        self.after > self.before
    }
}

/// Every medicine whose fraction differs on the first day or on any later one, with each day on
/// which the pair of fractions becomes another.
pub(super) fn reclassified(before: &Catalog, after: &Catalog, from: Date) -> Vec<Reclassified> {
    let days = days(&[before, after], from);
    let mut found = Vec::new();
    for medicine in after.medicines() {
        let mut last = None;
        for day in &days {
            let fraction = |catalog: &Catalog| {
                let classified = catalog.fraction_on(&medicine.clave, *day);
                classified.map(|classified| classified.fraction)
            };
            let pair = fraction(before).zip(fraction(after));
            let differs = pair.filter(|(before, after)| before != after);
            if let Some((before, after)) = differs
                && last != differs
            {
                found.push(Reclassified {
                    clave: medicine.clave.clone(),
                    label: medicine_label(medicine),
                    on: *day,
                    before,
                    after,
                });
            }
            last = differs;
        }
    }
    found
}

/// The first day, and each later one on which a list changes.
fn days(catalogs: &[&Catalog], from: Date) -> BTreeSet<Date> {
    let listings = catalogs.iter().flat_map(|catalog| catalog.listings());
    let changes = listings.flat_map(|one| {
        let left = one.valid_to.and_then(|last| last.tomorrow().ok());
        [one.valid_from, left]
    });
    let later = changes.flatten().filter(|day| *day > from);
    std::iter::once(from).chain(later).collect()
}
