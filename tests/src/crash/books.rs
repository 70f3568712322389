//! The control books say what the ledger says: neither has a line that the other lacks.

use std::collections::BTreeMap;

use anyhow::{Context, Result, anyhow, bail, ensure};
use cofepris::Catalog;
use jiff::civil::Date;
use prescription::register::{Register, RegisterBody};
use prescription::{Clave, Clues, Event, Folio, Issued};
use sandbox::cast::PHARMACY_1;
use sandbox::{Who, World};
use substances::book::{BookLine, Logged, Shown, verify_book};
use substances::dispensing::{cover, of_dispensing};
use substances::{Balances, Book, MedicineFacts, Movement};

use crate::evidence::Evidence;

/// The books of the pharmacy of all clerks are the fold of the bodies, line by line.
pub(super) fn say_what_the_ledger_says(world: &World, evidence: &Evidence) -> Result<()> {
    let clues: Clues = PHARMACY_1.0.parse()?;
    let logged = movements(evidence, &clues)?;
    let client = world.client(Who::Auditor)?;
    for book in Book::ALL {
        let path = format!("/control-books/{}?clues={clues}", book.code());
        let answer = client.get(&path)?;
        ensure!(answer.status == 200, "{path}: {}", answer.describe());
        let lines: Vec<BookLine> = serde_json::from_value(answer.json()["lines"].clone())?;
        let shown = Shown::whole(clues.clone(), book);
        let findings = verify_book(&shown, &lines, &logged);
        ensure!(findings.is_empty(), "book {}: {findings:?}", book.code());
    }
    Ok(())
}

/// The movements of one establishment, as the rules derive them from the bodies.
fn movements(evidence: &Evidence, clues: &Clues) -> Result<Vec<Logged>> {
    let catalog = Catalog::embedded()?;
    let mut issued: BTreeMap<Folio, &Issued> = BTreeMap::new();
    let mut balances = Balances::default();
    let mut all: BTreeMap<u64, Movement> = BTreeMap::new();
    let acts = evidence.acts.iter();
    for (index, (_, body)) in acts.filter(|(_, (register, _))| *register == Register::Movement) {
        let act = RegisterBody::<Movement>::from_canonical(body)?.act;
        all.insert(*index, act);
    }
    for (index, body) in &evidence.bodies {
        match &body.event {
            Event::Issued(event) => {
                issued.insert(event.folio, event);
            }
            Event::Dispensed(event) => {
                let order = issued
                    .get(&event.folio)
                    .context("a dispensing of nothing")?;
                let medicine = |clave: &Clave| facts(&catalog, clave, event.on);
                let movement = of_dispensing(order, event, medicine)?;
                all.extend(movement.map(|movement| (*index, movement)));
            }
            Event::Cancelled(_)
            | Event::Expired(_)
            | Event::Erased(_)
            | Event::Suspended(_)
            | Event::Resumed(_)
            | Event::Transferred(_) => {}
            Event::Returned(_) => bail!("the load returns nothing"),
        }
    }
    let mut logged = Vec::new();
    for (ledger, movement) in all {
        let movement = cover(movement, &balances);
        let movement = movement.map_err(|refusals| anyhow!("entry {ledger}: {refusals:?}"))?;
        balances.apply(&movement)?;
        if movement.establishment == *clues {
            logged.push(Logged { ledger, movement });
        }
    }
    Ok(logged)
}

fn facts(catalog: &Catalog, clave: &Clave, on: Date) -> Option<MedicineFacts> {
    let class = catalog.fraction_on(clave, on)?;
    let package = catalog.medicine(clave)?.package.as_ref();
    Some(MedicineFacts {
        book: Book::of(class.fraction, class.antibiotic),
        units_per_package: package.map_or(1, |package| package.units),
        left: None,
    })
}
