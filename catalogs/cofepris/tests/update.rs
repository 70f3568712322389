//! From an official file to a diff and a version of the catalog.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should fail")]

use std::fmt::Write;

use cofepris::{
    Catalog, CatalogName, CatalogSet, Diff, LicenceStatus, Limits, Proposal, Update, Version,
    Warning,
};
use jiff::civil::{Date, date};
use prescription::{Clave, Fraction};
use rust_xlsxwriter::Workbook;

const TODAY: Date = date(2026, 9, 1);
const FROM: Date = date(2026, 10, 1);

fn clave(text: &str) -> Clave {
    text.parse().unwrap()
}

fn proposal(update: &Update) -> Proposal<'_> {
    Proposal {
        effective_from: FROM,
        today: TODAY,
        refused: &update.refused,
        limits: Limits::default(),
    }
}

/// A workbook of the Compendio with these rows below a title.
fn workbook(rows: &[[&str; 5]]) -> Vec<u8> {
    let mut book = Workbook::new();
    let sheet = book.add_worksheet();
    sheet
        .write(0, 0, "Compendio Nacional de Insumos para la Salud")
        .unwrap();
    let header = [
        "Grupo terapéutico",
        "CLAVE",
        "NOMBRE GENÉRICO",
        "Forma farmacéutica",
        "Descripción",
    ];
    for (row, cells) in (2..).zip(std::iter::once(&header).chain(rows)) {
        for (column, cell) in (0..).zip(cells) {
            sheet.write(row, column, *cell).unwrap();
        }
    }
    book.save_to_buffer().unwrap()
}

const CLONAZEPAM: [&str; 5] = [
    "Neurología",
    "040.000.2612.00",
    "CLONAZEPAM",
    "TABLETA",
    "TABLETA Cada tableta contiene: Clonazepam 2 mg. Envase con 60 tabletas.",
];
const NEW: [&str; 5] = [
    "Analgesia",
    "040.000.9001.00",
    "MORFINA",
    "TABLETA",
    "TABLETA Cada tableta contiene: Sulfato de morfina 15 mg. Envase con 20 tabletas.",
];
const MYSTERY: [&str; 5] = [
    "Analgesia",
    "040.000.9002.00",
    "HIDROMORFONA",
    "SOLUCIÓN INYECTABLE",
    "SOLUCIÓN INYECTABLE Envase con 5 ampolletas.",
];

#[test]
fn a_workbook_becomes_a_diff_and_a_version() {
    let base = Catalog::embedded().unwrap();
    let bytes = workbook(&[CLONAZEPAM, NEW, MYSTERY]);
    let update = Update::read(CatalogName::Medicines, &bytes, &base).unwrap();
    let after = base.updated(&update.files).unwrap();
    let diff = Diff::of_catalogs(update.name, &base, &after, proposal(&update));

    assert_eq!((diff.rows_before, diff.rows_after), (1895, 3));
    let added: Vec<_> = diff.added.iter().map(|row| row.key.as_str()).collect();
    assert_eq!(added, ["040.000.9001.00", "040.000.9002.00"]);
    assert_eq!(diff.removed.len(), 1894);
    let [change] = diff.changed.as_slice() else {
        panic!("one change")
    };
    let fields: Vec<_> = change.differences.iter().map(|one| one.field).collect();
    assert_eq!(fields, ["presentación", "unidades"]);

    let has = |wanted: &dyn Fn(&Warning) -> bool| diff.warnings.iter().any(wanted);
    assert!(has(&|one| matches!(
        one,
        Warning::ManyRemoved {
            removed: 1894,
            of: 1895
        }
    )));
    assert!(has(
        &|one| matches!(one, Warning::ControlledRemoved { clave, fraction: Fraction::I, .. }
        if clave.to_string() == "040.000.2103.00")
    ));
    assert!(has(&|one| matches!(one, Warning::WithoutBase { clave, .. }
        if clave.to_string() == "040.000.9002.00")));

    // Facts follow: the package does not matter, the new medicine gets its own.
    assert_eq!(after.units_per_package(&clave("040.000.2612.00")), 60);
    let clonazepam = &after.substance_facts(&clave("040.000.2612.00"))[0];
    assert_eq!(clonazepam.base_ng_per_unit, Some(2_000_000));
    let morphine = &after.substance_facts(&clave("040.000.9001.00"))[0];
    // 15 mg × 75.21 %.
    assert_eq!(morphine.base_ng_per_unit, Some(11_281_500));
    let fraction = after
        .fraction_on(&clave("040.000.9002.00"), FROM)
        .unwrap()
        .fraction;
    assert_eq!(
        fraction,
        Fraction::I,
        "controlled though its amount is not known"
    );
}

