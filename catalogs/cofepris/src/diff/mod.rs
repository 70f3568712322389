//! What an update changes, before it is applied: row by row, field by field.

mod fractions;
mod records;
mod spanish;
mod warning;

use jiff::civil::Date;
use serde::Serialize;

pub use self::fractions::Reclassified;
use self::records::Record;
pub use self::warning::{Limits, Warning};
use crate::import::RefusedRow;
use crate::{Catalog, CatalogName, Professional};

/// A row that is added or removed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Row {
    /// Its key: clave, CLUES, cédula…
    pub key: String,
    /// What a person recognises it by.
    pub label: String,
}

/// A field that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// The field, in Spanish.
    pub field: &'static str,
    /// What it was.
    pub before: String,
    /// What it becomes.
    pub after: String,
}

/// A row that changes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The row.
    #[serde(flatten)]
    pub row: Row,
    /// Its fields that change.
    pub differences: Vec<Difference>,
}

/// What an update does to a catalog.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diff {
    /// The catalog.
    pub catalog: CatalogName,
    /// First day on which it will count.
    pub effective_from: Date,
    /// Rows of the catalog before.
    pub rows_before: usize,
    /// Rows after.
    pub rows_after: usize,
    /// Rows that are new.
    pub added: Vec<Row>,
    /// Rows that go.
    pub removed: Vec<Row>,
    /// Rows that change.
    pub changed: Vec<Change>,
    /// Medicines whose sale fraction becomes another, with the day.
    pub reclassified: Vec<Reclassified>,
    /// Rows that were not understood.
    pub refused: Vec<RefusedRow>,
    /// What a person should look at twice.
    pub warnings: Vec<Warning>,
}

/// What an update is compared with, and when.
#[derive(Debug, Clone, Copy)]
pub struct Proposal<'u> {
    /// First day on which it will count.
    pub effective_from: Date,
    /// The present day.
    pub today: Date,
    /// Rows of the file that were not understood.
    pub refused: &'u [RefusedRow],
    /// From where on a change is suspicious.
    pub limits: Limits,
}

impl Diff {
    /// Between two versions of the catalog, which differ in the tables of `name`.
    #[must_use]
    pub fn of_catalogs(
        name: CatalogName,
        before: &Catalog,
        after: &Catalog,
        proposal: Proposal<'_>,
    ) -> Self {
        let mut diff = Self::of_records(
            name,
            records::of(name, before),
            records::of(name, after),
            proposal,
        );
        if matches!(name, CatalogName::Medicines | CatalogName::Substances) {
            diff.reclassified = fractions::reclassified(before, after, proposal.effective_from);
        }
        let versions = (before, after);
        diff.warnings
            .extend(warning::of_catalogs(&diff, versions, proposal));
        diff
    }

    /// Between two registries of professionals.
    #[must_use]
    pub fn of_professionals(
        before: &[Professional],
        after: &[Professional],
        proposal: Proposal<'_>,
    ) -> Self {
        let records = |rows: &[Professional]| rows.iter().map(records::professional).collect();
        let name = CatalogName::Professionals;
        let mut diff = Self::of_records(name, records(before), records(after), proposal);
        diff.warnings
            .extend(warning::licences_lost(before, after, proposal));
        diff
    }

    fn of_records(
        catalog: CatalogName,
        before: Vec<Record>,
        after: Vec<Record>,
        proposal: Proposal<'_>,
    ) -> Self {
        let (rows_before, rows_after) = (before.len(), after.len());
        let (added, removed, changed) = records::compare(before, after);
        let mut diff = Self {
            catalog,
            effective_from: proposal.effective_from,
            rows_before,
            rows_after,
            added,
            removed,
            changed,
            reclassified: Vec::new(),
            refused: proposal.refused.to_vec(),
            warnings: Vec::new(),
        };
        diff.warnings = warning::general(&diff, proposal);
        diff
    }

    /// Whether the file says what the catalog says already.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.added.is_empty()
            && self.removed.is_empty()
            && self.changed.is_empty()
            && self.reclassified.is_empty()
            && self.refused.is_empty()
    }
}
