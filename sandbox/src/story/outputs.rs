//! `demo-out/`: everything that a stranger needs to verify the story without us.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail, ensure};
use data_encoding::BASE64;
use prescription::body::{EventBody, Evidence};
use serde_json::{Value, json};

use super::Stage;
use super::audit::Audited;
use super::issue::AllIssued;

/// What an earlier run may have left here.
const FILES: [&str; 12] = [
    "prescription.json",
    "prescription.p7s",
    "professionals-ca.pem",
    "prescriber.pem",
    "qr.png",
    "qr.svg",
    "qr.txt",
    "receta.pdf",
    "receipt.txt",
    "ledger.vkey",
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

/// Writes what the chapters have not written yet.
pub(super) fn finish(stage: &mut Stage, issued: &AllIssued, audited: &Audited) -> Result<()> {
    write_evidence(stage, issued.three_lines.index)?;
    let [doctor, _] = &stage.world.prescribers;
    let cedula = doctor.cedula;
    copy_trust(stage, cedula)?;
    write_summary(stage, issued, audited)?;
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
    stage.narrator.say("Verifique la firma legal sin nosotros:");
    stage.narrator.say(&format!(
        "  cd {out} && openssl cms -verify -cades -binary -inform DER -in prescription.p7s \\"
    ));
    stage
        .narrator
        .say("    -content prescription.json -CAfile professionals-ca.pem -out /dev/null");
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
    let pki = &stage.world.pki;
    std::fs::copy(
        pki.professionals_chain(),
        stage.out.join("professionals-ca.pem"),
    )?;
    std::fs::copy(pki.prescriber(cedula), stage.out.join("prescriber.pem"))?;
    std::fs::copy(stage.world.ledger_vkey(), stage.out.join("ledger.vkey"))?;
    Ok(())
}

fn write_summary(stage: &Stage, issued: &AllIssued, audited: &Audited) -> Result<()> {
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
            "tiles": audited.downloaded.files,
        },
        "tree_size": audited.downloaded.size,
        "root": audited.downloaded.root,
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
