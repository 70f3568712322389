//! No text leaves the margins, none lies on another, none on a code.

use proptest::prelude::*;

use super::super::sample::{common, special, stress};
use super::super::{PaperError, Receta, SHEET, compose};
use paper::mark::Mark;
use paper::pager::Page;
use paper::sheet::MARGIN;

/// Left, top, right, bottom.
#[derive(Debug, Clone, Copy)]
struct Area(i32, i32, i32, i32);

impl Area {
    fn meets(self, other: Self) -> bool {
        self.0 < other.2 && other.0 < self.2 && self.1 < other.3 && other.1 < self.3
    }
}

/// The ink of a text (ascent 0.72, descent 0.21 of its size), or a code with four cells around it
/// (a barcode's cells are tall: its quiet zone is checked at the sides only).
fn ink(mark: &Mark) -> Option<Area> {
    match mark {
        Mark::Text { x, y, style, text } => Some(Area(
            *x,
            y - style.size * 72 / 100,
            x + style.width(text),
            y + style.size * 21 / 100,
        )),
        Mark::Cells {
            x,
            y,
            cell_width,
            cell_height,
            columns,
            dark,
        } => {
            let columns = i32::try_from(*columns).unwrap();
            let rows = i32::try_from(dark.len()).unwrap() / columns;
            let above = if rows == 1 { 0 } else { 4 * cell_height };
            Some(Area(
                x - 4 * cell_width,
                y - above,
                x + (columns + 4) * cell_width,
                y + rows * cell_height + above,
            ))
        }
        Mark::Fill { .. } | Mark::Line { .. } | Mark::Watermark { .. } => None,
    }
}

fn check(pages: &[Page]) {
    for page in pages {
        let boxes: Vec<(Area, &Mark)> = page
            .iter()
            .filter_map(|mark| Some((ink(mark)?, mark)))
            .collect();
        for (place, (one, mark)) in boxes.iter().enumerate() {
            let inside = one.1 >= MARGIN
                && one.3 <= SHEET.height() - MARGIN
                && one.2 <= SHEET.width() - MARGIN
                && (one.0 >= MARGIN || matches!(mark, Mark::Cells { .. }));
            assert!(inside, "{one:?} leaves the page: {mark:?}");
            for (other, second) in &boxes[..place] {
                assert!(!one.meets(*other), "{mark:?} lies on {second:?}");
            }
        }
    }
}

#[test]
fn nothing_leaves_the_page_or_lies_on_another() {
    for receta in [common(), special(), stress()] {
        check(&compose::compose(&receta).unwrap());
    }
}

#[test]
fn the_qr_is_about_45_mm_wide_of_whole_dots_with_its_quiet_zone() {
    for text in [
        "RX1".to_owned(),
        super::super::sample::qr_text(),
        "A".repeat(3000),
    ] {
        let mut receta = common();
        receta.qr = super::super::sample::qr(&text);
        let pages = compose::compose(&receta).unwrap();
        check(&pages);
        let side = pages[0].iter().find_map(|mark| match mark {
            Mark::Cells {
                cell_width,
                columns,
                ..
            } => {
                // 300 dots per inch.
                assert_eq!(cell_width % 24, 0);
                Some(cell_width * i32::try_from(*columns).unwrap())
            }
            Mark::Text { .. } | Mark::Fill { .. } | Mark::Line { .. } | Mark::Watermark { .. } => {
                None
            }
        });
        // 42 to 46.2 mm, in hundredths of 1/72 inch.
        assert!((11_905..=13_096).contains(&side.unwrap()), "{side:?}");
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-zñáé0-9 ]{0,60}",
        "[A-ZÑ]{20,120}",
        "([a-zó]{3,12} ){0,60}",
        "\\PC{0,80}",
    ]
}

fn receta() -> impl Strategy<Value = Receta> {
    let texts = proptest::collection::vec(text(), 10);
    let lines =
        proptest::collection::vec((text(), text(), text(), any::<u32>(), any::<u8>()), 1..7);
    (texts, lines, any::<bool>()).prop_map(|(mut texts, lines, is_special)| {
        let mut next = || texts.pop().unwrap();
        let mut receta = if is_special { special() } else { common() };
        receta.issued_at_local = next();
        receta.establishment.name = next();
        receta.establishment.place = next();
        receta.prescriber.name = next();
        receta.prescriber.profession = next();
        receta.patient.name = next();
        receta.patient.address = Some(next());
        receta.diagnosis = Some(next());
        receta.ledger.origin = next();
        receta.status_note = Some(next());
        let line = receta.lines[0].clone();
        receta.lines = lines
            .into_iter()
            .map(|(name, presentation, dosage, packages, fills)| {
                let mut line = line.clone();
                line.generic_name = name;
                line.presentation = presentation;
                line.dosage_text = dosage;
                line.packages = packages;
                line.fills = fills;
                line
            })
            .collect();
        receta
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_the_texts_nothing_overflows(receta in receta()) {
        match compose::compose(&receta) {
            Ok(pages) => check(&pages),
            Err(refused) => prop_assert_eq!(refused, PaperError::TooLong),
        }
    }
}
