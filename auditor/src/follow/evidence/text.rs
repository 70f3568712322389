//! Evidence in one text file, as witnesses and counters keep it (`receta.fork/v1`) and followers keep
//! contradicting lists of shards (`receta.shards-fork/v1`).

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use ledger::{ForkError, ForkEvidence, MAX_NOTE_BYTES, ShardContradiction, ShardFork, VerifierKey};

use super::FOLDER;

const FORK: &str = "receta.fork/v1\n";
const LISTS: &str = "receta.shards-fork/v1\n";
/// Largest file, in bytes: two notes and a few lines.
const MAX_TEXT: usize = 2 * MAX_NOTE_BYTES + 64;

/// What a file proves against the log whose keys signed both of its notes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proven {
    /// Two roots for one size.
    Fork {
        /// The log.
        origin: String,
        /// The size.
        size: u64,
    },
    /// Two lists of shards of which neither continues the other.
    Lists(ShardContradiction),
}

impl Proven {
    /// What it is, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::Fork { origin, size } => format!(
                "BIFURCACIÓN: el registro {origin} firmó dos historias distintas de {size} entradas"
            ),
            Self::Lists(contradiction) => {
                let what = match contradiction {
                    ShardContradiction::SameVersion(version) => {
                        format!("son distintas y las dos dicen ser la versión {version}")
                    }
                    ShardContradiction::Rewritten(origin) => {
                        format!("la posterior quita o cambia el segmento {origin}")
                    }
                    ShardContradiction::LostKey(origin) => {
                        format!("la posterior quita una llave del segmento {origin}")
                    }
                };
                format!("LISTAS CONTRADICTORIAS: el registro firmó dos listas de segmentos; {what}")
            }
        }
    }
}

/// Why a file proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// It cannot be read, or is larger than two notes.
    #[error("no se puede leer, o es demasiado grande")]
    Unreadable,
    /// Neither of the two formats, or altered.
    #[error(
        "no es evidencia «receta.fork/v1» ni «receta.shards-fork/v1», o fue alterada (detalle: {0})"
    )]
    Format(String),
    /// The two notes can both be true.
    #[error("las dos notas no se contradicen")]
    Agree,
    /// Somebody else signed.
    #[error("no firmó las dos notas una llave fijada: cualquiera pudo escribirlas")]
    NotSigned,
}

/// Checks one file, with nothing but the keys of the log. No witness is asked for.
///
/// # Errors
/// [`TextError`]: it proves nothing.
pub fn verify_text(path: &Path, keys: &[VerifierKey]) -> Result<Proven, TextError> {
    let bytes = read(path).ok_or(TextError::Unreadable)?;
    if bytes.starts_with(LISTS.as_bytes()) {
        let lists = ShardFork::parse(&bytes);
        let lists = lists.ok_or_else(|| TextError::Format("listas".to_owned()))?;
        if !lists.is_signed_by(keys) {
            return Err(TextError::NotSigned);
        }
        let contradiction = lists.contradiction().ok_or(TextError::Agree)?;
        return Ok(Proven::Lists(contradiction));
    }
    let refused = |error: ForkError| match error {
        ForkError::NoContradiction => TextError::Agree,
        ForkError::NotSigned => TextError::NotSigned,
        ForkError::Format | ForkError::Checkpoint(_) => TextError::Format(error.to_string()),
    };
    let fork = ForkEvidence::parse(&bytes).map_err(refused)?;
    fork.verify(keys).map_err(refused)?;
    let claimed = fork.first().claimed();
    Ok(Proven::Fork {
        origin: claimed.origin().to_owned(),
        size: claimed.size(),
    })
}

/// The files of a directory, and of its folder of evidence, that begin as one of the two formats.
#[must_use]
pub fn texts(directory: &Path) -> Vec<PathBuf> {
    let folders = [directory.to_owned(), directory.join(FOLDER)];
    let listings = folders
        .iter()
        .filter_map(|folder| fs::read_dir(folder).ok());
    let files = listings
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()));
    let mut files: Vec<_> = files
        .filter(|path| path.is_file() && begins(path))
        .collect();
    files.sort_unstable();
    files
}

fn begins(path: &Path) -> bool {
    let mut first = Vec::new();
    let read = File::open(path).and_then(|file| {
        let longest = LISTS.len().max(FORK.len()) as u64;
        file.take(longest).read_to_end(&mut first)
    });
    read.is_ok()
        && [FORK, LISTS]
            .iter()
            .any(|header| first.starts_with(header.as_bytes()))
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let file = File::open(path).ok()?;
    file.take(MAX_TEXT as u64 + 1)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(bytes).filter(|bytes| bytes.len() <= MAX_TEXT)
}
