//! What convicts a log is kept, for whoever asks: `DIR/evidence/`, one file per fork.

use std::path::{Path, PathBuf};
use std::{fs, io};

use data_encoding::HEXLOWER;
use ledger::ForkEvidence;
use sha2::{Digest as _, Sha256};

use crate::durable;

/// Most forks kept of one log. One is enough to convict; a thief of its key could make millions.
pub const MAX_PER_LOG: usize = 100;
const FOLDER: &str = "evidence";

/// What became of a piece of evidence.
#[derive(Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is in this file.
    At(PathBuf),
    /// There are [`MAX_PER_LOG`] of this log already.
    Enough,
}

/// Writes the evidence durably. The same fork twice is one file.
///
/// # Errors
/// When the folder cannot be read or written.
pub fn keep(directory: &Path, evidence: &ForkEvidence) -> io::Result<Kept> {
    let folder = directory.join(FOLDER);
    fs::create_dir_all(&folder)?;
    let text = evidence.to_string();
    let log = short_hash(evidence.first().claimed().origin());
    let path = folder.join(format!("{log}-{}.fork", short_hash(&text)));
    if path.exists() {
        return Ok(Kept::At(path));
    }
    let mut of_this_log = 0;
    for entry in fs::read_dir(&folder)? {
        let name = entry?.file_name();
        of_this_log += usize::from(name.to_string_lossy().starts_with(&log));
    }
    if of_this_log >= MAX_PER_LOG {
        return Ok(Kept::Enough);
    }
    durable::replace(&path, text.as_bytes())?;
    durable::sync_folder_of(&folder)?;
    Ok(Kept::At(path))
}

/// Sixteen hexadecimal digits of SHA-256: a file name, not a fingerprint.
fn short_hash(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text)[..8])
}
