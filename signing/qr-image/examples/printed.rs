//! Which size and level to print: rates over the training corpus, per kind.
//!
//! `cargo run --release -p qr-image --example printed`

#![expect(clippy::print_stdout, reason = "an example that measures")]

use qr_corpus::{EACH, Kind, Level, Symbol, TRAIN, dots, printed, text_of};

/// Levels of the same text in the width of an 80 mm ticket (576 dots).
const LEVELS: [(&str, Level); 4] = [
    ("L", Level::L),
    ("M", Level::M),
    ("Q", Level::Q),
    ("H", Level::H),
];
/// Sides for modules of 3 to 7 dots at level M (85 modules with the quiet zone).
const SIDES: [usize; 5] = [255, 340, 425, 510, 595];

fn main() {
    println!("level, in 576 dots");
    for (name, level) in LEVELS {
        row(name, level, 576);
    }
    println!("size, at level M");
    for side in SIDES {
        row("M", Level::M, side);
    }
}

fn row(name: &str, level: Level, side: usize) {
    let symbol = Symbol::draw(&text_of(TRAIN, Kind::Scan, 0), level);
    let (mut all, mut once) = (0, 0);
    let kinds = Kind::ALL.map(|kind| {
        let read = (0..EACH).filter(|number| {
            let sample = printed(TRAIN, kind, *number, level, side);
            once += usize::from(qr_image::read_once(&sample.file).is_ok_and(|t| t == sample.text));
            qr_image::read_image(&sample.file).is_ok_and(|text| text == sample.text)
        });
        let read = read.count();
        all += read;
        format!("{} {read}", kind.name())
    });
    println!(
        "{name} version {} dots {}: {all}/288, one pass {once}/288; {}",
        symbol.version(),
        dots(&symbol, side),
        kinds.join(", ")
    );
}
