//! The upper part: what the paper is, where it comes from, who prescribes and for whom.

use prescription::Fraction;

use super::receta::{Patient, Prescriber, Receta};
use super::spanish::{age, day};
use super::{BODY, PaperError};
use paper::mark::{Column, Ink, Mark, Row, Style, beside};
use paper::wrap::{Span, joined, paragraph, spans};
use paper::{code128, winansi};

const LABEL: Style = Style::bold(680, 950, Ink::Accent);
const NAME: Style = Style::bold(980, 1200, Ink::Black);
const PLAIN: Style = Style::regular(840, 1080, Ink::Black);
const GREY: Style = Style::regular(800, 1050, Ink::Grey);

fn is_special(receta: &Receta) -> bool {
    receta.lines.iter().any(|line| line.fraction == Fraction::I)
}

/// The band with the title, on every page.
pub(super) fn band(receta: &Receta) -> Vec<Row> {
    const TITLE: Style = Style::bold(1050, 1600, Ink::White);
    let (title, ink) = if is_special(receta) {
        ("RECETA ESPECIAL — ESTUPEFACIENTES", Ink::Black)
    } else {
        ("RECETA MÉDICA ELECTRÓNICA", Ink::Accent)
    };
    let band = Row {
        height: TITLE.leading,
        marks: vec![
            Mark::Fill {
                x: BODY.x,
                y: 0,
                width: BODY.width,
                height: TITLE.leading,
                ink,
            },
            Mark::Text {
                x: BODY.x + 700,
                y: TITLE.baseline(TITLE.leading),
                style: TITLE,
                text: winansi::encode(title),
            },
        ],
    };
    vec![band, Row::space(500)]
}

/// Establishment, folio and date.
pub(super) fn establishment(receta: &Receta) -> Vec<Row> {
    const HOUSE: Style = Style::bold(1200, 1500, Ink::Black);
    const FOLIO: Style = Style::bold(1650, 1900, Ink::Black);
    const DATE: Style = Style::bold(980, 1900, Ink::Black);
    let house = &receta.establishment;
    let mut rows = paragraph(BODY, HOUSE, &house.name);
    let clues = format!("CLUES\u{a0}{}", house.clues);
    rows.extend(paragraph(BODY, GREY, &joined(&[&house.place, &clues])));
    rows.push(Row::rule(BODY, 700, 60, Ink::Accent));
    let left = Column {
        x: BODY.x,
        width: 21_500,
    };
    let right = BODY.indented(22_500);
    let mut folio = paragraph(left, LABEL, "FOLIO");
    folio.extend(paragraph(left, FOLIO, &receta.folio));
    let mut date = paragraph(right, LABEL, "FECHA");
    date.extend(paragraph(right, DATE, &day(receta.written_on)));
    rows.extend(beside(folio, date));
    rows.push(Row::rule(BODY, 600, 40, Ink::Hairline));
    rows
}

/// The authority's folio as a barcode, its characters under the bars for whoever has no scanner
/// ([`prescription::law::LGS_241`]).
pub(super) fn special(receta: &Receta) -> Result<Vec<Row>, PaperError> {
    const NUMBER: Style = Style::bold(1200, 1550, Ink::Black);
    const BARS: i32 = 2200;
    let Some(folio) = receta.special_folio.as_deref() else {
        return Ok(Vec::new());
    };
    let dark = code128::modules(folio).ok_or(PaperError::SpecialFolioNotPrintable)?;
    let columns = i32::try_from(dark.len()).map_err(|_| PaperError::TooLong)?;
    // A point (0.35 mm) per module, or what the width leaves; under 0.19 mm no scanner reads it.
    // The quiet zones of ten modules are the page's margins.
    let cell_width = (BODY.width / columns).min(100);
    if cell_width < 54 {
        return Err(PaperError::TooLong);
    }
    let label = "FOLIO DEL RECETARIO ESPECIAL ASIGNADO POR LA AUTORIDAD SANITARIA (LGS 241)";
    let mut rows = paragraph(BODY, LABEL, label);
    rows.push(Row::space(150));
    rows.push(Row {
        height: BARS,
        marks: vec![Mark::Cells {
            x: BODY.x,
            y: 0,
            cell_width,
            cell_height: BARS,
            columns: dark.len(),
            dark,
        }],
    });
    rows.push(Row::space(100));
    rows.extend(paragraph(BODY, NUMBER, folio));
    rows.push(Row::rule(BODY, 700, 40, Ink::Hairline));
    Ok(rows)
}

