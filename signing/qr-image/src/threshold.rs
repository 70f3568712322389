//! Black and white: each pixel against the mean of its neighbourhood, so that a shadow over half
//! of the page changes nothing.

use image::GrayImage;
use rxing::common::BitMatrix;

/// Pixels darker than the mean of the square of `radius` around them, by more than `below` greys.
pub(crate) fn local(image: &GrayImage, radius: usize, below: u32) -> Option<BitMatrix> {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut bits = BitMatrix::new(image.width(), image.height()).ok()?;
    let grey = image.as_raw();
    let row = |y: usize| &grey[y * width..(y + 1) * width];
    let mut columns = vec![0_u32; width];
    let mut rows = 0;
    for y in 0..radius.min(height) {
        add(&mut columns, row(y));
        rows += 1;
    }
    for y in 0..height {
        if y + radius < height {
            add(&mut columns, row(y + radius));
            rows += 1;
        }
        if let Some(gone) = y.checked_sub(radius + 1) {
            columns
                .iter_mut()
                .zip(row(gone))
                .for_each(|(sum, grey)| *sum -= u32::from(*grey));
            rows -= 1;
        }
        let mut sum: u32 = columns[..radius.min(width)].iter().sum();
        let mut across = u32::try_from(radius.min(width)).ok()?;
        for (x, pixel) in row(y).iter().enumerate() {
            if let Some(new) = columns.get(x + radius) {
                sum += new;
                across += 1;
            }
            if let Some(gone) = x.checked_sub(radius + 1) {
                sum -= columns[gone];
                across -= 1;
            }
            if (u32::from(*pixel) + below) * across * rows < sum {
                bits.set(x as u32, y as u32);
            }
        }
    }
    Some(bits)
}

fn add(columns: &mut [u32], row: &[u8]) {
    columns
        .iter_mut()
        .zip(row)
        .for_each(|(sum, grey)| *sum += u32::from(*grey));
}

/// The mean of three by three pixels: takes away grain. The border stays.
pub(crate) fn smooth(image: &GrayImage) -> GrayImage {
    let (width, height) = (image.width() as usize, image.height() as usize);
    let mut smooth = image.clone();
    if width < 3 || height < 3 {
        return smooth;
    }
    let grey = image.as_raw();
    let mut across = vec![0_u16; width * height];
    for (sums, row) in across.chunks_exact_mut(width).zip(grey.chunks_exact(width)) {
        for (sum, three) in sums[1..].iter_mut().zip(row.windows(3)) {
            *sum = three.iter().map(|grey| u16::from(*grey)).sum();
        }
    }
    let out: &mut [u8] = &mut smooth;
    for y in 1..height - 1 {
        for x in 1..width - 1 {
            let at = y * width + x;
            let sum = across[at - width] + across[at] + across[at + width];
            out[at] = (sum / 9) as u8;
        }
    }
    smooth
}

/// Half the size, each pixel the mean of four.
pub(crate) fn halve(image: &GrayImage) -> GrayImage {
    let (width, grey) = (image.width() as usize, image.as_raw());
    GrayImage::from_fn(
        (image.width() / 2).max(1),
        (image.height() / 2).max(1),
        |x, y| {
            let at = |dx: usize, dy: usize| {
                let place = (2 * y as usize + dy) * width + 2 * x as usize + dx;
                u16::from(grey.get(place).copied().unwrap_or(0))
            };
            image::Luma([((at(0, 0) + at(1, 0) + at(0, 1) + at(1, 1)) / 4) as u8])
        },
    )
}
