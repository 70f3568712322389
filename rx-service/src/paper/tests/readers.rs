//! What other programs make of the file: poppler's text and picture, zbar and our own reader.
//! Without the programs these tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::super::sample::{common, qr_text, special, stress};
use super::super::{Paper, Receta, poster_pdf, poster_svg, render};

/// The program's standard output, or `None` (said aloud) where it is not installed.
fn run(program: &str, arguments: &[&str]) -> Option<String> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => {
            assert!(output.status.success(), "{program}: {output:?}");
            Some(String::from_utf8(output.stdout).unwrap())
        }
        Err(error) => {
            eprintln!("SKIPPED: {program}: {error}");
            None
        }
    }
}

fn file(folder: &Path, receta: &Receta) -> String {
    let path = folder.join("receta.pdf");
    std::fs::write(&path, render(receta).unwrap()).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The first page as a PNG of 200 dpi.
fn picture(folder: &Path, receta: &Receta) -> Option<PathBuf> {
    let pdf = file(folder, receta);
    let root = folder.join("page");
    let arguments = [
        "-r",
        "200",
        "-png",
        "-f",
        "1",
        "-l",
        "1",
        "-singlefile",
        &pdf,
    ];
    run(
        "pdftoppm",
        &[&arguments[..], &[root.to_str().unwrap()]].concat(),
    )?;
    Some(root.with_extension("png"))
}

fn cancelled() -> Receta {
    let mut receta = common();
    receta.status_note = Some("CANCELADA el 21 de noviembre de 2026".to_owned());
    receta
}

#[test]
fn poppler_extracts_the_accents() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = file(folder.path(), &common());
    let Some(text) = run("pdftotext", &["-layout", &pdf, "-"]) else {
        return;
    };
    for expected in [
        "RECETA MÉDICA ELECTRÓNICA",
        "Hospital General de México «Dr. Eduardo Liceaga»",
        "Dra. Ángela Núñez Ibáñez",
        "Concepción Salgado Briseño",
        "Tomar media tableta (½) cada 24 horas, vía oral",
        "Cápsula · Envase con 12 cápsulas · Clave 010.000.2128.00",
    ] {
        assert!(text.contains(expected), "{expected:?} is missing in {text}");
    }
}

#[test]
fn poppler_sees_a5_pages_and_no_person_in_the_metadata() {
    let folder = tempfile::tempdir().unwrap();
    let pdf = file(folder.path(), &stress());
    let Some(info) = run("pdfinfo", &[&pdf]) else {
        return;
    };
    for expected in [
        "419.53 x 595.28 pts",
        "PDF version:     1.7",
        "Pages:           4",
    ] {
        assert!(info.contains(expected), "{expected:?} is missing in {info}");
    }
    let title: Vec<&str> = info
        .lines()
        .filter(|line| line.starts_with("Title"))
        .collect();
    assert_eq!(title, ["Title:           Receta 7K3M-9QRT-2ABX-51CD"]);
}

#[test]
fn two_readers_read_the_qr() {
    for receta in [common(), cancelled(), special()] {
        let folder = tempfile::tempdir().unwrap();
        let Some(png) = picture(folder.path(), &receta) else {
            return;
        };
        let read = signing::qr::read_image(&std::fs::read(&png).unwrap());
        assert_eq!(read.unwrap(), qr_text());
        let arguments = [
            "-q",
            "--raw",
            "-Sdisable",
            "-Sqrcode.enable",
            png.to_str().unwrap(),
        ];
        if let Some(text) = run("zbarimg", &arguments) {
            assert_eq!(text.trim(), qr_text());
        }
    }
}

#[test]
fn zbar_reads_the_barcode_of_the_special_folio() {
    for folio in [
        "CDMX-2026-00012345",
        "A12345",
        "ABCDEFGHIJKLMNOPQRSTUVWXYZ-123",
    ] {
        let mut receta = special();
        receta.special_folio = Some(folio.to_owned());
        let folder = tempfile::tempdir().unwrap();
        let Some(png) = picture(folder.path(), &receta) else {
            return;
        };
        let arguments = ["-q", "-Sdisable", "-Scode128.enable", png.to_str().unwrap()];
        let Some(text) = run("zbarimg", &arguments) else {
            return;
        };
        assert_eq!(text.trim(), format!("CODE-128:{folio}"));
    }
}

#[test]
fn one_scan_reads_the_qr_and_the_barcode() {
    let folder = tempfile::tempdir().unwrap();
    let Some(png) = picture(folder.path(), &special()) else {
        return;
    };
    let Some(text) = run("zbarimg", &["-q", png.to_str().unwrap()]) else {
        return;
    };
    let mut read: Vec<&str> = text.trim().lines().collect();
    read.sort_unstable();
    let qr = format!("QR-Code:{}", qr_text());
    assert_eq!(read, ["CODE-128:CDMX-2026-00012345", qr.as_str()]);
}

/// Leaves the samples in the folder named here, to be looked at: `RECETA_SAMPLES=/tmp/x cargo test
/// -p rx-service -- --ignored paper::tests::readers::samples`.
#[test]
#[ignore = "writes files to look at"]
#[expect(
    clippy::disallowed_methods,
    reason = "a folder for the person who looks"
)]
fn samples() {
    let Ok(folder) = std::env::var("RECETA_SAMPLES") else {
        panic!("RECETA_SAMPLES names the folder");
    };
    for (name, receta) in [
        ("common", common()),
        ("cancelled", cancelled()),
        ("special", special()),
        ("stress", stress()),
    ] {
        let path = Path::new(&folder).join(name).with_extension("pdf");
        std::fs::write(path, render(&receta).unwrap()).unwrap();
        for (paper, word) in [(Paper::A5, "poster"), (Paper::Ticket, "ticket")] {
            let root = Path::new(&folder).join(format!("{name}-{word}"));
            let pdf = poster_pdf(&receta, paper).unwrap();
            std::fs::write(root.with_extension("pdf"), pdf).unwrap();
            let svg = poster_svg(&receta, paper).unwrap();
            std::fs::write(root.with_extension("svg"), svg).unwrap();
        }
    }
}
