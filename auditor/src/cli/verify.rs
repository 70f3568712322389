//! `auditor verify`.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use ledger::TileDirectory;

use super::files::catalog;
use super::files::{Unusable, read};
use super::pins::{LogArgs, SignerArgs};
use super::{CLEAN, FINDINGS, progress};
use crate::shards::LIST;
use crate::verify::{self, EarlierCheckpoint, Inputs, Progress};

#[derive(Debug, Args)]
pub(super) struct VerifyArgs {
    /// Directorio publicado del registro (checkpoint y tile/), con sus segmentos posteriores en
    /// carpetas
    #[arg(long, value_name = "DIRECTORIO")]
    ledger: PathBuf,
    #[command(flatten)]
    log: LogArgs,
    /// Cuerpos de los actos con su sal, un JSON por línea
    #[arg(long, value_name = "ARCHIVO")]
    bodies: Option<PathBuf>,
    #[command(flatten)]
    signers: SignerArgs,
    /// Checkpoint guardado antes, que el registro debe continuar (se puede repetir)
    #[arg(long, value_name = "ARCHIVO")]
    checkpoint: Vec<PathBuf>,
    /// Imprime el resultado en JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(args: &VerifyArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let directory = TileDirectory::open(&args.ledger)
        .map_err(|_| Unusable::NotADirectory(args.ledger.clone()))?;
    let mut earlier = Vec::new();
    for path in args
        .checkpoint
        .iter()
        .chain(&kept_checkpoints(&args.ledger)?)
    {
        earlier.push(EarlierCheckpoint {
            file: path.display().to_string(),
            bytes: read(path)?,
        });
    }
    let bodies = match &args.bodies {
        Some(path) => {
            let file = File::open(path).map_err(|error| Unusable::File(path.clone(), error))?;
            Some(Box::new(BufReader::with_capacity(1 << 20, file)) as Box<dyn BufRead>)
        }
        None => None,
    };
    let trust = args.log.read()?;
    let signers = args.signers.read()?;
    let inputs = Inputs {
        directory,
        trust,
        earlier,
        bodies,
        signers,
        catalog: Some(catalog()?),
    };
    let bar = progress::Bar::new();
    let report = verify::verify(inputs, &mut |progress: Progress| bar.show(progress));
    bar.clear();
    let report =
        report.map_err(|error| Unusable::File(args.bodies.clone().unwrap_or_default(), error))?;
    if args.json {
        writeln!(out, "{}", report.to_json())?;
    } else {
        out.write_all(report.in_spanish().as_bytes())?;
    }
    Ok(if report.is_clean() { CLEAN } else { FINDINGS })
}

/// Checkpoints kept beside the published one, in each shard of a mirror that knows of shards.
fn kept_checkpoints(directory: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let mut found = checkpoints_beside(directory)?;
    if !directory.join(LIST).exists() {
        return Ok(found);
    }
    let failed = |error| Unusable::File(directory.to_owned(), error);
    for entry in directory.read_dir().map_err(failed)? {
        let folder = entry.map_err(failed)?.path();
        if folder.join("checkpoint").is_file() {
            found.extend(checkpoints_beside(&folder)?);
        }
    }
    Ok(found)
}

/// Checkpoints kept in the directory as `checkpoint.<anything>`. The log itself writes
/// `checkpoint.tmp` before it renames it.
fn checkpoints_beside(directory: &Path) -> Result<Vec<PathBuf>, Unusable> {
    let failed = |error| Unusable::File(directory.to_owned(), error);
    let mut found = Vec::new();
    for entry in directory.read_dir().map_err(failed)? {
        let name = entry.map_err(failed)?.file_name();
        let kept = name
            .to_str()
            .and_then(|name| name.strip_prefix("checkpoint."));
        if kept.is_some_and(|suffix| suffix != "tmp") {
            found.push(directory.join(name));
        }
    }
    found.sort_unstable();
    Ok(found)
}
