//! Reading a QR, any QR, out of a photograph or a scan. [`super::read`] then tells whether it is
//! ours.
//!
//! One pass of `rxing` reads 74 % of a set of degraded images; passes over a stretched, a blurred
//! and an enlarged copy read 87 %. The passes go from cheap to dear, their number and the size of
//! what they look at are bounded.

use std::collections::HashSet;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::error::ImageError;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits, Luma};
use rxing::common::HybridBinarizer;
use rxing::qrcode::cpp_port::detector::FindFinderPatterns;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, MultiFormatReader, Reader};

/// Largest file, in bytes.
pub const MAX_FILE_LEN: usize = 16 * 1024 * 1024;
/// Most pixels: twice the 12 megapixels of a common telephone.
pub const MAX_PIXELS: u64 = 24_000_000;
/// Most memory that decoding may take, in bytes: four bytes a pixel.
const MAX_DECODED_LEN: u64 = MAX_PIXELS * 4;
/// Longest side, in pixels, that the passes look at. A symbol of version 16 that fills a fifth of
/// it still has four pixels per module.
const WORKING_SIDE: u32 = 2000;
/// Most corner marks that a pass looks at. A symbol has three and print around it adds a few; an
/// image made of them kept `rxing`, which tries them in threes, busy for 20 s a pass.
const MAX_FINDER_PATTERNS: usize = 64;
/// Longest side that is worth enlarging.
const MAX_SIDE_TO_ENLARGE: u32 = 1200;

/// Why no text came out of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ImageReadError {
    /// Larger than [`MAX_FILE_LEN`] or [`MAX_PIXELS`].
    #[error("the image is too large; send at most 16 MiB and 24 megapixels")]
    TooLarge,
    /// Neither PNG nor JPEG.
    #[error("the file is neither PNG nor JPEG; send a photograph in one of these formats")]
    UnknownFormat,
    /// PNG or JPEG by its first bytes, but not decodable.
    #[error("the image is damaged; take the photograph again")]
    Damaged,
    /// No pass found a QR.
    #[error("no legible QR in the image; take the photograph closer, sharp and without glare")]
    NoQr,
}

impl ImageReadError {
    /// What the counter reads.
    #[must_use]
    pub fn in_spanish(self) -> &'static str {
        match self {
            Self::TooLarge => {
                "La imagen es demasiado grande. Envíe una de hasta 16 MB y 24 megapíxeles."
            }
            Self::UnknownFormat => "El archivo no es una imagen PNG o JPEG.",
            Self::Damaged => "La imagen está dañada. Tome la fotografía otra vez.",
            Self::NoQr => {
                "La imagen no contiene un código QR legible. Acerque la cámara, enfoque y evite \
                 reflejos."
            }
        }
    }
}

/// The text of the QR in a PNG or JPEG image.
///
/// The work is bounded by the size of the image and by five passes; on a thread that must not
/// stall, run it elsewhere.
pub fn read_image(bytes: &[u8]) -> Result<String, ImageReadError> {
    let image = shrink(decode(bytes)?.into_luma8());
    read_pass(&image)
        .or_else(|| read_improved(&stretch_contrast(&image)))
        .ok_or(ImageReadError::NoQr)
}

/// The ladder, from cheap to dear. A little blur takes away grain and the dots of a print.
fn read_improved(stretched: &GrayImage) -> Option<String> {
    read_pass(stretched)
        .or_else(|| read_pass(&imageops::blur(stretched, 1.0)))
        .or_else(|| read_pass(&imageops::blur(stretched, 1.8)))
        .or_else(|| read_pass(&enlarge(stretched)?))
}

