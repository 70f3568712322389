//! A picture, a scan or a photograph, becomes the text of its QR: any QR, ours or not.
//! `signing::qr::read` then tells whether it is ours.
//!
//! ```text
//! file ─▶ greys ─threshold▶ black and white ─corners▶ three corner marks and the view
//!                  └────────lattice▶ alignment patterns ─modules▶ certainties ─symbol▶ text
//! ```
//!
//! Modules are decided from the greys, not from the black-and-white picture: each against the light
//! and the dark around it, blur undone by an equaliser that learns from the symbol itself; doubtful
//! codewords are erased, which doubles what the error correction repairs. Where our decoder does not
//! read, `rxing` tries. The passes go from cheap to dear; their number and the size of what they look
//! at are bounded. `docs/QR.md` has the rates.
//!
//! What is *not* here: PDF pages, other bar codes, and what the text means.
#![expect(
    clippy::float_arithmetic,
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    clippy::cast_sign_loss,
    reason = "places in a picture and greys are measurements; `as` saturates and a pixel more or less is no error"
)]

mod corners;
mod ladder;
mod lattice;
mod modules;
mod pass;
mod reed_solomon;
mod rxing_pass;
mod symbol;
mod threshold;

use std::io::Cursor;

use image::error::ImageError;
use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Limits};

/// Largest file, in bytes.
pub const MAX_FILE_LEN: usize = 16 * 1024 * 1024;
/// Most pixels: twice the 12 megapixels of a common telephone.
pub const MAX_PIXELS: u64 = 24_000_000;
/// Most memory that decoding may take, in bytes: four bytes a pixel.
const MAX_DECODED_LEN: u64 = MAX_PIXELS * 4;
/// Longest side, in pixels, that the passes look at. A symbol of version 16 that fills a fifth of
/// it still has four pixels per module.
const WORKING_SIDE: u32 = 2000;
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
/// The work is bounded by the size of the image and by the number of passes; on a thread that must
/// not stall, run it elsewhere.
///
/// # Errors
/// [`ImageReadError`].
pub fn read_image(bytes: &[u8]) -> Result<String, ImageReadError> {
    let image = shrink(decode(bytes)?.into_luma8());
    ladder::read(&image).ok_or(ImageReadError::NoQr)
}

/// The text that a single pass of `rxing` finds: what the ladder is measured against.
///
/// # Errors
/// [`ImageReadError`].
pub fn read_once(bytes: &[u8]) -> Result<String, ImageReadError> {
    rxing_pass::read(&shrink(decode(bytes)?.into_luma8())).ok_or(ImageReadError::NoQr)
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

#[cfg(test)]
mod tests;
