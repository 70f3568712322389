//! In the audit: what COFEPRIS asks of controlled substances, from the verified mirror alone.

use anyhow::{Result, ensure};

use super::Stage;
use super::counter::must_say;
use super::shelves::{altered, book};
use crate::auditor::Audit;
use crate::cast::PHARMACY_1;
use crate::counter::Said;

/// The monthly report.
pub(super) const REPORT: &str = "informe-mensual.pdf";
/// The balance of every establishment.
pub(super) const BALANCE: &str = "balance.xlsx";

pub(super) fn tell(stage: &mut Stage, audit: &Audit) -> Result<()> {
    balance(stage, audit)?;
    the_book_agrees(stage, audit)?;
    report(stage, audit)
}

/// Bought, prescribed, dispensed: the morphine that was cancelled is the exception.
fn balance(stage: &mut Stage, audit: &Audit) -> Result<()> {
    let asked = ["balance", "--area", "establishment", "--exceptions"];
    let said = ask(stage, audit, &asked)?;
    ensure!(said.success, "el balance falló: {}", said.text);
    must_say(&said.text, "040.000.4029.00")?;
    let path = stage.out.join(BALANCE).display().to_string();
    let asked = [
        "balance",
        "--area",
        "establishment",
        "--format",
        "xlsx",
        "--out",
        &path,
    ];
    let written = ask(stage, audit, &asked)?;
    ensure!(
        written.success,
        "el balance no se escribió: {}",
        written.text
    );
    stage.narrator.good(&format!(
        "auditor substances balance: comprado, recetado y surtido de cada establecimiento ({BALANCE}); señala la morfina que se recetó y nadie surtió."
    ));
    Ok(())
}

/// Line by line against the ledger; with one quantity altered it is not the same book.
fn the_book_agrees(stage: &mut Stage, audit: &Audit) -> Result<()> {
    let path = book(&stage.out);
    let said = compare(stage, audit, &path.display().to_string())?;
    ensure!(said.success, "el libro no coincide: {}", said.text);
    stage
        .narrator
        .good("auditor substances book: cada renglón del libro exportado está en el registro.");

    let forged = stage.scratch.join("libro-alterado.csv");
    std::fs::write(&forged, altered(&std::fs::read_to_string(path)?)?)?;
    let said = compare(stage, audit, &forged.display().to_string())?;
    ensure!(!said.success, "el libro alterado pasó: {}", said.text);
    stage.narrator.refused("Con una cantidad cambiada:");
    let found = said.text.lines().map(str::trim);
    for line in found.filter(|line| line.starts_with("- ")) {
        stage.narrator.detail("→", line.trim_start_matches("- "));
    }
    Ok(())
}

fn compare(stage: &Stage, audit: &Audit, csv: &str) -> Result<Said> {
    let asked = [
        "book",
        "--clues",
        PHARMACY_1.0,
        "--class",
        "ii",
        "--book",
        csv,
    ];
    ask(stage, audit, &asked)
}

fn report(stage: &mut Stage, audit: &Audit) -> Result<()> {
    let month = stage.today.strftime("%Y-%m").to_string();
    let path = stage.out.join(REPORT).display().to_string();
    let said = ask(stage, audit, &["report", "--month", &month, "--out", &path])?;
    ensure!(said.success, "el informe falló: {}", said.text);
    stage.narrator.good(&format!(
        "El informe del mes, con gráficas: {REPORT}. {}",
        said.last_line()
    ));
    Ok(())
}

fn ask(stage: &Stage, audit: &Audit, asked: &[&str]) -> Result<Said> {
    audit.substances(&stage.world, asked)
}
