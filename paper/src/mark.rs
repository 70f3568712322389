//! What a page is made of: text runs, filled rectangles and cells, each with its place.
//!
//! Lengths are hundredths of a point; x grows to the right from the left edge, y **down** from the
//! top edge (of the row while a row is built, of the page once it is placed).

use crate::helvetica::Face;

/// A strip of the page in which text is set.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Left edge.
    pub x: i32,
    /// Width.
    pub width: i32,
}

impl Column {
    /// The column without its first `by`.
    #[must_use]
    pub fn indented(self, by: i32) -> Self {
        Self {
            x: self.x + by,
            width: self.width - by,
        }
    }

    /// The right edge.
    #[must_use]
    pub const fn end(self) -> i32 {
        self.x + self.width
    }
}

/// The colours: what is printed must read as well from a black-and-white printer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    /// Text.
    Black,
    /// Secondary text.
    Grey,
    /// Lines between things.
    Hairline,
    /// Titles and their lines; the first series of a chart.
    Accent,
    /// What must not be overlooked.
    Warning,
    /// The word across the page.
    Watermark,
    /// Text on a dark ground.
    White,
    /// The ground of a table's head.
    Band,
    /// The second series of a chart: lighter than [`Ink::Accent`] in grey too.
    Second,
    /// The third series of a chart: lighter than [`Ink::Second`] in grey too.
    Third,
}

/// Face, size, line height and colour of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Style {
    /// Regular or bold.
    pub face: Face,
    /// Size of the letters.
    pub size: i32,
    /// Height of a row of them.
    pub leading: i32,
    /// Colour.
    pub ink: Ink,
}

impl Style {
    /// Helvetica.
    #[must_use]
    pub const fn regular(size: i32, leading: i32, ink: Ink) -> Self {
        Self {
            face: Face::Regular,
            size,
            leading,
            ink,
        }
    }

    /// Helvetica-Bold.
    #[must_use]
    pub const fn bold(size: i32, leading: i32, ink: Ink) -> Self {
        Self {
            face: Face::Bold,
            size,
            leading,
            ink,
        }
    }

    /// From the top of a row of height `leading` to the baseline that centres the capitals, which
    /// are 0.72 of the size tall.
    #[must_use]
    pub fn baseline(self, leading: i32) -> i32 {
        leading / 2 + self.size * 36 / 100
    }

    /// Advance of the text.
    #[must_use]
    pub fn width(self, text: &[u8]) -> i32 {
        self.face.width(text, self.size)
    }
}

/// One thing on paper.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mark {
    /// A run of text; `y` is its baseline.
    Text {
        /// Left edge.
        x: i32,
        /// See the variant.
        y: i32,
        /// How it is set.
        style: Style,
        /// In `WinAnsiEncoding`.
        text: Vec<u8>,
    },
    /// A filled rectangle; `y` is its top.
    Fill {
        /// Left edge.
        x: i32,
        /// See the variant.
        y: i32,
        /// To the right.
        width: i32,
        /// Down.
        height: i32,
        /// Colour.
        ink: Ink,
    },
    /// A grid of black and white cells: a QR (many rows) or a barcode (one); `y` is its top.
    Cells {
        /// Left edge.
        x: i32,
        /// See the variant.
        y: i32,
        /// Of one cell.
        cell_width: i32,
        /// Of one cell.
        cell_height: i32,
        /// Cells of a row.
        columns: usize,
        /// Row by row; `true` is dark.
        dark: Vec<bool>,
    },
    /// A line from point to point; `y` of each point is down from the top.
    Line {
        /// At least two.
        points: Vec<(i32, i32)>,
        /// Width of the pen.
        thickness: i32,
        /// Colour.
        ink: Ink,
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
    pub fn lowered(mut self, by: i32) -> Self {
        match &mut self {
            Self::Text { y, .. } | Self::Fill { y, .. } | Self::Cells { y, .. } => *y += by,
            Self::Line { points, .. } => points.iter_mut().for_each(|(_, y)| *y += by),
            Self::Watermark { .. } => {}
        }
        self
    }
}

/// A strip of the page that is never cut.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// How far down the next row begins.
    pub height: i32,
    /// Placed from the row's top left corner.
    pub marks: Vec<Mark>,
}

impl Row {
    /// White space.
    #[must_use]
    pub fn space(height: i32) -> Self {
        Self {
            height,
            marks: Vec::new(),
        }
    }

    /// A horizontal line with half of the remaining height above and below.
    #[must_use]
    pub fn rule(column: Column, height: i32, thickness: i32, ink: Ink) -> Self {
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
    #[must_use]
    pub fn right(column: Column, style: Style, text: Vec<u8>) -> Self {
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
#[must_use]
pub fn height(rows: &[Row]) -> i32 {
    rows.iter().map(|row| row.height).sum()
}

/// Two columns side by side, row by row.
#[must_use]
pub fn beside(left: Vec<Row>, right: Vec<Row>) -> Vec<Row> {
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
