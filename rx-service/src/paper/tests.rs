//! The receta as others see it: our own layout's geometry, and what poppler and zbar read.

mod geometry;
mod poster;
mod readers;

use prescription::{Fraction, law};

use super::sample::{common, special, stress};
use super::{PaperError, Receta, compose, render};
use paper::mark::Mark;
use paper::pager::Page;
use paper::winansi;

/// All text of the pages, run by run.
fn text_of(pages: &[Page]) -> String {
    let runs = pages.iter().flatten().filter_map(|mark| match mark {
        Mark::Text { text, .. } => Some(winansi::decode(text)),
        Mark::Fill { .. } | Mark::Cells { .. } | Mark::Line { .. } | Mark::Watermark { .. } => None,
    });
    runs.collect::<Vec<_>>().join(" ").replace('\u{a0}', " ")
}

fn text(receta: &Receta) -> String {
    text_of(&compose::compose(receta).unwrap())
}

fn with_fraction(fraction: Fraction, antibiotic: bool) -> Receta {
    let mut receta = common();
    receta.lines.truncate(1);
    receta.lines[0].fraction = fraction;
    receta.lines[0].antibiotic = antibiotic;
    receta
}

#[test]
fn says_everything_a_receta_must() {
    let text = text(&common());
    for expected in [
        "RECETA MÉDICA ELECTRÓNICA",
        "7K3M-9QRT-2ABX-51CD",
        "CLUES DFSSA004023",
        "20 de noviembre de 2026",
        "Dra. Ángela Núñez Ibáñez",
        "Médica cirujana",
        "Cédula profesional 12345678",
        "CURP SABC560626MDFLRN01",
        "26 de junio de 1956 (70 años)",
        "MEDICAMENTOS: 3",
        "2 (dos) envases, se surte 1 vez.",
        "1 (un) envase cada vez, se surte hasta 3 veces.",
        "Denominación distintiva: Rivotril",
        "Verifique esta receta escaneando el código",
        "(firma electrónica avanzada, CAdES).",
        "libro.receta.example/2026 con el número 48213",
        "Fin de la receta: 3 medicamentos",
        "Página 1 de 1",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in {text}");
    }
    assert!(!text.contains("Continúa"));
}

#[test]
fn says_what_the_pharmacy_must_do() {
    for (fraction, antibiotic, articles, expected) in [
        (
            Fraction::II,
            false,
            [law::LGS_226_II, law::LGS_251],
            "se retiene al surtirse (LGS 226-II",
        ),
        (
            Fraction::III,
            false,
            [law::LGS_226_III, law::LGS_252],
            "se retiene en la tercera (LGS 226-III",
        ),
        (
            Fraction::IV,
            false,
            [law::LGS_226_IV; 2],
            "la conserva el paciente (LGS 226-IV)",
        ),
        (
            Fraction::V,
            false,
            [law::LGS_226_V_VI; 2],
            "sólo en farmacias (LGS 226-V)",
        ),
        (Fraction::VI, false, [law::LGS_226_V_VI; 2], "(LGS 226-VI)"),
        (
            Fraction::IV,
            true,
            [law::ACUERDO_ANTIBIOTICOS_2010; 2],
            "se retiene al agotarse (Acuerdo",
        ),
    ] {
        let text = text(&with_fraction(fraction, antibiotic));
        assert!(text.contains(expected), "{}: {text}", articles[0].rule);
        assert!(
            text.to_lowercase()
                .contains(&format!("fracción {fraction}").to_lowercase())
        );
    }
}

#[test]
fn a_special_receta_carries_the_authoritys_folio() {
    let text = text(&special());
    for expected in [
        "RECETA ESPECIAL — ESTUPEFACIENTES",
        "CDMX-2026-00012345",
        "recoge siempre la receta",
        "Domicilio: Av. Niño Perdido 214",
    ] {
        assert!(text.contains(expected), "{}: {text}", law::LGS_241.rule);
    }
    assert!(!text.contains("RECETA MÉDICA"));
}

