//! The report as its readers see it.

use jiff::civil::date;

use super::*;
use crate::sheet::Sheet;
use crate::{geometry, readers};

fn grams(grams: i128) -> Mass {
    Mass::from_nanograms(grams * 1_000_000_000)
}

fn class(class: &str, dispensings: u64) -> ClassConsumption {
    ClassConsumption {
        class: class.into(),
        prescriptions: Some(dispensings + dispensings / 9),
        dispensings,
        units: i128::from(dispensings) * 28,
        establishments: None,
    }
}

fn alert(name: &str, threshold: &str, count: u64) -> AlertKind {
    let case = |number: u64| AlertCase {
        day: date(2026, 11, 14),
        seen: format!(
            "La cédula 8765{number:04} emitió {} recetas de fracción I en 14 horas, desde la unidad \
             NLSSA004023.",
            1_000 + number
        ),
        evidence: vec![
            format!(
                "libro público, asientos {} a {}",
                41_000 + number,
                42_044 + number
            ),
            "unidad NLSSA004023".into(),
        ],
    };
    AlertKind {
        name: name.into(),
        threshold: threshold.into(),
        count,
        cases: (0..count.min(40)).map(case).collect(),
    }
}

fn substances() -> Vec<SubstanceConsumption> {
    let one = |(name, now, before): (&str, i128, Option<i128>)| SubstanceConsumption {
        name: name.into(),
        base: grams(now),
        before: before.map(grams),
        units: 4_321,
    };
    [
        ("Tramadol", 1_284_330, Some(1_190_442)),
        ("Morfina", 48_210, Some(51_030)),
        ("Oxicodona", 12_450, Some(12_450)),
        ("Metilfenidato", 9_874, None),
        ("Clonazepam", 4_102, Some(3_877)),
        ("Buprenorfina", 310, Some(0)),
        ("Fentanilo", 42, Some(45)),
    ]
    .map(one)
    .into()
}

fn municipalities() -> Vec<MunicipalityConsumption> {
    let one = |number: u64| MunicipalityConsumption {
        name: match number {
            1 => "Dolores Hidalgo Cuna de la Independencia Nacional, Guanajuato".into(),
            _ => format!("San Juan Bautista Cuicatlán {number}, Oaxaca"),
        },
        dispensings: 30_000 / number,
        per_100_000: (!number.is_multiple_of(3)).then_some(410 / number),
    };
    (1..=22).map(one).collect()
}

fn trend() -> Trend {
    let months = [
        "dic 25", "ene 26", "feb 26", "mar 26", "abr 26", "may 26", "jun 26", "jul 26", "ago 26",
        "sep 26", "oct 26", "nov 26",
    ];
    let class = |(name, from, by): (&str, i128, i128)| {
        let values = (0..12).map(|month| from + by * (month % 5) + month * 90);
        (name.to_owned(), values.collect())
    };
    Trend {
        unit: "Surtidos".into(),
        months: months.map(str::to_owned).into(),
        classes: [
            ("Fracción I", 7_400, 150),
            ("Fracción II", 80_100, 1_900),
            ("Fracción III", 58_000, 800),
        ]
        .map(class)
        .into(),
    }
}

fn balances() -> Vec<ThreeWayBalance> {
    let mass = |grams_of| Quantity::Mass(grams(grams_of));
    let balance = |(subject, bought, prescribed, dispensed): (&str, _, _, _)| ThreeWayBalance {
        subject: subject.into(),
        bought,
        prescribed,
        dispensed,
    };
    [
        (
            "Tramadol",
            mass(1_400_000),
            mass(1_300_110),
            mass(1_284_330),
        ),
        ("Morfina", mass(40_000), mass(47_000), mass(48_210)),
        ("Fentanilo", mass(60), mass(44), mass(42)),
        (
            "Clave 040.000.0001.00, sin conversión",
            Quantity::Units(400),
            Quantity::Units(120),
            Quantity::Units(-2),
        ),
    ]
    .map(balance)
    .into()
}

