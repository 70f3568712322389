//! The end of chapter 8: one byte of a tile, and one of a body, are flipped in copies. The audit
//! must fail and name the entry.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::BASE64;
use ledger::{Tile, TileDirectory, TileKind};
use serde_json::{Value, json};

use super::Stage;
use crate::auditor::Audit;

/// The body that is tampered with, and its entry: not the first, so that naming it means something.
const VICTIM: usize = 1;
/// Bytes of a hash in a tile.
const HASH: usize = 32;

pub(super) fn tell(stage: &mut Stage, audit: &Audit) -> Result<()> {
    let (body, victim) = with_flipped_body(stage, audit)?;
    let tile = with_flipped_tile(stage, audit, victim)?;
    must_fail(
        stage,
        &tile,
        victim,
        &format!("Un byte cambiado en una loseta (huella del asiento {victim})"),
    )?;
    must_fail(
        stage,
        &body,
        victim,
        &format!("Un byte cambiado en el cuerpo del asiento {victim}"),
    )
}

fn must_fail(stage: &mut Stage, audit: &Audit, victim: u64, what: &str) -> Result<()> {
    let report = audit.run(&stage.world)?;
    ensure!(!report.clean, "{what}: la auditoría no lo vio");
    let findings = report.findings();
    let named = findings.iter().find(|(entry, _)| *entry == Some(victim));
    let (_, text) =
        named.with_context(|| format!("{what}: no nombra el asiento {victim}: {findings:?}"))?;
    stage.narrator.refused(&format!("{what}:"));
    stage.narrator.detail("→", text);
    Ok(())
}

fn with_flipped_tile(stage: &Stage, audit: &Audit, victim: u64) -> Result<Audit> {
    let ledger = stage.scratch.join("tampered-ledger");
    copy_folder(&audit.ledger, &ledger)?;
    let tile = first_tile(&ledger)?;
    let mut bytes = std::fs::read(&tile)?;
    let byte = bytes
        .get_mut(usize::try_from(victim)? * HASH + 7)
        .context("la loseta es más corta")?;
    *byte ^= 1;
    std::fs::write(&tile, bytes)?;
    Ok(Audit {
        ledger,
        ..audit.clone()
    })
}

/// The tile with the first 256 leaf hashes: full, or as far as the tree goes.
fn first_tile(ledger: &Path) -> Result<PathBuf> {
    let directory = TileDirectory::open(ledger)?;
    let checkpoint = directory.read_checkpoint()?.context("no hay checkpoint")?;
    let (kind, size) = (TileKind::Hashes { level: 0 }, checkpoint.claimed().size());
    let tile = Tile::in_tree(kind, 0, size).context("no hay losetas")?;
    Ok(directory.path_of(tile))
}

/// The copy, and the entry whose body is altered in it.
fn with_flipped_body(stage: &Stage, audit: &Audit) -> Result<(Audit, u64)> {
    let text = std::fs::read_to_string(&audit.bodies)?;
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let line = lines.get_mut(VICTIM).context("hay menos cuerpos")?;
    let mut value: Value = serde_json::from_str(line)?;
    let victim = value["index"].as_u64().context("un cuerpo sin índice")?;
    let body = value["body"].as_str().context("un cuerpo sin texto")?;
    let mut body = BASE64.decode(body.as_bytes())?;
    let middle = body.len() / 2;
    *body.get_mut(middle).context("un cuerpo vacío")? ^= 1;
    value["body"] = json!(BASE64.encode(&body));
    *line = value.to_string();
    let bodies = stage.scratch.join("tampered-bodies.jsonl");
    std::fs::write(&bodies, format!("{}\n", lines.join("\n")))?;
    let audit = Audit {
        bodies,
        ..audit.clone()
    };
    Ok((audit, victim))
}

fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