/// Prescriber and patient side by side, the diagnosis under them.
pub(super) fn people(receta: &Receta) -> Vec<Row> {
    let left = Column {
        x: BODY.x,
        width: 15_300,
    };
    let right = BODY.indented(16_400);
    let patient = patient(right, &receta.patient, receta);
    let mut rows = beside(prescriber(left, &receta.prescriber), patient);
    if let Some(diagnosis) = receta.diagnosis.as_deref() {
        rows.push(Row::space(250));
        let diagnosis = [Span::new(LABEL, "DIAGNÓSTICO"), Span::new(PLAIN, diagnosis)];
        rows.extend(spans(BODY, &diagnosis));
    }
    rows.push(Row::rule(BODY, 600, 40, Ink::Hairline));
    rows
}

fn prescriber(column: Column, prescriber: &Prescriber) -> Vec<Row> {
    let mut rows = paragraph(column, LABEL, "PRESCRIBE");
    rows.extend(paragraph(column, NAME, &prescriber.name));
    rows.extend(paragraph(column, PLAIN, &prescriber.profession));
    let cedula = format!("Cédula profesional {}", prescriber.cedula);
    rows.extend(paragraph(column, PLAIN, &cedula));
    rows
}

fn patient(column: Column, patient: &Patient, receta: &Receta) -> Vec<Row> {
    let mut rows = paragraph(column, LABEL, "PACIENTE");
    rows.extend(paragraph(column, NAME, &patient.name));
    rows.extend(paragraph(column, PLAIN, &format!("CURP {}", patient.curp)));
    if let Some(birth) = patient.birth_date {
        let born = format!("Nacimiento: {}", day(birth));
        let text = match age(birth, receta.written_on) {
            Some(age) => format!("{born} ({age})"),
            None => born,
        };
        rows.extend(paragraph(column, PLAIN, &text));
    }
    if let Some(address) = patient.address.as_deref() {
        let address = format!("Domicilio: {address}");
        rows.extend(paragraph(column, PLAIN, &address));
    }
    rows
}

/// The title over the medicines. It counts them, so that none is added by hand.
pub(super) fn medicines_title(count: usize) -> Vec<Row> {
    let title = if count == 1 {
        "MEDICAMENTO: 1".to_owned()
    } else {
        format!("MEDICAMENTOS: {count}")
    };
    let mut rows = paragraph(BODY, LABEL, &title);
    rows.push(Row::space(100));
    rows
}

/// Whose receta the second page belongs to.
pub(super) fn running(receta: &Receta) -> Vec<Row> {
    let mut rows = spans(
        BODY,
        &[
            Span::new(LABEL, "FOLIO"),
            Span::new(NAME, &receta.folio),
            Span::new(GREY, &format!("del {}", day(receta.written_on))),
        ],
    );
    let person = |label, name: &str, detail: &str| {
        spans(
            BODY,
            &[
                Span::new(LABEL, label),
                Span::new(PLAIN, name),
                Span::new(GREY, detail),
            ],
        )
    };
    let (patient, prescriber) = (&receta.patient, &receta.prescriber);
    rows.extend(person("PACIENTE", &patient.name, &patient.curp));
    let cedula = format!("cédula {}", prescriber.cedula);
    rows.extend(person("PRESCRIBE", &prescriber.name, &cedula));
    rows.push(Row::rule(BODY, 1100, 40, Ink::Hairline));
    rows
}
