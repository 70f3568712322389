//! Three independent readers agree on every image: zbar, rqrr and rxing.

use std::path::Path;
use std::process::Command;

use receta_tests::running::Running;
use sandbox::cast::SPECIAL_FOLIOS;
use sandbox::seed::Line;

use crate::program::{is_installed, run};

fn zbar(png: &Path) -> String {
    let mut command = Command::new("zbarimg");
    // Only QR codes: the paper of fraction I has a bar code too.
    let read = run(command
        .args(["--raw", "-q", "-Sdisable", "-Sqrcode.enable"])
        .arg(png));
    let said = String::from_utf8_lossy(&read.stderr);
    assert!(read.status.success(), "zbarimg: {said}");
    String::from_utf8(read.stdout)
        .unwrap()
        .trim_end()
        .to_owned()
}

fn rqrr(png: &[u8]) -> String {
    let image = image::load_from_memory(png).unwrap().to_luma8();
    let (width, height) = (image.width() as usize, image.height() as usize);
    let luma = image.into_raw();
    let mut prepared =
        rqrr::PreparedImage::prepare_from_greyscale(width, height, |x, y| luma[y * width + x]);
    let grids = prepared.detect_grids();
    assert_eq!(grids.len(), 1, "one symbol");
    grids[0].decode().unwrap().1
}

#[test]
fn three_readers_agree_on_image_and_paper() {
    let running = Running::start().unwrap();
    let three = vec![Line::amoxicillin(), Line::metformin(), Line::losartan()];
    let morphine = running.prescription(3, vec![Line::morphine()]).unwrap();
    let prescriptions = [
        running.prescription(1, three).unwrap(),
        running.prescription(2, vec![Line::clonazepam()]).unwrap(),
        morphine.on_special_recetario(SPECIAL_FOLIOS[0]),
    ];
    let folder = running.scratch().unwrap();
    for prescription in &prescriptions {
        let folio = running.issue(prescription).unwrap().folio;
        let expected = running.ehr.qr(folio).unwrap();
        let png = running.ehr.artifact(folio, "qr.png").unwrap();
        let path = folder.join("qr.png");
        std::fs::write(&path, &png).unwrap();
        assert_eq!(zbar(&path), expected);
        assert_eq!(rqrr(&png), expected);
        assert_eq!(signing::qr::read_image(&png).unwrap(), expected);

        for paper in ["receta.pdf", "poster.pdf", "ticket.pdf"] {
            let pdf = running.ehr.artifact(folio, paper).unwrap();
            read_paper(&folder, &pdf, &expected);
        }
        for drawing in ["poster.svg", "ticket.svg"] {
            let svg = running.ehr.artifact(folio, drawing).unwrap();
            assert!(svg.starts_with(b"<svg "), "{drawing}");
        }
    }
}

/// The printed page, rendered as a printer would at 300 dots per inch.
fn read_paper(folder: &Path, pdf: &[u8], expected: &str) {
    if !is_installed("pdftoppm") {
        eprintln!("SKIPPED: pdftoppm (poppler-utils) is not installed");
        return;
    }
    std::fs::write(folder.join("receta.pdf"), pdf).unwrap();
    let mut command = Command::new("pdftoppm");
    command
        .current_dir(folder)
        .args(["-r", "300", "-png", "-f", "1", "-l", "1", "-singlefile"]);
    let rendered = run(command.args(["receta.pdf", "page"]));
    assert!(rendered.status.success());
    let page = folder.join("page.png");
    assert_eq!(zbar(&page), expected);
    assert_eq!(
        signing::qr::read_image(&std::fs::read(page).unwrap()).unwrap(),
        expected
    );
}
