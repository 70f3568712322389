//! One pass of `rxing`: the second decoder.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rxing::common::HybridBinarizer;
use rxing::qrcode::cpp_port::detector::FindFinderPatterns;
use rxing::{BarcodeFormat, BinaryBitmap, DecodeHints, Luma8Source, MultiFormatReader, Reader};

use crate::corners::MAX_FINDER_PATTERNS;

/// The text that `rxing` finds. It computes coordinates from what it finds and has panicked on odd
/// images (rxing issue 36); a photograph sent to a counter must not stop it.
pub(crate) fn read(image: &GrayImage) -> Option<String> {
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
