//! Pages of marks as a PDF 1.7 file.
//!
//! One transformation per page makes the unit a hundredth of a point, so that every operand is an
//! integer. No dates and no file identifier: the same pages are the same bytes.

use pdf_writer::{Content, Finish, Name, Pdf, Rect, Ref, Str, TextStr};

use super::helvetica::Face;
use super::mark::{Ink, Mark, PAGE_HEIGHT, PAGE_WIDTH, Style};
use super::pager::Page;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const REGULAR: Ref = Ref::new(4);
const BOLD: Ref = Ref::new(5);
/// The first page; its content follows it, then the next page.
const FIRST_PAGE: i32 = 6;

/// [`PAGE_WIDTH`] and [`PAGE_HEIGHT`] in points.
const MEDIA_BOX: Rect = Rect {
    x1: 0.0,
    y1: 0.0,
    x2: 419.53,
    y2: 595.28,
};

/// Writes the file. The metadata say the folio and nothing else of the receta: file managers and
/// print queues show them to anyone.
pub(super) fn write(pages: &[Page], folio: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    catalog(&mut pdf);
    let title = format!("Receta {folio}");
    pdf.document_info(INFO).title(TextStr(&title));
    font(&mut pdf, REGULAR, b"Helvetica");
    font(&mut pdf, BOLD, b"Helvetica-Bold");
    let mut next = FIRST_PAGE;
    let mut kids = Vec::with_capacity(pages.len());
    for marks in pages {
        let (page, content) = (Ref::new(next), Ref::new(next + 1));
        next += 2;
        kids.push(page);
        write_page(&mut pdf, page, content);
        pdf.stream(content, &draw(marks));
    }
    let count = i32::try_from(kids.len()).unwrap_or(i32::MAX);
    pdf.pages(PAGES).kids(kids).count(count);
    pdf.finish()
}

fn catalog(pdf: &mut Pdf) {
    let mut catalog = pdf.catalog(CATALOG);
    catalog.pages(PAGES).lang(TextStr("es-MX"));
    let mut preferences = catalog.viewer_preferences();
    preferences.display_doc_title(true);
    // Printed at its size: a shrunken QR is a QR that a counter cannot read.
    preferences.pair(Name(b"PrintScaling"), Name(b"None"));
}

fn font(pdf: &mut Pdf, id: Ref, name: &[u8]) {
    pdf.type1_font(id)
        .base_font(Name(name))
        .encoding_predefined(Name(b"WinAnsiEncoding"));
}

fn write_page(pdf: &mut Pdf, id: Ref, content: Ref) {
    let mut page = pdf.page(id);
    page.parent(PAGES).media_box(MEDIA_BOX).contents(content);
    let mut resources = page.resources();
    let mut fonts = resources.fonts();
    fonts.pair(name(Face::Regular), REGULAR);
    fonts.pair(name(Face::Bold), BOLD);
    fonts.finish();
}

fn name(face: Face) -> Name<'static> {
    match face {
        Face::Regular => Name(b"R"),
        Face::Bold => Name(b"B"),
    }
}

fn draw(marks: &[Mark]) -> Vec<u8> {
    let mut content = Content::new();
    content.transform([0.01, 0.0, 0.0, 0.01, 0.0, 0.0]);
    for mark in marks {
        match mark {
            Mark::Text { x, y, style, text } => {
                let place = [1, 0, 0, 1, *x, PAGE_HEIGHT - y];
                show(&mut content, place, *style, text);
            }
            Mark::Fill {
                x,
                y,
                width,
                height,
                ink,
            } => {
                fill_with(&mut content, *ink);
                let corner = PAGE_HEIGHT - y - height;
                content.op("re").operands([*x, corner, *width, *height]);
                content.fill_nonzero();
            }
            Mark::Cells {
                x,
                y,
                cell_width,
                cell_height,
                columns,
                dark,
            } => {
                content.save_state();
                // One unit is one cell, counted from the top left corner down.
                let unit = [*cell_width, 0, 0, -cell_height, *x, PAGE_HEIGHT - y];
                content.op("cm").operands(unit);
                cells(&mut content, *columns, dark);
                content.restore_state();
            }
            Mark::Watermark { text } => watermark(&mut content, text),
        }
    }
    content.finish().into_vec()
}

fn show(content: &mut Content, place: [i32; 6], style: Style, text: &[u8]) {
    content.begin_text();
    fill_with(content, style.ink);
    content
        .op("Tf")
        .operand(name(style.face))
        .operand(style.size);
    content.op("Tm").operands(place);
    content.show(Str(text));
    content.end_text();
}

/// Runs of dark cells of each row, filled as one path so that no hairline shows between them.
fn cells(content: &mut Content, columns: usize, dark: &[bool]) {
    fill_with(content, Ink::Black);
    for (y, row) in (0_i32..).zip(dark.chunks(columns)) {
        let mut x = 0_i32;
        for run in row.chunk_by(|left, right| left == right) {
            let length = i32::try_from(run.len()).unwrap_or(i32::MAX);
            if run[0] {
                content.op("re").operands([x, y, length, 1]);
            }
            x = x.saturating_add(length);
        }
    }
    content.fill_nonzero();
}

/// The word from the lower left to the upper right, about the middle of the page.
fn watermark(content: &mut Content, text: &[u8]) {
    // Cosine and sine of the diagonal of A5, in thousandths.
    const COS: i32 = 576;
    const SIN: i32 = 817;
    const LENGTH: i32 = 52_000;
    const LARGEST: i32 = 9_000;
    let width = Face::Bold.width(text, 1_000).max(1);
    let size = (LENGTH * 1_000 / width).min(LARGEST);
    let half = Face::Bold.width(text, size) / 2;
    // Down by half of a capital's height, at right angles to the diagonal.
    let drop = size * 36 / 100;
    let x = PAGE_WIDTH / 2 - half * COS / 1_000 + drop * SIN / 1_000;
    let y = PAGE_HEIGHT / 2 - half * SIN / 1_000 - drop * COS / 1_000;
    content.save_state();
    content.op("cm").operands([1, 0, 0, 1, x, y]);
    content.transform([0.576, 0.817, -0.817, 0.576, 0.0, 0.0]);
    let style = Style::bold(size, size, Ink::Watermark);
    show(content, [1, 0, 0, 1, 0, 0], style, text);
    content.restore_state();
}

fn fill_with(content: &mut Content, ink: Ink) {
    match ink {
        Ink::Black => content.set_fill_gray(0.0),
        Ink::Grey => content.set_fill_gray(0.33),
        Ink::Hairline => content.set_fill_gray(0.72),
        Ink::Accent => content.set_fill_rgb(0.04, 0.29, 0.33),
        Ink::Warning => content.set_fill_rgb(0.72, 0.06, 0.10),
        Ink::Watermark => content.set_fill_rgb(0.97, 0.88, 0.88),
        Ink::White => content.set_fill_gray(1.0),
    };
}
