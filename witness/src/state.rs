//! What the witness remembers: per log, the last checkpoint it cosigned. Losing it, or half of it,
//! would let a log show two histories; so it is durable before any cosignature leaves the house.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use data_encoding::HEXLOWER;
use ledger::{
    AddCheckpoint, AddRefusal, CheckpointError, CosignatureError, NoteError, NoteSignError,
    NoteSignature, NoteSigner, SignedCheckpoint, VerifierKey, WitnessKey, cosign, decide,
};
use sha2::{Digest as _, Sha256};

use crate::durable;
use crate::evidence::{self, Kept};

const FOLDER: &str = "logs";
const LOCK: &str = "lock";
/// By how much the clock may stand before the last cosignature, in seconds. Two cosignatures whose
/// times contradict their sizes would make the witness a liar.
const CLOCK_TOLERANCE: u64 = 60;

/// Why the memory cannot be opened.
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Another process serves it.
    #[error("Otro proceso ya usa el directorio {}; dos testigos con una llave se contradirían.",
        .0.display())]
    Held(PathBuf),
    /// A file is not what this witness wrote.
    #[error("El archivo {} está dañado ({reason}). El testigo no arranca: sin su memoria podría \
        contradecirse. Repare el disco, o haga otro testigo con otra llave.", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: DamageReason,
    },
    /// The operating system refused.
    #[error("No se puede leer o escribir {}: {source}", path.display())]
    Io {
        /// The file or directory.
        path: PathBuf,
        /// Its reason.
        source: io::Error,
    },
}

