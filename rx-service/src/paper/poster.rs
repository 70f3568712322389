//! The poster: one prescription of which the code is the most. A5 for the office's printer, or a
//! ticket for the 80 mm thermal printer beside the door.
//!
//! It takes the receta's place nowhere: the legend says so, and a special receta (fraction I) is
//! printed as one.

use prescription::Fraction;

use super::PaperError;
use super::receta::{Receta, RecetaLine};
use super::spanish::{day, packages, unit_doses};
use paper::mark::{Column, Ink, Mark, Row, Style, height};
use paper::pager::Page;
use paper::sheet::{DOT, Sheet};
use paper::winansi;
use paper::wrap::{clipped, joined, paragraph};

/// Light modules around the symbol (ISO/IEC 18004, 6.3.8).
const QUIET_ZONE: usize = 4;
/// A dot of a printer of 300 to the inch, in hundredths of a point; 600 and 1200 have whole ones too.
const OFFICE_DOT: i32 = 24;
/// Most dots of the code on A5 at 300 to the inch: 94 mm.
const OFFICE_DOTS: usize = 1110;
/// Most dots of the code on a ticket: all that the head has.
const HEAD_DOTS: usize = 576;
/// Longest ticket: half a metre.
const LONGEST: i32 = 500 * 8 * DOT;

/// What the poster is printed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Paper {
    /// A5, 300 dots per inch or more.
    A5,
    /// 80 mm, 203 dots per inch, as long as it must be.
    Ticket,
}

/// The sizes of letters on a paper.
struct Letters {
    title: Style,
    folio: Style,
    strong: Style,
    plain: Style,
    small: Style,
}

impl Paper {
    /// Thermal heads print grey as a raster of dots: tickets are black only.
    fn letters(self) -> Letters {
        match self {
            Self::A5 => Letters {
                title: Style::bold(1050, 1600, Ink::White),
                folio: Style::bold(2200, 2700, Ink::Black),
                strong: Style::bold(950, 1200, Ink::Black),
                plain: Style::regular(840, 1080, Ink::Black),
                small: Style::regular(760, 960, Ink::Grey),
            },
            Self::Ticket => Letters {
                title: Style::bold(1000, 1600, Ink::White),
                folio: Style::bold(1700, 2200, Ink::Black),
                strong: Style::bold(1000, 1300, Ink::Black),
                plain: Style::regular(900, 1200, Ink::Black),
                small: Style::regular(800, 1050, Ink::Black),
            },
        }
    }
}

/// The sheet and its one page.
pub(super) fn compose(receta: &Receta, paper: Paper) -> Result<(Sheet, Page), PaperError> {
    super::compose::check(receta)?;
    let body = match paper {
        Paper::A5 => Sheet::A5.body(),
        Paper::Ticket => Sheet::Ticket { height: 0 }.body(),
    };
    let letters = paper.letters();
    let mut rows = head(receta, body, &letters);
    rows.push(code(receta, body, paper)?);
    rows.extend(facts(receta, body, &letters));
    let foot = foot(receta, body, &letters);
    let sheet = match paper {
        Paper::A5 => {
            let room = Sheet::A5.height() - 2 * Sheet::A5.margin() - height(&rows) - height(&foot);
            rows.extend(short_lines(receta, body, &letters, room)?);
            Sheet::A5
        }
        Paper::Ticket => {
            rows.extend(
                receta
                    .lines
                    .iter()
                    .flat_map(|line| whole_line(line, body, &letters)),
            );
            let margin = Sheet::Ticket { height: 0 }.margin();
            Sheet::Ticket {
                height: height(&rows) + height(&foot) + 2 * margin,
            }
        }
    };
    rows.extend(foot);
    if height(&rows) > sheet.height() - 2 * sheet.margin() || sheet.height() > LONGEST {
        return Err(PaperError::TooLong);
    }
    let mut page = Page::new();
    let mut y = sheet.margin();
    for row in rows {
        page.extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
        y += row.height;
    }
    Ok((sheet, page))
}

/// Title, status and folio.
fn head(receta: &Receta, body: Column, letters: &Letters) -> Vec<Row> {
    let special = receta.lines.iter().any(|line| line.fraction == Fraction::I);
    let title = if special {
        "RECETA ESPECIAL — CÓDIGO"
    } else {
        "RECETA ELECTRÓNICA — CÓDIGO"
    };
    let text = winansi::encode(title);
    let leading = letters.title.leading;
    let band = Row {
        height: leading,
        marks: vec![
            Mark::Fill {
                x: body.x,
                y: 0,
                width: body.width,
                height: leading,
                ink: Ink::Black,
            },
            Mark::Text {
                x: body.x + (body.width - letters.title.width(&text)) / 2,
                y: letters.title.baseline(leading),
                style: letters.title,
                text,
            },
        ],
    };
    let mut rows = vec![band, Row::space(500)];
    if let Some(note) = receta.status_note.as_deref() {
        rows.extend(paragraph(body, letters.strong, note));
        rows.push(Row::space(300));
    }
    rows.push(centred(body, letters.folio, &receta.folio));
    rows
}

