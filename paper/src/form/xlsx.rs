//! A form as an XLSX workbook: Letter landscape, the head repeated on every printed page.
//!
//! The same form is the same bytes: the library's own date of creation is replaced.

use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet,
    XlsxError,
};

use super::columns::{self, Cell};
use super::{Form, FormPart, Kind};
use crate::csv::neutral;

/// Letter, in the numbering of the file format.
const LETTER: u8 = 1;
/// Column of the header's values: its labels run over the two before.
const VALUES: u16 = 2;
/// Widths in characters.
const NARROWEST: usize = 10;
const WIDEST: usize = 46;

/// Writes a form whose rows have been checked.
pub(super) fn write(form: &Form) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    workbook.set_properties(&properties(form)?);
    for part in &form.parts {
        let sheet = workbook.add_worksheet();
        sheet.set_name(&part.name)?;
        write_part(sheet, form, part)?;
    }
    if form.parts.is_empty() {
        // A workbook must have a sheet.
        workbook.add_worksheet();
    }
    workbook.save_to_buffer()
}

fn properties(form: &Form) -> Result<DocProperties, XlsxError> {
    let (year, month, day) = match form.made_on {
        Some(date) => (date.year(), date.month(), date.day()),
        None => (form.year, 1, 1),
    };
    let part = |number: i8| u8::try_from(number).unwrap_or(1);
    // The format begins with 1900: an earlier year is an error of the library.
    let year = u16::try_from(year).unwrap_or_default();
    let made = ExcelDateTime::from_ymd(year, part(month), part(day))?;
    Ok(DocProperties::new()
        .set_title(&form.title)
        .set_creation_datetime(&made))
}

/// The looks of cells.
struct Looks {
    title: Format,
    strong: Format,
    plain: Format,
    head: Format,
    words: Format,
    count: Format,
    kilograms: Format,
    grams: Format,
}

impl Looks {
    fn new() -> Self {
        let wrapped = Format::new()
            .set_text_wrap()
            .set_align(FormatAlign::Top)
            .set_border(FormatBorder::Hair);
        Self {
            title: Format::new().set_bold().set_font_size(14),
            strong: Format::new().set_bold(),
            plain: Format::new(),
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Center)
                .set_align(FormatAlign::VerticalCenter)
                .set_background_color(Color::RGB(0x00E0_EDED))
                .set_border(FormatBorder::Thin),
            count: wrapped.clone().set_num_format("#,##0"),
            kilograms: wrapped.clone().set_num_format("#,##0.000000"),
            grams: wrapped.clone().set_num_format("#,##0.000"),
            words: wrapped,
        }
    }

    fn number(&self, kind: Kind) -> &Format {
        match kind {
            Kind::Kilograms => &self.kilograms,
            Kind::Grams => &self.grams,
            Kind::Words | Kind::Count | Kind::KilogramsGrams | Kind::GramsMilligrams => &self.count,
        }
    }
}

fn write_part(sheet: &mut Worksheet, form: &Form, part: &FormPart) -> Result<(), XlsxError> {
    let looks = Looks::new();
    let head = write_header(sheet, form, part, &looks)?;
    write_heads(sheet, part, head, &looks)?;
    let mut row = head + 2;
    for values in &part.rows {
        let mut column = 0;
        for (of, value) in part.columns.iter().zip(values) {
            for cell in columns::cells(of.kind, value) {
                write_cell(sheet, (row, column), &cell, of.kind, &looks)?;
                column += 1;
            }
        }
        row += 1;
    }
    for note in &part.notes {
        row += 1;
        sheet.write_string_with_format(row, 0, neutral(note), &looks.plain)?;
    }
    for (column, width) in (0..).zip(widths(part)) {
        sheet.set_column_width(column, width)?;
    }
    sheet.set_freeze_panes(head + 2, 0)?;
    sheet.set_repeat_rows(head, head + 1)?;
    sheet.set_landscape().set_paper_size(LETTER);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_footer("&L&A&RPágina &P de &N");
    Ok(())
}

/// Title, articles, the form's own header. Gives the row at which the table begins.
fn write_header(
    sheet: &mut Worksheet,
    form: &Form,
    part: &FormPart,
    looks: &Looks,
) -> Result<u32, XlsxError> {
    sheet.write_string_with_format(0, 0, neutral(&form.title), &looks.title)?;
    sheet.write_string_with_format(1, 0, neutral(&form.basis), &looks.plain)?;
    let mut row = 2;
    let period = ("Periodo".to_owned(), form.period.clone());
    for (label, value) in form.header.iter().chain([&period]) {
        sheet.write_string_with_format(row, 0, neutral(label), &looks.strong)?;
        sheet.write_string_with_format(row, VALUES, neutral(value), &looks.plain)?;
        row += 1;
    }
    sheet.write_string_with_format(row + 1, 0, neutral(&part.title), &looks.strong)?;
    Ok(row + 2)
}

/// Two rows: titles over their units, or one title over both rows.
fn write_heads(
    sheet: &mut Worksheet,
    part: &FormPart,
    row: u32,
    looks: &Looks,
) -> Result<(), XlsxError> {
    let mut column = 0;
    for of in &part.columns {
        let units = columns::units(of.kind);
        let last = column + u16::try_from(units.len()).unwrap_or(1) - 1;
        let title = neutral(&of.title);
        if units == [""] {
            sheet.merge_range(row, column, row + 1, column, &title, &looks.head)?;
        } else {
            if last > column {
                sheet.merge_range(row, column, row, last, &title, &looks.head)?;
            } else {
                sheet.write_string_with_format(row, column, title, &looks.head)?;
            }
            for (place, unit) in (column..).zip(units) {
                sheet.write_string_with_format(row + 1, place, *unit, &looks.head)?;
            }
        }
        column = last + 1;
    }
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
    kind: Kind,
    looks: &Looks,
) -> Result<(), XlsxError> {
    match cell {
        Cell::Blank => sheet.write_blank(row, column, &looks.words)?,
        Cell::Text(text) => {
            sheet.write_string_with_format(row, column, neutral(text), &looks.words)?
        }
        Cell::Number(digits) => match exactly(digits) {
            Some(number) => {
                sheet.write_number_with_format(row, column, number, looks.number(kind))?
            }
            None => sheet.write_string_with_format(row, column, digits, looks.number(kind))?,
        },
    };
    Ok(())
}

/// The number as spreadsheets know numbers, with fifteen digits; `None` where those do not hold it.
fn exactly(digits: &str) -> Option<f64> {
    let count = digits.bytes().filter(u8::is_ascii_digit).count();
    if count > 15 {
        return None;
    }
    digits.parse().ok()
}

/// As wide as the widest text of each column, within bounds.
fn widths(part: &FormPart) -> Vec<u32> {
    let mut widths = Vec::new();
    for (place, of) in part.columns.iter().enumerate() {
        let units = columns::units(of.kind).len();
        let mut widest = vec![of.title.chars().count() / (2 * units); units];
        for value in part.rows.iter().filter_map(|row| row.get(place)) {
            for (width, cell) in widest.iter_mut().zip(columns::cells(of.kind, value)) {
                // A third more for the commas.
                *width = (*width).max(cell.in_digits().chars().count() * 4 / 3);
            }
        }
        let bounded = widest
            .into_iter()
            .map(|width| width.clamp(NARROWEST, WIDEST));
        widths.extend(bounded.map(|width| u32::try_from(width).unwrap_or(u32::MAX)));
    }
    widths
}