/// How a file departs from what the witness wrote.
#[derive(Debug, thiserror::Error)]
pub enum DamageReason {
    /// No checkpoint.
    #[error("{0}")]
    Checkpoint(#[from] CheckpointError),
    /// Not cosigned by this witness.
    #[error("{0}")]
    Cosignature(#[from] CosignatureError),
    /// The name belongs to another log's file.
    #[error("the file name does not follow from the origin '{0}'")]
    Name(String),
}

/// Why a request got no cosignature.
#[derive(Debug, thiserror::Error)]
pub enum AddError {
    /// The log, or the asking side, does not deserve it.
    #[error("{0}")]
    Refused(#[from] AddRefusal),
    /// The clock stands before the last cosignature.
    #[error("the clock ({now}) is behind the last cosignature ({last})")]
    ClockBehind {
        /// The present time.
        now: u64,
        /// Time of the last cosignature.
        last: u64,
    },
    /// The signature was not made.
    #[error("{0}")]
    Sign(#[from] NoteSignError),
    /// The checkpoint has no room for the cosignature.
    #[error("{0}")]
    Attach(#[from] NoteError),
    /// A write failed, now or before: nothing is cosigned until a restart reads what is on disk.
    #[error("the state could not be written: {0}")]
    Broken(String),
}

/// The last checkpoint cosigned of a log, and when.
#[derive(Clone, Debug)]
pub struct Cosigned {
    /// With the log's signature and this witness's cosignature.
    pub checkpoint: SignedCheckpoint,
    /// Time of the cosignature, in seconds since 1970.
    pub time: u64,
}

/// The directory, held by this process alone.
#[derive(Debug)]
pub struct State {
    directory: PathBuf,
    memory: Mutex<Memory>,
    /// Holds the advisory lock; the kernel releases it when the process ends, however.
    _lock: File,
}

#[derive(Debug)]
struct Memory {
    /// By origin.
    logs: BTreeMap<String, Cosigned>,
    /// Why nothing is cosigned any more.
    broken: Option<String>,
}

impl State {
    /// Locks the directory and reads all of it.
    ///
    /// # Errors
    /// When another process holds it, or a file is damaged.
    pub fn open(directory: &Path, key: &WitnessKey) -> Result<Self, StateError> {
        let path = directory.join(LOCK);
        let failed = |source| io_error(&path, source);
        let lock = File::options().create(true).append(true).open(&path);
        let lock = lock.map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StateError::Held(directory.to_owned())),
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let folder = directory.join(FOLDER);
        let created = fs::create_dir_all(&folder).and_then(|()| durable::sync_folder_of(&folder));
        created.map_err(|source| io_error(&folder, source))?;
        let memory = Memory {
            logs: read(directory, key)?,
            broken: None,
        };
        Ok(Self {
            directory: directory.to_owned(),
            memory: Mutex::new(memory),
            _lock: lock,
        })
    }

    /// Decides, cosigns, remembers: one request at a time, so that no two can build on the same
    /// checkpoint (the race of C2SP tlog-witness). Evidence of a fork is kept.
    ///
    /// # Errors
    /// One variant per reason why there is no cosignature.
    pub fn add(
        &self,
        request: &AddCheckpoint,
        log_keys: &[VerifierKey],
        now: u64,
        signer: &dyn NoteSigner,
    ) -> Result<NoteSignature, AddError> {
        let mut memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(reason) = &memory.broken {
            return Err(AddError::Broken(reason.clone()));
        }
        let origin = request.checkpoint().claimed().origin();
        let known = memory.logs.get(origin);
        let decided = decide(known.map(|known| &known.checkpoint), request, log_keys);
        if let Err(AddRefusal::Fork(evidence)) = &decided {
            self.keep_evidence(evidence);
        }
        decided?;
        let last = known.map_or(0, |known| known.time);
        if now + CLOCK_TOLERANCE < last {
            return Err(AddError::ClockBehind { now, last });
        }
        let time = now.max(last);
        let line = cosign(request.checkpoint(), time, signer)?;
        // Lines of strangers, and of other witnesses, are not worth remembering.
        let kept = request.checkpoint().signed_only_by(log_keys);
        let mut checkpoint = kept.ok_or(AddRefusal::NotSigned)?;
        checkpoint.attach(line.clone())?;
        let path = path_of(&self.directory, origin);
        // The commit point. A crash before the rename: the old checkpoint is the last one, and the
        // cosignature never left. A crash after it: the new one is, and the log asks again.
        if let Err(error) = durable::replace(&path, checkpoint.to_string().as_bytes()) {
            memory.broken = Some(error.to_string());
            return Err(AddError::Broken(error.to_string()));
        }
        let cosigned = Cosigned { checkpoint, time };
        memory.logs.insert(origin.to_owned(), cosigned);
        Ok(line)
    }

    /// Why nothing is cosigned any more, if so.
    #[must_use]
    pub fn broken(&self) -> Option<String> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        memory.broken.clone()
    }

    fn keep_evidence(&self, evidence: &ledger::ForkEvidence) {
        let claimed = evidence.first().claimed();
        let (origin, size) = (claimed.origin(), claimed.size());
        match evidence::keep(&self.directory, evidence) {
            Ok(Kept::At(path)) => {
                tracing::error!(origin, size, path = %path.display(), "FORK: the log signed two trees");
            }
            Ok(Kept::Enough) => {
                tracing::error!(origin, size, "FORK again; enough evidence of it is kept");
            }
            Err(error) => {
                tracing::error!(origin, size, %error, %evidence, "FORK, and it cannot be kept");
            }
        }
    }
}

/// Reads what a witness remembers, by origin. Takes no lock: each file is whole at any time.
///
/// # Errors
/// When a file is damaged.
pub fn read(directory: &Path, key: &WitnessKey) -> Result<BTreeMap<String, Cosigned>, StateError> {
    let folder = directory.join(FOLDER);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => return Err(io_error(&folder, source)),
    };
    let mut logs = BTreeMap::new();
    for entry in entries {
        let path = entry.map_err(|source| io_error(&folder, source))?.path();
        // What a crash left beside was never the last checkpoint.
        if path.extension().is_some_and(|extension| extension == "tmp") {
            continue;
        }
        let bytes = fs::read(&path).map_err(|source| io_error(&path, source))?;
        let cosigned = read_back(&bytes, key, &path, directory);
        let cosigned = cosigned.map_err(|reason| StateError::Damaged { path, reason })?;
        logs.insert(cosigned.checkpoint.claimed().origin().to_owned(), cosigned);
    }
    Ok(logs)
}

/// The witness's own cosignature covers every byte of the checkpoint's text.
fn read_back(
    bytes: &[u8],
    key: &WitnessKey,
    path: &Path,
    directory: &Path,
) -> Result<Cosigned, DamageReason> {
    let checkpoint = SignedCheckpoint::parse(bytes)?;
    let time = key.verify(&checkpoint)?.time();
    let origin = checkpoint.claimed().origin();
    if path != path_of(directory, origin) {
        return Err(DamageReason::Name(origin.to_owned()));
    }
    Ok(Cosigned { checkpoint, time })
}

fn path_of(directory: &Path, origin: &str) -> PathBuf {
    let name = HEXLOWER.encode(&Sha256::digest(origin));
    directory.join(FOLDER).join(name)
}

fn io_error(path: &Path, source: io::Error) -> StateError {
    StateError::Io {
        path: path.to_owned(),
        source,
    }
}
