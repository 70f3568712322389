//! Drawing: the text as a QR symbol of level M, on screen and on paper.

use std::fmt::Write as _;
use std::io::Cursor;

use image::{GrayImage, ImageFormat, Luma};
use qrcode::bits::Bits;
use qrcode::types::QrError as SymbolError;
use qrcode::{Color, EcLevel, QrCode, Version};

/// Light modules around the symbol that ISO/IEC 18004 §6.3.8 asks for.
pub const QUIET_ZONE: usize = 4;
/// Largest module of a PNG, in pixels.
pub const MAX_MODULE_PIXELS: u32 = 32;

/// A drawn QR symbol.
#[derive(Clone)]
pub struct QrSymbol {
    code: QrCode,
    version: i16,
}

/// Why a text cannot be drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum DrawError {
    /// A character outside QR's alphanumeric mode: 0–9, A–Z, space and `$%*+-./:`.
    #[error("the text has characters that QR's alphanumeric mode does not; encode it first")]
    NotAlphanumeric,
    /// Too long for version 40.
    #[error("the text does not fit a QR of version 40 at level M; prescribe in two prescriptions")]
    TooLong,
    /// Zero, or larger than [`MAX_MODULE_PIXELS`].
    #[error("a module must have 1 to 32 pixels")]
    ModulePixels,
    /// The image library refused.
    #[error("the PNG could not be written")]
    Png,
}

impl QrSymbol {
    /// Draws `text` in alphanumeric mode at level M, in the smallest version that holds it.
    pub fn draw(text: &str) -> Result<Self, DrawError> {
        let allowed =
            |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit() || b" $%*+-./:".contains(&c);
        if !text.bytes().all(allowed) {
            return Err(DrawError::NotAlphanumeric);
        }
        for version in 1..=40 {
            let mut bits = Bits::new(Version::Normal(version));
            let written = bits
                .push_alphanumeric_data(text.as_bytes())
                .and_then(|()| bits.push_terminator(EcLevel::M));
            match written.and_then(|()| QrCode::with_bits(bits, EcLevel::M)) {
                Ok(code) => return Ok(Self { code, version }),
                Err(SymbolError::DataTooLong) => {}
                Err(
                    SymbolError::InvalidVersion
                    | SymbolError::UnsupportedCharacterSet
                    | SymbolError::InvalidEciDesignator
                    | SymbolError::InvalidCharacter,
                ) => return Err(DrawError::NotAlphanumeric),
            }
        }
        Err(DrawError::TooLong)
    }

    /// Version of the symbol, 1 to 40.
    #[must_use]
    pub fn version(&self) -> i16 {
        self.version
    }

    /// Modules per side, without the quiet zone, and the modules row by row: `true` is dark.
    #[must_use]
    pub fn modules(&self) -> (usize, Vec<bool>) {
        let dark = self
            .code
            .to_colors()
            .into_iter()
            .map(|color| color == Color::Dark)
            .collect();
        (self.code.width(), dark)
    }

