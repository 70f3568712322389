//! `auditor evidence`.

use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::files::Unusable;
use super::pins::LogArgs;
use super::{CLEAN, FINDINGS};
use crate::follow::evidence;

#[derive(Debug, Args)]
pub(super) struct EvidenceArgs {
    /// Espejo, o una carpeta de evidencia
    #[arg(value_name = "DIRECTORIO")]
    directory: PathBuf,
    #[command(flatten)]
    log: LogArgs,
}

/// Any evidence is a finding: that it holds, or that the folder was altered.
pub(super) fn run(args: &EvidenceArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    if !args.directory.is_dir() {
        return Err(Unusable::NotADirectory(args.directory.clone()));
    }
    let trust = args.log.read()?;
    let folders = if evidence::is_folder(&args.directory) {
        vec![args.directory.clone()]
    } else {
        evidence::folders(&args.directory)
    };
    for folder in &folders {
        let name = folder.file_name().unwrap_or(folder.as_os_str()).display();
        match evidence::verify(folder, &trust) {
            Ok(contradiction) if contradiction.convicts_the_log() => {
                writeln!(out, "{name}: PROBADO. {}.", contradiction.in_spanish())?;
            }
            Ok(contradiction) => writeln!(
                out,
                "{name}: COHERENTE, pero no basta para acusar al registro. {}.",
                contradiction.in_spanish()
            )?,
            Err(reason) => writeln!(out, "{name}: NO PRUEBA NADA: {reason}.")?,
        }
    }
    if folders.is_empty() {
        writeln!(out, "No hay evidencia guardada.")?;
        return Ok(CLEAN);
    }
    Ok(FINDINGS)
}
