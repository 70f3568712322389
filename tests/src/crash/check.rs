//! After the last kill: what was acknowledged is in the database, in the tree at its index, and
//! provable; nothing happened twice; every history is lawful.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use anyhow::{Context, Result, ensure};
use ledger::{Policy, SignedCheckpoint, TlogProof};
use prescription::body::{EventBody, Evidence as Signature};
use prescription::{Event, Folio, Prescription};
use sandbox::World;
use serde_json::Value;

use super::load::Records;
use super::{Outcome, books};
use crate::ehr::{Acknowledged, Ehr};
use crate::evidence::Evidence;

pub(super) fn check(
    world: &World,
    records: &Records,
    checkpoints: &BTreeSet<Vec<u8>>,
) -> Result<Outcome> {
    let folder = tempfile::tempdir()?;
    let size = all_steps(records)
        .map(|step| step.index + 1)
        .max()
        .unwrap_or(0);
    let evidence = Evidence::download(world, folder.path(), size)?;

    let mut heads = witnessed(world, checkpoints)?;
    for step in all_steps(records) {
        heads.push(receipt_proves(&evidence, step)?);
    }
    evidence.verify_tree(&heads).context("the final tree")?;

    nothing_happened_twice(records, &evidence.bodies)?;
    acknowledged_is_recorded(records, &evidence.bodies)?;
    identifiers_are_unique(records, &evidence.bodies)?;
    histories_are_lawful(&evidence.bodies)?;
    in_the_database(world, records)?;
    books::say_what_the_ledger_says(world, &evidence)?;
    evidence.audit(world)?;
    Ok(Outcome {
        issued: records.issued.len(),
        dispensed: records.dispensed.len(),
        lost_answers: records.lost_answers,
        repeated: records.repeated,
        entries: evidence.entries.len(),
        checkpoints: checkpoints.len(),
    })
}

/// The checkpoints that were public: each carries the cosignatures that the policy asks for.
fn witnessed(world: &World, checkpoints: &BTreeSet<Vec<u8>>) -> Result<Vec<SignedCheckpoint>> {
    let policy = Policy::parse(&std::fs::read_to_string(world.policy())?)?;
    let read = |bytes: &Vec<u8>| {
        let checkpoint = SignedCheckpoint::parse(bytes)?;
        policy.verify(&checkpoint).context("a public checkpoint")?;
        Ok(checkpoint)
    };
    checkpoints.iter().map(read).collect()
}

fn all_steps(records: &Records) -> impl Iterator<Item = &Acknowledged> {
    let issued = records.issued.iter().map(|issued| &issued.step);
    issued.chain(records.dispensed.iter().map(|dispensed| &dispensed.step))
}

/// The receipt still proves the entry at its index; the head it was given under.
fn receipt_proves(evidence: &Evidence, step: &Acknowledged) -> Result<SignedCheckpoint> {
    let entry = usize::try_from(step.index)
        .ok()
        .and_then(|index| evidence.entries.get(index));
    let entry = entry.with_context(|| format!("entry {} is not in the tree", step.index))?;
    let proof = TlogProof::parse(step.receipt.as_bytes())?;
    let verified = proof
        .verify(entry, &evidence.key)
        .with_context(|| format!("the receipt of entry {}", step.index))?;
    ensure!(
        verified.index() == step.index,
        "the receipt is of entry {}",
        verified.index()
    );
    Ok(proof.signed_checkpoint().clone())
}

fn nothing_happened_twice(records: &Records, bodies: &BTreeMap<u64, EventBody>) -> Result<()> {
    let mut folios = HashSet::new();
    for body in bodies.values() {
        if let Event::Issued(issued) = &body.event {
            ensure!(
                folios.insert(issued.folio),
                "{} was issued twice",
                issued.folio
            );
        }
    }
    let mut indices = HashSet::new();
    for step in all_steps(records) {
        ensure!(
            indices.insert(step.index),
            "index {} was given twice",
            step.index
        );
    }
    let mut documents = HashSet::new();
    for body in bodies.values() {
        if let Signature::Cose { document, .. } = &body.evidence {
            ensure!(
                documents.insert(document),
                "a dispensing was recorded twice"
            );
        }
    }
    Ok(())
}

/// The entry at the acknowledged index is the acknowledged step.
fn acknowledged_is_recorded(records: &Records, bodies: &BTreeMap<u64, EventBody>) -> Result<()> {
    let at = |index: u64| {
        bodies
            .get(&index)
            .with_context(|| format!("no body at {index}"))
    };
    for issued in &records.issued {
        let body = at(issued.step.index)?;
        let same = matches!(&body.event, Event::Issued(event) if event.folio == issued.step.folio);
        ensure!(
            same,
            "entry {} is not the issue of {}",
            issued.step.index,
            issued.step.folio
        );
    }
    for dispensed in &records.dispensed {
        let body = at(dispensed.step.index)?;
        let same = matches!(
            &body.evidence,
            Signature::Cose { document, .. } if *document == dispensed.document
        );
        ensure!(
            same,
            "entry {} is not the dispensing sent",
            dispensed.step.index
        );
    }
    Ok(())
}

/// However often an order was sent, it became one prescription.
fn identifiers_are_unique(records: &Records, bodies: &BTreeMap<u64, EventBody>) -> Result<()> {
    let mut recorded: HashMap<String, Folio> = HashMap::new();
    for body in bodies.values() {
        let (Event::Issued(issued), Signature::Cades { document, .. }) =
            (&body.event, &body.evidence)
        else {
            continue;
        };
        let identifier = order_number(document).context("an issue without its order's number")?;
        let other = recorded.insert(identifier.clone(), issued.folio);
        ensure!(
            other.is_none(),
            "order {identifier} became two prescriptions"
        );
    }
    for issued in &records.issued {
        ensure!(
            recorded.get(&issued.identifier) == Some(&issued.step.folio),
            "order {} was acknowledged with another folio than it was recorded with",
            issued.identifier
        );
    }
    Ok(())
}

/// The record's own number in the signed document.
fn order_number(document: &[u8]) -> Option<String> {
    let document: Value = serde_json::from_slice(document).ok()?;
    let resources = document["entry"]
        .as_array()?
        .iter()
        .map(|entry| &entry["resource"]);
    let identifiers = resources
        .filter_map(|resource| resource["identifier"].as_array())
        .flatten();
    let values = identifiers.filter_map(|identifier| identifier["value"].as_str());
    values
        .filter(|value| value.starts_with("CRASH-"))
        .map(str::to_owned)
        .next()
}

fn histories_are_lawful(bodies: &BTreeMap<u64, EventBody>) -> Result<()> {
    let mut histories: BTreeMap<Folio, Vec<&Event>> = BTreeMap::new();
    for body in bodies.values() {
        histories
            .entry(body.event.folio())
            .or_default()
            .push(&body.event);
    }
    for (folio, events) in histories {
        Prescription::from_history(events).with_context(|| format!("the history of {folio}"))?;
    }
    Ok(())
}

/// The API still serves every acknowledged prescription.
fn in_the_database(world: &World, records: &Records) -> Result<()> {
    let ehr = Ehr::new(world)?;
    for issued in &records.issued {
        let folio = issued.step.folio;
        let line = ehr
            .line(folio, 1)
            .with_context(|| format!("{folio} was lost"))?;
        ensure!(
            line["groupIdentifier"]["value"] == folio.to_string(),
            "{folio} is stored under another folio"
        );
    }
    Ok(())
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
