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
    /// A strip of an 80 mm thermal printer, of any length. Its unit is a 36th of a printer's dot
    /// (8 dots a millimetre, 203.2 per inch: 0.98 hundredths of a point), so that what is drawn in
    /// multiples of [`DOT`] is drawn in whole dots.
    Ticket {
        /// From the top edge to the bottom, in its own unit.
        height: i32,
    },
}

/// A dot of the head of an 80 mm thermal printer, in the unit of [`Sheet::Ticket`].
pub const DOT: i32 = 36;
/// What the head does not reach at each side of a ticket: 4 of 80 mm.
const TICKET_MARGIN: i32 = 32 * DOT;
/// Points of a unit of [`Sheet::Ticket`]: 72 / 203.2 / 36.
const TICKET_UNIT: f32 = 0.009_842_52;

impl Sheet {
    /// From the left edge to the right.
    #[must_use]
    pub const fn width(self) -> i32 {
        match self {
            Self::A5 => 41_953,
            Self::Letter => 61_200,
            Self::LetterLandscape => 79_200,
            Self::Ticket { .. } => 640 * DOT,
        }
    }

    /// From the top edge to the bottom.
    #[must_use]
    pub const fn height(self) -> i32 {
        match self {
            Self::A5 => 59_528,
            Self::Letter => 79_200,
            Self::LetterLandscape => 61_200,
            Self::Ticket { height } => height,
        }
    }

    /// What stays white at every side.
    #[must_use]
    pub const fn margin(self) -> i32 {
        match self {
            Self::A5 | Self::Letter | Self::LetterLandscape => MARGIN,
            Self::Ticket { .. } => TICKET_MARGIN,
        }
    }

    /// Between the side margins.
    #[must_use]
    pub const fn body(self) -> Column {
        Column {
            x: self.margin(),
            width: self.width() - 2 * self.margin(),
        }
    }

    /// Points of a unit.
    pub(crate) const fn unit(self) -> f32 {
        match self {
            Self::A5 | Self::Letter | Self::LetterLandscape => 0.01,
            Self::Ticket { .. } => TICKET_UNIT,
        }
    }

    /// Width and height in points, as PDF wants them.
    #[expect(
        clippy::float_arithmetic,
        clippy::cast_precision_loss,
        reason = "a PDF counts in points; a ticket's length is known when it is set"
    )]
    pub(crate) const fn media_box(self) -> Rect {
        let (x2, y2) = match self {
            Self::A5 => (419.53, 595.28),
            Self::Letter => (612.0, 792.0),
            Self::LetterLandscape => (792.0, 612.0),
            Self::Ticket { height } => (226.771_65, height as f32 * TICKET_UNIT),
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
            // A strip twice as long as it is wide; a longer one has the word at its middle too.
            Self::Ticket { .. } => Diagonal {
                thousandths: (447, 894),
                rotation: [0.447, 0.894, -0.894, 0.447, 0.0, 0.0],
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

    /// 80 mm, of which a head of 72 mm prints 576 dots.
    #[test]
    fn a_ticket_is_measured_in_dots() {
        let ticket = Sheet::Ticket { height: 800 * DOT };
        assert_eq!(ticket.body().width, 576 * DOT);
        let Rect { x2, y2, .. } = ticket.media_box();
        // 72 points are 25.4 mm.
        assert!((x2 - 80.0 * 72.0 / 25.4).abs() < 0.001, "{x2}");
        assert!((y2 - 100.0 * 72.0 / 25.4).abs() < 0.001, "{y2}");
    }

    #[test]
    fn landscape_is_portrait_turned() {
        assert_eq!(Sheet::Letter.width(), Sheet::LetterLandscape.height());
        assert_eq!(Sheet::Letter.height(), Sheet::LetterLandscape.width());
        assert_eq!(Sheet::LetterLandscape.body().end(), 79_200 - MARGIN);
    }
}
