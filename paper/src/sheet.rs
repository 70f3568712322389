//! The sheets of paper that Mexico prints on.

use pdf_writer::Rect;

use crate::mark::Column;

/// 10 mm on every side: what the worst office printer leaves white is less.
pub const MARGIN: i32 = 2_835;

/// A sheet of paper. Lengths in hundredths of a point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sheet {
    /// A5 portrait, ISO 216: 148 × 210 mm. The receta.
    A5,
    /// Letter (carta) portrait: 8.5 × 11 inches. Reports.
    Letter,
    /// Letter (carta) landscape: 11 × 8.5 inches. Books and wide tables.
    LetterLandscape,
}

impl Sheet {
    /// From the left edge to the right.
    #[must_use]
    pub const fn width(self) -> i32 {
        match self {
            Self::A5 => 41_953,
            Self::Letter => 61_200,
            Self::LetterLandscape => 79_200,
        }
    }

    /// From the top edge to the bottom.
    #[must_use]
    pub const fn height(self) -> i32 {
        match self {
            Self::A5 => 59_528,
            Self::Letter => 79_200,
            Self::LetterLandscape => 61_200,
        }
    }

    /// Between the side margins.
    #[must_use]
    pub const fn body(self) -> Column {
        Column {
            x: MARGIN,
            width: self.width() - 2 * MARGIN,
        }
    }

    /// Width and height in points, as PDF wants them.
    pub(crate) const fn media_box(self) -> Rect {
        let (x2, y2) = match self {
            Self::A5 => (419.53, 595.28),
            Self::Letter => (612.0, 792.0),
            Self::LetterLandscape => (792.0, 612.0),
        };
        Rect {
            x1: 0.0,
            y1: 0.0,
            x2,
            y2,
        }
    }

    /// Direction of the diagonal from the lower left to the upper right.
    pub(crate) const fn diagonal(self) -> Diagonal {
        match self {
            Self::A5 => Diagonal {
                thousandths: (576, 817),
                rotation: [0.576, 0.817, -0.817, 0.576, 0.0, 0.0],
            },
            Self::Letter => Diagonal {
                thousandths: (611, 791),
                rotation: [0.611, 0.791, -0.791, 0.611, 0.0, 0.0],
            },
            Self::LetterLandscape => Diagonal {
                thousandths: (791, 611),
                rotation: [0.791, 0.611, -0.611, 0.791, 0.0, 0.0],
            },
        }
    }
}

/// Cosine and sine of a sheet's diagonal.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Diagonal {
    /// Both, in thousandths.
    pub(crate) thousandths: (i32, i32),
    /// The same as the matrix of a PDF transformation.
    pub(crate) rotation: [f32; 6],
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_diagonal_is_the_sheets_and_of_length_one() {
        for sheet in [Sheet::A5, Sheet::Letter, Sheet::LetterLandscape] {
            let (cos, sin) = sheet.diagonal().thousandths;
            // sin · width = cos · height, within the rounding of a thousandth.
            let across = i64::from(sin) * i64::from(sheet.width());
            let up = i64::from(cos) * i64::from(sheet.height());
            assert!(
                (across - up).abs() <= i64::from(sheet.height() + sheet.width()),
                "{sheet:?}"
            );
            assert!(((cos * cos + sin * sin) - 1_000_000).abs() < 2_000);
        }
    }

    #[test]
    fn landscape_is_portrait_turned() {
        assert_eq!(Sheet::Letter.width(), Sheet::LetterLandscape.height());
        assert_eq!(Sheet::Letter.height(), Sheet::LetterLandscape.width());
        assert_eq!(Sheet::LetterLandscape.body().end(), 79_200 - MARGIN);
    }
}
