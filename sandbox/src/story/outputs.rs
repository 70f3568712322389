//! `demo-out/`: everything that a stranger needs to verify the story without us.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use data_encoding::BASE64;
use prescription::body::{EventBody, Evidence};
use serde_json::{Value, json};

use super::audit::Audited;
use super::issue::AllIssued;
use super::prove::Proved;
use super::witnesses::Witnessed;
use super::{Stage, fork, prove, shelves, substances};
use crate::processes::program;

/// What an earlier run may have left here.
const FILES: [&str; 26] = [
    "prescription.json",
    "prescription.p7s",
    "professionals-ca.pem",
    "professionals-root.pem",
    "professionals-issuing.pem",
    "pharmacies-ca.pem",
    "prescriber.pem",
    "qr.png",
    "qr.svg",
    "qr.txt",
    "receta.pdf",
    "receipt.txt",
    "ledger.vkey",
    "policy.txt",
    prove::COSE_RECEIPT,
    fork::EVIDENCE,
    prove::PROOF,
    prove::ABSENCE,
    prove::EXPLANATION,
    prove::EXPLANATION_PAGE,
    shelves::BOOK,
    shelves::BOOK_ON_PAPER,
    substances::BALANCE,
    substances::REPORT,
    "bodies.jsonl",
    "summary.json",
];

/// Makes the folder, without the results of an earlier run.
pub(super) fn prepare(out: &Path) -> Result<PathBuf> {
    std::fs::create_dir_all(out).with_context(|| format!("no se puede crear {}", out.display()))?;
    for name in FILES {
        let path = out.join(name);
        if path.is_file() {
            std::fs::remove_file(path)?;
        }
    }
    let ledger = out.join("ledger");
    let mirror = ["checkpoint", "follow.target"];
    if mirror.iter().any(|name| ledger.join(name).is_file()) {
        std::fs::remove_dir_all(&ledger)?;
    } else if ledger.exists() {
        bail!(
            "{} no es un libro de una historia anterior; elija otra carpeta",
            ledger.display()
        );
    }
    Ok(out.canonicalize()?)
}

/// What the chapters left.
pub(super) struct Told {
    pub(super) issued: AllIssued,
    pub(super) witnessed: Witnessed,
    pub(super) audited: Audited,
    pub(super) proved: Proved,
}

/// Writes what the chapters have not written yet.
pub(super) fn finish(stage: &mut Stage, told: &Told) -> Result<()> {
    write_evidence(stage, told.issued.three_lines.index)?;
    let [doctor, _] = &stage.world.prescribers;
    let cedula = doctor.cedula;
    copy_trust(stage, cedula)?;
    write_summary(stage, told)?;
    for name in FILES {
        ensure!(
            stage.out.join(name).is_file(),
            "falta {name} en {}",
            stage.out.display()
        );
    }
    let total = stage.narrator.elapsed().as_millis();
    let out = stage.out.display().to_string();
    stage.narrator.say("");
    stage.narrator.good(&format!(
        "La historia se cumplió en {total} ms. Los resultados están en {out}"
    ));
    let auditor = program("auditor")?;
    let lines = format!(
        "Verifique la firma legal sin nosotros:
  cd '{out}'
  openssl cms -verify -cades -binary -inform DER -in prescription.p7s \\
    -content prescription.json -CAfile professionals-ca.pem -out /dev/null
Y la prueba de la receta, en una máquina sin red:
  '{}' check proof.json --policy policy.txt \\
    --professionals-root professionals-root.pem \\
    --professionals-issuer professionals-issuing.pem --pharmacy-ca pharmacies-ca.pem",
        auditor.display()
    );
    stage.narrator.say(&lines);
    Ok(())
}

/// The signed document and its signature, from the body of the issue.
pub(super) fn write_evidence(stage: &Stage, index: u64) -> Result<()> {
    let bodies = std::fs::read_to_string(stage.out.join("bodies.jsonl"))?;
    let body = body_of(&bodies, index)?;
    let Evidence::Cades { document, cms, .. } = body.evidence else {
        bail!("el asiento {index} no lleva firma CAdES");
    };
    std::fs::write(stage.out.join("prescription.json"), document)?;
    std::fs::write(stage.out.join("prescription.p7s"), cms)?;
    Ok(())
}

fn body_of(bodies: &str, index: u64) -> Result<EventBody> {
    for line in bodies.lines() {
        let value: Value = serde_json::from_str(line)?;
        if value["index"] == index {
            let text = value["body"].as_str().context("un cuerpo sin texto")?;
            return Ok(EventBody::from_canonical(&BASE64.decode(text.as_bytes())?)?);
        }
    }
    bail!("no hay cuerpo del asiento {index}")
}

/// What a verifier pins.
pub(super) fn copy_trust(stage: &Stage, cedula: &str) -> Result<()> {
    let (world, pki) = (&stage.world, &stage.world.pki);
    let copies = [
        (pki.professionals_chain(), "professionals-ca.pem"),
        (pki.professionals_root(), "professionals-root.pem"),
        (pki.professionals_issuing(), "professionals-issuing.pem"),
        (pki.tls_ca(), "pharmacies-ca.pem"),
        (pki.prescriber(cedula), "prescriber.pem"),
        (world.ledger_vkey(), "ledger.vkey"),
        (world.policy(), "policy.txt"),
    ];
    for (from, name) in copies {
        std::fs::copy(from, stage.out.join(name))?;
    }
    Ok(())
}

fn write_summary(stage: &Stage, told: &Told) -> Result<()> {
    let Told {
        issued,
        witnessed,
        audited,
        proved,
    } = told;
    let mut steps = serde_json::Map::new();
    for (key, milliseconds) in stage.narrator.steps() {
        steps.insert(key.to_owned(), json!(u64::try_from(milliseconds)?));
    }
    let summary = &audited.report["summary"];
    let value = json!({
        "folios": {
            "three_lines": issued.three_lines.folio.to_string(),
            "clonazepam": issued.clonazepam.folio.to_string(),
            "morphine": issued.morphine.folio.to_string(),
        },
        "counts": {
            "prescriptions": summary["prescriptions"],
            "events": summary["kinds"],
            "signatures": summary["signatures"],
            "map_heads": summary["map"]["heads"],
        },
        "tree_size": audited.downloaded.size,
        "root": audited.downloaded.root,
        "witnesses": {
            "cosigned": audited.downloaded.cosigned,
            "held_back_at": witnessed.held_back_at,
            "fork_refused": {"size": witnessed.mirrored.size, "entry": witnessed.forged_entry},
        },
        "map": {
            "keys": proved.state.keys,
            "proof_bytes": {"state": proved.state.bytes, "absence": proved.absence.bytes},
        },
        "milliseconds": steps,
    });
    let text = serde_json::to_string_pretty(&value)?;
    Ok(std::fs::write(
        stage.out.join("summary.json"),
        format!("{text}\n"),
    )?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_results_are_removed() {
        let parent = tempfile::tempdir().unwrap();
        let out = parent.path().join("out");
        prepare(&out).unwrap();
        std::fs::write(out.join("qr.txt"), "old").unwrap();
        std::fs::write(out.join("notes.txt"), "mine").unwrap();
        std::fs::create_dir(out.join("ledger")).unwrap();
        assert!(prepare(&out).is_err());
        std::fs::write(out.join("ledger/checkpoint"), "").unwrap();
        prepare(&out).unwrap();
        assert!(!out.join("qr.txt").exists() && !out.join("ledger").exists());
        assert!(out.join("notes.txt").exists());
    }
}
