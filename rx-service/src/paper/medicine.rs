//! One medicine: what it is, how it is taken, how much of it may be sold, and what the pharmacy
//! must do with the paper.

use prescription::Fraction;
#[cfg(doc)]
use prescription::law;

use super::BODY;
use super::receta::RecetaLine;
use super::spanish::{day, fills, packages, unit_doses};
use paper::mark::{Column, Ink, Mark, Row, Style};
use paper::winansi;
use paper::wrap::{Span, joined, paragraph, spans};

const NUMBER: Style = Style::bold(1200, 1380, Ink::Accent);
const GENERIC: Style = Style::bold(1200, 1380, Ink::Black);
const STRENGTH: Style = Style::regular(1100, 1380, Ink::Black);
const DETAIL: Style = Style::regular(840, 1030, Ink::Grey);
const DOSAGE: Style = Style::bold(1000, 1290, Ink::Black);
const SALE: Style = Style::regular(880, 1120, Ink::Black);
const SALE_STRONG: Style = Style::bold(880, 1120, Ink::Black);
const LAW: Style = Style::regular(760, 960, Ink::Grey);
const TAG: Style = Style::bold(700, 1000, Ink::White);

/// Where the text begins, right of the number.
const INDENT: i32 = 1_700;
/// Kept free on the right of the name for the fraction's tag.
const TAG_ROOM: i32 = 7_600;

/// The rows of one medicine.
pub(super) fn rows(line: &RecetaLine) -> Vec<Row> {
    let column = BODY.indented(INDENT);
    let mut rows = name(column, line);
    rows.extend(paragraph(column, DETAIL, &detail(line)));
    rows.push(Row::space(100));
    rows.extend(dosage(column, &line.dosage_text));
    rows.push(Row::space(100));
    rows.extend(sale(column, line));
    rows.extend(paragraph(column, LAW, &duty(line)));
    rows.push(Row::rule(BODY, 520, 30, Ink::Hairline));
    rows
}

/// Closes the list, so that nothing is added under it.
pub(super) fn end(count: usize) -> Vec<Row> {
    let text = if count == 1 {
        "Fin de la receta: 1 medicamento".to_owned()
    } else {
        format!("Fin de la receta: {count} medicamentos")
    };
    vec![Row::right(BODY, LAW, winansi::encode(&text))]
}

/// Number, generic name and strength, with the fraction's tag at the right.
fn name(column: Column, line: &RecetaLine) -> Vec<Row> {
    let narrow = Column {
        width: column.width - TAG_ROOM,
        ..column
    };
    let name = [
        Span::new(GENERIC, &line.generic_name),
        Span::new(STRENGTH, &line.strength),
    ];
    let mut rows = spans(narrow, &name);
    if rows.is_empty() {
        rows.push(Row::space(GENERIC.leading));
    }
    let number = Mark::Text {
        x: BODY.x,
        y: NUMBER.baseline(NUMBER.leading),
        style: NUMBER,
        text: winansi::encode(&line.number.to_string()),
    };
    rows[0].marks.insert(0, number);
    rows[0].marks.extend(tag(line));
    rows
}

/// The fraction, in white on black where the substance is controlled; or that it is an antibiotic.
fn tag(line: &RecetaLine) -> [Mark; 2] {
    const PADDING: i32 = 450;
    let fraction = format!("FRACCIÓN {}", line.fraction);
    let (text, ink) = match (line.fraction.is_controlled(), line.antibiotic) {
        (true, _) => (fraction, Ink::Black),
        (false, true) => ("ANTIBIÓTICO".to_owned(), Ink::Accent),
        (false, false) => (fraction, Ink::Grey),
    };
    let text = winansi::encode(&text);
    let width = TAG.width(&text) + 2 * PADDING;
    let x = BODY.end() - width;
    let y = (GENERIC.leading - TAG.leading) / 2;
    [
        Mark::Fill {
            x,
            y,
            width,
            height: TAG.leading,
            ink,
        },
        Mark::Text {
            x: x + PADDING,
            y: y + TAG.baseline(TAG.leading),
            style: TAG,
            text,
        },
    ]
}

/// "Tableta · Envase con 30 tabletas · Clave 040.000.2612.00 · Denominación distintiva: …".
fn detail(line: &RecetaLine) -> String {
    let clave = format!("Clave\u{a0}{}", line.clave);
    let brand = match line.brand.as_deref() {
        Some(brand) if line.no_substitution => {
            format!("Denominación distintiva: {brand} (no sustituir)")
        }
        Some(brand) => format!("Denominación distintiva: {brand}"),
        None => String::new(),
    };
    joined(&[&line.form, &line.presentation, &clave, &brand])
}

/// How it is taken: what the patient reads first, with a bar at its left.
fn dosage(column: Column, text: &str) -> Vec<Row> {
    const BAR: i32 = 150;
    let mut rows = paragraph(column.indented(700), DOSAGE, text);
    for row in &mut rows {
        row.marks.push(Mark::Fill {
            x: column.x,
            y: 0,
            width: BAR,
            height: row.height,
            ink: Ink::Accent,
        });
    }
    rows
}

/// How much, how often and until when.
fn sale(column: Column, line: &RecetaLine) -> Vec<Row> {
    // The figure stays with its word: "2 (dos) envases" is never cut.
    let held = |text: String| text.replace(' ', "\u{a0}");
    let each = if line.fills == 1 { "" } else { " cada vez" };
    let counted = if line.unit_doses {
        unit_doses(line.packages)
    } else {
        packages(line.packages)
    };
    let quantity = held(format!("{counted}{each},"));
    let times = held(format!("{}.", fills(line.fills, line.refill_interval)));
    let until = held(format!("{}.", day(line.valid_until)));
    let sale = [
        Span::new(SALE, "Cantidad:"),
        Span::new(SALE_STRONG, &quantity),
        Span::new(SALE_STRONG, &times),
        Span::new(SALE, "Válida hasta el"),
        Span::new(SALE_STRONG, &until),
    ];
    spans(column, &sale)
}

/// What the pharmacy must do, by fraction: [`law::LGS_241`], [`law::LGS_242`],
/// [`law::LGS_226_II`], [`law::LGS_251`], [`law::LGS_226_III`], [`law::LGS_252`],
/// [`law::LGS_226_IV`], [`law::LGS_226_V_VI`], [`law::ACUERDO_ANTIBIOTICOS_2010`].
fn duty(line: &RecetaLine) -> String {
    if line.antibiotic && !line.fraction.is_controlled() {
        return format!(
            "Antibiótico (fracción {}): se registra cada venta; se retiene al agotarse (Acuerdo DOF \
             27-05-2010).",
            line.fraction
        );
    }
    let rule = match line.fraction {
        Fraction::I => {
            "la farmacia recoge siempre la receta y la asienta en su libro (LGS 226-I, 241 y 242)."
        }
        Fraction::II => {
            "se surte una vez, se asienta en el libro y se retiene al surtirse (LGS 226-II y 251)."
        }
        Fraction::III => {
            "se sella y se asienta en el libro cada vez; se retiene en la tercera (LGS 226-III y 252)."
        }
        Fraction::IV => "se resurte las veces indicadas; la conserva el paciente (LGS 226-IV).",
        Fraction::V => "se vende sin receta, sólo en farmacias (LGS 226-V).",
        Fraction::VI => "se vende sin receta (LGS 226-VI).",
    };
    format!("Fracción {}: {rule}", line.fraction)
}
