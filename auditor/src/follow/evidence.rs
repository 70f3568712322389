//! Checkpoints that cannot both be true, kept so that anyone can check them, anywhere, later.
//!
//! A folder `evidence/<what>-<time>/` holds `a.checkpoint` (known before), `b.checkpoint` (shown
//! later), where their sizes differ `subarboles.txt` (see [`compact_range`]), and `LEEME.txt`.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use jiff::Timestamp;
use ledger::{Hash, MAX_NOTE_BYTES, SignedCheckpoint, TreeHead};

use super::compact_range;
use super::mirror::{MirrorError, replace, sync_folder};
use crate::trust::{Distrust, LogTrust, TrustedCheckpoint};

mod readme;
mod text;

pub use self::text::{Proven, TextError, texts, verify_text};

/// Folder of the mirror that holds the evidence.
pub(super) const FOLDER: &str = "evidence";
const KNOWN: &str = "a.checkpoint";
const SHOWN: &str = "b.checkpoint";
const SUBTREES: &str = "subarboles.txt";
const README: &str = "LEEME.txt";
/// Folders kept at most. Only the log's own key can make one, but it may make many.
const MOST: usize = 1000;
/// Largest list of subtrees, in bytes: 128 lines of 45.
const MAX_SUBTREES: usize = 128 * 45;

/// How two checkpoints of one log disagree. Sizes are numbers of entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contradiction {
    /// Two roots for one size: both signed, at most one true.
    Fork {
        /// The size.
        size: u64,
    },
    /// The larger tree does not begin with the smaller one: entries were altered or removed.
    Rewrite {
        /// Size of the smaller tree.
        smaller: u64,
        /// Size of the larger tree.
        larger: u64,
    },
    /// An earlier state was shown after a later one. Both may have been true at their time.
    Rollback {
        /// Size known before.
        known: u64,
        /// Size shown later.
        shown: u64,
        /// Witnesses that signed the smaller tree later than the larger one.
        witnesses: Vec<String>,
    },
}

impl Contradiction {
    /// How the folder's name begins.
    fn name(&self) -> &'static str {
        match self {
            Self::Fork { .. } => "bifurcacion",
            Self::Rewrite { .. } => "reescritura",
            Self::Rollback { .. } => "retroceso",
        }
    }

    /// Whether the log itself is convicted, whoever served the files.
    #[must_use]
    pub fn convicts_the_log(&self) -> bool {
        match self {
            Self::Fork { .. } | Self::Rewrite { .. } => true,
            Self::Rollback { witnesses, .. } => !witnesses.is_empty(),
        }
    }

    /// What it is, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::Fork { size } => {
                format!("BIFURCACIÓN: el registro firmó dos historias distintas de {size} entradas")
            }
            Self::Rewrite { smaller, larger } => format!(
                "REESCRITURA: el árbol firmado de {larger} entradas no empieza con el árbol firmado \
                 de {smaller}: se alteraron o quitaron entradas"
            ),
            Self::Rollback {
                known,
                shown,
                witnesses,
            } => {
                let mut text = format!(
                    "RETROCESO: se mostró un estado de {shown} entradas después de otro de {known}"
                );
                if !witnesses.is_empty() {
                    text.push_str("; lo cofirmaron más tarde que el mayor: ");
                    text.push_str(&witnesses.join(", "));
                }
                text
            }
        }
    }
}

/// Why a folder proves nothing.
#[derive(Debug, thiserror::Error)]
pub enum EvidenceError {
    /// A file is missing, too large or not text.
    #[error("falta o no se puede leer {}", .0.display())]
    File(PathBuf),
    /// A checkpoint is not by the pinned log.
    #[error("{file} se rechaza: {reason}")]
    Checkpoint {
        /// Its file.
        file: &'static str,
        /// Why.
        reason: Distrust,
    },
    /// The list is not one base64 hash a line, or leads to another root than the signed one.
    #[error("{SUBTREES} no lleva a la raíz firmada del árbol mayor")]
    Subtrees,
    /// The two checkpoints agree.
    #[error("los dos checkpoints no se contradicen")]
    Agree,
}

/// Judges two checkpoints that the log signed, with the hashes of [`compact_range::subtrees`] where
/// their sizes differ.
pub(super) fn judge(
    known: &TrustedCheckpoint,
    shown: &TrustedCheckpoint,
    subtrees: &[Hash],
) -> Result<Contradiction, EvidenceError> {
    let (a, b) = (known.head(), shown.head());
    if a.size == b.size {
        let fork = Contradiction::Fork { size: a.size };
        return (a.root != b.root)
            .then_some(fork)
            .ok_or(EvidenceError::Agree);
    }
    let (smaller, larger) = if a.size < b.size { (a, b) } else { (b, a) };
    let roots = compact_range::roots(smaller.size, larger.size, subtrees);
    let (beginning, whole) = roots.ok_or(EvidenceError::Subtrees)?;
    if whole != larger.root {
        return Err(EvidenceError::Subtrees);
    }
    if beginning != smaller.root {
        return Ok(Contradiction::Rewrite {
            smaller: smaller.size,
            larger: larger.size,
        });
    }
    if b.size > a.size {
        return Err(EvidenceError::Agree);
    }
    Ok(Contradiction::Rollback {
        known: a.size,
        shown: b.size,
        witnesses: signed_backwards(known, shown),
    })
}

