//! What a page is made of: text runs, filled rectangles and cells, each with its place.
//!
//! Lengths are hundredths of a point; x grows to the right from the left edge, y **down** from the
//! top edge (of the row while a row is built, of the page once it is placed).

use super::helvetica::Face;

/// A5 portrait, ISO 216: 148 mm.
pub(super) const PAGE_WIDTH: i32 = 41_953;
/// A5 portrait, ISO 216: 210 mm.
pub(super) const PAGE_HEIGHT: i32 = 59_528;
/// 10 mm on every side: what the worst office printer leaves white is less.
pub(super) const MARGIN: i32 = 2_835;
/// Between the side margins.
pub(super) const BODY: Column = Column {
    x: MARGIN,
    width: PAGE_WIDTH - 2 * MARGIN,
};

/// A strip of the page in which text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Column {
    /// Left edge.
    pub(super) x: i32,
    /// Width.
    pub(super) width: i32,
}

impl Column {
    /// The column without its first `by`.
    pub(super) fn indented(self, by: i32) -> Self {
        Self {
            x: self.x + by,
            width: self.width - by,
        }
    }

    /// The right edge.
    pub(super) fn end(self) -> i32 {
        self.x + self.width
    }
}

/// The colours of the receta: it must read as well from a black-and-white printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ink {
    Black,
    Grey,
    Hairline,
    Accent,
    Warning,
    Watermark,
    White,
}

/// Face, size, line height and colour of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: i32,
    pub(super) leading: i32,
    pub(super) ink: Ink,
}

impl Style {
    pub(super) const fn regular(size: i32, leading: i32, ink: Ink) -> Self {
        Self {
            face: Face::Regular,
            size,
            leading,
            ink,
        }
    }

    pub(super) const fn bold(size: i32, leading: i32, ink: Ink) -> Self {
        Self {
            face: Face::Bold,
            size,
            leading,
            ink,
        }
    }

    /// From the top of a row of height `leading` to the baseline that centres the capitals, which
    /// are 0.72 of the size tall.
    pub(super) fn baseline(self, leading: i32) -> i32 {
        leading / 2 + self.size * 36 / 100
    }

    /// Advance of the text.
    pub(super) fn width(self, text: &[u8]) -> i32 {
        self.face.width(text, self.size)
    }
}

/// One thing on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mark {
    /// A run of text; `y` is its baseline.
    Text {
        x: i32,
        y: i32,
        style: Style,
        /// In `WinAnsiEncoding`.
        text: Vec<u8>,
    },
    /// A filled rectangle; `y` is its top.
    Fill {
        x: i32,
        y: i32,
        width: i32,
        height: i32,
        ink: Ink,
    },
    /// A grid of black and white cells: a QR (many rows) or a barcode (one); `y` is its top.
    Cells {
        x: i32,
        y: i32,
        cell_width: i32,
        cell_height: i32,
        columns: usize,
        dark: Vec<bool>,
    },
    /// A word across the page, behind everything else.
    Watermark {
        /// In `WinAnsiEncoding`.
        text: Vec<u8>,
    },
}

impl Mark {
    /// The mark, `by` further down.
    #[must_use]
    pub(super) fn lowered(mut self, by: i32) -> Self {
        match &mut self {
            Self::Text { y, .. } | Self::Fill { y, .. } | Self::Cells { y, .. } => *y += by,
            Self::Watermark { .. } => {}
        }
        self
    }
}

/// A strip of the page that is never cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) height: i32,
    pub(super) marks: Vec<Mark>,
}

impl Row {
    /// White space.
    pub(super) fn space(height: i32) -> Self {
        Self {
            height,
            marks: Vec::new(),
        }
    }

    /// A horizontal line with half of the remaining height above and below.
    pub(super) fn rule(column: Column, height: i32, thickness: i32, ink: Ink) -> Self {
        Self {
            height,
            marks: vec![Mark::Fill {
                x: column.x,
                y: (height - thickness) / 2,
                width: column.width,
                height: thickness,
                ink,
            }],
        }
    }

    /// One short text that ends at the column's right edge. The caller knows that it fits.
    pub(super) fn right(column: Column, style: Style, text: Vec<u8>) -> Self {
        Self {
            height: style.leading,
            marks: vec![Mark::Text {
                x: column.end() - style.width(&text),
                y: style.baseline(style.leading),
                style,
                text,
            }],
        }
    }
}

/// Heights of the rows together.
pub(super) fn height(rows: &[Row]) -> i32 {
    rows.iter().map(|row| row.height).sum()
}

/// Two columns side by side, row by row.
pub(super) fn beside(left: Vec<Row>, right: Vec<Row>) -> Vec<Row> {
    let count = left.len().max(right.len());
    let (mut left, mut right) = (left.into_iter(), right.into_iter());
    (0..count)
        .map(|_| {
            let mut whole = Row::space(0);
            for row in [left.next(), right.next()].into_iter().flatten() {
                whole.height = whole.height.max(row.height);
                whole.marks.extend(row.marks);
            }
            whole
        })
        .collect()
}
