//! A small country for the tests of this crate.

use jiff::civil::Date;
use prescription::{Clave, Clues, Fraction};

use crate::code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
use crate::day::Day;
use crate::fact::{Act, Fact, Flow, Handed, Source};
use crate::place::{Municipality, Places};
use crate::product::{Ingredient, Product, Products, Schedule, Substance, SubstanceId};

pub(crate) const MORPHINE: &str = "040.000.2103.00";
pub(crate) const CLONAZEPAM: &str = "040.000.2612.00";
pub(crate) const TRAMADOL: &str = "040.000.2106.00";
pub(crate) const AMOXICILLIN: &str = "010.000.2128.00";
/// Of this one the catalog has no figure.
pub(crate) const CODEINE_MIX: &str = "040.000.0999.00";

pub(crate) const PHARMACY: &str = "HGFAR000001";

pub(crate) fn day(text: &str) -> Day {
    Day::from(text.parse::<Date>().unwrap())
}

pub(crate) fn clave(text: &str) -> ClaveCode {
    ClaveCode::from(text.parse::<Clave>().unwrap())
}

pub(crate) fn clues(text: &str) -> CluesCode {
    CluesCode::from(text.parse::<Clues>().unwrap())
}

pub(crate) fn cedula(n: u32) -> CedulaCode {
    let text = format!("{:07}", 1_000_000 + n);
    CedulaCode::from(text.parse::<prescription::Cedula>().unwrap())
}

pub(crate) fn patient(n: u32) -> PatientCode {
    let text = format!("{n:032x}");
    PatientCode::from(text.parse::<prescription::PatientId>().unwrap())
}

pub(crate) fn receta(n: u32) -> RecetaCode {
    let text = format!("{n:032x}");
    RecetaCode::from(text.parse::<prescription::PatientId>().unwrap())
}

fn product(code: &str, name: &str, fractions: &[(&str, Fraction)], of: &[Ingredient]) -> Product {
    let fractions = fractions.iter().map(|(from, fraction)| {
        let from = if from.is_empty() { Day::MIN } else { day(from) };
        (from, *fraction)
    });
    Product {
        clave: clave(code),
        name: name.to_owned(),
        unit: "tableta".to_owned(),
        units_per_package: 20,
        antibiotic: code == AMOXICILLIN,
        fractions: fractions.collect(),
        ingredients: of.to_vec(),
    }
}

fn ingredient(substance: u16, base_ng: Option<u64>, oral_morphine_ng: Option<u64>) -> Ingredient {
    Ingredient {
        substance: SubstanceId(substance),
        base_ng,
        oral_morphine_ng,
    }
}

fn substance(key: &str, schedule: Schedule, opioid: bool) -> Substance {
    Substance {
        key: key.to_owned(),
        schedule: Some(schedule),
        incb_code: None,
        opioid,
        benzodiazepine: key == "CLONAZEPAM",
    }
}

pub(crate) fn products() -> Products {
    let (tramadol, from_iv) = ("2026-07-14", [("", Fraction::IV)]);
    let moved = [("", Fraction::IV), (tramadol, Fraction::II)];
    Products::new(
        vec![
            product(
                MORPHINE,
                "Morfina 30 mg",
                &[("", Fraction::I)],
                &[ingredient(0, Some(22_600_000), Some(22_600_000))],
            ),
            product(
                CLONAZEPAM,
                "Clonazepam 2 mg",
                &[("", Fraction::II)],
                &[ingredient(1, Some(2_000_000), None)],
            ),
            product(
                TRAMADOL,
                "Tramadol 100 mg",
                &moved,
                &[ingredient(2, Some(87_800_000), Some(8_780_000))],
            ),
            product(AMOXICILLIN, "Amoxicilina 500 mg", &from_iv, &[]),
            product(
                CODEINE_MIX,
                "Codeína y paracetamol",
                &[("", Fraction::I)],
                &[ingredient(3, None, None)],
            ),
        ],
        vec![
            substance("MORFINA", Schedule::Narcotic(1), true),
            substance("CLONAZEPAM", Schedule::Psychotropic(4), false),
            Substance {
                schedule: None,
                ..substance("TRAMADOL", Schedule::Narcotic(1), true)
            },
            substance("CODEINA", Schedule::Narcotic(2), true),
        ],
    )
}

pub(crate) fn places() -> Places {
    let mut places = Places::default();
    for (code, entity, name) in [
        ("HGFAR000001", "HIDALGO", "ACATLAN"),
        ("HGFAR000002", "HIDALGO", "ACATLAN"),
        ("HGFAR000003", "HIDALGO", "ACATLAN"),
        ("HGFAR000004", "HIDALGO", "PACHUCA"),
        ("HGIMB000011", "HIDALGO", "ACATLAN"),
        ("DFFAR000001", "CIUDAD DE MEXICO", "COYOACAN"),
    ] {
        let municipality = Municipality {
            entity: entity.to_owned(),
            name: name.to_owned(),
        };
        places.insert(clues(code), municipality);
    }
    places
}

/// A fact of 18:00 UTC on that day at the first pharmacy.
pub(crate) fn fact(index: u64, on: &str, act: Act) -> Fact {
    fact_at(index, on, PHARMACY, act)
}

pub(crate) fn fact_at(index: u64, on: &str, establishment: &str, act: Act) -> Fact {
    let day = day(on);
    Fact {
        source: Source::Ledger(index),
        at: i64::from(day.number()) * 86_400 + 64_800,
        day,
        establishment: clues(establishment),
        act,
    }
}

pub(crate) fn moved(code: &str, flow: Flow, units: i64) -> Act {
    Act::Moved {
        clave: clave(code),
        flow,
        units,
        other: None,
    }
}

pub(crate) fn handed(code: &str, units: u64, to: u32, by: u32, on: u32) -> Handed {
    Handed {
        clave: clave(code),
        units,
        patient: Some(patient(to)),
        prescribed: Some((cedula(by), receta(on))),
    }
}

pub(crate) fn dispensed(code: &str, units: u64, to: u32) -> Act {
    Act::Dispensed(handed(code, units, to, 1, to))
}

pub(crate) fn prescribed(code: &str, units: u64, to: u32, by: u32, on: u32) -> Act {
    Act::Prescribed {
        clave: clave(code),
        units,
        prescriber: cedula(by),
        patient: patient(to),
        receta: receta(on),
    }
}

pub(crate) fn issued(by: u32, on: u32) -> Act {
    Act::Issued {
        prescriber: cedula(by),
        receta: receta(on),
    }
}
