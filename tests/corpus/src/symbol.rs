//! The symbol before anything happens to it.

use qrcode::bits::Bits;
use qrcode::{Color, QrCode, Version};

use crate::random::Random;

pub use qrcode::EcLevel as Level;

/// The modules of a QR.
#[derive(Debug, Clone)]
pub struct Symbol {
    width: usize,
    dark: Vec<bool>,
    version: i16,
}

impl Symbol {
    /// `text` in alphanumeric mode, in the smallest version of `level` that holds it.
    ///
    /// # Panics
    /// If no version does, or the text is not alphanumeric: the caller is a test.
    #[must_use]
    #[expect(
        clippy::panic,
        reason = "documented; callers are tests and measurements"
    )]
    pub fn draw(text: &str, level: Level) -> Self {
        for version in 1..=40 {
            let mut bits = Bits::new(Version::Normal(version));
            let written = bits
                .push_alphanumeric_data(text.as_bytes())
                .and_then(|()| bits.push_terminator(level));
            if let Ok(code) = written.and_then(|()| QrCode::with_bits(bits, level)) {
                let colors = code.to_colors();
                let dark = colors.iter().map(|color| *color == Color::Dark).collect();
                return Self {
                    width: code.width(),
                    dark,
                    version,
                };
            }
        }
        panic!("the text does not fit a symbol")
    }

    /// Modules per side.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// 1 to 40.
    #[must_use]
    pub fn version(&self) -> i16 {
        self.version
    }

    /// Whether a module is dark; outside the symbol none is.
    #[must_use]
    pub fn is_dark(&self, x: i64, y: i64) -> bool {
        match (usize::try_from(x), usize::try_from(y)) {
            (Ok(x), Ok(y)) if x < self.width && y < self.width => self.dark[y * self.width + x],
            _ => false,
        }
    }
}

/// A text like that of three medicines: `RX1` and 591 characters of base32 (version 15 at M).
pub(crate) fn text(random: &mut Random) -> String {
    const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let letter = |bits: u64| char::from(ALPHABET[usize::try_from(bits % 32).unwrap_or(0)]);
    let body = (0..591).map(|_| letter(random.next() >> 20));
    "RX1".chars().chain(body).collect()
}
