//! `auditor evidence`.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use ledger::VerifierKey;

use super::files::Unusable;
use super::pins::LogArgs;
use super::{CLEAN, FINDINGS};
use crate::follow::evidence;
use crate::shards::{self, MirrorShard};
use crate::trust::LogTrust;

#[derive(Debug, Args)]
pub(super) struct EvidenceArgs {
    /// Espejo, carpeta de evidencia, o archivo que guardó un testigo, un mostrador o un espejo
    #[arg(value_name = "ARCHIVO|DIRECTORIO")]
    path: PathBuf,
    #[command(flatten)]
    log: LogArgs,
}

/// Any evidence is a finding: that it holds, or that it was altered.
pub(super) fn run(args: &EvidenceArgs, out: &mut dyn Write) -> Result<u8, Unusable> {
    let path = args.path.as_path();
    let trust = args.log.read()?;
    if path.is_file() {
        text(path, &trust.keys(), out)?;
        return Ok(FINDINGS);
    }
    if !path.is_dir() {
        return Err(Unusable::NotADirectory(path.to_owned()));
    }
    if evidence::is_folder(path) {
        folder(path, path, &trust, out)?;
        return Ok(FINDINGS);
    }
    let shards = shards_of(path, &trust);
    let mut found = 0;
    for shard in &shards {
        for one in evidence::folders(&shard.directory) {
            folder(path, &one, &shard.trust, out)?;
            found += 1;
        }
    }
    let all = all_keys(&trust, &shards);
    for one in evidence::texts(path) {
        text(&one, &all, out)?;
        found += 1;
    }
    if found == 0 {
        writeln!(out, "No hay evidencia guardada.")?;
        return Ok(CLEAN);
    }
    Ok(FINDINGS)
}

/// The shards of a mirror. Where its list is not believed, its evidence is judged by what is pinned.
fn shards_of(path: &Path, trust: &LogTrust) -> Vec<MirrorShard> {
    shards::of_mirror(path, trust).unwrap_or_else(|_| {
        vec![MirrorShard {
            directory: path.to_owned(),
            trust: trust.clone(),
            listed: None,
        }]
    })
}

/// The pinned keys, and those that a believed list names.
fn all_keys(pinned: &LogTrust, shards: &[MirrorShard]) -> Vec<VerifierKey> {
    let mut keys = pinned.keys();
    for key in shards.iter().flat_map(|shard| shard.trust.keys()) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// Two checkpoints in a folder, which belongs to the mirror in `within`.
fn folder(
    within: &Path,
    folder: &Path,
    trust: &LogTrust,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    let shard = folder.parent().and_then(Path::parent);
    let shard = shard.and_then(|shard| shard.strip_prefix(within).ok());
    let name = Path::new(folder.file_name().unwrap_or(folder.as_os_str()));
    let name = shard.map_or_else(|| name.to_owned(), |shard| shard.join(name));
    let name = name.display();
    match evidence::verify(folder, trust) {
        Ok(contradiction) if contradiction.convicts_the_log() => {
            writeln!(out, "{name}: PROBADO. {}.", contradiction.in_spanish())
        }
        Ok(contradiction) => writeln!(
            out,
            "{name}: COHERENTE, pero no basta para acusar al registro. {}.",
            contradiction.in_spanish()
        ),
        Err(reason) => writeln!(out, "{name}: NO PRUEBA NADA: {reason}."),
    }
}

/// Two notes in a file.
fn text(path: &Path, keys: &[VerifierKey], out: &mut dyn Write) -> std::io::Result<()> {
    let name = path.file_name().unwrap_or(path.as_os_str()).display();
    match evidence::verify_text(path, keys) {
        Ok(proven) => writeln!(out, "{name}: PROBADO. {}.", proven.in_spanish()),
        Err(reason) => writeln!(out, "{name}: NO PRUEBA NADA: {reason}."),
    }
}