/// The symbol in the middle, of whole printer's dots, with its quiet zone.
fn code(receta: &Receta, body: Column, paper: Paper) -> Result<Row, PaperError> {
    let (dot, dots) = match paper {
        Paper::A5 => (OFFICE_DOT, OFFICE_DOTS),
        Paper::Ticket => (DOT, HEAD_DOTS),
    };
    let modules = receta.qr.width + 2 * QUIET_ZONE;
    let whole = |count: usize| i32::try_from(count).map_err(|_| PaperError::QrShape);
    let cell = whole(dots / modules)? * dot;
    let (side, quiet) = (whole(receta.qr.width)? * cell, whole(QUIET_ZONE)? * cell);
    // A place of whole dots too, or the first module is cut.
    let left = (body.x + (body.width - side) / 2) / dot * dot;
    Ok(Row {
        height: side + 2 * quiet,
        marks: vec![Mark::Cells {
            x: left,
            y: quiet,
            cell_width: cell,
            cell_height: cell,
            columns: receta.qr.width,
            dark: receta.qr.dark.clone(),
        }],
    })
}

/// Who, where and when.
fn facts(receta: &Receta, body: Column, letters: &Letters) -> Vec<Row> {
    let prescriber = format!(
        "{}, {}, cédula {}",
        receta.prescriber.name, receta.prescriber.profession, receta.prescriber.cedula
    );
    let place = joined(&[
        &receta.establishment.name,
        &format!("CLUES {}", receta.establishment.clues),
    ]);
    let mut rows = paragraph(body, letters.strong, &receta.patient.name);
    rows.extend(paragraph(
        body,
        letters.plain,
        &format!("Prescribe: {prescriber}"),
    ));
    rows.extend(paragraph(body, letters.plain, &place));
    rows.extend(paragraph(
        body,
        letters.plain,
        &format!("Fecha: {}", day(receta.written_on)),
    ));
    if let Some(folio) = receta.special_folio.as_deref() {
        rows.extend(paragraph(
            body,
            letters.plain,
            &format!("Recetario especial: {folio}"),
        ));
    }
    rows.push(Row::rule(body, 700, 40, Ink::Black));
    rows
}

/// Each medicine on one row, as many as there is room for; a row more says how many are missing.
fn short_lines(
    receta: &Receta,
    body: Column,
    letters: &Letters,
    room: i32,
) -> Result<Vec<Row>, PaperError> {
    let fitting = usize::try_from(room / letters.plain.leading).map_err(|_| PaperError::TooLong)?;
    let all = receta.lines.len();
    let shown = if all <= fitting {
        all
    } else {
        fitting.saturating_sub(1)
    };
    if shown == 0 {
        return Err(PaperError::TooLong);
    }
    let row = |text: &str| {
        row(
            body,
            letters.plain,
            clipped(letters.plain, text, body.width),
        )
    };
    let mut rows: Vec<Row> = receta.lines[..shown]
        .iter()
        .map(|line| row(&short(line)))
        .collect();
    if shown < all {
        rows.push(row(&format!(
            "y {} más: están en la receta y en el código",
            all - shown
        )));
    }
    Ok(rows)
}

fn short(line: &RecetaLine) -> String {
    format!(
        "{}. {} {} — {}",
        line.number,
        line.generic_name,
        line.strength,
        quantity(line)
    )
}

fn quantity(line: &RecetaLine) -> String {
    let counted = if line.unit_doses {
        unit_doses(line.packages)
    } else {
        packages(line.packages)
    };
    format!("{counted}, hasta el {}", day(line.valid_until))
}

/// A medicine with its dosage.
fn whole_line(line: &RecetaLine, body: Column, letters: &Letters) -> Vec<Row> {
    let name = format!("{}. {} {}", line.number, line.generic_name, line.strength);
    let mut rows = paragraph(body, letters.strong, &name);
    rows.extend(paragraph(body, letters.plain, &line.dosage_text));
    rows.extend(paragraph(body, letters.plain, &quantity(line)));
    rows.push(Row::space(300));
    rows
}

/// What it proves, and what it is not.
fn foot(receta: &Receta, body: Column, letters: &Letters) -> Vec<Row> {
    let count = match receta.lines.len() {
        1 => "1 medicamento".to_owned(),
        more => format!("{more} medicamentos"),
    };
    let ledger = format!(
        "Libro público {}, número {}.",
        receta.ledger.origin, receta.ledger.index
    );
    let mut rows = vec![Row::rule(body, 700, 40, Ink::Black)];
    let text = format!(
        "Muestre el código en la farmacia: lleva la receta firmada ({count}). Este cartel no \
         es la receta: si la farmacia debe retenerla o recogerla (fracciones I a III, antibióticos), \
         lleve también la receta impresa. {ledger}"
    );
    rows.extend(paragraph(body, letters.small, &text));
    rows
}

fn centred(body: Column, style: Style, text: &str) -> Row {
    let text = clipped(style, text, body.width);
    let column = Column {
        x: body.x + (body.width - style.width(&text)) / 2,
        width: body.width,
    };
    row(column, style, text)
}

fn row(column: Column, style: Style, text: Vec<u8>) -> Row {
    Row {
        height: style.leading,
        marks: vec![Mark::Text {
            x: column.x,
            y: style.baseline(style.leading),
            style,
            text,
        }],
    }
}
