//! Chapter 7: what is on the shelves. A shipment arrives short, and the control book comes
//! out as an inspector wants it.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::Stage;
use super::counter::quote;
use crate::cast::{PHARMACY_1, PHARMACY_2};
use crate::counter::Said;
use crate::seed::LOT;

/// Clonazepam, of which there is an opening inventory.
const CLAVE: &str = "040.000.2612.00";
/// The control book of fraction II, as the counter exports it.
pub(super) const BOOK: &str = "libro-II.csv";
/// The same on paper.
pub(super) const BOOK_ON_PAPER: &str = "libro-II.pdf";

/// Index of the last entry of the chapter.
pub(super) fn tell(stage: &mut Stage) -> Result<u64> {
    stage
        .narrator
        .step(7, "stock", "Existencias y libro de control");
    more_than_there_is(stage)?;
    let shipped = stock(stage, 2, &ship(3))?;
    stage
        .narrator
        .good("La farmacia 2 envía tres envases de clonazepam a la 1:");
    quote(stage, &shipped);
    let received = stock(stage, 1, &receive(2))?;
    stage
        .narrator
        .good("Llegan dos. Lo que falta queda en camino, a la vista de la autoridad:");
    quote(stage, &received);
    let index = ledger_index(&received)?;
    export(stage)?;
    stage.narrator.finish();
    Ok(index)
}

/// A book never goes below zero.
fn more_than_there_is(stage: &mut Stage) -> Result<()> {
    let said = stage.world.counter(2)?.run(arguments(&ship(1000)))?;
    ensure!(
        !said.success,
        "se enviaron mil envases de veinte: {}",
        said.text
    );
    let why = said.last_line().trim().to_owned();
    stage
        .narrator
        .refused(&format!("Mil envases, de los veinte que hay: {why}"));
    Ok(())
}

fn ship(packages: u32) -> Vec<String> {
    let line = format!("{CLAVE}={packages}:{}", LOT.0);
    [
        "ship",
        "--to",
        PHARMACY_1.0,
        "--document",
        "REM-2611-01",
        "--line",
        &line,
    ]
    .map(str::to_owned)
    .to_vec()
}

fn receive(packages: u32) -> Vec<String> {
    let line = format!("{CLAVE}={packages}:{}", LOT.0);
    ["receive", "--from", PHARMACY_2.0, "--line", &line]
        .map(str::to_owned)
        .to_vec()
}

fn arguments(of: &[String]) -> Vec<&str> {
    let verb = of.iter().map(String::as_str);
    std::iter::once("stock").chain(verb).collect()
}

fn stock(stage: &Stage, number: u8, what: &[String]) -> Result<Said> {
    let said = stage.world.counter(number)?.run(arguments(what))?;
    ensure!(
        said.success,
        "el mostrador {number} no registró: {}",
        said.text
    );
    Ok(said)
}

/// The number in "Asiento 40 del registro."
fn ledger_index(said: &Said) -> Result<u64> {
    let after = said.text.split("Asiento ").nth(1);
    let digits = after.and_then(|text| text.split(' ').next());
    let index = digits.and_then(|digits| digits.parse().ok());
    index.with_context(|| format!("el mostrador no dijo el asiento: {}", said.text))
}

/// PDF and CSV of the book, into the results.
fn export(stage: &mut Stage) -> Result<()> {
    let counter = stage.world.counter(1)?;
    for (flag, name, begins) in [("--csv", BOOK, "clues,"), ("--pdf", BOOK_ON_PAPER, "%PDF-")] {
        let output = counter.command().args(["book", "II", flag]).output()?;
        let why = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.success(), "el libro no se exportó: {why}");
        let bytes = output.stdout;
        let starts = bytes.starts_with(begins.as_bytes());
        ensure!(starts, "{name} no es lo que dice ser");
        std::fs::write(stage.out.join(name), bytes)?;
    }
    stage.narrator.good(&format!(
        "El libro de control de la fracción II, para el inspector: {BOOK_ON_PAPER} y {BOOK}."
    ));
    Ok(())
}

/// The exported book with another quantity in its last sale.
pub(super) fn altered(csv: &str) -> Result<String> {
    let line = csv
        .lines()
        .find(|line| line.contains("Surtido"))
        .context("el libro no tiene surtidos")?;
    Ok(csv.replace(line, &line.replacen(",30,", ",60,", 1)))
}

/// Where the exported book is.
pub(super) fn book(out: &Path) -> PathBuf {
    out.join(BOOK)
}
