//! Breaking text into rows.

use crate::mark::{Column, Mark, Row, Style};
use crate::winansi;

/// A piece of a paragraph in one style. Spans are joined by a space.
#[derive(Debug, Clone)]
pub struct Span {
    style: Style,
    text: Vec<u8>,
}

impl Span {
    /// The text, in the alphabet of the standard fonts.
    #[must_use]
    pub fn new(style: Style, text: &str) -> Self {
        Self {
            style,
            text: winansi::encode(text),
        }
    }
}

/// The parts that say something, separated by a dot at mid-height.
#[must_use]
pub fn joined(parts: &[&str]) -> String {
    let known: Vec<&str> = parts
        .iter()
        .copied()
        .filter(|part| !part.is_empty())
        .collect();
    known.join(" · ")
}

/// A paragraph of one style.
#[must_use]
pub fn paragraph(column: Column, style: Style, text: &str) -> Vec<Row> {
    spans(column, &[Span::new(style, text)])
}

/// A paragraph of several styles, broken at spaces; a word wider than the column is broken where
/// the column ends. Every row is as high as the highest leading. Without words, no rows.
#[must_use]
pub fn spans(column: Column, spans: &[Span]) -> Vec<Row> {
    let leading = spans.iter().map(|span| span.style.leading).max();
    let mut line = Line::new(column, leading.unwrap_or_default());
    let mut rows = Vec::new();
    for span in spans {
        for word in words(&span.text) {
            for piece in pieces(word, span.style, column.width) {
                if !line.fits(span.style, piece) {
                    rows.push(line.take());
                }
                line.push(span.style, piece);
            }
        }
    }
    if !line.runs.is_empty() {
        rows.push(line.take());
    }
    rows
}

/// The text, or as much of it as fits one row of this width, an ellipsis after it.
#[must_use]
pub fn clipped(style: Style, text: &str, width: i32) -> Vec<u8> {
    let mut whole = winansi::encode(text);
    if style.width(&whole) <= width {
        return whole;
    }
    let room = width - style.width(&[ELLIPSIS]);
    while !whole.is_empty() && style.width(&whole) > room {
        whole.pop();
    }
    whole.push(ELLIPSIS);
    whole
}

/// `…` in `WinAnsiEncoding`.
const ELLIPSIS: u8 = 0x85;

/// The words of a text. A figure and the word after it are one: "5 mL" and "20 tabletas" are never
/// parted at the end of a row, where the eye loses the unit.
fn words(text: &[u8]) -> Vec<&[u8]> {
    let mut words = Vec::new();
    let mut rest = text.trim_ascii_start();
    while !rest.is_empty() {
        let mut end = word_end(rest, 0);
        let figure = rest[..end].last().is_some_and(u8::is_ascii_digit);
        if figure && rest.get(end + 1).is_some_and(u8::is_ascii_alphabetic) {
            end = word_end(rest, end + 1);
        }
        words.push(&rest[..end]);
        rest = rest[end..].trim_ascii_start();
    }
    words
}

/// Where the word that begins at `start` ends.
fn word_end(text: &[u8], start: usize) -> usize {
    let space = text[start..].iter().position(|byte| *byte == b' ');
    space.map_or(text.len(), |space| start + space)
}

/// The word, or the longest pieces of it that fit the column; cut after a hyphen where there is one.
fn pieces(word: &[u8], style: Style, width: i32) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let fitting = (1..=rest.len())
            .take_while(|end| style.width(&rest[..*end]) <= width)
            .last();
        // A column narrower than a letter still takes one, so that the loop ends.
        let mut end = fitting.unwrap_or(1);
        if end < rest.len()
            && let Some(hyphen) = rest[..end].iter().rposition(|byte| *byte == b'-')
        {
            end = hyphen + 1;
        }
        let (piece, after) = rest.split_at(end);
        pieces.push(piece);
        rest = after;
    }
    pieces
}

/// The row being filled.
struct Line {
    column: Column,
    leading: i32,
    runs: Vec<(i32, Style, Vec<u8>)>,
}

impl Line {
    fn new(column: Column, leading: i32) -> Self {
        Self {
            column,
            leading,
            runs: Vec::new(),
        }
    }

    /// Where the next word of this style begins.
    fn next_x(&self, style: Style) -> i32 {
        self.runs.last().map_or(self.column.x, |(x, last, text)| {
            // Between two styles, the space of the smaller one.
            x + last.width(text) + last.width(b" ").min(style.width(b" "))
        })
    }

    fn fits(&self, style: Style, word: &[u8]) -> bool {
        self.runs.is_empty() || self.next_x(style) + style.width(word) <= self.column.end()
    }

