//! Rows of any catalog as key, label and fields, and how two lists of them differ.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::{Change, Difference, Row};
use crate::{Catalog, CatalogName, Establishment, Listing, Medicine, Professional};

/// A row, as it is compared.
pub(super) struct Record {
    row: Row,
    fields: Vec<(&'static str, String)>,
}

/// Added, removed and changed rows, each sorted by key.
pub(super) fn compare(
    before: Vec<Record>,
    after: Vec<Record>,
) -> (Vec<Row>, Vec<Row>, Vec<Change>) {
    let by_key = |records: Vec<Record>| -> BTreeMap<String, Record> {
        let keyed = records.into_iter().map(|one| (one.row.key.clone(), one));
        keyed.collect()
    };
    let mut before = by_key(before);
    let mut added = Vec::new();
    let mut changed = Vec::new();
    for (key, new) in by_key(after) {
        match before.remove(&key) {
            None => added.push(new.row),
            Some(old) => changed.extend(change(old, new)),
        }
    }
    let removed = before.into_values().map(|record| record.row);
    (added, removed.collect(), changed)
}

fn change(old: Record, new: Record) -> Option<Change> {
    let pairs = old.fields.into_iter().zip(new.fields);
    let differences: Vec<_> = pairs
        .filter(|((_, before), (_, after))| before != after)
        .map(|((field, before), (_, after))| Difference {
            field,
            before,
            after,
        })
        .collect();
    (!differences.is_empty()).then_some(Change {
        row: new.row,
        differences,
    })
}

/// The rows of one part of the catalog.
pub(super) fn of(name: CatalogName, catalog: &Catalog) -> Vec<Record> {
    match name {
        CatalogName::Medicines => {
            let rows = catalog.medicines().iter();
            rows.map(|one| medicine(one, catalog)).collect()
        }
        CatalogName::Substances => catalog.listings().iter().map(listing).collect(),
        CatalogName::Establishments => catalog.establishments().iter().map(establishment).collect(),
        CatalogName::NurseList => {
            let claves = catalog.nurse_list().iter();
            claves.map(|clave| on_nurse_list(clave, catalog)).collect()
        }
        // Not a part of the catalog: they have a registry of their own.
        CatalogName::Professionals => Vec::new(),
    }
}

fn medicine(one: &Medicine, catalog: &Catalog) -> Record {
    let package = one.package.as_ref();
    let base: Vec<_> = catalog
        .substance_facts(&one.clave)
        .iter()
        .map(|facts| {
            let base = facts.base_ng_per_unit;
            let base = base.map_or_else(|| "?".to_owned(), |ng| ng.to_string());
            format!("{} {base} ng", facts.substance.ingredient)
        })
        .collect();
    Record {
        row: row(&one.clave, medicine_label(one)),
        fields: vec![
            ("nombre genérico", one.generic_name.clone()),
            ("forma farmacéutica", one.form.clone()),
            ("concentración", one.strength.clone().unwrap_or_default()),
            ("presentación", one.presentation.clone()),
            (
                "unidades",
                package.map(|p| p.units.to_string()).unwrap_or_default(),
            ),
            (
                "unidad",
                package.map(|p| p.unit.clone()).unwrap_or_default(),
            ),
            ("grupos terapéuticos", one.therapeutic_groups.join(", ")),
            ("ingredientes", one.substance_key.to_string()),
            ("sustancias en las listas", one.substances.join(", ")),
            ("asimilado a", one.assimilated_to.join(", ")),
            (
                "antibiótico",
                if one.antibiotic { "sí" } else { "no" }.to_owned(),
            ),
            ("base anhidra por unidad", base.join(", ")),
        ],
    }
}

/// What a person recognises a medicine by.
pub(super) fn medicine_label(one: &Medicine) -> String {
    let strength = one.strength.as_deref().unwrap_or_default();
    format!("{} {strength}", one.generic_name)
        .trim_end()
        .to_owned()
}

fn listing(one: &Listing) -> Record {
    Record {
        row: row(
            &format!("{}, {}", one.listed_as, one.class.code()),
            one.substance.clone(),
        ),
        fields: vec![
            ("sustancia", one.substance.clone()),
            ("vigente desde", day(one.valid_from)),
            ("vigente hasta", day(one.valid_to)),
        ],
    }
}

fn establishment(one: &Establishment) -> Record {
    Record {
        row: row(&one.clues, one.name.clone()),
        fields: vec![
            ("nombre", one.name.clone()),
            ("institución", one.institution.clone()),
            ("entidad", one.entity.clone()),
            ("municipio", one.municipality.clone()),
            ("localidad", one.locality.clone()),
            ("código postal", one.postal_code.clone()),
            ("nivel de atención", one.level.clone()),
            ("estatus", one.status.clone()),
        ],
    }
}

fn on_nurse_list(clave: &prescription::Clave, catalog: &Catalog) -> Record {
    let label = catalog.medicine(clave).map(medicine_label);
    Record {
        row: row(clave, label.unwrap_or_default()),
        fields: Vec::new(),
    }
}

/// A line of the registry: a cédula from a day on.
pub(super) fn professional(one: &Professional) -> Record {
    let key = match one.from {
        None => one.cedula.to_string(),
        Some(from) => format!("{} desde {from}", one.cedula),
    };
    Record {
        row: row(&key, one.name.clone()),
        fields: vec![
            ("nombre", one.name.clone()),
            ("profesión", one.profession.clone()),
            ("especialidad", one.specialty.clone()),
            ("cédula", one.status.spanish().to_owned()),
            ("hasta", day(one.to)),
        ],
    }
}

fn row(key: &impl ToString, label: String) -> Row {
    Row {
        key: key.to_string(),
        label,
    }
}

fn day(day: Option<Date>) -> String {
    day.map(|day| day.to_string()).unwrap_or_default()
}
