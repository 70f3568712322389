//! For the tests: no text leaves the margins, and none lies on another.

use crate::mark::Mark;
use crate::pager::Page;
use crate::sheet::{MARGIN, Sheet};

/// Left, top, right, bottom of the ink of a text: ascent 0.72, descent 0.21 of its size.
fn ink(mark: &Mark) -> Option<[i32; 4]> {
    match mark {
        Mark::Text { x, y, style, text } => Some([
            *x,
            y - style.size * 72 / 100,
            x + style.width(text),
            y + style.size * 21 / 100,
        ]),
        Mark::Fill { .. } | Mark::Cells { .. } | Mark::Line { .. } | Mark::Watermark { .. } => None,
    }
}

/// Asserts it of every page.
pub(crate) fn check(sheet: Sheet, pages: &[Page]) {
    for page in pages {
        let boxes: Vec<[i32; 4]> = page.iter().filter_map(ink).collect();
        for (place, [left, top, right, bottom]) in boxes.iter().enumerate() {
            assert!(
                *left >= MARGIN
                    && *top >= MARGIN
                    && *right <= sheet.width() - MARGIN
                    && *bottom <= sheet.height() - MARGIN,
                "a text leaves the page"
            );
            for other in &boxes[..place] {
                let apart = other[2] <= *left
                    || *right <= other[0]
                    || other[3] <= *top
                    || *bottom <= other[1];
                assert!(
                    apart,
                    "a text lies on another: {:?}",
                    crate::page_text(page)
                );
            }
        }
    }
}
