//! Breaking text into rows.

use super::mark::{Column, Mark, Row, Style};
use super::winansi;

/// A piece of a paragraph in one style. Spans are joined by a space.
#[derive(Debug, Clone)]
pub(super) struct Span {
    style: Style,
    text: Vec<u8>,
}

impl Span {
    pub(super) fn new(style: Style, text: &str) -> Self {
        Self {
            style,
            text: winansi::encode(text),
        }
    }
}

/// The parts that say something, separated by a dot at mid-height.
pub(super) fn joined(parts: &[&str]) -> String {
    let known: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    known.join(" · ")
}

/// A paragraph of one style.
pub(super) fn paragraph(column: Column, style: Style, text: &str) -> Vec<Row> {
    spans(column, &[Span::new(style, text)])
}

/// A paragraph of several styles, broken at spaces; a word wider than the column is broken where
/// the column ends. Every row is as high as the highest leading. Without words, no rows.
pub(super) fn spans(column: Column, spans: &[Span]) -> Vec<Row> {
    let leading = spans.iter().map(|span| span.style.leading).max();
    let mut line = Line::new(column, leading.unwrap_or_default());
    let mut rows = Vec::new();
    for span in spans {
        let words = span.text.split(|byte| *byte == b' ');
        for word in words.filter(|word| !word.is_empty()) {
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

/// The word, or the longest pieces of it that fit the column.
fn pieces(word: &[u8], style: Style, width: i32) -> Vec<&[u8]> {
    let mut pieces = Vec::new();
    let mut rest = word;
    while !rest.is_empty() {
        let fitting = (1..=rest.len())
            .take_while(|end| style.width(&rest[..*end]) <= width)
            .last();
        // A column narrower than a letter still takes one, so that the loop ends.
        let (piece, after) = rest.split_at(fitting.unwrap_or(1));
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
        let y = self.runs.iter().map(|(_, style, _)| style.baseline(leading)).max();
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

    use super::super::mark::Ink;
    use super::*;

    const PLAIN: Style = Style::regular(900, 1100, Ink::Black);
    const STRONG: Style = Style::bold(1100, 1400, Ink::Black);

    fn texts(row: &Row) -> Vec<String> {
        row.marks
            .iter()
            .filter_map(|mark| match mark {
                Mark::Text { text, .. } => Some(winansi::decode(text)),
                Mark::Fill { .. } | Mark::Cells { .. } | Mark::Watermark { .. } => None,
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
        let column = Column { x: 500, width: 30_000 };
        let rows = spans(column, &[Span::new(STRONG, "Morfina"), Span::new(PLAIN, "30 mg")]);
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
    fn nothing_is_no_row() {
        assert_eq!(paragraph(Column { x: 0, width: 100 }, PLAIN, "  "), []);
    }

    #[test]
    fn a_no_break_space_holds() {
        let column = Column { x: 0, width: 5000 };
        let rows = paragraph(column, PLAIN, "surtir 2\u{a0}envases");
        assert_eq!(rows.iter().flat_map(texts).collect::<Vec<_>>(), ["surtir", "2\u{a0}envases"]);
    }

    proptest! {
        #[test]
        fn every_letter_arrives_and_every_row_fits(
            text in "[ a-zñÁ-Ú0-9]{0,200}", width in 1200_i32..30_000,
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
