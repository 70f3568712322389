//! One page of marks as an SVG of its size on paper, for a screen or for a printer that has no PDF.
//!
//! Text is set in the viewer's own sans serif and stretched to Helvetica's advance, so that it takes
//! the room that it was given. The same page is the same bytes.

use std::fmt::Write as _;

use crate::helvetica::Face;
use crate::mark::{Ink, Mark, Style};
use crate::pager::Page;
use crate::sheet::Sheet;
use crate::winansi;

/// Writes the page. `title` is what a screen reader says of it.
#[must_use]
pub fn write(sheet: Sheet, page: &Page, title: &str) -> String {
    let (width, height) = (sheet.width(), sheet.height());
    let [wide, high] = [width, height].map(|length| millimetres(sheet, length));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" \
         width=\"{wide}mm\" height=\"{high}mm\" lang=\"es-MX\" role=\"img\">\
         <title>{}</title><path fill=\"#fff\" d=\"M0 0h{width}v{height}H0z\"/>",
        escaped(title)
    );
    for mark in page {
        let drawn = draw(&mut svg, sheet, mark);
        debug_assert!(drawn.is_ok(), "writing to a String cannot fail");
    }
    svg.push_str("</svg>");
    svg
}

/// A length of the sheet in millimetres, to the thousandth.
fn millimetres(sheet: Sheet, length: i32) -> String {
    let thousandths = match sheet {
        // 7200 hundredths of a point are 25.4 mm.
        Sheet::A5 | Sheet::Letter | Sheet::LetterLandscape => length * 254 / 72,
        // Eight dots of 36 are 1 mm.
        Sheet::Ticket { .. } => length / 288 * 1000 + length % 288 * 1000 / 288,
    };
    format!("{}.{:03}", thousandths / 1000, thousandths % 1000)
}

fn draw(svg: &mut String, sheet: Sheet, mark: &Mark) -> std::fmt::Result {
    match mark {
        Mark::Text { x, y, style, text } => {
            show(svg, &format!("x=\"{x}\" y=\"{y}\""), *style, text)
        }
        Mark::Fill {
            x,
            y,
            width,
            height,
            ink,
        } => {
            let fill = css(*ink);
            write!(
                svg,
                "<path fill=\"{fill}\" d=\"M{x} {y}h{width}v{height}h-{width}z\"/>"
            )
        }
        Mark::Cells {
            x,
            y,
            cell_width,
            cell_height,
            columns,
            dark,
        } => {
            // One unit is one cell, counted from the top left corner down.
            write!(
                svg,
                "<path shape-rendering=\"crispEdges\" \
                 transform=\"matrix({cell_width} 0 0 {cell_height} {x} {y})\" d=\""
            )?;
            cells(svg, *columns, dark)?;
            svg.write_str("\"/>")
        }
        Mark::Line {
            points,
            thickness,
            ink,
        } => {
            let colour = css(*ink);
            write!(
                svg,
                "<polyline fill=\"none\" stroke=\"{colour}\" stroke-width=\"{thickness}\" \
                 stroke-linecap=\"round\" stroke-linejoin=\"round\" points=\""
            )?;
            for (x, y) in points {
                write!(svg, "{x},{y} ")?;
            }
            svg.write_str("\"/>")
        }
        Mark::Watermark { text } => watermark(svg, sheet, text),
    }
}

fn show(svg: &mut String, place: &str, style: Style, text: &[u8]) -> std::fmt::Result {
    let weight = match style.face {
        Face::Regular => "",
        Face::Bold => " font-weight=\"bold\"",
    };
    write!(
        svg,
        "<text {place} font-family=\"Helvetica,Arial,sans-serif\"{weight} font-size=\"{}\" \
         fill=\"{}\" textLength=\"{}\" lengthAdjust=\"spacingAndGlyphs\">{}</text>",
        style.size,
        css(style.ink),
        style.width(text),
        escaped(&winansi::decode(text))
    )
}