/// Witnesses that signed `shown` after `known`.
fn signed_backwards(known: &TrustedCheckpoint, shown: &TrustedCheckpoint) -> Vec<String> {
    let later = shown.cosignatures().iter().filter(|later| {
        let mut before = known.cosignatures().iter();
        before.any(|known| known.name() == later.name() && known.time() < later.time())
    });
    later
        .map(|cosignature| cosignature.name().to_owned())
        .collect()
}

/// Keeps the evidence durably in the mirror, once for each pair of trees.
pub(super) fn keep(
    mirror: &Path,
    known: &TrustedCheckpoint,
    shown: &TrustedCheckpoint,
    subtrees: &[Hash],
    at: Timestamp,
) -> Result<Option<Contradiction>, MirrorError> {
    let Ok(contradiction) = judge(known, shown, subtrees) else {
        return Ok(None);
    };
    let all = mirror.join(FOLDER);
    let kept = folders(mirror);
    let same = |folder: &PathBuf| {
        head_in(&folder.join(KNOWN)) == Some(known.head())
            && head_in(&folder.join(SHOWN)) == Some(shown.head())
    };
    if kept.iter().any(same) || kept.len() >= MOST {
        return Ok(Some(contradiction));
    }
    let name = format!("{}-{}", contradiction.name(), at.strftime("%Y%m%dT%H%M%SZ"));
    let mut folder = all.join(&name);
    let mut number = 1;
    while folder.exists() {
        number += 1;
        folder = all.join(format!("{name}-{number}"));
    }
    let write = |name: &str, text: &str| replace(&folder.join(name), text.as_bytes());
    if !subtrees.is_empty() {
        let lines = subtrees.iter().map(|hash| hash.to_base64() + "\n");
        write(SUBTREES, &lines.collect::<String>())?;
    }
    write(README, &readme::text(&contradiction, known, shown, at))?;
    write(KNOWN, &known.signed().to_string())?;
    write(SHOWN, &shown.signed().to_string())?;
    for folder in [folder.as_path(), &all, mirror] {
        sync_folder(folder)?;
    }
    Ok(Some(contradiction))
}

fn head_in(path: &Path) -> Option<TreeHead> {
    let bytes = read(path, MAX_NOTE_BYTES).ok()?;
    let signed = SignedCheckpoint::parse(&bytes).ok()?;
    Some(signed.claimed().head())
}

/// The folders of evidence in a mirror, by name.
#[must_use]
pub fn folders(mirror: &Path) -> Vec<PathBuf> {
    let listing = mirror.join(FOLDER).read_dir().into_iter().flatten();
    let folders = listing.filter_map(|entry| Some(entry.ok()?.path()));
    let mut folders: Vec<_> = folders.filter(|path| path.is_dir()).collect();
    folders.sort_unstable();
    folders
}

/// Whether a directory is itself a folder of evidence.
#[must_use]
pub fn is_folder(directory: &Path) -> bool {
    directory.join(KNOWN).exists() || directory.join(SHOWN).exists()
}

/// Checks one folder again, with nothing but its files and the pinned key. No quorum of witnesses
/// is asked for: the log's own signature binds it.
///
/// # Errors
/// [`EvidenceError`]: the folder proves nothing.
pub fn verify(folder: &Path, trust: &LogTrust) -> Result<Contradiction, EvidenceError> {
    let checkpoint = |file: &'static str| {
        let bytes = read(&folder.join(file), MAX_NOTE_BYTES)?;
        trust
            .read_log(&bytes)
            .map_err(|reason| EvidenceError::Checkpoint { file, reason })
    };
    let (known, shown) = (checkpoint(KNOWN)?, checkpoint(SHOWN)?);
    let mut subtrees = Vec::new();
    if known.head().size != shown.head().size {
        let text = read(&folder.join(SUBTREES), MAX_SUBTREES)?;
        let text = String::from_utf8(text).map_err(|_| EvidenceError::Subtrees)?;
        for line in text.split_terminator('\n') {
            subtrees.push(Hash::from_base64(line).ok_or(EvidenceError::Subtrees)?);
        }
    }
    judge(&known, &shown, &subtrees)
}

/// Reads a regular file of at most `limit` bytes: the folder may come from anybody, and a device or
/// a pipe has no end.
fn read(path: &Path, limit: usize) -> Result<Vec<u8>, EvidenceError> {
    let unreadable = || EvidenceError::File(path.to_owned());
    if !fs::metadata(path).is_ok_and(|metadata| metadata.is_file()) {
        return Err(unreadable());
    }
    let mut bytes = Vec::new();
    let file = fs::File::open(path).map_err(|_| unreadable())?;
    file.take(limit as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| unreadable())?;
    if bytes.len() > limit {
        return Err(unreadable());
    }
    Ok(bytes)
}
