//! Widths of Helvetica and Helvetica-Bold, which every PDF viewer has (ISO 32000-1, 9.6.2.2).

/// The two faces of all our paper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    /// Helvetica.
    Regular,
    /// Helvetica-Bold.
    Bold,
}

impl Face {
    /// Advance of the text in this face at `size`. Both in hundredths of a point.
    #[must_use]
    pub fn width(self, text: &[u8], size: i32) -> i32 {
        let table = match self {
            Self::Regular => &REGULAR,
            Self::Bold => &BOLD,
        };
        let thousandths: i32 = text
            .iter()
            .filter_map(|code| usize::from(*code).checked_sub(FIRST))
            .filter_map(|place| table.get(place))
            .map(|width| i32::from(*width))
            .sum();
        // Rounded up: a line that fits by this measure fits the paper.
        (thousandths * size + 999) / 1000
    }
}

/// The space, where the tables begin.
const FIRST: usize = 0x20;

/// Advances of the codes 0x20 to 0xFF in `WinAnsiEncoding`, in thousandths of the size. Source: the
/// font metrics of Nimbus Sans, whose advances are those of Adobe's Helvetica.
#[rustfmt::skip]
const REGULAR: [u16; 224] = [
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
    611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
    222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    350, 556, 350, 222, 556, 333, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350,
    222, 222, 333, 333, 350, 556, 1000, 333, 1000, 500, 333, 944, 350, 500, 667, 278, 333, 556, 556,
    556, 556, 260, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 556, 537,
    278, 333, 333, 365, 556, 834, 834, 834, 611, 667, 667, 667, 667, 667, 667, 1000, 722, 667, 667,
    667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722,
    667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 500, 556, 556, 556, 556, 278, 278, 278, 278,
    556, 556, 556, 556, 556, 556, 556, 584, 611, 556, 556, 556, 556, 500, 556, 500,
];

/// The same of Helvetica-Bold.
#[rustfmt::skip]
const BOLD: [u16; 224] = [
    278, 333, 474, 556, 556, 889, 722, 238, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 556, 333, 333, 584, 584, 584, 611, 975, 722, 722, 722, 722, 667,
    611, 778, 722, 278, 556, 722, 611, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
    667, 611, 333, 278, 333, 584, 556, 333, 556, 611, 556, 611, 556, 333, 611, 611, 278, 278, 556,
    278, 889, 611, 611, 611, 611, 389, 556, 333, 611, 556, 778, 556, 556, 500, 389, 280, 389, 584,
    350, 556, 350, 278, 556, 500, 1000, 556, 556, 333, 1000, 667, 333, 1000, 350, 611, 350, 350,
    278, 278, 500, 500, 350, 556, 1000, 333, 1000, 556, 333, 944, 350, 500, 667, 278, 333, 556, 556,
    556, 556, 280, 556, 333, 737, 370, 556, 584, 333, 737, 333, 400, 584, 333, 333, 333, 611, 556,
    278, 333, 333, 365, 556, 834, 834, 834, 611, 722, 722, 722, 722, 722, 722, 1000, 722, 667, 667,
    667, 667, 278, 278, 278, 278, 722, 722, 778, 778, 778, 778, 778, 584, 778, 722, 722, 722, 722,
    667, 667, 611, 556, 556, 556, 556, 556, 556, 889, 556, 556, 556, 556, 556, 278, 278, 278, 278,
    611, 611, 611, 611, 611, 611, 611, 584, 611, 611, 611, 611, 611, 556, 611, 556,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::winansi::encode;

    /// Advances as Adobe's own AFM files of the core 14 fonts give them.
    #[test]
    fn widths_are_helveticas() {
        for (character, regular, bold) in [
            (" ", 278, 278),
            ("A", 667, 722),
            ("W", 944, 944),
            ("i", 222, 278),
            ("@", 1015, 975),
            ("0", 556, 556),
            ("ñ", 556, 611),
            ("Ñ", 722, 722),
            ("í", 278, 278),
            ("—", 1000, 1000),
            ("µ", 556, 611),
            ("½", 834, 834),
            ("ÿ", 500, 556),
        ] {
            let code = encode(character);
            assert_eq!(Face::Regular.width(&code, 1000), regular, "{character}");
            assert_eq!(Face::Bold.width(&code, 1000), bold, "{character}");
        }
    }

    #[test]
    fn a_letter_is_as_wide_with_its_accent() {
        for (plain, accented) in [("aeounAEOUN", "áéóúñÁÉÓÚÑ"), ("I", "Í")] {
            for face in [Face::Regular, Face::Bold] {
                let widths = [plain, accented].map(|text| face.width(&encode(text), 950));
                assert_eq!(widths[0], widths[1]);
            }
        }
    }

    #[test]
    fn a_width_grows_with_the_size() {
        // 667 + 556 thousandths at 9.5 pt: 11.6185 pt.
        assert_eq!(Face::Regular.width(b"Aa", 950), 1162);
        assert_eq!(Face::Regular.width(b"", 950), 0);
    }
}
