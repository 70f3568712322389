//! `auditor follow`: a verified local mirror of the log of a server that is believed in nothing.
//!
//! One round: fetch the checkpoint; check its signature and witnesses; hold it against every
//! checkpoint seen before ([`evidence`]); check the tiles from the signed root downward (`tree`),
//! first along the edge of the tree known before, so that nothing is written of a history that does
//! not continue it; write what is missing, each file once it is verified (`store`); replace the
//! mirror's checkpoint last (`mirror`).
//!
//! What is on disk is not believed either: it is read again and checked like an answer of the
//! server. An interrupted round thus resumes wherever it was, and a damaged file is fetched again.

use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64};

use jiff::Timestamp;
use ledger::{Hash, MAX_NOTE_BYTES};

mod bodies;
mod compact_range;
pub mod evidence;
mod lie;
mod mirror;
mod retry;
mod shards;
mod source;
mod store;
mod tree;

pub use self::bodies::Part;
pub use self::lie::Lie;
pub use self::mirror::MirrorError;
pub(crate) use self::retry::pause;
pub use self::source::{Connection, ConnectionError, FetchError};

use self::mirror::Mirror;
use self::retry::Fetcher;
use self::source::Source;
use self::tree::Tree;
use crate::shards::MirrorShard;
use crate::trust::{Distrust, LogTrust, TrustedCheckpoint};

/// Why a round did not end with a newer mirror.
#[derive(Debug, thiserror::Error)]
pub enum RoundError {
    /// The server showed something that is not true.
    #[error("{}", .0.in_spanish())]
    Lie(Lie),
    /// The server could not be asked.
    #[error("{}", .0.in_spanish())]
    Fetch(FetchError),
    /// The server has no checkpoint.
    #[error("el servidor no publica ningún checkpoint en esa dirección")]
    NoCheckpoint,
    /// The mirror cannot be written or read.
    #[error("{0}")]
    Mirror(#[from] MirrorError),
}

impl From<Lie> for RoundError {
    fn from(lie: Lie) -> Self {
        Self::Lie(lie)
    }
}

impl From<FetchError> for RoundError {
    fn from(error: FetchError) -> Self {
        match error {
            FetchError::TooLarge { path, limit } => Self::Lie(Lie::TooLarge { path, limit }),
            FetchError::NoAnswer(_)
            | FetchError::Busy { .. }
            | FetchError::Refused { .. }
            | FetchError::Stopped => Self::Fetch(error),
        }
    }
}

/// How far a round is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Following {
    /// Entries verified and kept in this round so far.
    pub entries: u64,
    /// Entries to verify in this round.
    pub of: u64,
}

/// What a round did.
#[derive(Debug, Clone)]
pub struct Round {
    /// Entries of the mirror before.
    pub from: u64,
    /// The mirror's checkpoint now.
    pub checkpoint: TrustedCheckpoint,
    /// Files fetched and written.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Why there is nothing to follow, or nowhere to keep it.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Address or certificates do not serve.
    #[error("{0}")]
    Connection(#[from] ConnectionError),
    /// The directory of the mirror does not.
    #[error("{0}")]
    Mirror(#[from] MirrorError),
}

/// How to follow.
#[derive(Debug, Clone, Copy)]
pub struct Options<'a> {
    /// The server.
    pub connection: Connection<'a>,
    /// Attempts for each file.
    pub attempts: u32,
    /// Whether to look at every file of the mirror, not only at the new ones, and to fetch the
    /// damaged ones again.
    pub repair: bool,
    /// Oldest word of the quorum of witnesses that is accepted, in seconds.
    pub max_age: Option<u64>,
    /// Start of the retries' jitter.
    pub jitter: u64,
}

/// A mirror, and the server it follows.
#[derive(Debug)]
pub struct Follower<'f> {
    mirror: Mirror,
    fetcher: Fetcher<'f>,
    workers: usize,
    repair: bool,
    max_age: Option<u64>,
}

impl<'f> Follower<'f> {
    /// Opens the mirror in `directory`, which this process alone may write. `stop` ends a round
    /// between two files.
    ///
    /// # Errors
    /// The connection cannot be made of what was given, or the directory cannot be used.
    pub fn open(
        directory: &Path,
        options: &Options<'_>,
        stop: &'f AtomicBool,
    ) -> Result<Self, OpenError> {
        let source = Source::new(&options.connection)?;
        Ok(Self {
            mirror: Mirror::open(directory)?,
            fetcher: Fetcher {
                source,
                attempts: options.attempts,
                stop,
                jitter: AtomicU64::new(options.jitter),
            },
            workers: options.connection.connections.max(1),
            repair: options.repair,
            max_age: options.max_age,
        })
    }