fn report() -> MonthlyReport {
    let hospital = "Hospital General de Ñuñoa (NLSSA004023)";
    MonthlyReport {
        month: date(2026, 11, 1),
        scope: "Nacional".into(),
        office: "Comisión Federal para la Protección contra Riesgos Sanitarios".into(),
        cut: LedgerCut {
            origin: "libro.receta.example/2026".into(),
            size: 1_834_220,
            root: "3f1c".repeat(16),
        },
        classes: vec![
            class("Fracción I", 8_410),
            class("Fracción II", 92_034),
            class("Fracción III", 61_200),
        ],
        trend: trend(),
        substances: substances(),
        municipalities: municipalities(),
        largest: vec![LargeEstablishment {
            establishment: hospital.into(),
            municipality: "Monterrey, Nuevo León".into(),
            class: "Fracción I".into(),
            units: 12_044,
        }],
        balances: balances(),
        exceptions: vec![BalanceException {
            establishment: hospital.into(),
            subject: "Morfina, tableta, 30 mg".into(),
            seen: "Surtió 1,210 tabletas más de las que se prescribieron".into(),
            evidence: vec!["asientos 51,002 a 51,940".into(), "movimiento 77".into()],
        }],
        alerts: vec![
            alert(
                "Velocidad de un prescriptor",
                "más de 100 recetas en 14 horas",
                41,
            ),
            alert(
                "Cuatro prescriptores en 90 días",
                "4 o más prescriptores",
                3,
            ),
            alert("Opioide con benzodiacepina", "ambos en 30 días", 0),
        ],
        notes: vec!["El catálogo no convierte la clave 040.000.0001.00 a base anhidra.".into()],
    }
}

#[test]
fn the_authority_finds_everything() {
    let pdf = report().pdf().unwrap();
    readers::check(&pdf);
    let Some(text) = readers::text(&pdf) else {
        return;
    };
    for expected in [
        "INFORME MENSUAL DE SUSTANCIAS CONTROLADAS",
        "noviembre de 2026",
        "1,834,220",
        "Consumo por clase",
        "92,034",
        "Consumo por mes",
        "Establecimientos que más surtieron",
        "-2",
        "1,284,330.000 g",
        "+7.8 %",
        "-5.5 %",
        "Se muestran 15 de 22 municipios.",
        "Prescrito",
        "48,210.000 g",
        "Surtió 1,210 tabletas más",
        "41 (se listan 40).",
        "asientos 41000 a 42044",
        "040.000.0001.00",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in {text}");
    }
}

#[test]
fn every_list_of_alerts_says_that_it_is_no_verdict() {
    let pages = pdf::pages(&report()).unwrap();
    let text: String = pages.iter().map(|page| crate::page_text(page)).collect();
    let said = text.matches("información y no un veredicto").count();
    // Over all kinds, and under each of the two that have cases.
    assert_eq!(said, 3, "{text}");
}

#[test]
fn nothing_leaves_the_page_or_lies_on_another() {
    geometry::check(Sheet::Letter, &pdf::pages(&report()).unwrap());
    let mut long = report();
    long.scope = "Todos los municipios de ".repeat(30);
    long.alerts[0].cases[0].seen = "Una cédula ".repeat(2_000);
    long.substances[0].name = "Hidroxipetidina".repeat(20);
    long.substances[1].base = Mass::from_nanograms(i128::MAX);
    long.classes[0].dispensings = u64::MAX;
    geometry::check(Sheet::Letter, &pdf::pages(&long).unwrap());
}

#[test]
fn a_month_without_anything_is_a_report() {
    let mut empty = report();
    empty.classes.clear();
    empty.trend = Trend::default();
    empty.substances.clear();
    empty.municipalities.clear();
    empty.largest.clear();
    empty.balances.clear();
    empty.exceptions.clear();
    empty.alerts.clear();
    empty.notes.clear();
    let Some(text) = readers::text(&empty.pdf().unwrap()) else {
        return;
    };
    assert_eq!(text.matches("Sin datos en el mes.").count(), 4, "{text}");
    assert!(text.contains("Ningún balance del mes"));
    assert!(text.contains("No se buscó ninguna clase de alerta."));
}

#[test]
fn the_same_report_is_the_same_file() {
    assert_eq!(report().pdf(), report().pdf());
}

#[test]
#[ignore = "writes files to look at"]
fn samples() {
    readers::leave("monthly-report.pdf", &report().pdf().unwrap());
}