    /// Appends to the last run if the style is the same: one run copies as one text.
    fn push(&mut self, style: Style, word: &[u8]) {
        let x = self.next_x(style);
        match self.runs.last_mut() {
            Some((_, last, text)) if *last == style => {
                text.push(b' ');
                text.extend_from_slice(word);
            }
            _ => self.runs.push((x, style, word.to_vec())),
        }
    }

    fn take(&mut self) -> Row {
        let leading = self.leading;
        // The runs of a row share the baseline of the largest.
        let y = self
            .runs
            .iter()
            .map(|(_, style, _)| style.baseline(leading))
            .max();
        let text = |(x, style, text)| Mark::Text {
            x,
            y: y.unwrap_or_default(),
            style,
            text,
        };
        Row {
            height: leading,
            marks: self.runs.drain(..).map(text).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::mark::Ink;

    const PLAIN: Style = Style::regular(900, 1100, Ink::Black);
    const STRONG: Style = Style::bold(1100, 1400, Ink::Black);

    fn texts(row: &Row) -> Vec<String> {
        row.marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { text, .. } => Some(winansi::decode(text)),
                Mark::Fill { .. }
                | Mark::Cells { .. }
                | Mark::Line { .. }
                | Mark::Watermark { .. } => None,
            })
            .collect()
    }

    #[test]
    fn breaks_at_spaces() {
        let column = Column { x: 0, width: 9000 };
        let rows = paragraph(column, PLAIN, "Tomar una tableta cada ocho horas");
        let lines: Vec<_> = rows.iter().flat_map(texts).collect();
        assert_eq!(lines, ["Tomar una tableta", "cada ocho horas"]);
    }

    #[test]
    fn styles_share_a_row_and_its_baseline() {
        let column = Column {
            x: 500,
            width: 30_000,
        };
        let rows = spans(
            column,
            &[Span::new(STRONG, "Morfina"), Span::new(PLAIN, "30 mg")],
        );
        assert_eq!(rows.len(), 1);
        assert_eq!(rows[0].height, 1400);
        assert_eq!(texts(&rows[0]), ["Morfina", "30 mg"]);
        let [Mark::Text { y: first, .. }, Mark::Text { x, y: second, .. }] = &rows[0].marks[..]
        else {
            panic!("two runs");
        };
        assert_eq!(first, second);
        assert_eq!(*x, 500 + STRONG.width(b"Morfina") + PLAIN.width(b" "));
    }

    #[test]
    fn what_does_not_fit_one_row_is_clipped_visibly() {
        assert_eq!(clipped(PLAIN, "Monterrey", 5_000), b"Monterrey");
        let clipped = clipped(PLAIN, "Monterrey, Nuevo León", 5_000);
        assert!(PLAIN.width(&clipped) <= 5_000);
        assert_eq!(winansi::decode(&clipped), "Monterrey…");
    }

    #[test]
    fn nothing_is_no_row() {
        assert_eq!(paragraph(Column { x: 0, width: 100 }, PLAIN, "  "), []);
    }

    #[test]
    fn a_figure_stays_with_its_unit() {
        let column = Column { x: 0, width: 7000 };
        let rows = paragraph(column, PLAIN, "Tomar unas 7.5 mL 2 veces");
        let lines: Vec<_> = rows.iter().flat_map(texts).collect();
        assert_eq!(lines, ["Tomar unas", "7.5 mL 2 veces"]);
    }

    #[test]
    fn a_long_word_is_cut_after_a_hyphen() {
        let column = Column { x: 0, width: 9000 };
        let rows = paragraph(column, PLAIN, "trimetoprima-sulfametoxazol");
        let lines: Vec<_> = rows.iter().flat_map(texts).collect();
        assert_eq!(lines, ["trimetoprima-", "sulfametoxazol"]);
    }

    #[test]
    fn a_no_break_space_holds() {
        let column = Column { x: 0, width: 5000 };
        let rows = paragraph(column, PLAIN, "surtir 2\u{a0}envases");
        assert_eq!(
            rows.iter().flat_map(texts).collect::<Vec<_>>(),
            ["surtir", "2\u{a0}envases"]
        );
    }

    proptest! {
        #[test]
        fn every_letter_arrives_and_every_row_fits(
            text in "[ a-zñÁ-Ú0-9-]{0,200}", width in 1200_i32..30_000,
        ) {
            let column = Column { x: 700, width };
            let rows = spans(column, &[Span::new(PLAIN, &text), Span::new(STRONG, &text)]);
            let letters = |text: &str| text.replace(' ', "");
            let set: String = rows.iter().flat_map(texts).map(|text| letters(&text)).collect();
            prop_assert_eq!(set, letters(&text).repeat(2));
            for mark in rows.iter().flat_map(|row| &row.marks) {
                let Mark::Text { x, style, text, .. } = mark else { continue };
                prop_assert!(*x >= 700 && x + style.width(text) <= column.end());
            }
        }
    }
}
