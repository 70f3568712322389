//! The poster: its code is of whole printer's dots and is read from what a printer makes of it.

use std::path::Path;
use std::process::Command;

use paper::mark::Mark;
use paper::page_text;
use paper::sheet::Sheet;

use super::super::poster::compose;
use super::super::sample::{common, qr, qr_text, special, stress};
use super::super::{Paper, PaperError, Receta, poster_pdf, poster_svg};

const PAPERS: [Paper; 2] = [Paper::A5, Paper::Ticket];

/// Left, top, right and bottom of the code with its quiet zone, and the side of a module.
fn code(page: &[Mark]) -> ([i32; 4], i32) {
    page.iter()
        .find_map(|mark| match mark {
            Mark::Cells {
                x,
                y,
                cell_width,
                cell_height,
                columns,
                ..
            } => {
                assert_eq!(cell_width, cell_height);
                let (quiet, side) = (
                    4 * cell_width,
                    i32::try_from(*columns).unwrap() * cell_width,
                );
                let area = [x - quiet, y - quiet, x + side + quiet, y + side + quiet];
                Some((area, *cell_width))
            }
            Mark::Text { .. } | Mark::Fill { .. } | Mark::Line { .. } | Mark::Watermark { .. } => {
                None
            }
        })
        .unwrap()
}

#[test]
fn a_module_is_whole_dots_and_nothing_is_printed_on_its_quiet_zone() {
    // Version 15, the largest that a receta has, and the largest there is.
    for text in [qr_text(), "A".repeat(1400), "A".repeat(3391)] {
        for paper in PAPERS {
            let mut receta = common();
            receta.qr = qr(&text);
            let (sheet, page) = compose(&receta, paper).unwrap();
            let ([left, top, right, bottom], cell) = code(&page);
            let dot = if paper == Paper::A5 { 24 } else { 36 };
            assert_eq!((cell % dot, left % dot), (0, 0), "{paper:?}");
            assert!(cell >= 3 * dot, "{paper:?}: {} dots a module", cell / dot);
            assert!(
                left >= 0 && right <= sheet.width(),
                "{paper:?}: the code leaves the paper"
            );
            for mark in &page {
                let (above, below) = match mark {
                    Mark::Text { y, style, .. } => (y - style.size * 72 / 100, y + style.size / 5),
                    Mark::Fill { y, height, .. } => (*y, y + height),
                    Mark::Cells { .. } | Mark::Line { .. } | Mark::Watermark { .. } => continue,
                };
                assert!(
                    below <= top || above >= bottom,
                    "{paper:?}: {mark:?} lies on the code"
                );
            }
        }
    }
}

#[test]
fn three_medicines_have_six_dots_a_module_on_a_ticket_and_thirteen_on_a5() {
    for (paper, dots) in [(Paper::A5, 13 * 24), (Paper::Ticket, 6 * 36)] {
        assert_eq!(
            code(&compose(&common(), paper).unwrap().1).1,
            dots,
            "{paper:?}"
        );
    }
}

#[test]
fn no_text_leaves_the_paper_or_lies_on_another() {
    for receta in [common(), special(), stress()] {
        for paper in PAPERS {
            let (sheet, page) = compose(&receta, paper).unwrap();
            let mut last = 0;
            for mark in &page {
                if let Mark::Text { x, y, style, text } = mark {
                    assert!(*x >= sheet.margin());
                    assert!(
                        x + style.width(text) <= sheet.width() - sheet.margin(),
                        "{paper:?}"
                    );
                    assert!(
                        y + style.size / 5 <= sheet.height() - sheet.margin(),
                        "{paper:?}"
                    );
                    assert!(*y >= last, "{paper:?}: rows go down");
                    last = *y;
                }
            }
        }
    }
}

#[test]
fn the_poster_says_what_it_is_not() {
    for paper in PAPERS {
        let text = page_text(&compose(&common(), paper).unwrap().1);
        for expected in [
            "Este cartel no es la receta",
            "7K3M-9QRT-2ABX-51CD",
            "cédula",
        ] {
            assert!(
                text.contains(expected),
                "{paper:?}: {expected} is missing in {text}"
            );
        }
        let mut cancelled = common();
        cancelled.status_note = Some("CANCELADA el 21 de noviembre de 2026".to_owned());
        assert!(page_text(&compose(&cancelled, paper).unwrap().1).contains("CANCELADA"));
    }
}