#[test]
fn a_list_moves_medicines_and_says_where_it_loosens() {
    let base = Catalog::embedded().unwrap();
    let mut lines = String::from("substance,listed_as,class,valid_from,valid_to\n");
    for one in base.listings() {
        let (class, to) = match one.substance.as_str() {
            // Loosened from II to III; and one that leaves on a later day.
            "CLONAZEPAM" => ("psicotropico-IV", String::new()),
            "DIAZEPAM" => (one.class.code(), "2026-12-31".to_owned()),
            _ => (
                one.class.code(),
                one.valid_to.map(|d| d.to_string()).unwrap_or_default(),
            ),
        };
        let from = one.valid_from.map(|d| d.to_string()).unwrap_or_default();
        let name = one.listed_as.replace('"', "");
        writeln!(
            lines,
            "\"{}\",\"{name}\",{class},{from},{to}",
            one.substance
        )
        .unwrap();
    }
    // New on the lists: a substance that medicines contain, and no fact knows.
    lines += "PREGABALINA,PREGABALINA,psicotropico-IV,2026-11-01,\n";
    let update = Update::read(CatalogName::Substances, lines.as_bytes(), &base).unwrap();
    assert_eq!(update.refused, []);
    let after = base.updated(&update.files).unwrap();
    let diff = Diff::of_catalogs(update.name, &base, &after, proposal(&update));

    let moved = |text: &str| {
        let of = diff
            .reclassified
            .iter()
            .filter(|one| one.clave == clave(text));
        of.map(|one| (one.on, one.before, one.after))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        moved("040.000.2612.00"),
        [(FROM, Fraction::II, Fraction::III)]
    );
    let diazepam = [(date(2027, 1, 1), Fraction::II, Fraction::IV)];
    assert_eq!(moved("040.000.3215.00"), diazepam);
    let pregabalin = base.search("pregabalina", 1)[0].clave.clone();
    let tightened = [(date(2026, 11, 1), Fraction::IV, Fraction::III)];
    assert_eq!(moved(&pregabalin.to_string()), tightened);

    let looser = diff
        .warnings
        .iter()
        .filter(|one| matches!(one, Warning::Loosened { .. }));
    // Clonazepam (2) from the first day, diazepam (2) later.
    assert_eq!(looser.count(), 4);
    let text = diff.to_string();
    assert!(text.contains("Cambian de fracción"), "{text}");
    assert!(
        text.contains(
            "? 040.000.2612.00 Clonazepam 2 mg pasa de la fracción II a la III desde \
                       2026-10-01, menos estricta"
        ),
        "{text}"
    );
}

