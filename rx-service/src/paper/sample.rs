//! Recetas for the tests: invented people, medicines of the Compendio.

use jiff::civil::date;
use prescription::Fraction;
use signing::qr::QrSymbol;

use super::receta::{
    Establishment, LedgerEntry, Patient, Prescriber, QrModules, Receta, RecetaLine,
};

/// As long as the QR text of three medicines: version 15 or so.
pub(super) fn qr_text() -> String {
    format!("RX1{}", "7K3M2ABX5QRTCDEF".repeat(36))
}

pub(super) fn qr(text: &str) -> QrModules {
    let (width, dark) = QrSymbol::draw(text).unwrap().modules();
    QrModules { width, dark }
}

fn line(number: u8, generic_name: &str, fraction: Fraction) -> RecetaLine {
    RecetaLine {
        number,
        generic_name: generic_name.to_owned(),
        form: "Tableta".to_owned(),
        strength: "2 mg".to_owned(),
        presentation: "Envase con 30 tabletas".to_owned(),
        clave: "040.000.2612.00".to_owned(),
        brand: None,
        no_substitution: false,
        packages: 2,
        unit_doses: false,
        refill_interval: None,
        fills: 1,
        fraction,
        antibiotic: false,
        dosage_text: "Tomar 1 tableta cada 12 horas, vía oral, durante 30 días.".to_owned(),
        valid_until: date(2026, 12, 20),
    }
}

/// One line of each kind that a common receta may have: antibiotic, fractions II and III.
pub(super) fn common() -> Receta {
    let amoxicillin = RecetaLine {
        form: "Cápsula".to_owned(),
        strength: "500 mg".to_owned(),
        presentation: "Envase con 12 cápsulas".to_owned(),
        clave: "010.000.2128.00".to_owned(),
        antibiotic: true,
        dosage_text: "Tomar 1 cápsula cada 8 horas, vía oral, durante 7 días.".to_owned(),
        ..line(1, "Amoxicilina", Fraction::IV)
    };
    let clonazepam = RecetaLine {
        fills: 3,
        packages: 1,
        brand: Some("Rivotril".to_owned()),
        dosage_text: "Tomar media tableta (½) cada 24 horas, vía oral, durante 60 días.".to_owned(),
        valid_until: date(2027, 5, 20),
        ..line(2, "Clonazepam", Fraction::III)
    };
    let tramadol = RecetaLine {
        form: "Cápsula".to_owned(),
        strength: "50 mg".to_owned(),
        presentation: "Envase con 20 cápsulas".to_owned(),
        clave: "040.000.2106.00".to_owned(),
        dosage_text: "Tomar 1 cápsula cada 12 horas, vía oral, durante 10 días.".to_owned(),
        ..line(3, "Tramadol", Fraction::II)
    };
    Receta {
        folio: "7K3M-9QRT-2ABX-51CD".to_owned(),
        special_folio: None,
        issued_at_local: "20 de noviembre de 2026, 10:32 h (hora del centro)".to_owned(),
        written_on: date(2026, 11, 20),
        establishment: Establishment {
            name: "Hospital General de México «Dr. Eduardo Liceaga»".to_owned(),
            clues: "DFSSA004023".to_owned(),
            place: "Dr. Balmis 148, Doctores, Cuauhtémoc, 06720 Ciudad de México".to_owned(),
        },
        prescriber: Prescriber {
            name: "Dra. Ángela Núñez Ibáñez".to_owned(),
            cedula: "12345678".to_owned(),
            profession: "Médica cirujana".to_owned(),
        },
        patient: Patient {
            name: "Concepción Salgado Briseño de la Torre".to_owned(),
            curp: "SABC560626MDFLRN01".to_owned(),
            birth_date: Some(date(1956, 6, 26)),
            address: None,
        },
        diagnosis: Some("Faringoamigdalitis aguda; trastorno de ansiedad".to_owned()),
        lines: vec![amoxicillin, clonazepam, tramadol],
        qr: qr(&qr_text()),
        ledger: LedgerEntry {
            origin: "libro.receta.example/2026".to_owned(),
            index: 48_213,
        },
        status_note: None,
    }
}

/// A special receta: fraction I alone, with the authority's folio, address and diagnosis.
pub(super) fn special() -> Receta {
    let morphine = RecetaLine {
        strength: "30 mg".to_owned(),
        presentation: "Envase con 20 tabletas".to_owned(),
        clave: "040.000.2103.00".to_owned(),
        ..line(1, "Morfina, sulfato de", Fraction::I)
    };
    let mut receta = common();
    receta.special_folio = Some("CDMX-2026-00012345".to_owned());
    receta.patient.address =
        Some("Av. Niño Perdido 214, int. 3, Doctores, Cuauhtémoc, 06720 CDMX".to_owned());
    receta.diagnosis = Some("Dolor oncológico (C50.9)".to_owned());
    receta.lines = vec![morphine];
    receta
}

/// Six medicines, each with long texts, for people and places with long names.
pub(super) fn stress() -> Receta {
    let mut receta = common();
    receta.lines = (1..=6)
        .map(|number| RecetaLine {
            brand: Some(
                "Denominación distintiva de dos renglones® con liberación prolongada".into(),
            ),
            form: "Suspensión de liberación prolongada con recubrimiento entérico".into(),
            presentation: "Envase con frasco ámbar con polvo para 60 mL y dosificador de 5 mL, \
                           instructivo y vaso graduado"
                .into(),
            strength: "(200 mg + 28.5 mg)/5 mL".into(),
            dosage_text: "Tomar 7.5 mililitros cada 8 horas, vía oral, durante 10 días; si hay \
                          dolor o fiebre mayor de 38.5 °C. Máximo 3 dosis al día."
                .into(),
            packages: 21,
            fills: 12,
            ..line(
                number,
                "Trimetoprima-sulfametoxazol-hidroclorotiazida-acetilsalicílico compuesto",
                Fraction::II,
            )
        })
        .collect();
    receta.establishment.name =
        "Unidad Médica de Alta Especialidad Hospital de Especialidades «Dr. Bernardo Sepúlveda \
         Gutiérrez» del Centro Médico Nacional Siglo XXI"
            .into();
    receta.prescriber.name =
        "Dr. Maximiliano Hermenegildo Goicoechea-Etchegoyen y Arizmendi".into();
    receta.prescriber.profession = "Médico especialista en cirugía maxilofacial pediátrica".into();
    receta.patient.address = Some("Cerrada de los Insurgentes ".repeat(4));
    receta.diagnosis = Some("Infección de vías urinarias recurrente ".repeat(4));
    receta
}
