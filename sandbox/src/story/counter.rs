//! Chapter 5: the counter. The real `pharmacy-agent`, for two pharmacies.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use prescription::Folio;
use signing::qr::QrSymbol;

use super::Stage;
use super::issue::AllIssued;
use crate::counter::Said;

/// Lot and expiry of what is handed over.
const LOT: &str = "L2611A:2028-06";
/// Packages of each medicine in the opening inventory.
const PACKAGES: u32 = 20;
/// Pixels of a module in the photocopy.
const MODULE_PIXELS: u32 = 6;

pub(super) fn tell(stage: &mut Stage, issued: &AllIssued) -> Result<()> {
    stage.narrator.step(5, "counter", "Mostrador");
    synchronise(stage)?;
    open_stock(stage)?;
    let paper = stage.out.join("qr.png");
    verify_paper(stage, 1, &paper)?;
    dispense_in_parts(stage, &paper)?;
    other_pharmacy(stage, &paper)?;
    photocopy(stage)?;
    clonazepam(stage, issued.clonazepam.folio)?;
    stage.narrator.finish();
    Ok(())
}

/// Both counters fetch the prescribers' certificates while there is a network, and ask whether the
/// witnesses have seen the ledger: else they hand over nothing controlled.
fn synchronise(stage: &mut Stage) -> Result<()> {
    for number in [1, 2] {
        let said = stage.world.counter(number)?.run(["sync"])?;
        ensure!(
            said.success,
            "el mostrador {number} no sincronizó: {}",
            said.text
        );
        for witness in &stage.world.witnesses {
            must_say(&said.text, witness.name())?;
        }
    }
    stage.narrator.good(
        "Los mostradores guardan los certificados de quienes prescriben, y comprueban que los testigos ven el libro.",
    );
    Ok(())
}

/// Nothing controlled leaves a shelf that has none according to its book: the pharmacies record what
/// they have.
fn open_stock(stage: &mut Stage) -> Result<()> {
    let index = crate::stock::open(&stage.world, PACKAGES)?;
    stage.narrator.good(&format!(
        "Las dos farmacias firman su inventario inicial ({PACKAGES} envases de cada medicamento); el último es el asiento {index}."
    ));
    Ok(())
}

/// Reads a QR and verifies it with the service stopped.
pub(super) fn verify_paper(stage: &mut Stage, number: u8, png: &Path) -> Result<()> {
    let counter = stage.world.counter(number)?;
    if !counter
        .config()
        .with_file_name("data")
        .join("counter.db")
        .is_file()
    {
        let said = counter.run(["sync"])?;
        ensure!(said.success, "el mostrador no sincronizó: {}", said.text);
    }
    stage.stop_service()?;
    let scanned = counter.run([Path::new("scan"), png])?;
    ensure!(
        scanned.success,
        "el mostrador no leyó {}: {}",
        png.display(),
        scanned.text
    );
    let expected = std::fs::read_to_string(png.with_extension("txt"))?;
    ensure!(
        scanned.text.contains(expected.trim()),
        "la imagen no dice lo mismo que qr.txt"
    );
    let begun = std::time::Instant::now();
    let verified = counter.run([Path::new("verify"), png])?;
    let taken = begun.elapsed().as_millis();
    ensure!(
        verified.success,
        "el mostrador no verificó la receta sin red: {}",
        verified.text
    );
    stage.narrator.good(&format!(
        "Con el servicio detenido: lee el PNG ({} caracteres) y lo verifica sin red ({taken} ms).",
        expected.trim().len()
    ));
    quote(stage, &verified);
    let status = counter.run([Path::new("status"), png])?;
    ensure!(
        !status.success,
        "el mostrador dio un estado sin servicio: {}",
        status.text
    );
    stage.narrator.refused(&format!(
        "Sin servicio no inventa el estado: {}",
        status.last_line()
    ));
    stage.start_service()
}

fn dispense_in_parts(stage: &mut Stage, paper: &Path) -> Result<()> {
    let counter = stage.world.counter(1)?;
    let status = counter.run([Path::new("status"), paper])?;
    ensure!(
        status.success,
        "el servicio no dio el estado: {}",
        status.text
    );
    stage
        .narrator
        .good("Servicio de nuevo en marcha; el mostrador 1 pregunta el estado:");
    must_say(&status.text, "Estado: VIGENTE")?;
    quote_from(stage, &status, "Estado:");

    let part = dispense(stage, 1, paper, &[(1, 1), (2, 1)])?;
    ensure!(part.success, "no se surtió la primera parte: {}", part.text);
    stage
        .narrator
        .good("Surte una parte: un envase del antibiótico y uno de metformina.");
    quote(stage, &part);
    let said = dispense_must_fail(stage, 1, paper, &[(2, 2)])?;
    must_say(&said, "1 envase como máximo")?;
    stage
        .narrator
        .refused(&format!("Más de lo que falta: {said}"));

    let rest = dispense(stage, 1, paper, &[(1, 1), (2, 1), (3, 1)])?;
    ensure!(rest.success, "no se surtió el resto: {}", rest.text);
    stage
        .narrator
        .good("Surte el resto: el antibiótico se agota y la receta se retiene.");
    quote(stage, &rest);
    Ok(())
}