    /// One round, by whose keys `trust` says. `at` names the folder of evidence, should there be any, and is when the word of
    /// the witnesses must not be too old.
    ///
    /// # Errors
    /// [`RoundError`]. The mirror's checkpoint is then as it was before, and its tiles all verify.
    pub fn round(
        &self,
        trust: &LogTrust,
        at: Timestamp,
        progress: &(dyn Fn(Following) + Sync),
    ) -> Result<Round, RoundError> {
        let published = known(trust, &self.mirror.checkpoint_path())?;
        let target = known(trust, &self.mirror.target_path())?;
        let known: Vec<_> = published.iter().chain(&target).collect();
        let bytes = self.fetcher.get("checkpoint", MAX_NOTE_BYTES)?;
        let shown = trust.read_log(&bytes.ok_or(RoundError::NoCheckpoint)?);
        let shown = shown.map_err(Lie::from)?;
        for known in &known {
            self.refuse_older(known, &shown, at)?;
        }
        let shown = trust.verify(shown.signed()).map_err(Lie::from)?;
        self.refuse_stale(&shown, at)?;
        let tree = Tree::open(&self.mirror, &self.fetcher, shown.head())?;
        for known in &known {
            self.check_continues(&tree, known, &shown, at)?;
        }
        let from = published.as_ref().map_or(0, |known| known.head().size);
        let text = shown.signed().to_string();
        self.mirror.aim(&text)?;
        let first = if self.repair { 0 } else { from };
        let written = store::store(&tree, &self.mirror, first, self.workers, progress)?;
        self.mirror.publish(&text)?;
        for known in &known {
            store::tidy(&self.mirror, known.head().size, shown.head().size)?;
        }
        Ok(Round {
            from,
            checkpoint: shown,
            files: written.files,
            bytes: written.bytes,
        })
    }

    /// Fetches the bodies of the entries of `parts`, oldest first, that are not there yet, and
    /// returns how many came.
    ///
    /// # Errors
    /// [`RoundError`]. What came before the error is kept; each body opens its leaf.
    pub fn bodies(&self, parts: &[Part]) -> Result<u64, RoundError> {
        bodies::follow(&self.mirror, &self.fetcher, parts)
    }

    /// The shards of the ledger, by its signed list, oldest first; the first alone where it
    /// publishes no list.
    ///
    /// # Errors
    /// [`RoundError`]: the server cannot be asked, or the list is not believed.
    pub fn shards(&self, pinned: &LogTrust) -> Result<Vec<MirrorShard>, RoundError> {
        shards::fetch(&self.mirror, &self.fetcher, pinned)
    }

    /// The same by what the mirror knows, without asking the server.
    ///
    /// # Errors
    /// [`RoundError`]: the mirror's list cannot be read, or is not believed.
    pub fn known_shards(&self, pinned: &LogTrust) -> Result<Vec<MirrorShard>, RoundError> {
        shards::known(&self.mirror, pinned)
    }

    /// Refuses a tree that is smaller than a known one, or as large and different. Whether the
    /// smaller one is at least the beginning of the known one, the mirror knows.
    fn refuse_older(
        &self,
        known: &TrustedCheckpoint,
        shown: &TrustedCheckpoint,
        at: Timestamp,
    ) -> Result<(), RoundError> {
        let (before, now) = (known.head(), shown.head());
        if now.size > before.size || now == before {
            return Ok(());
        }
        let subtrees = if now.size == before.size {
            Vec::new()
        } else {
            let tree = Tree::open(&self.mirror, &self.fetcher, before);
            let subtrees = tree.and_then(|tree| subtrees(&tree, now.size));
            // Of an interrupted round the mirror may lack the tiles, and such a server as well.
            subtrees.map_err(|_| Lie::Older {
                known: before.size,
                shown: now.size,
            })?
        };
        self.accuse(known, shown, &subtrees, at)
    }

    /// Refuses a tree of long ago: the server may be hiding what came after it.
    fn refuse_stale(&self, shown: &TrustedCheckpoint, at: Timestamp) -> Result<(), Lie> {
        let (Some(limit), Some(witnessed)) = (self.max_age, shown.witnessed_at()) else {
            return Ok(());
        };
        let now = u64::try_from(at.as_second()).unwrap_or_default();
        let age = now.saturating_sub(witnessed);
        if age > limit {
            return Err(Lie::Stale { age, limit });
        }
        Ok(())
    }

    /// Refuses a tree that does not begin with a known one.
    fn check_continues(
        &self,
        tree: &Tree<'_>,
        known: &TrustedCheckpoint,
        shown: &TrustedCheckpoint,
        at: Timestamp,
    ) -> Result<(), RoundError> {
        let before = known.head();
        if tree.root_at(before.size)? == before.root {
            return Ok(());
        }
        let subtrees = subtrees(tree, before.size)?;
        self.accuse(known, shown, &subtrees, at)
    }

    fn accuse(
        &self,
        known: &TrustedCheckpoint,
        shown: &TrustedCheckpoint,
        subtrees: &[Hash],
        at: Timestamp,
    ) -> Result<(), RoundError> {
        match evidence::keep(self.mirror.root(), known, shown, subtrees, at)? {
            Some(contradiction) => Err(Lie::Contradiction(contradiction).into()),
            None => Err(Lie::Root { head: shown.head() }.into()),
        }
    }
}

/// A checkpoint of the mirror: what is believed from one run to the next.
fn known(trust: &LogTrust, path: &Path) -> Result<Option<TrustedCheckpoint>, MirrorError> {
    let Some(bytes) = Mirror::read_note(path)? else {
        return Ok(None);
    };
    let known = trust.read_log(&bytes);
    known.map(Some).map_err(|reason| MirrorError::Checkpoint {
        path: path.to_owned(),
        reason: reason.to_string(),
    })
}

/// The hashes that show with what tree of `middle` entries `tree` begins.
fn subtrees(tree: &Tree<'_>, middle: u64) -> Result<Vec<Hash>, RoundError> {
    let places = compact_range::subtrees(middle, tree.head().size);
    places.into_iter().map(|place| tree.node(place)).collect()
}

impl From<Distrust> for Lie {
    fn from(reason: Distrust) -> Self {
        Self::Checkpoint(reason.to_string())
    }
}
