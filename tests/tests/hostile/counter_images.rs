//! Images that are no QR of ours, at the counter.

use image::{ImageFormat, Luma};
use receta_tests::running::Running;

fn png(image: &image::GrayImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    image.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

#[test]
fn an_image_that_is_no_qr_is_refused_in_one_spanish_line() {
    let running = Running::start().unwrap();
    let counter = running.world.counter(1).unwrap();
    let folder = running.scratch().unwrap();
    let stripes =
        image::GrayImage::from_fn(300, 300, |x, _| Luma([if x % 7 < 3 { 0 } else { 255 }]));
    let good = png(&stripes);
    let images: [(&str, Vec<u8>); 5] = [
        (
            "blank.png",
            png(&image::GrayImage::from_pixel(200, 200, Luma([255]))),
        ),
        ("stripes.png", good.clone()),
        ("cut.png", good[..good.len() / 2].to_vec()),
        ("empty.png", Vec::new()),
        // 60 000 by 60 000 pixels in a header of few bytes: refused before memory is taken.
        ("bomb.png", bomb(&good)),
    ];
    for (name, bytes) in images {
        let path = folder.join(name);
        std::fs::write(&path, bytes).unwrap();
        for command in ["scan", "verify"] {
            let said = counter.run([command.as_ref(), path.as_path()]).unwrap();
            assert!(
                !said.success && said.code.is_some(),
                "{command} {name}: {said:?}"
            );
            assert_eq!(
                said.text.trim_end().lines().count(),
                1,
                "{command} {name}: {}",
                said.text
            );
            assert!(is_spanish(&said.text), "{command} {name}: {}", said.text);
        }
    }
    running.goes_on(1).unwrap();
}

/// The image with another width and height in its header, and its checksum made anew.
fn bomb(png: &[u8]) -> Vec<u8> {
    let mut bytes = png.to_vec();
    bytes[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
    bytes[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    bytes
}

fn crc32(bytes: &[u8]) -> u32 {
    let step = |crc: u32| {
        if crc & 1 == 1 {
            (crc >> 1) ^ 0xedb8_8320
        } else {
            crc >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc))
    })
}

fn is_spanish(text: &str) -> bool {
    let text = text.to_lowercase();
    let words = [" la ", " el ", " un ", " una ", " no ", " es ", " de "];
    words.iter().any(|word| text.contains(word)) && !text.contains(" the ")
}