#[test]
fn the_folio_can_be_read_under_its_bars() {
    let pages = compose::compose(&special()).unwrap();
    let bars = pages[0].iter().find_map(|mark| match mark {
        Mark::Cells {
            y,
            cell_height,
            columns,
            dark,
            ..
        } if *columns == dark.len() => Some(y + cell_height),
        Mark::Cells { .. }
        | Mark::Text { .. }
        | Mark::Fill { .. }
        | Mark::Line { .. }
        | Mark::Watermark { .. } => None,
    });
    let folio = pages[0].iter().find_map(|mark| match mark {
        Mark::Text { y, text, .. } if text == b"CDMX-2026-00012345" => Some(*y),
        Mark::Text { .. }
        | Mark::Fill { .. }
        | Mark::Cells { .. }
        | Mark::Line { .. }
        | Mark::Watermark { .. } => None,
    });
    let (bars, folio) = (bars.unwrap(), folio.unwrap());
    // Under the bars, and near enough to belong to them: half a centimetre.
    assert!((1..1_500).contains(&(folio - bars)), "{bars} {folio}");
}

#[test]
fn a_fraction_i_receta_without_that_folio_is_not_printed() {
    let mut receta = special();
    receta.special_folio = None;
    let refused = render(&receta);
    assert_eq!(
        refused,
        Err(PaperError::SpecialFolioMissing),
        "{}",
        law::LGS_241.rule
    );
    for folio in ["", "CDMX-Ñ1"] {
        receta.special_folio = Some(folio.to_owned());
        assert_eq!(render(&receta), Err(PaperError::SpecialFolioNotPrintable));
    }
}

#[test]
fn the_status_is_seen_on_every_page() {
    let mut receta = stress();
    receta.status_note = Some("CANCELADA el 21 de noviembre de 2026".to_owned());
    let pages = compose::compose(&receta).unwrap();
    assert!(pages.len() > 1);
    for page in &pages {
        assert!(text_of(std::slice::from_ref(page)).contains("CANCELADA el 21"));
        let word = Mark::Watermark {
            text: b"CANCELADA".to_vec(),
        };
        assert_eq!(page.first(), Some(&word), "behind everything else");
    }
}

#[test]
fn long_recetas_continue_on_numbered_pages() {
    let pages = compose::compose(&stress()).unwrap();
    let count = pages.len();
    assert!((2..=4).contains(&count), "{count}");
    for (place, page) in pages.iter().enumerate() {
        let text = text_of(std::slice::from_ref(page));
        let number = place + 1;
        assert!(
            text.contains(&format!("Página {number} de {count}")),
            "{text}"
        );
        assert_eq!(text.contains("Continúa en la página"), number < count);
        assert!(text.contains("7K3M-9QRT-2ABX-51CD") && text.contains("SABC560626MDFLRN01"));
    }
    for number in 1..=6 {
        let tag = pages.iter().flatten().filter(|mark| {
            matches!(mark, Mark::Text { text, .. } if *text == number.to_string().into_bytes())
        });
        assert_eq!(tag.count(), 1, "line {number}");
    }
}

#[test]
fn the_same_receta_is_the_same_file() {
    assert_eq!(render(&stress()), render(&stress()));
    assert_ne!(render(&stress()), render(&common()));
}

#[test]
fn metadata_name_the_folio_and_nobody() {
    let file = render(&common()).unwrap();
    let file = String::from_utf8_lossy(&file);
    assert!(file.starts_with("%PDF-1.7"));
    let info = file.split("\n3 0 obj").nth(1).unwrap();
    let words: Vec<&str> = info
        .split("endobj")
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    assert_eq!(words.join(" "), "<< /Title (Receta 7K3M-9QRT-2ABX-51CD) >>");
    for expected in [
        "/Lang (es-MX)",
        "/DisplayDocTitle true",
        "/PrintScaling /None",
    ] {
        assert!(file.contains(expected), "{expected}");
    }
    assert!(!file.contains("Date"));
}

#[test]
fn what_cannot_be_printed_is_refused() {
    let mut empty = common();
    empty.lines.clear();
    assert_eq!(render(&empty), Err(PaperError::NoLines));
    for (width, modules) in [(0, 0), (20, 400), (22, 484), (181, 32_761), (25, 624)] {
        let mut receta = common();
        receta.qr.width = width;
        receta.qr.dark = vec![true; modules];
        assert_eq!(render(&receta), Err(PaperError::QrShape), "{width}");
    }
    let mut endless = common();
    endless.lines[0].dosage_text = "Tomar ".repeat(20_000);
    assert_eq!(render(&endless), Err(PaperError::TooLong));
    let mut tall = common();
    tall.ledger.origin = "libro ".repeat(2_000);
    assert_eq!(render(&tall), Err(PaperError::TooLong));
}
