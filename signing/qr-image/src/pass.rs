//! One pass over a picture: corner marks, lattice, modules, text.

use image::GrayImage;
use rxing::common::BitMatrix;

use crate::corners::{self, Corners};
use crate::lattice::Lattice;
use crate::modules::Modules;
use crate::symbol::Shape;

/// Timing patterns that fit worse than this are of no symbol.
const LEAST_FIT: f32 = 0.3;

/// The text of the QR whose corner marks are in `bits`, at `scale` of the picture, sampled from
/// the greys.
pub(crate) fn read(image: &GrayImage, bits: &BitMatrix, scale: f32) -> Option<String> {
    corners::find(bits, scale)
        .iter()
        .find_map(|corners| read_at(image, corners))
}

/// The same where one of the three corner marks cannot be seen.
pub(crate) fn read_by_two(image: &GrayImage, bits: &BitMatrix, scale: f32) -> Option<String> {
    corners::find_by_two(bits, scale)
        .iter()
        .find_map(|corners| read_at(image, corners))
}

fn read_at(image: &GrayImage, corners: &Corners) -> Option<String> {
    corners.dimensions().find_map(|dimension| {
        let shape = Shape::of(dimension)?;
        let lattice = Lattice::fit(image, corners, shape.version());
        let greys = Modules::sampled(image, &lattice, shape.side);
        let plain = greys.normalised();
        if shape.fit(&plain) < LEAST_FIT {
            return None;
        }
        shape.text(&plain).or_else(|| {
            let known = |x, y| shape.known(x, y);
            let once = plain.equalised(&plain, known);
            shape.text(&once).or_else(|| {
                let twice = plain.equalised(&once, known);
                shape.text(&twice)
            })
        })
    })
}