/// The second pharmacy learns when and what was handed over, not to whom.
fn other_pharmacy(stage: &mut Stage, paper: &Path) -> Result<()> {
    let refused = dispense_must_fail(stage, 2, paper, &[(1, 2)])?;
    must_say(&refused, "terminó de surtirse el")?;
    stage
        .narrator
        .refused(&format!("Otra farmacia, el mismo QR: {refused}"));
    let status = stage.world.counter(2)?.run([Path::new("status"), paper])?;
    ensure!(
        status.success,
        "la segunda farmacia no obtuvo el estado: {}",
        status.text
    );
    must_say(&status.text, "Surtida el")?;
    quote_from(stage, &status, "Estado:");
    Ok(())
}

/// One character of the text is another one: the signature no longer holds.
fn photocopy(stage: &mut Stage) -> Result<()> {
    let text = std::fs::read_to_string(stage.out.join("qr.txt"))?;
    let altered = with_one_altered(text.trim()).context("qr.txt está vacío")?;
    let photocopy = stage.scratch.join("photocopy.png");
    std::fs::write(&photocopy, QrSymbol::draw(&altered)?.to_png(MODULE_PIXELS)?)?;
    let counter = stage.world.counter(1)?;
    let scanned = counter.run([Path::new("scan"), &photocopy])?;
    ensure!(
        scanned.success,
        "la fotocopia no se lee como imagen: {}",
        scanned.text
    );
    let verified = counter.run([Path::new("verify"), &photocopy])?;
    ensure!(
        !verified.success,
        "el mostrador aceptó una fotocopia alterada"
    );
    must_say(&verified.text, "No surta")?;
    stage
        .narrator
        .refused("Una fotocopia con un solo carácter alterado:");
    quote(stage, &verified);
    Ok(())
}

fn with_one_altered(text: &str) -> Option<String> {
    let at = text.len() / 3;
    let other = if text.as_bytes().get(at)? == &b'A' {
        'B'
    } else {
        'A'
    };
    Some(format!("{}{other}{}", text.get(..at)?, text.get(at + 1..)?))
}

/// Fraction II: filled once, retained, entered in the book.
fn clonazepam(stage: &mut Stage, folio: Folio) -> Result<()> {
    let paper = paper_of(stage, folio);
    let filled = dispense(stage, 1, &paper, &[(1, 1)])?;
    ensure!(
        filled.success,
        "no se surtió el clonazepam: {}",
        filled.text
    );
    ensure!(
        filled.text.to_lowercase().contains("reten"),
        "no dice que se retiene: {}",
        filled.text
    );
    stage
        .narrator
        .good("Clonazepam (fracción II): se surte una vez, se asienta y la receta se retiene.");
    quote(stage, &filled);
    let book = stage.world.counter(1)?.run(["book"])?;
    ensure!(
        book.success,
        "el mostrador no mostró sus libros: {}",
        book.text
    );
    must_say(&book.text, "Clonazepam")?;
    stage.narrator.good("Los libros de control de la farmacia:");
    quote(stage, &book);
    let said = dispense_must_fail(stage, 1, &paper, &[(1, 1)])?;
    must_say(&said, "terminó de surtirse el")?;
    stage.narrator.refused(&format!("La segunda vez: {said}"));
    Ok(())
}

/// The PNG of a prescription other than the one in the results.
pub(super) fn paper_of(stage: &Stage, folio: Folio) -> PathBuf {
    stage.scratch.join(folio.compact()).join("qr.png")
}

fn dispense(stage: &Stage, number: u8, png: &Path, lines: &[(u8, u32)]) -> Result<Said> {
    let counter = stage.world.counter(number)?;
    let mut arguments = vec!["dispense".to_owned(), png.display().to_string()];
    for (line, packages) in lines {
        arguments.extend(["--line".to_owned(), format!("{line}={packages}:{LOT}")]);
    }
    counter.run(arguments)
}

/// A dispensing that must be refused; what the counter said.
pub(super) fn dispense_must_fail(
    stage: &Stage,
    number: u8,
    png: &Path,
    lines: &[(u8, u32)],
) -> Result<String> {
    let said = dispense(stage, number, png, lines)?;
    ensure!(
        !said.success,
        "se surtió lo que debía rechazarse: {}",
        said.text
    );
    Ok(said.last_line())
}

/// What a counter said, below the sentence about it.
pub(super) fn quote(stage: &mut Stage, said: &Said) {
    quote_from(stage, said, "");
}

/// The same from the line that starts with `start`, which must be there.
fn quote_from(stage: &mut Stage, said: &Said, start: &str) {
    let lines = said
        .text
        .lines()
        .skip_while(|line| !line.starts_with(start));
    for line in lines.filter(|line| !line.trim().is_empty()) {
        stage.narrator.detail("│", line);
    }
}

/// A refusal, one line, that says what it must.
pub(super) fn must_say(said: &str, expected: &str) -> Result<()> {
    ensure!(
        said.contains(expected),
        "el mostrador debía decir «{expected}» y dijo: {said}"
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_character_is_altered() {
        for text in ["RX1AAAAAAAAA", "RX1BCDEFGHIJ"] {
            let altered = with_one_altered(text).unwrap();
            let differing = text.chars().zip(altered.chars()).filter(|(a, b)| a != b);
            assert_eq!((differing.count(), altered.len()), (1, text.len()));
        }
        assert_eq!(with_one_altered(""), None);
    }
}
