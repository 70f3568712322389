//! The foot of the first page: the QR, what it proves, who signed, where it is entered.

use super::BODY;
use super::receta::{QrModules, Receta};
use paper::mark::{Ink, Mark, Row, Style, height};
use paper::wrap::{Span, paragraph, spans};

/// A dot of a printer of 300 to the inch, in hundredths of a point. Modules are whole dots, or some
/// are wider than others; printers of 600 and 1200 have whole ones too.
const DOT: i32 = 24;
/// Most dots of the symbol without its quiet zone: 46 mm, where a telephone reads a version 15 from
/// a hand's distance and a photocopy still carries it (`docs/QR.md`).
const MOST_DOTS: i32 = 545;
/// Light modules around the symbol (ISO/IEC 18004, 6.3.8).
const QUIET_ZONE: i32 = 4;

const CALL: Style = Style::bold(1020, 1300, Ink::Accent);
const PLAIN: Style = Style::regular(800, 1020, Ink::Black);
const STRONG: Style = Style::bold(800, 1020, Ink::Black);

/// The panel, as one row that is never cut.
pub(super) fn panel(receta: &Receta) -> Vec<Row> {
    let (symbol, side, quiet) = symbol(&receta.qr);
    let texts = texts(receta, side + quiet.max(900));
    let mut panel = Row {
        height: height(&texts).max(side + 2 * quiet),
        marks: vec![symbol],
    };
    // The text is centred on the symbol.
    let mut y = (panel.height - height(&texts)) / 2;
    for row in texts {
        panel
            .marks
            .extend(row.marks.into_iter().map(|mark| mark.lowered(y)));
        y += row.height;
    }
    vec![Row::rule(BODY, 300, 60, Ink::Accent), panel]
}

/// The symbol, its side, and the width of its quiet zone, which at the left is the page's margin.
/// The caller has checked the number of modules.
fn symbol(qr: &QrModules) -> (Mark, i32, i32) {
    let width = i32::try_from(qr.width).unwrap_or(i32::MAX).max(1);
    let cell = MOST_DOTS / width * DOT;
    let quiet = QUIET_ZONE * cell;
    let symbol = Mark::Cells {
        x: BODY.x,
        y: quiet,
        cell_width: cell,
        cell_height: cell,
        columns: qr.width,
        dark: qr.dark.clone(),
    };
    (symbol, cell * width, quiet)
}

fn texts(receta: &Receta, indent: i32) -> Vec<Row> {
    let column = BODY.indented(indent);
    let prescriber = &receta.prescriber;
    let ledger = &receta.ledger;
    let mut rows = paragraph(column, CALL, "Verifique esta receta escaneando el código");
    rows.push(Row::space(150));
    rows.extend(paragraph(
        column,
        PLAIN,
        "El código contiene la receta, la firma de quien prescribe y el sello del libro público. \
         Demuestra, aun sin internet, quién la emitió y que nadie la alteró. Si ya se surtió o se \
         canceló se consulta en línea.",
    ));
    rows.push(Row::space(400));
    rows.extend(spans(
        column,
        &[
            Span::new(PLAIN, "Firmada electrónicamente por"),
            Span::new(STRONG, &format!("{},", prescriber.name)),
            Span::new(PLAIN, &format!("cédula {}", prescriber.cedula)),
            Span::new(PLAIN, "(firma electrónica avanzada, CAdES)."),
        ],
    ));
    let issued = format!("Emitida: {}", receta.issued_at_local);
    rows.push(Row::space(400));
    rows.extend(paragraph(column, PLAIN, &issued));
    rows.push(Row::space(400));
    rows.extend(spans(
        column,
        &[
            Span::new(PLAIN, "Asentada en el libro público"),
            Span::new(STRONG, &ledger.origin),
            Span::new(PLAIN, "con el número"),
            Span::new(STRONG, &format!("{}.", ledger.index)),
        ],
    ));
    rows
}
