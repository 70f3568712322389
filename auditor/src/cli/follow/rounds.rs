//! Round after round, until told to stop.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use ledger::Shard;

use super::tell::Teller;
use crate::cli::progress::Bar;
use crate::cli::{CLEAN, FINDINGS, UNUSABLE};
use crate::clock;
use crate::follow::{
    FetchError, Follower, Following, Lie, OpenError, Options, Part, Round, RoundError, pause,
};
use crate::shards::{MirrorShard, name_of};
use crate::trust::LogTrust;

/// The rounds of one run.
pub(super) struct Rounds<'r> {
    pub(super) follower: &'r Follower<'r>,
    /// Whom to believe.
    pub(super) pinned: &'r LogTrust,
    pub(super) stop: &'r AtomicBool,
    /// Whether the bodies are wanted too.
    pub(super) bodies: bool,
    /// Time between rounds; `None` for a single round.
    pub(super) every: Option<Duration>,
    /// How the later shards are followed: as the first, below its address.
    pub(super) options: Options<'r>,
}

impl Rounds<'_> {
    /// Runs, and returns the exit code. What was found stays found; an unreachable server is
    /// forgiven once it answers.
    pub(super) fn run(&self, teller: &mut Teller<'_>) -> io::Result<u8> {
        let mut found = CLEAN;
        let mut shown = None;
        loop {
            let (code, wish) = match self.round(teller, &mut shown)? {
                Ok(()) => (CLEAN, Duration::ZERO),
                Err(RoundError::Fetch(FetchError::Stopped)) => break,
                Err(error) => {
                    teller.error(&error)?;
                    if is_final(&error) {
                        return Ok(code_of(&error));
                    }
                    (code_of(&error), wish_of(&error))
                }
            };
            if code == FINDINGS {
                found = FINDINGS;
            }
            let Some(every) = self.every else {
                return Ok(code);
            };
            pause(wish.max(every), self.stop);
            if self.stop.load(Ordering::Relaxed) {
                break;
            }
        }
        teller.interrupted()?;
        Ok(found)
    }

    /// One round over all shards, with the bodies. `shown` is the size that was told last: a log at
    /// rest is told of once.
    ///
    /// The list comes first, for the keys that it names. One that is refused must not keep the first
    /// shard from being followed, which may hold more evidence.
    fn round(
        &self,
        teller: &mut Teller<'_>,
        shown: &mut Option<u64>,
    ) -> io::Result<Result<(), RoundError>> {
        let (shards, refused) = match self.follower.shards(self.pinned) {
            Ok(shards) => (shards, None),
            Err(RoundError::Lie(lie)) => match self.follower.known_shards(self.pinned) {
                Ok(shards) => (shards, Some(RoundError::Lie(lie))),
                Err(error) => return Ok(Err(error)),
            },
            Err(error) => return Ok(Err(error)),
        };
        let Some((first, later)) = shards.split_first() else {
            return Ok(Ok(()));
        };
        let round = match mirror(self.follower, &first.trust) {
            Ok(round) => round,
            Err(error) => return Ok(Err(error)),
        };
        let size = round.checkpoint.head().size;
        if shown.replace(size) != Some(size) {
            teller.mirror(&round)?;
        }
        if let Some(refused) = refused {
            return Ok(Err(refused));
        }
        if let Err(error) = is_at_its_end(first, &round) {
            return Ok(Err(error));
        }
        let mut parts = vec![part(first, &round)];
        for shard in later {
            match self.later(shard, first.trust.origin(), teller)? {
                Ok(part) => parts.push(part),
                Err(error) => return Ok(Err(error)),
            }
        }
        if self.bodies {
            match self.follower.bodies(&parts) {
                Ok(added) => teller.bodies(added)?,
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }

    /// A shard after the first, in its folder. Told of when something of it is new.
    fn later(
        &self,
        shard: &MirrorShard,
        first: &str,
        teller: &mut Teller<'_>,
    ) -> io::Result<Result<Part, RoundError>> {
        let name = name_of(first, shard.trust.origin()).unwrap_or_default();
        let base = self.options.connection.url.trim_end_matches('/');
        let url = format!("{base}/{name}");
        let mut options = self.options;
        options.connection.url = &url;
        let follower = match Follower::open(&shard.directory, &options, self.stop) {
            Ok(follower) => follower,
            Err(OpenError::Mirror(error)) => return Ok(Err(error.into())),
            Err(OpenError::Connection(error)) => return Err(io::Error::other(error)),
        };
        let round = match mirror(&follower, &shard.trust) {
            Ok(round) => round,
            Err(error) => return Ok(Err(error)),
        };
        if round.files > 0 {
            teller.mirror(&round)?;
        }
        Ok(is_at_its_end(shard, &round).map(|()| part(shard, &round)))
    }
}

fn part(shard: &MirrorShard, round: &Round) -> Part {
    Part {
        directory: shard.directory.clone(),
        first: shard.listed.as_ref().map_or(0, Shard::first),
        size: round.checkpoint.head().size,
    }
}

/// A shard that the list says is closed has the tree that it was closed with.
fn is_at_its_end(shard: &MirrorShard, round: &Round) -> Result<(), RoundError> {
    let closed = shard.listed.as_ref().and_then(Shard::closed);
    match closed {
        Some(end) if end != round.checkpoint.head() => Err(Lie::Shards(format!(
            "dice que {} terminó con {} entradas y otra raíz que la del árbol mostrado, de {}",
            shard.trust.origin(),
            end.size,
            round.checkpoint.head().size
        ))
        .into()),
        _ => Ok(()),
    }
}

fn mirror(follower: &Follower<'_>, trust: &LogTrust) -> Result<Round, RoundError> {
    let bar = Bar::new();
    let progress = |now: Following| bar.advance("Espejo", now.entries, now.of);
    let round = follower.round(trust, clock::now(), &progress);
    bar.clear();
    round
}

fn code_of(error: &RoundError) -> u8 {
    match error {
        RoundError::Lie(_) => FINDINGS,
        RoundError::Fetch(_) | RoundError::NoCheckpoint | RoundError::Mirror(_) => UNUSABLE,
    }
}

/// Whether waiting cannot help: the log is convicted, or this computer's disk fails.
fn is_final(error: &RoundError) -> bool {
    match error {
        RoundError::Lie(Lie::Contradiction(contradiction)) => contradiction.convicts_the_log(),
        RoundError::Mirror(_) => true,
        RoundError::Lie(_) | RoundError::Fetch(_) | RoundError::NoCheckpoint => false,
    }
}

/// How long the server wishes to be left alone.
fn wish_of(error: &RoundError) -> Duration {
    match error {
        RoundError::Fetch(FetchError::Busy { retry_after, .. }) => {
            retry_after.unwrap_or(Duration::ZERO)
        }
        RoundError::Lie(_)
        | RoundError::Fetch(_)
        | RoundError::NoCheckpoint
        | RoundError::Mirror(_) => Duration::ZERO,
    }
}
