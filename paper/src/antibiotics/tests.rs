//! The register as an inspector and a program see it.

use jiff::civil::date;

use super::*;
use crate::control_book::sample::{november, pharmacy};
use crate::readers;

fn entry(number: u64, day: i8, act: AntibioticAct, concept: &str) -> AntibioticEntry {
    AntibioticEntry {
        number,
        date: date(2026, 11, day),
        late: false,
        act,
        concept: concept.into(),
        clave: "010.000.2128.00".into(),
        name: "Amoxicilina".into(),
        presentation: "Envase con 12 cápsulas".into(),
        lot: Some("AX-90".into()),
        expiry: Some(date(2028, 1, 31)),
        quantity: 12,
        unit: "cápsulas".into(),
        balance: 1_200,
        document: None,
        folio: None,
        retained: None,
        prescriber: None,
        corrects: None,
        ledger_index: Some(51_000 + number),
    }
}

fn register() -> AntibioticRegister {
    let purchase = AntibioticEntry {
        quantity: 1_212,
        document: Some("Factura A-77".into()),
        ..entry(1, 2, AntibioticAct::Acquired, "Adquisición")
    };
    let sale = AntibioticEntry {
        folio: Some("7K3M-9QRT-2ABX-51CD".into()),
        prescriber: Some(AntibioticPrescriber {
            name: "Dra. Ángela Núñez Ibáñez".into(),
            cedula: "87654321".into(),
            address: "Dr. Balmis 148, Doctores, 06720 Ciudad de México".into(),
        }),
        ..entry(2, 5, AntibioticAct::Sold, "Venta")
    };
    let late = AntibioticEntry {
        late: true,
        retained: Some(18),
        folio: Some("8L4N-9QRT-2ABX-77CD".into()),
        ..entry(3, 4, AntibioticAct::Sold, "Venta")
    };
    let discarded = entry(4, 20, AntibioticAct::Discarded, "Destrucción de caducos");
    AntibioticRegister {
        establishment: pharmacy(),
        period: november(),
        ledger: "libro.receta.example/2026".into(),
        entries: vec![purchase, sale, late, discarded],
    }
}

#[test]
fn says_what_the_acuerdo_asks_for() {
    let files = register().files().unwrap();
    readers::check(&files.pdf);
    let Some(text) = readers::text(&files.pdf) else {
        return;
    };
    for expected in [
        "REGISTRO DE ANTIBIÓTICOS",
        "DOF 27-05-2010",
        "Amoxicilina",
        "AX-90",
        "31/01/2028",
        "02/11/2026",
        "1,212",
        "cédula 87654321",
        "extemporáneo",
        "retenida n.º 18",
        &files.csv_sha256,
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in {text}");
    }
}

#[test]
fn the_file_has_a_record_for_each_entry() {
    let csv = register().csv().unwrap();
    let mut reader = ::csv::Reader::from_reader(&csv[..]);
    let records: Vec<std::collections::BTreeMap<String, String>> =
        reader.deserialize().map(Result::unwrap).collect();
    assert_eq!(records.len(), 4);
    assert_eq!(records[2]["extemporaneo"], "si");
    assert_eq!(records[2]["fecha"], "2026-11-04");
    assert_eq!(records[1]["medico"], "Dra. Ángela Núñez Ibáñez");
    assert_eq!(records[3]["movimiento"], "desecho");
    assert_eq!(records[3]["indice_libro_publico"], "51004");
}

#[test]
fn a_register_that_contradicts_itself_is_not_printed() {
    let mut order = register();
    order.entries[2].late = false;
    assert_eq!(order.files(), Err(RegisterError::Order(3)));
    let mut gap = register();
    gap.entries.remove(1);
    assert_eq!(gap.files(), Err(RegisterError::Number(3)));
    let mut elsewhere = register();
    elsewhere.entries[0].date = date(2026, 10, 31);
    assert_eq!(elsewhere.files(), Err(RegisterError::OutOfPeriod(1)));
    let mut future = register();
    future.entries[2].date = date(2026, 12, 1);
    assert_eq!(future.files(), Err(RegisterError::OutOfPeriod(3)));
    let mut backwards = register();
    backwards.period.from = date(2026, 12, 1);
    assert_eq!(backwards.files(), Err(RegisterError::Period));
}

#[test]
fn what_was_recorded_late_stands_where_it_was_recorded() {
    let mut late = register();
    late.entries[2].date = date(2026, 10, 30);
    assert!(late.files().is_ok());
}

#[test]
fn an_empty_register_says_so() {
    let mut empty = register();
    empty.entries.clear();
    let files = empty.files().unwrap();
    let Some(text) = readers::text(&files.pdf) else {
        return;
    };
    assert!(text.contains("Sin asientos en el periodo."), "{text}");
}

#[test]
#[ignore = "writes files to look at"]
fn samples() {
    readers::leave("antibiotics.pdf", &register().files().unwrap().pdf);
}
