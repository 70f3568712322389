//! Degraded pictures of QR symbols: the same pictures from the same seed.
//!
//! ```text
//! Symbol ──page──▶ reflectance, 8 dots a module ──camera──▶ greys ──▶ PNG or JPEG
//!   ink that spreads, a thermal head,     perspective, focus, motion,
//!   a stamp, worn creases                 light, glare, noise
//! ```
//!
//! Twelve kinds of damage, 24 pictures of each, of evenly growing severity. Parameters were set
//! so that one pass of `rxing` reads about three quarters, as `docs/QR.md` reports; they were fixed
//! before the ladder was tuned, and the ladder was tuned on [`TRAIN`] only.
//!
//! What is *not* here: reading. The reader is `qr-image`.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "optics: places and light are measurements; `as` saturates and a pixel more or less is no error"
)]

mod camera;
mod conditions;
mod page;
mod random;
mod symbol;

use std::io::Cursor;

use conditions::Conditions;
use image::codecs::jpeg::JpegEncoder;
use image::{GrayImage, ImageFormat};
use page::Page;
use random::Random;

pub use symbol::{Level, Symbol};

/// The corpus on which readers are tuned.
pub const TRAIN: u64 = 0x7261_494e;
/// The corpus by which they are judged.
pub const TEST: u64 = 0x7465_5354;
/// Pictures of each kind.
pub const EACH: u64 = 24;

/// What happened to the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Printed and scanned: grain, specks, ink that spreads.
    Scan,
    /// Out of focus.
    Defocus,
    /// The camera moved.
    Motion,
    /// Seen from the side, turned by any angle.
    Perspective,
    /// Folded: displaced, worn and dirty along up to three lines.
    Crease,
    /// Pale print or a dark room.
    LowContrast,
    /// A lamp mirrored in the paper.
    Glare,
    /// A rubber stamp over a corner.
    Stamp,
    /// A gradient or a hard shadow.
    UnevenLight,
    /// A thermal head with dead elements and bands.
    Thermal,
    /// Compressed too much, at few pixels a module.
    Jpeg,
    /// A telephone in a hand: a little of each.
    Photograph,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Scan,
        Self::Defocus,
        Self::Motion,
        Self::Perspective,
        Self::Crease,
        Self::LowContrast,
        Self::Glare,
        Self::Stamp,
        Self::UnevenLight,
        Self::Thermal,
        Self::Jpeg,
        Self::Photograph,
    ];

    /// For a table.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Scan => "print-scan noise",
            Self::Defocus => "defocus",
            Self::Motion => "motion",
            Self::Perspective => "perspective",
            Self::Crease => "creases",
            Self::LowContrast => "low contrast",
            Self::Glare => "glare",
            Self::Stamp => "stamp over a corner",
            Self::UnevenLight => "uneven light",
            Self::Thermal => "thermal banding",
            Self::Jpeg => "JPEG",
            Self::Photograph => "photograph",
        }
    }
}

/// A picture and what it must say.
#[derive(Debug, Clone)]
pub struct Sample {
    /// What happened to it.
    pub kind: Kind,
    /// 0 is the mildest, [`EACH`] − 1 the worst.
    pub number: u64,
    /// What the symbol says.
    pub text: String,
    /// PNG or JPEG.
    pub file: Vec<u8>,
}

/// The pictures of a seed, kind after kind.
pub fn corpus(seed: u64) -> impl Iterator<Item = Sample> {
    let places = Kind::ALL
        .into_iter()
        .flat_map(|kind| (0..EACH).map(move |at| (kind, at)));
    places.map(move |(kind, number)| sample(seed, kind, number))
}

/// One picture: three medicines at level M.
#[must_use]
pub fn sample(seed: u64, kind: Kind, number: u64) -> Sample {
    sample_at(seed, kind, number, Level::M)
}

/// One picture of the same text at another level, with as many pixels a module.
#[must_use]
pub fn sample_at(seed: u64, kind: Kind, number: u64, level: Level) -> Sample {
    make(seed, kind, number, level, |_| 1.0)
}

/// Dots of a module for which the lengths of the corpus hold.
const USUAL_DOTS: f64 = 6.0;

/// One picture of the same text, printed at another level in a square of `side` printer dots,
/// quiet zone included, with modules of as many whole dots as fit: stamps, creases, spots, dead
/// elements and the camera stay as large as they are, the modules do not.
#[must_use]
pub fn printed(seed: u64, kind: Kind, number: u64, level: Level, side: usize) -> Sample {
    make(seed, kind, number, level, |symbol| {
        USUAL_DOTS / dots(symbol, side) as f64
    })
}

/// Whole dots of a module of `symbol` in a square of `side` dots, quiet zone included.
#[must_use]
pub fn dots(symbol: &Symbol, side: usize) -> usize {
    (side / (symbol.width() + 8)).max(1)
}

/// The text of the pictures of this number.
#[must_use]
pub fn text_of(seed: u64, kind: Kind, number: u64) -> String {
    symbol::text(&mut Random::new(seed, kind as u64, number))
}

fn make(
    seed: u64,
    kind: Kind,
    number: u64,
    level: Level,
    larger: impl Fn(&Symbol) -> f64,
) -> Sample {
    let mut random = Random::new(seed, kind as u64, number);
    let text = symbol::text(&mut random);
    let severity = (number as f64 + 0.5) / EACH as f64;
    let mut conditions = Conditions::of(kind, severity, &mut random);
    let symbol = Symbol::draw(&text, level);
    conditions.enlarge(larger(&symbol));
    let page = Page::print(&symbol, &conditions, &mut random);
    let picture = camera::take(&page, &conditions, &mut random);
    Sample {
        kind,
        number,
        text,
        file: encode(&picture, conditions.jpeg),
    }
}

/// PNG, or JPEG of a quality.
fn encode(picture: &GrayImage, jpeg: Option<u8>) -> Vec<u8> {
    let mut file = Cursor::new(Vec::new());
    let written = match jpeg {
        Some(quality) => {
            picture.write_with_encoder(JpegEncoder::new_with_quality(&mut file, quality))
        }
        None => picture.write_to(&mut file, ImageFormat::Png),
    };
    debug_assert!(written.is_ok(), "a picture in memory is always encoded");
    file.into_inner()
}