/// Runs of dark cells of each row, as one path so that no hairline shows between them.
fn cells(svg: &mut String, columns: usize, dark: &[bool]) -> std::fmt::Result {
    for (y, row) in dark.chunks(columns).enumerate() {
        let mut x = 0;
        for run in row.chunk_by(|left, right| left == right) {
            let length = run.len();
            if run[0] {
                write!(svg, "M{x} {y}h{length}v1h-{length}z")?;
            }
            x += length;
        }
    }
    Ok(())
}

/// The word from the lower left to the upper right, about the middle of the page.
fn watermark(svg: &mut String, sheet: Sheet, text: &[u8]) -> std::fmt::Result {
    let (cos, sin) = sheet.diagonal().thousandths;
    let length = sheet.width().max(sheet.height()) * 875 / 1_000;
    let size = (length * 1_000 / Face::Bold.width(text, 1_000).max(1)).min(9_000);
    let style = Style::bold(size, size, Ink::Watermark);
    let (x, y) = (sheet.width() / 2, sheet.height() / 2);
    let (half, down) = (style.width(text) / 2, size * 36 / 100);
    let place = format!(
        "transform=\"matrix(0.{cos:03} -0.{sin:03} 0.{sin:03} 0.{cos:03} {x} {y})\" x=\"-{half}\" \
         y=\"{down}\""
    );
    show(svg, &place, style, text)
}

/// The colours of `pdf`, as a screen has them.
fn css(ink: Ink) -> &'static str {
    match ink {
        Ink::Black => "#000",
        Ink::Grey => "#545454",
        Ink::Hairline => "#b8b8b8",
        Ink::Accent => "#0a4a54",
        Ink::Warning => "#b80f1a",
        Ink::Watermark => "#f7e0e0",
        Ink::White => "#fff",
        Ink::Band => "#e0eded",
        Ink::Second => "#d47d29",
        Ink::Third => "#a8c2d4",
    }
}

/// A text as XML has it.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            other if other.is_control() => escaped.push(' '),
            other => escaped.push(other),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sheet::DOT;

    fn text(text: &str) -> Mark {
        Mark::Text {
            x: 10,
            y: 20,
            style: Style::bold(1000, 1200, Ink::Accent),
            text: winansi::encode(text),
        }
    }

    /// A name is data: nobody writes elements with it.
    #[test]
    fn what_is_written_is_text_and_never_markup() {
        let page = vec![
            text("<script>&\"'</script>"),
            Mark::Watermark {
                text: b"<b>".to_vec(),
            },
        ];
        let svg = write(Sheet::A5, &page, "Receta <1>");
        assert!(!svg.contains("<script") && !svg.contains("<b>"), "{svg}");
        assert!(
            svg.contains("&lt;script&gt;&amp;&quot;'&lt;/script&gt;"),
            "{svg}"
        );
        assert!(svg.contains("<title>Receta &lt;1&gt;</title>"));
    }

    #[test]
    fn a_sheet_has_its_size_on_paper() {
        assert!(
            write(Sheet::A5, &Vec::new(), "").contains("width=\"148.000mm\" height=\"210.001mm\"")
        );
        let ticket = Sheet::Ticket {
            height: 100 * 8 * DOT,
        };
        assert!(write(ticket, &Vec::new(), "").contains("width=\"80.000mm\" height=\"100.000mm\""));
    }

    #[test]
    fn cells_are_drawn_run_by_run() {
        let cells = Mark::Cells {
            x: 7,
            y: 9,
            cell_width: 36,
            cell_height: 36,
            columns: 3,
            dark: vec![true, true, false, false, true, true],
        };
        let svg = write(Sheet::A5, &vec![cells], "");
        assert!(svg.contains("matrix(36 0 0 36 7 9)"));
        assert!(svg.contains("d=\"M0 0h2v1h-2zM1 1h2v1h-2z\""), "{svg}");
    }
}