#[test]
fn medicines_that_do_not_fit_a5_are_counted_never_dropped_in_silence() {
    let mut receta = common();
    receta.lines = vec![receta.lines[0].clone(); 40];
    let text = page_text(&compose(&receta, Paper::A5).unwrap().1);
    let (_, rest) = text.split_once(" y ").unwrap();
    assert!(rest.contains("más: están en la receta"), "{text}");
    assert!(text.contains("(40 medicamentos)"));
    receta.lines = vec![receta.lines[0].clone(); 200];
    assert_eq!(poster_pdf(&receta, Paper::Ticket), Err(PaperError::TooLong));
}

#[test]
fn a_poster_without_what_a_receta_needs_is_refused() {
    let mut receta = special();
    receta.special_folio = None;
    let refused = poster_pdf(&receta, Paper::Ticket);
    assert_eq!(refused, Err(PaperError::SpecialFolioMissing));
    receta.lines.clear();
    assert_eq!(poster_svg(&receta, Paper::A5), Err(PaperError::NoLines));
}

/// A ticket of three medicines is not longer than its printer's patience.
#[test]
fn a_ticket_is_as_long_as_it_must_be() {
    let Sheet::Ticket { height } = compose(&common(), Paper::Ticket).unwrap().0 else {
        panic!("a ticket is a strip");
    };
    let millimetres = height / 288;
    assert!((120..220).contains(&millimetres), "{millimetres} mm");
}

/// As the printer rasters it: 203.2 dots to the inch for a ticket, 300 for A5.
fn read_printed(folder: &Path, receta: &Receta, paper: Paper) {
    let (pdf, root) = (folder.join("poster.pdf"), folder.join("poster"));
    std::fs::write(&pdf, poster_pdf(receta, paper).unwrap()).unwrap();
    let dpi = if paper == Paper::A5 { "300" } else { "203.2" };
    let printed = Command::new("pdftoppm")
        .args(["-r", dpi, "-png", "-singlefile"])
        .args([&pdf, &root])
        .output();
    let Ok(printed) = printed else {
        eprintln!("SKIPPED: pdftoppm (poppler-utils) is not installed");
        return;
    };
    assert!(printed.status.success(), "{printed:?}");
    both_read(&root.with_extension("png"));
}

fn both_read(png: &Path) {
    let read = signing::qr::read_image(&std::fs::read(png).unwrap());
    assert_eq!(read.as_deref(), Ok(qr_text().as_str()));
    let zbar = Command::new("zbarimg")
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .arg(png)
        .output();
    match zbar {
        Ok(zbar) => assert_eq!(String::from_utf8(zbar.stdout).unwrap().trim(), qr_text()),
        Err(error) => eprintln!("SKIPPED: zbarimg: {error}"),
    }
}

#[test]
fn two_readers_read_what_a_printer_prints() {
    let folder = tempfile::tempdir().unwrap();
    for receta in [common(), special()] {
        for paper in PAPERS {
            read_printed(folder.path(), &receta, paper);
        }
    }
}

#[test]
fn two_readers_read_what_a_browser_draws() {
    let folder = tempfile::tempdir().unwrap();
    for paper in PAPERS {
        let (svg, png) = (
            folder.path().join("poster.svg"),
            folder.path().join("poster.png"),
        );
        std::fs::write(&svg, poster_svg(&common(), paper).unwrap()).unwrap();
        let drawn = Command::new("chromium")
            .args([
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--window-size=800,1200",
            ])
            .arg(format!("--screenshot={}", png.display()))
            .arg(format!(
                "--user-data-dir={}",
                folder.path().join("profile").display()
            ))
            .arg("--force-device-scale-factor=2")
            .arg(format!("file://{}", svg.display()))
            .output();
        let Ok(drawn) = drawn else {
            eprintln!("SKIPPED: chromium is not installed");
            return;
        };
        assert!(drawn.status.success(), "{drawn:?}");
        both_read(&png);
    }
}
