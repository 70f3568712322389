//! Chapter 9: the auditor, who believes nothing but the keys that it pins.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use super::Stage;
use super::issue::AllIssued;
use super::witnesses::Witnessed;
use super::{substances, tamper};
use crate::auditor::{Audit, AuditReport, Mirrored, follow_with_bodies};
use crate::ledger_download;
use crate::narrate::{counted, envases};
use crate::pki::Who;

/// What the audit found.
pub(super) struct Audited {
    pub(super) downloaded: Mirrored,
    pub(super) audit: Audit,
    pub(super) report: Value,
}

/// Keeps the checkpoint after the issue, as the auditor would.
pub(super) fn remember(stage: &Stage, issued: &AllIssued) -> Result<PathBuf> {
    let client = stage.client(Who::Auditor)?;
    let bytes = ledger_download::wait_for_size(&client, issued.morphine.index + 1)?;
    let path = stage.scratch.join("checkpoint.first");
    std::fs::write(&path, bytes)?;
    Ok(path)
}

pub(super) fn tell(
    stage: &mut Stage,
    first_checkpoint: &Path,
    witnessed: &Witnessed,
) -> Result<Audited> {
    stage.narrator.step(9, "audit", "Auditoría");
    let public = &witnessed.mirrored;
    let (downloaded, audit) = download(stage, public.size, Some(first_checkpoint))?;
    ensure!(
        (downloaded.size, &downloaded.root) == (public.size, &public.root),
        "la autoridad ve otro libro que el público"
    );
    stage.narrator.good(&format!(
        "Con su certificado la autoridad ve el mismo libro de {} asientos, y además los cuerpos de cada acto.",
        downloaded.size
    ));
    let report = audit.run(&stage.world)?;
    ensure!(
        report.clean,
        "la auditoría encontró irregularidades: {:?}",
        report.findings()
    );
    check(&report, &downloaded)?;
    narrate(stage, &report);
    substances::tell(stage, &audit)?;
    tamper::tell(stage, &audit)?;
    stage.narrator.finish();
    Ok(Audited {
        downloaded,
        audit,
        report: report.json,
    })
}

/// Mirrors ledger and bodies into the results.
pub(super) fn download(
    stage: &Stage,
    size: u64,
    earlier: Option<&Path>,
) -> Result<(Mirrored, Audit)> {
    let client = stage.client(Who::Auditor)?;
    ledger_download::wait_for_size(&client, size)?;
    let ledger = stage.out.join("ledger");
    let downloaded = follow_with_bodies(&stage.world, &ledger)?;
    let bodies = stage.out.join("bodies.jsonl");
    std::fs::rename(ledger.join("bodies.jsonl"), &bodies)?;
    let earlier_checkpoint = earlier.map(Path::to_owned);
    Ok((
        downloaded,
        Audit {
            ledger,
            bodies,
            earlier_checkpoint,
        },
    ))
}

/// The audit examined everything that the story did.
fn check(report: &AuditReport, downloaded: &Mirrored) -> Result<()> {
    let json = &report.json;
    let number = |value: &Value| value.as_u64().context("un número falta en el dictamen");
    let size = number(&json["ledger"]["size"])?;
    ensure!(
        size == downloaded.size,
        "el auditor vio {size} asientos de {}",
        downloaded.size
    );
    ensure!(
        number(&json["ledger"]["earlier_checkpoints"])? == 1,
        "el auditor no comprobó que el libro continúa el primer checkpoint"
    );
    let bodies = &json["summary"]["bodies"];
    let (present, missing) = (number(&bodies["present"])?, number(&bodies["missing"])?);
    // The heads of the map are entries without a body.
    let heads = number(&json["summary"]["map"]["heads"])?;
    ensure!(
        present + heads == size && missing == 0,
        "de {size} asientos hay {present} cuerpos y {heads} cabezas del mapa; faltan {missing}"
    );
    ensure!(
        number(&json["summary"]["signatures"]["unverified"])? == 0,
        "quedaron firmas sin verificar"
    );
    Ok(())
}

fn narrate(stage: &mut Stage, report: &AuditReport) {
    let json = &report.json;
    let (summary, signatures) = (&json["summary"], &json["summary"]["signatures"]);
    let narrator = &mut stage.narrator;
    narrator.good(
        "auditor verify: ÍNTEGRO. Árbol, continuidad desde el primer checkpoint, cuerpos y firmas.",
    );
    narrator.detail("raíz", json["ledger"]["root"].as_str().unwrap_or_default());
    let kinds = &summary["kinds"];
    let acts = |kind: &str, one, many| counted(kinds[kind].as_u64().unwrap_or_default(), one, many);
    narrator.detail(
        "actos",
        &[
            acts("issued", "expedición", "expediciones"),
            acts("dispensed", "surtido", "surtidos"),
            acts("cancelled", "cancelación", "cancelaciones"),
        ]
        .join(", "),
    );
    narrator.detail(
        "firmas",
        &format!(
            "{} CAdES, {} de QR, {} de farmacias",
            signatures["cades"], signatures["qr"], signatures["pharmacy"]
        ),
    );
    if let Some(controlled) = summary["controlled"].as_object() {
        for (clave, balance) in controlled {
            let count = |side: &str| envases(balance[side].as_u64().unwrap_or_default());
            let (prescribed, dispensed) = (count("prescribed"), count("dispensed"));
            let text = format!("recetados {prescribed}, surtidos {dispensed}");
            narrator.detail(&format!("controlado {clave}:"), &text);
        }
    }
}