fn decode(bytes: &[u8]) -> Result<DynamicImage, ImageReadError> {
    if bytes.len() > MAX_FILE_LEN {
        return Err(ImageReadError::TooLarge);
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(MAX_DECODED_LEN);
    let mut reader = match image::guess_format(bytes) {
        Ok(format @ (ImageFormat::Png | ImageFormat::Jpeg)) => {
            ImageReader::with_format(Cursor::new(bytes), format)
        }
        _ => return Err(ImageReadError::UnknownFormat),
    };
    reader.limits(limits);
    let decoder = reader.into_decoder().map_err(|error| refusal(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > MAX_PIXELS || decoder.total_bytes() > MAX_DECODED_LEN
    {
        return Err(ImageReadError::TooLarge);
    }
    DynamicImage::from_decoder(decoder).map_err(|error| refusal(&error))
}

fn refusal(error: &ImageError) -> ImageReadError {
    match error {
        ImageError::Limits(_) => ImageReadError::TooLarge,
        ImageError::Decoding(_)
        | ImageError::Encoding(_)
        | ImageError::Parameter(_)
        | ImageError::Unsupported(_)
        | ImageError::IoError(_) => ImageReadError::Damaged,
    }
}

/// One pass. `rxing` computes coordinates from what it finds and has panicked on odd images
/// (rxing issue 36); a photograph sent to a counter must not stop it.
fn read_pass(image: &GrayImage) -> Option<String> {
    catch_unwind(AssertUnwindSafe(|| find_and_decode(image))).ok()?
}

fn find_and_decode(image: &GrayImage) -> Option<String> {
    let (width, height) = image.dimensions();
    let source = Luma8Source::new_with_slice(image.as_raw(), width, height).ok()?;
    let mut bitmap = BinaryBitmap::new(HybridBinarizer::new(source));
    if FindFinderPatterns(bitmap.get_black_matrix(), true, 0).len() > MAX_FINDER_PATTERNS {
        return None;
    }
    let hints = DecodeHints {
        TryHarder: Some(true),
        PossibleFormats: Some(HashSet::from([BarcodeFormat::QR_CODE])),
        ..DecodeHints::default()
    };
    let result = MultiFormatReader::default()
        .decode_with_hints(&mut bitmap, &hints)
        .ok()?;
    Some(result.getText().to_owned())
}

/// The image with its longest side at most [`WORKING_SIDE`].
fn shrink(image: GrayImage) -> GrayImage {
    let (width, height) = image.dimensions();
    let longest = width.max(height);
    if longest <= WORKING_SIDE {
        return image;
    }
    let scaled = |side: u32| (side.saturating_mul(WORKING_SIDE) / longest).max(1);
    imageops::resize(&image, scaled(width), scaled(height), FilterType::Triangle)
}

/// Twice the size, unless the image is large already.
fn enlarge(image: &GrayImage) -> Option<GrayImage> {
    let (width, height) = image.dimensions();
    (width.max(height) <= MAX_SIDE_TO_ENLARGE)
        .then(|| imageops::resize(image, width * 2, height * 2, FilterType::CatmullRom))
}

/// Spreads the greys so that the darkest hundredth becomes black and the lightest white.
fn stretch_contrast(image: &GrayImage) -> GrayImage {
    let mut histogram = [0_usize; 256];
    for Luma([grey]) in image.pixels() {
        histogram[usize::from(*grey)] += 1;
    }
    let tail = image.as_raw().len() / 100;
    let low = first_above(tail, histogram.iter());
    let high = 255_u8.saturating_sub(first_above(tail, histogram.iter().rev()));
    if low >= high {
        return image.clone();
    }
    let range = u32::from(high - low);
    let mut stretched = image.clone();
    for Luma([grey]) in stretched.pixels_mut() {
        let level = u32::from(grey.saturating_sub(low)) * 255 / range;
        *grey = u8::try_from(level).unwrap_or(u8::MAX);
    }
    stretched
}

/// How many bins it takes until more than `tail` pixels are counted.
fn first_above<'a>(tail: usize, bins: impl Iterator<Item = &'a usize>) -> u8 {
    let mut counted = 0;
    for (bin, count) in (0_u8..=255).zip(bins) {
        counted += count;
        if counted > tail {
            return bin;
        }
    }
    u8::MAX
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::qr::{QrSymbol, fixture};

    fn symbol(module_pixels: u32) -> GrayImage {
        let png = QrSymbol::draw(&fixture::sealed_text())
            .unwrap()
            .to_png(module_pixels)
            .unwrap();
        image::load_from_memory(&png).unwrap().into_luma8()
    }

    fn file(image: &GrayImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn png(image: &GrayImage) -> Vec<u8> {
        file(image, ImageFormat::Png)
    }

    #[test]
    fn reads_png_and_jpeg_upright_and_turned() {
        let image = symbol(4);
        let turned = imageops::rotate90(&image);
        for bytes in [png(&image), png(&turned), file(&image, ImageFormat::Jpeg)] {
            assert_eq!(read_image(&bytes), Ok(fixture::sealed_text()));
        }
    }

    #[test]
    fn reads_a_symbol_in_a_corner_of_a_large_photograph() {
        let mut photograph = GrayImage::from_pixel(3600, 2700, Luma([180]));
        imageops::replace(&mut photograph, &symbol(12), 2200, 1300);
        let jpeg = file(&photograph, ImageFormat::Jpeg);
        assert_eq!(read_image(&jpeg), Ok(fixture::sealed_text()));
    }

    #[test]
    fn any_qr_is_read_ours_or_not() {
        let png = QrSymbol::draw("HTTPS://EXAMPLE.ORG")
            .unwrap()
            .to_png(5)
            .unwrap();
        assert_eq!(read_image(&png).as_deref(), Ok("HTTPS://EXAMPLE.ORG"));
    }

    /// Noise of a bad sensor, without a random number: a linear congruence.
    fn grainy(image: &GrayImage, amplitude: i32) -> GrayImage {
        let mut state = 1_u32;
        let mut grainy = image.clone();
        for Luma([grey]) in grainy.pixels_mut() {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let noise = (state >> 16).cast_signed() % (2 * amplitude + 1) - amplitude;
            *grey = u8::try_from((i32::from(*grey) + noise).clamp(0, 255)).unwrap();
        }
        grainy
    }

    #[test]
    fn the_ladder_reads_what_one_pass_does_not() {
        let mut rescued = 0;
        for module_pixels in [2, 3, 4] {
            for amplitude in [120, 160, 200, 230] {
                let image = grainy(&symbol(module_pixels), amplitude);
                let (once, ladder) = (read_pass(&image), read_image(&png(&image)).ok());
                let right = Some(fixture::sealed_text());
                assert!(
                    ladder == right || ladder.is_none(),
                    "a wrong reading is worse than none"
                );
                assert!(once.is_none() || ladder == right);
                rescued += usize::from(once.is_none() && ladder == right);
            }
        }
        eprintln!("{rescued} of 12 grainy images needed the ladder");
        assert!(rescued >= 3, "{rescued}");
    }

    #[test]
    fn stretching_spreads_a_faint_print() {
        let mut faint = symbol(3);
        faint
            .pixels_mut()
            .for_each(|Luma([grey])| *grey = 150 + *grey / 16);
        let stretched = stretch_contrast(&faint);
        let levels: std::collections::BTreeSet<u8> = stretched.as_raw().iter().copied().collect();
        assert_eq!(levels.into_iter().collect::<Vec<_>>(), [0, 255]);
        assert_eq!(read_image(&png(&faint)), Ok(fixture::sealed_text()));
        let flat = GrayImage::from_pixel(8, 8, Luma([9]));
        assert_eq!(stretch_contrast(&flat), flat);
    }

    #[test]
    fn no_qr() {
        for blank in [
            GrayImage::from_pixel(1, 1, Luma([0])),
            GrayImage::new(400, 300),
        ] {
            let refused = read_image(&png(&blank)).unwrap_err();
            assert_eq!(refused, ImageReadError::NoQr);
            assert!(
                refused
                    .in_spanish()
                    .starts_with("La imagen no contiene un código QR legible")
            );
        }
    }

    #[test]
    fn unknown_format() {
        for wrong in [&b""[..], b"RX1", b"GIF89a\x01\x00\x01\x00", b"%PDF-1.7"] {
            assert_eq!(read_image(wrong), Err(ImageReadError::UnknownFormat));
        }
    }

    #[test]
    fn damaged() {
        let whole = png(&symbol(2));
        assert_eq!(
            read_image(&whole[..whole.len() / 2]),
            Err(ImageReadError::Damaged)
        );
        assert_eq!(read_image(&whole[..8]), Err(ImageReadError::Damaged));
    }

    #[test]
    fn too_large() {
        assert_eq!(
            read_image(&vec![0; MAX_FILE_LEN + 1]),
            Err(ImageReadError::TooLarge)
        );
        // A small file that would unpack into 25 megapixels.
        let bomb = png(&GrayImage::new(5000, 5000));
        assert!(bomb.len() < MAX_FILE_LEN / 10);
        assert_eq!(read_image(&bomb), Err(ImageReadError::TooLarge));
    }

    #[test]
    fn texts_are_spanish() {
        for error in [
            ImageReadError::TooLarge,
            ImageReadError::UnknownFormat,
            ImageReadError::Damaged,
            ImageReadError::NoQr,
        ] {
            assert!(error.in_spanish().ends_with('.'));
        }
    }

    /// Corner marks without a symbol, `across` by `across`.
    fn corner_marks(across: u32) -> GrayImage {
        GrayImage::from_fn(across * 16, across * 16, |x, y| {
            let (x, y) = ((x % 16) / 2, (y % 16) / 2);
            let ring = x.abs_diff(3).max(y.abs_diff(3));
            Luma([if x == 7 || y == 7 || ring == 2 {
                255
            } else {
                0
            }])
        })
    }

    #[test]
    fn an_image_made_of_corner_marks_is_given_up() {
        // 49 marks are tried in all their combinations, 2500 are not.
        for across in [7, 50] {
            assert_eq!(
                read_image(&png(&corner_marks(across))),
                Err(ImageReadError::NoQr)
            );
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn arbitrary_bytes_never_panic(bytes: Vec<u8>, as_png: bool) {
            let magic: &[u8] = if as_png { b"\x89PNG\r\n\x1a\n" } else { b"\xff\xd8\xff\xe0" };
            prop_assert!(read_image(&[magic, &bytes].concat()).is_err());
        }

        #[test]
        fn a_damaged_symbol_is_read_right_or_not_at_all(
            x in 0_u32..200, y in 0_u32..200, side in 1_u32..160, grey: u8,
        ) {
            let mut image = symbol(3);
            let patch = GrayImage::from_pixel(side, side, Luma([grey]));
            imageops::replace(&mut image, &patch, i64::from(x), i64::from(y));
            if let Ok(text) = read_image(&png(&image)) {
                prop_assert_eq!(text, fixture::sealed_text());
            }
        }
    }
}
