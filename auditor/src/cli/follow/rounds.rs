//! Round after round, until told to stop.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::tell::Teller;
use crate::cli::progress::Bar;
use crate::cli::{CLEAN, FINDINGS, UNUSABLE};
use crate::clock;
use crate::follow::{
    FetchError, Follower, Following, Lie, OpenError, Options, Round, RoundError, pause,
};

/// The rounds of one run.
pub(super) struct Rounds<'r> {
    pub(super) follower: &'r Follower<'r>,
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

    /// One round with its bodies. `shown` is the size that was told last: a log at rest is told of
    /// once.
    fn round(
        &self,
        teller: &mut Teller<'_>,
        shown: &mut Option<u64>,
    ) -> io::Result<Result<(), RoundError>> {
        let round = match mirror(self.follower) {
            Ok(round) => round,
            Err(error) => return Ok(Err(error)),
        };
        let size = round.checkpoint.head().size;
        if shown.replace(size) != Some(size) {
            teller.mirror(&round)?;
        }
        if self.bodies {
            match self.follower.bodies(&round) {
                Ok(added) => teller.bodies(added)?,
                Err(error) => return Ok(Err(error)),
            }
        }
        self.later_shards(teller)
    }

    /// The shards after the first, each in its folder. Told of when something of them is new.
    fn later_shards(&self, teller: &mut Teller<'_>) -> io::Result<Result<(), RoundError>> {
        let shards = match self.follower.later_shards() {
            Ok(shards) => shards,
            Err(error) => return Ok(Err(error)),
        };
        for shard in shards {
            let url = format!(
                "{}/{}",
                self.options.connection.url.trim_end_matches('/'),
                shard.name
            );
            let mut options = self.options;
            options.connection.url = &url;
            let opened = Follower::open(&shard.directory, &shard.trust, &options, self.stop);
            let follower = match opened {
                Ok(follower) => follower,
                Err(OpenError::Mirror(error)) => return Ok(Err(error.into())),
                Err(OpenError::Connection(error)) => return Err(io::Error::other(error)),
            };
            match mirror(&follower) {
                Ok(round) if round.files > 0 => teller.mirror(&round)?,
                Ok(_) => {}
                Err(error) => return Ok(Err(error)),
            }
        }
        Ok(Ok(()))
    }
}

fn mirror(follower: &Follower<'_>) -> Result<Round, RoundError> {
    let bar = Bar::new();
    let progress = |now: Following| bar.advance("Espejo", now.entries, now.of);
    let round = follower.round(clock::now(), &progress);
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
