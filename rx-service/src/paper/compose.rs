//! The receta as pages of marks, from the top down.

use prescription::Fraction;

use super::header;
use super::medicine;
use super::proof;
use super::receta::{QrModules, Receta};
use super::{BODY, PaperError, SHEET};
use paper::mark::{Column, Ink, Mark, Row, Style};
use paper::pager::{Frame, Page, Pager};
use paper::winansi;
use paper::wrap::paragraph;

/// More pages than any receta needs: an input that asks for them is refused.
const MOST_PAGES: usize = 9;

/// Sets the whole receta: banner, establishment, folio, who prescribes and for whom, medicines;
/// the QR with what it proves stands at the foot of the first page.
pub(super) fn compose(receta: &Receta) -> Result<Vec<Page>, PaperError> {
    check(receta)?;
    let mut every_page = header::band(receta);
    let mut watermark = None;
    if let Some(note) = receta.status_note.as_deref() {
        every_page.extend(status(note));
        let word = note.split_whitespace().next().unwrap_or_default();
        // More letters would be too small to see.
        let word: String = word.chars().take(24).collect();
        watermark = Some(Mark::Watermark {
            text: winansi::encode(&word),
        });
    }
    let footer = format!("Folio {}", receta.folio);
    let mut pager = Pager::new(Frame {
        sheet: SHEET,
        every_page,
        watermark,
        running_head: header::running(receta),
        first_foot: proof::panel(receta),
        // A page without the QR says where it is.
        later_footer: format!("{footer} · El código y la firma están en la página 1"),
        footer,
        continues: true,
        most_pages: MOST_PAGES,
    })?;
    pager.place(header::establishment(receta))?;
    pager.place(header::special(receta)?)?;
    pager.place(header::people(receta))?;
    let mut lead = header::medicines_title(receta.lines.len());
    for (place, line) in receta.lines.iter().enumerate() {
        // The title stays with the first medicine, the end with the last.
        let mut rows = std::mem::take(&mut lead);
        rows.extend(medicine::rows(line));
        if place + 1 < receta.lines.len() {
            pager.place(rows)?;
        } else {
            rows.extend(medicine::end(receta.lines.len()));
            pager.place_last(rows)?;
        }
    }
    Ok(pager.finish())
}

pub(super) fn check(receta: &Receta) -> Result<(), PaperError> {
    if receta.lines.is_empty() {
        return Err(PaperError::NoLines);
    }
    let QrModules { width, dark } = &receta.qr;
    if !(21..=177).contains(width) || width % 4 != 1 || dark.len() != width * width {
        return Err(PaperError::QrShape);
    }
    let special = receta.lines.iter().any(|line| line.fraction == Fraction::I);
    if special && receta.special_folio.is_none() {
        return Err(PaperError::SpecialFolioMissing);
    }
    Ok(())
}

/// The status note in a frame of its own.
fn status(note: &str) -> Vec<Row> {
    const NOTE: Style = Style::bold(1150, 1500, Ink::Warning);
    const FRAME: i32 = 120;
    const PADDING: i32 = 400;
    let column = Column {
        x: BODY.x + FRAME + 800,
        width: BODY.width - 2 * FRAME - 1600,
    };
    let text = paragraph(column, NOTE, note);
    if text.is_empty() {
        return Vec::new();
    }
    let edge = |x, width| Mark::Fill {
        x,
        y: 0,
        width,
        height: 0,
        ink: Ink::Warning,
    };
    let bar = |height: i32| Row {
        height,
        marks: vec![edge(BODY.x, BODY.width)],
    };
    let inner = [Row::space(PADDING)]
        .into_iter()
        .chain(text)
        .chain([Row::space(PADDING)])
        .map(|mut row| {
            row.marks.push(edge(BODY.x, FRAME));
            row.marks.push(edge(BODY.end() - FRAME, FRAME));
            row
        });
    let framed = [bar(FRAME)].into_iter().chain(inner).chain([bar(FRAME)]);
    // Each edge is as high as its row.
    let mut rows: Vec<Row> = framed
        .map(|mut row| {
            for mark in &mut row.marks {
                if let Mark::Fill { height, .. } = mark {
                    *height = row.height;
                }
            }
            row
        })
        .collect();
    rows.push(Row::space(500));
    rows
}
