//! The passes, from cheap to dear.

use std::panic::{AssertUnwindSafe, catch_unwind};

use image::GrayImage;
use rxing::common::BitMatrix;

use crate::threshold::{halve, local, smooth};
use crate::{pass, rxing_pass};

/// Part of the picture's shorter side that is the neighbourhood of a pixel.
const NEIGHBOURHOOD: usize = 24;

/// The text of the QR in the picture.
pub(crate) fn read(image: &GrayImage) -> Option<String> {
    let spread = spread(image);
    let smoothed = smooth(image);
    first_pass(image)
        .or_else(|| guarded(|| ours(&smoothed, image, spread / 16, 1.0)))
        .or_else(|| rxing_pass::read(image))
        .or_else(|| rxing_pass::read(&smoothed))
        .or_else(|| {
            let twice = smooth(&smoothed);
            guarded(|| ours(&twice, &smoothed, spread / 24, 1.0))
        })
        .or_else(|| guarded(|| ours(&halve(image), image, spread / 16, 2.0)))
        .or_else(|| guarded(|| by_two(&smoothed, image, spread / 16)))
}

/// The pass that reads most pictures: as they are, by our own decoder.
pub(crate) fn first_pass(image: &GrayImage) -> Option<String> {
    guarded(|| ours(image, image, spread(image) / 16, 1.0))
}

/// Corner marks are looked for in one picture, modules in another.
fn ours(marks: &GrayImage, modules: &GrayImage, below: u32, scale: f32) -> Option<String> {
    pass::read(modules, &black_and_white(marks, below)?, scale)
}

/// The same for a symbol of which one corner mark is covered.
fn by_two(marks: &GrayImage, modules: &GrayImage, below: u32) -> Option<String> {
    pass::read_by_two(modules, &black_and_white(marks, below)?, 1.0)
}

fn black_and_white(marks: &GrayImage, below: u32) -> Option<BitMatrix> {
    let shorter = marks.width().min(marks.height()) as usize;
    local(marks, (shorter / NEIGHBOURHOOD).max(8), below)
}

/// `rxing` looks for the corner marks, computes coordinates from what it finds, and has panicked on
/// odd images (rxing issue 36); a photograph sent to a counter must not stop it.
fn guarded(read: impl FnOnce() -> Option<String>) -> Option<String> {
    catch_unwind(AssertUnwindSafe(read)).ok()?
}

/// From the darkest to the lightest hundredth, in greys.
fn spread(image: &GrayImage) -> u32 {
    let mut histogram = [0_usize; 256];
    image
        .as_raw()
        .iter()
        .for_each(|grey| histogram[usize::from(*grey)] += 1);
    let tail = image.as_raw().len() / 100;
    let reached = |counted: &mut usize, count: &usize| {
        *counted += count;
        (*counted <= tail).then_some(())
    };
    let low = histogram.iter().scan(0, reached).count();
    let high = 255_usize.saturating_sub(histogram.iter().rev().scan(0, reached).count());
    u32::try_from(high.saturating_sub(low)).unwrap_or(0)
}
