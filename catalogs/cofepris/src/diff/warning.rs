//! What in a change a person should look at twice. None of it forbids the change.

use std::collections::BTreeSet;

use jiff::civil::Date;
use prescription::{Clave, Fraction};
use serde::Serialize;

use super::records::medicine_label;
use super::{Diff, Proposal};
use crate::{Catalog, Professional};

/// From where on a change is suspicious.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Rows that go, in percent of all.
    pub removed_percent: u32,
    /// Professionals who lose an active licence, in percent of all who have one.
    pub licences_lost_percent: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            removed_percent: 5,
            licences_lost_percent: 5,
        }
    }
}

/// Something to look at twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case", tag = "warning")]
pub enum Warning {
    /// So many rows go that the file may be cut off.
    ManyRemoved {
        /// How many go.
        removed: usize,
        /// Of how many.
        of: usize,
    },
    /// It counts from a day that has passed: prescriptions of that time were judged otherwise.
    Retroactive {
        /// That day.
        effective_from: Date,
    },
    /// Another version that was applied already counts from a later day on: until then only will
    /// this one.
    UntilLaterVersion {
        /// First day of the other.
        from: Date,
    },
    /// A medicine of fractions I to III goes.
    ControlledRemoved {
        /// The medicine.
        clave: Clave,
        /// What a person recognises it by.
        label: String,
        /// Its fraction on the first day.
        fraction: Fraction,
    },
    /// A medicine becomes easier to get.
    Loosened {
        /// The medicine.
        clave: Clave,
        /// What a person recognises it by.
        label: String,
        /// From this day on.
        on: Date,
        /// The fraction without the update.
        before: Fraction,
        /// The fraction with it.
        after: Fraction,
    },
    /// A medicine of fractions I to III has no amount of anhydrous base: it will be missing in the
    /// balance in grams and in the forms of the INCB.
    WithoutBase {
        /// The medicine.
        clave: Clave,
        /// What a person recognises it by.
        label: String,
    },
    /// So many professionals lose an active licence that the file may be wrong.
    ManyLicencesLost {
        /// How many.
        lost: usize,
        /// Of how many.
        of: usize,
    },
}

/// What holds for every catalog.
pub(super) fn general(diff: &Diff, proposal: Proposal<'_>) -> Vec<Warning> {
    let mut warnings = Vec::new();
    let (removed, of) = (diff.removed.len(), diff.rows_before);
    if exceeds(removed, of, proposal.limits.removed_percent) {
        warnings.push(Warning::ManyRemoved { removed, of });
    }
    if proposal.effective_from < proposal.today {
        let effective_from = proposal.effective_from;
        warnings.push(Warning::Retroactive { effective_from });
    }
    warnings
}

/// What holds for medicines and lists.
pub(super) fn of_catalogs(
    diff: &Diff,
    (before, after): (&Catalog, &Catalog),
    proposal: Proposal<'_>,
) -> Vec<Warning> {
    let day = proposal.effective_from;
    let mut warnings = Vec::new();
    for medicine in before.medicines() {
        let fraction = before
            .fraction_on(&medicine.clave, day)
            .map(|found| found.fraction);
        if let Some(fraction) = fraction.filter(|fraction| fraction.is_controlled())
            && after.medicine(&medicine.clave).is_none()
        {
            warnings.push(Warning::ControlledRemoved {
                clave: medicine.clave.clone(),
                label: medicine_label(medicine),
                fraction,
            });
        }
    }
    warnings.extend(
        diff.reclassified
            .iter()
            .filter(|one| one.is_looser())
            .map(|one| Warning::Loosened {
                clave: one.clave.clone(),
                label: one.label.clone(),
                on: one.on,
                before: one.before,
                after: one.after,
            }),
    );
    for medicine in after.medicines() {
        let without = |catalog: &Catalog| lacks_base(catalog, &medicine.clave, day);
        if without(after) && !without(before) {
            warnings.push(Warning::WithoutBase {
                clave: medicine.clave.clone(),
                label: medicine_label(medicine),
            });
        }
    }
    warnings
}

fn lacks_base(catalog: &Catalog, clave: &Clave, day: Date) -> bool {
    let fraction = catalog.fraction_on(clave, day);
    let facts = catalog.substance_facts(clave);
    fraction.is_some_and(|found| found.fraction.is_controlled())
        && (facts.is_empty() || facts.iter().any(|one| one.base_ng_per_unit.is_none()))
}

/// Professionals who may prescribe on the first day before, and not after.
pub(super) fn licences_lost(
    before: &[Professional],
    after: &[Professional],
    proposal: Proposal<'_>,
) -> Option<Warning> {
    let active = |rows: &[Professional]| -> BTreeSet<String> {
        let day = proposal.effective_from;
        let may = |one: &&Professional| one.covers(day) && one.status.may_prescribe();
        rows.iter()
            .filter(may)
            .map(|one| one.cedula.to_string())
            .collect()
    };
    let (before, after) = (active(before), active(after));
    let (lost, of) = (before.difference(&after).count(), before.len());
    let many = exceeds(lost, of, proposal.limits.licences_lost_percent);
    many.then_some(Warning::ManyLicencesLost { lost, of })
}

/// Whether `part` is more than `percent` of `whole`.
fn exceeds(part: usize, whole: usize, percent: u32) -> bool {
    part as u128 * 100 > whole as u128 * u128::from(percent)
}