    /// An SVG of one unit per module, with quiet zone, which scales to the size it is given.
    #[must_use]
    pub fn to_svg(&self) -> String {
        let (width, modules) = self.modules();
        let side = width + 2 * QUIET_ZONE;
        let mut path = String::new();
        for (y, row) in modules.chunks(width).enumerate() {
            let mut x = 0;
            for run in row.chunk_by(|left, right| left == right) {
                if run[0] {
                    let length = run.len();
                    let drawn = write!(
                        path,
                        "M{} {}h{length}v1h-{length}z",
                        x + QUIET_ZONE,
                        y + QUIET_ZONE
                    );
                    debug_assert!(drawn.is_ok(), "writing to a String cannot fail");
                }
                x += run.len();
            }
        }
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" width="{side}" height="{side}" shape-rendering="crispEdges" role="img" aria-label="Código QR de la receta"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path fill="#000" d="{path}"/></svg>"##
        )
    }

    /// A grey-scale PNG with quiet zone, `module_pixels` pixels (1 to 32) per module.
    pub fn to_png(&self, module_pixels: u32) -> Result<Vec<u8>, DrawError> {
        if !(1..=MAX_MODULE_PIXELS).contains(&module_pixels) {
            return Err(DrawError::ModulePixels);
        }
        let (width, modules) = self.modules();
        let side = u32::try_from(width + 2 * QUIET_ZONE).map_err(|_| DrawError::Png)?;
        let module = |pixel: u32| ((pixel / module_pixels) as usize).checked_sub(QUIET_ZONE);
        let is_dark = |x: u32, y: u32| match (module(x), module(y)) {
            (Some(x), Some(y)) if x < width => modules.get(y * width + x).copied().unwrap_or(false),
            _ => false,
        };
        let image = GrayImage::from_fn(side * module_pixels, side * module_pixels, |x, y| {
            Luma([if is_dark(x, y) { 0 } else { 255 }])
        });
        let mut png = Cursor::new(Vec::new());
        image
            .write_to(&mut png, ImageFormat::Png)
            .map_err(|_| DrawError::Png)?;
        Ok(png.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::fixture;
    use crate::qr::text::MAX_CHARS;

    /// The independent second reader.
    fn read_with_rqrr(png: &[u8]) -> String {
        let image = image::load_from_memory(png).unwrap().to_luma8();
        let (columns, rows) = (image.width() as usize, image.height() as usize);
        let grey = image.as_raw();
        let mut prepared = rqrr::PreparedImage::prepare_from_greyscale(columns, rows, |x, y| {
            grey[y * columns + x]
        });
        let grids = prepared.detect_grids();
        assert_eq!(grids.len(), 1);
        let (meta, text) = grids[0].decode().unwrap();
        assert_eq!(meta.ecc_level, 0, "level M is written 00");
        text
    }

    /// Version 15-M holds 600 characters, which are 373 bytes.
    #[test]
    fn three_medicines_fit_version_15() {
        assert_eq!(fixture::payload().name.len(), 40);
        let text = fixture::sealed_text();
        let symbol = QrSymbol::draw(&text).unwrap();
        let (chars, version) = (text.len(), symbol.version());
        eprintln!("3 medicines: {chars} characters, version {version}-M");
        assert!(chars <= 594, "the format has grown");
        assert_eq!(version, 15);
    }

    /// A treatment of 24 to 255 days takes one byte more than a week.
    #[test]
    fn three_medicines_for_a_chronic_illness_fit_version_15() {
        let mut payload = fixture::payload();
        for line in &mut payload.lines {
            line.dosage.days = 180;
            line.valid_until = payload.written_on + jiff::Span::new().days(180);
        }
        let text = fixture::sealed(&fixture::signed(&payload), fixture::sealed_at());
        assert_eq!(QrSymbol::draw(&text).unwrap().version(), 15);
    }

    #[test]
    fn the_largest_prescription_fits_a_symbol() {
        let mut payload = fixture::payload();
        payload.name = "Ñ".repeat(60);
        payload.special_folio = Some("X".repeat(30).parse().unwrap());
        payload.lines = vec![payload.lines[0].clone(); 6];
        let text = fixture::sealed(&fixture::signed(&payload), fixture::sealed_at());
        let symbol = QrSymbol::draw(&text).unwrap();
        let (chars, version) = (text.len(), symbol.version());
        eprintln!("6 medicines: {chars} characters, version {version}-M");
        assert!(version <= 25);
        assert_eq!(crate::qr::read_image(&symbol.to_png(4).unwrap()), Ok(text));
    }

    #[test]
    fn png_is_read_by_both_readers() {
        let text = fixture::sealed_text();
        let png = QrSymbol::draw(&text).unwrap().to_png(4).unwrap();
        assert_eq!(read_with_rqrr(&png), text);
        assert_eq!(crate::qr::read_image(&png).as_ref(), Ok(&text));
    }

    #[test]
    fn modules_are_what_another_encoder_would_draw() {
        let (width, modules) = QrSymbol::draw("RX1").unwrap().modules();
        assert_eq!((width, modules.len()), (21, 441));
        // The first row of a finder pattern, then its separator.
        assert_eq!(
            modules[..8],
            [true, true, true, true, true, true, true, false]
        );
    }

    #[test]
    fn svg_draws_the_same_modules() {
        let symbol = QrSymbol::draw(&fixture::sealed_text()).unwrap();
        let svg = symbol.to_svg();
        let (width, modules) = symbol.modules();
        let mut drawn = vec![false; width * width];
        let path = svg
            .split("#000\" d=\"")
            .nth(1)
            .unwrap()
            .split('"')
            .next()
            .unwrap();
        for rect in path.split('z').filter(|rect| !rect.is_empty()) {
            let numbers: Vec<usize> = rect
                .split(|c: char| !c.is_ascii_digit())
                .filter_map(|number| number.parse().ok())
                .collect();
            let [x, y, length, 1, back] = numbers[..] else {
                panic!("{rect}")
            };
            assert_eq!(length, back);
            let start = (y - QUIET_ZONE) * width + x - QUIET_ZONE;
            drawn[start..start + length].fill(true);
        }
        assert_eq!(drawn, modules);
        let side = width + 8;
        assert!(svg.contains(&format!("viewBox=\"0 0 {side} {side}\"")));
    }

    #[test]
    fn smallest_version_and_too_long() {
        // Capacities of ISO/IEC 18004 table 7, alphanumeric, level M.
        for (chars, version) in [(20, 1), (21, 2), (600, 15), (605, 16), (MAX_CHARS, 40)] {
            assert_eq!(
                QrSymbol::draw(&"A".repeat(chars)).unwrap().version(),
                version,
                "{chars}"
            );
        }
        let refused = QrSymbol::draw(&"A".repeat(MAX_CHARS + 1)).err();
        assert_eq!(refused, Some(DrawError::TooLong));
    }

    #[test]
    fn not_alphanumeric() {
        for wrong in ["rx1", "RX1ñ", "RX1=", "RX1\n"] {
            assert_eq!(
                QrSymbol::draw(wrong).err(),
                Some(DrawError::NotAlphanumeric)
            );
        }
    }

    #[test]
    fn module_pixels() {
        let symbol = QrSymbol::draw("RX1").unwrap();
        for wrong in [0, 33, u32::MAX] {
            assert_eq!(symbol.to_png(wrong), Err(DrawError::ModulePixels));
        }
        let image = image::load_from_memory(&symbol.to_png(3).unwrap()).unwrap();
        assert_eq!(
            (image.width(), image.color()),
            (29 * 3, image::ColorType::L8)
        );
    }
}
