//! Pages of marks as a PDF 1.7 file.
//!
//! One transformation per page makes the unit that of its sheet, a hundredth of a point, so that every operand is an
//! integer. No dates and no file identifier: the same pages are the same bytes.

use pdf_writer::types::{LineCapStyle, LineJoinStyle};
use pdf_writer::{Content, Filter, Finish, Name, Pdf, Ref, Str, TextStr};

use crate::helvetica::Face;
use crate::mark::{Ink, Mark, Style};
use crate::pager::Page;
use crate::sheet::Sheet;

const CATALOG: Ref = Ref::new(1);
const PAGES: Ref = Ref::new(2);
const INFO: Ref = Ref::new(3);
const REGULAR: Ref = Ref::new(4);
const BOLD: Ref = Ref::new(5);
/// The first page; its content follows it, then the next page.
const FIRST_PAGE: i32 = 6;
/// Deflate's own scale: most of the gain, little of the time.
const LEVEL: u8 = 6;

/// Writes the file. The metadata say `title` and nothing else of the document: file managers and
/// print queues show them to anyone.
#[must_use]
pub fn write(sheet: Sheet, pages: &[Page], title: &str) -> Vec<u8> {
    let mut pdf = Pdf::new();
    pdf.set_version(1, 7);
    catalog(&mut pdf);
    pdf.document_info(INFO).title(TextStr(title));
    font(&mut pdf, REGULAR, b"Helvetica");
    font(&mut pdf, BOLD, b"Helvetica-Bold");
    let mut next = FIRST_PAGE;
    let mut kids = Vec::with_capacity(pages.len());
    for marks in pages {
        let (page, content) = (Ref::new(next), Ref::new(next + 1));
        next += 2;
        kids.push(page);
        write_page(&mut pdf, sheet, page, content);
        let drawn = miniz_oxide::deflate::compress_to_vec_zlib(&draw(sheet, marks), LEVEL);
        pdf.stream(content, &drawn).filter(Filter::FlateDecode);
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

fn write_page(pdf: &mut Pdf, sheet: Sheet, id: Ref, content: Ref) {
    let mut page = pdf.page(id);
    page.parent(PAGES)
        .media_box(sheet.media_box())
        .contents(content);
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

/// The page's content stream, before it is compressed.
fn draw(sheet: Sheet, marks: &[Mark]) -> Vec<u8> {
    let mut content = Content::new();
    let unit = sheet.unit();
    content.transform([unit, 0.0, 0.0, unit, 0.0, 0.0]);
    let height_of_page = sheet.height();
    for mark in marks {
        match mark {
            Mark::Text { x, y, style, text } => {
                let place = [1, 0, 0, 1, *x, height_of_page - y];
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
                let corner = height_of_page - y - height;
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
                let unit = [*cell_width, 0, 0, -cell_height, *x, height_of_page - y];
                content.op("cm").operands(unit);
                cells(&mut content, *columns, dark);
                content.restore_state();
            }
            Mark::Line {
                points,
                thickness,
                ink,
            } => {
                let upwards = points.iter().map(|(x, y)| [*x, height_of_page - y]);
                line(&mut content, upwards, *thickness, *ink);
            }
            Mark::Watermark { text } => watermark(&mut content, sheet, text),
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

fn line(content: &mut Content, points: impl Iterator<Item = [i32; 2]>, thickness: i32, ink: Ink) {
    content.save_state();
    stroke_with(content, ink);
    content.op("w").operand(thickness);
    content.set_line_cap(LineCapStyle::RoundCap);
    content.set_line_join(LineJoinStyle::RoundJoin);
    for (place, point) in points.enumerate() {
        let operator = if place == 0 { "m" } else { "l" };
        content.op(operator).operands(point);
    }
    content.stroke();
    content.restore_state();
}

/// The word from the lower left to the upper right, about the middle of the page.
fn watermark(content: &mut Content, sheet: Sheet, text: &[u8]) {
    const LARGEST: i32 = 9_000;
    let diagonal = sheet.diagonal();
    let (cos, sin) = diagonal.thousandths;
    // A little wider than the sheet's long side, which leaves the corners free.
    let length = sheet.width().max(sheet.height()) * 875 / 1_000;
    let width = Face::Bold.width(text, 1_000).max(1);
    let size = (length * 1_000 / width).min(LARGEST);
    let half = Face::Bold.width(text, size) / 2;
    // Down by half of a capital's height, at right angles to the diagonal.
    let drop = size * 36 / 100;
    let x = sheet.width() / 2 - half * cos / 1_000 + drop * sin / 1_000;
    let y = sheet.height() / 2 - half * sin / 1_000 - drop * cos / 1_000;
    content.save_state();
    content.op("cm").operands([1, 0, 0, 1, x, y]);
    content.transform(diagonal.rotation);
    let style = Style::bold(size, size, Ink::Watermark);
    show(content, [1, 0, 0, 1, 0, 0], style, text);
    content.restore_state();
}

fn fill_with(content: &mut Content, ink: Ink) {
    match colour(ink) {
        Colour::Gray(gray) => content.set_fill_gray(gray),
        Colour::Rgb([red, green, blue]) => content.set_fill_rgb(red, green, blue),
    };
}

fn stroke_with(content: &mut Content, ink: Ink) {
    match colour(ink) {
        Colour::Gray(gray) => content.set_stroke_gray(gray),
        Colour::Rgb([red, green, blue]) => content.set_stroke_rgb(red, green, blue),
    };
}

/// What PDF calls `DeviceGray` and `DeviceRGB`.
enum Colour {
    Gray(f32),
    Rgb([f32; 3]),
}

fn colour(ink: Ink) -> Colour {
    match ink {
        Ink::Black => Colour::Gray(0.0),
        Ink::Grey => Colour::Gray(0.33),
        Ink::Hairline => Colour::Gray(0.72),
        Ink::Accent => Colour::Rgb([0.04, 0.29, 0.33]),
        Ink::Warning => Colour::Rgb([0.72, 0.06, 0.10]),
        Ink::Watermark => Colour::Rgb([0.97, 0.88, 0.88]),
        Ink::White => Colour::Gray(1.0),
        Ink::Band => Colour::Rgb([0.88, 0.93, 0.93]),
        Ink::Second => Colour::Rgb([0.83, 0.49, 0.16]),
        Ink::Third => Colour::Rgb([0.66, 0.76, 0.83]),
    }
}
