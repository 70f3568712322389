//! Our mapping against the name-matched columns of the shared copy of the compendium.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::collections::BTreeMap;
use std::path::Path;

use cofepris::{Assimilation, Catalog, Policy};
use jiff::civil::date;
use prescription::{Clave, Fraction};

const SHARED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data");

/// Claves of which we say something else than the shared columns, on purpose, once the reform is
/// in force and only named substances count. None today: every other difference is a mistake.
const INTENDED: [(&str, &str); 0] = [];

/// Medicines that the lists do not name and the default policy assimilates to a listed substance.
const ASSIMILATED: [(&str, Fraction); 7] = [
    ("040.000.0248.00", Fraction::I),
    ("040.000.3204.00", Fraction::III),
    ("040.000.5476.00", Fraction::III),
    ("040.000.5710.00", Fraction::II),
    ("040.000.5711.00", Fraction::II),
    ("040.000.5712.00", Fraction::II),
    ("040.000.7029.00", Fraction::II),
];

fn published() -> Option<BTreeMap<Clave, String>> {
    let path = Path::new(SHARED).join("compendio_medicamentos.csv");
    if !path.exists() {
        eprintln!("SKIPPED: {} is not here", path.display());
        return None;
    }
    let mut reader = csv::Reader::from_path(path).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name| headers.iter().position(|header| header == name).unwrap();
    let (clave, fraction) = (column("clave"), column("sale_fraction"));
    let rows = reader.records().map(|record| {
        let record = record.unwrap();
        (record[clave].parse().unwrap(), record[fraction].to_owned())
    });
    Some(rows.collect())
}

#[test]
fn named_substances_have_the_published_fraction() {
    let Some(published) = published() else { return };
    let named = Policy {
        assimilation: Assimilation::NamedOnly,
        ..Policy::default()
    };
    let catalog = Catalog::embedded().unwrap().with_policy(named);
    let mut differences = Vec::new();
    assert_eq!(published.len(), catalog.medicines().len());
    for (clave, theirs) in &published {
        let ours = catalog
            .fraction_on(clave, date(2026, 7, 14))
            .unwrap()
            .fraction;
        let expected = if theirs.is_empty() { "IV" } else { theirs };
        if ours.numeral() != expected {
            differences.push((clave.as_str(), ours.numeral()));
        }
    }
    assert_eq!(differences, INTENDED);
}

#[test]
fn the_default_policy_adds_only_the_assimilated() {
    let Some(published) = published() else { return };
    let catalog = Catalog::embedded().unwrap();
    let mut added = Vec::new();
    for (clave, theirs) in &published {
        let ours = catalog
            .fraction_on(clave, date(2026, 7, 14))
            .unwrap()
            .fraction;
        if theirs.is_empty() && ours != Fraction::IV {
            added.push((clave.as_str(), ours));
        }
    }
    assert_eq!(added, ASSIMILATED);
}

#[test]
fn the_official_establishments_file_is_read_in_its_own_layout() {
    let path = Path::new(SHARED).join("clues_hidalgo_imss_bienestar_202501.csv");
    let Ok(official) = std::fs::File::open(&path) else {
        eprintln!("SKIPPED: {} is not here", path.display());
        return;
    };
    let medicines = include_str!("../data/medicines.csv");
    let substances = include_str!("../data/substances.csv");
    let catalog =
        Catalog::from_readers(medicines.as_bytes(), substances.as_bytes(), official).unwrap();
    assert_eq!(
        catalog.establishments(),
        Catalog::embedded().unwrap().establishments()
    );
}