#[test]
fn a_prescription_is_judged_by_the_version_of_its_day() {
    let base = Catalog::embedded().unwrap();
    let listings = base.listings().iter().map(|one| {
        let tramadol = one.substance == "TRAMADOL" && one.valid_to.is_none();
        let class = if tramadol {
            "estupefaciente"
        } else {
            one.class.code()
        };
        let day = |day: Option<Date>| day.map(|day| day.to_string()).unwrap_or_default();
        format!(
            "\"{}\",\"{}\",{class},{},{}\n",
            one.substance,
            one.listed_as,
            day(one.valid_from),
            day(one.valid_to)
        )
    });
    let header = "substance,listed_as,class,valid_from,valid_to\n".to_owned();
    let lines: String = std::iter::once(header).chain(listings).collect();
    let update = Update::read(CatalogName::Substances, lines.as_bytes(), &base).unwrap();
    let version = Version {
        name: update.name,
        number: 1,
        effective_from: FROM,
        files: update.files,
    };
    let set = CatalogSet::of(base).with(vec![version]).unwrap();
    let fraction = |day: Date| {
        let catalog = set.on(day);
        let found = catalog.fraction_on(&clave("040.000.2106.00"), day).unwrap();
        found.fraction
    };
    assert_eq!(
        fraction(date(2026, 7, 13)),
        Fraction::III,
        "until the reform"
    );
    assert_eq!(fraction(date(2026, 9, 30)), Fraction::II);
    assert_eq!(fraction(FROM), Fraction::I);
}

#[test]
fn the_committed_establishments_come_out_of_the_official_layout() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/clues_hidalgo_imss_bienestar_202501.csv"
    );
    let Ok(bytes) = std::fs::read(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let base = Catalog::embedded().unwrap();
    let update = Update::read(CatalogName::Establishments, &bytes, &base).unwrap();
    assert_eq!(update.refused, []);
    let after = base.updated(&update.files).unwrap();
    let diff = Diff::of_catalogs(update.name, &base, &after, proposal(&update));
    assert!(diff.is_empty(), "{diff}");
}

#[test]
fn professionals_that_fall_silent_are_noticed() {
    let base = Catalog::embedded().unwrap();
    let read = |text: &str| {
        let update = Update::read(CatalogName::Professionals, text.as_bytes(), &base).unwrap();
        assert_eq!(update.refused, []);
        update
    };
    let header = "CÉDULA,NOMBRE,PROFESIÓN,ESTATUS,DESDE,HASTA\n";
    let before = read(&format!(
        "{header}1234567,ANA LÓPEZ,MÉDICO,activa,,\n7654321,LUIS PÉREZ,MÉDICO,activa,,\n"
    ));
    let after = read(&format!(
        "{header}1234567,ANA LÓPEZ,MÉDICO,activa,,2026-08-31\n1234567,ANA LÓPEZ,MÉDICO,finado,2026-09-01,\n7654321,LUIS PÉREZ,MÉDICO,activa,,\n"
    ));
    let rows = after.professionals().unwrap();
    assert_eq!(rows[1].status, LicenceStatus::Deceased);
    let diff = Diff::of_professionals(&before.professionals().unwrap(), &rows, proposal(&after));
    assert_eq!((diff.added.len(), diff.changed.len()), (1, 1));
    assert_eq!(
        diff.warnings,
        [Warning::ManyLicencesLost { lost: 1, of: 2 }]
    );
    let json = serde_json::to_value(&diff).unwrap();
    assert_eq!(json["catalog"], "professionals");
    assert_eq!(json["warnings"][0]["warning"], "many-licences-lost");
    assert_eq!(json["changed"][0]["differences"][0]["field"], "hasta");
}

#[test]
fn an_update_in_the_past_is_said_to_be_one() {
    let base = Catalog::embedded().unwrap();
    let file = b"clave\n010.000.0104.00\n";
    let update = Update::read(CatalogName::NurseList, file, &base).unwrap();
    let after = base.updated(&update.files).unwrap();
    let proposal = Proposal {
        effective_from: date(2026, 8, 1),
        ..proposal(&update)
    };
    let diff = Diff::of_catalogs(update.name, &base, &after, proposal);
    let effective_from = date(2026, 8, 1);
    assert_eq!(diff.warnings, [Warning::Retroactive { effective_from }]);
    assert_eq!(diff.added.len(), 1);
    assert!(after.nurse_may_prescribe(&clave("010.000.0104.00")));
}
