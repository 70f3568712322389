//! When to ask again: later each time, never all together, and never before the server says so.
//! Followers that came back at once and in step have taken down logs that were merely slow.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::source::{FetchError, Source};

/// Wait before the first repetition.
const FIRST_WAIT: Duration = Duration::from_millis(250);
/// Longest wait between two attempts.
const LONGEST_WAIT: Duration = Duration::from_secs(30);
/// A server that asks for more patience than this gets it: the round ends.
const MOST_PATIENCE: Duration = Duration::from_mins(2);
/// How often a wait looks whether the run was interrupted.
const GLANCE: Duration = Duration::from_millis(50);

/// How long to wait before attempt `attempt` (from 1), without and with a wish of the server.
/// Doubles each time up to [`LONGEST_WAIT`]; `random` takes away up to half of it.
fn wait_before(attempt: u32, random: u64, retry_after: Option<Duration>) -> Duration {
    let doubled = FIRST_WAIT.saturating_mul(1 << attempt.saturating_sub(1).min(16));
    let longest = doubled.min(LONGEST_WAIT);
    // Milliseconds of at most half a minute: far below 2^64.
    let spread = u64::try_from(longest.as_millis() / 2).unwrap_or_default();
    let jittered = longest.saturating_sub(Duration::from_millis(random % (spread + 1)));
    // On top of what the server asks, or all whom it turned away would come back in step.
    retry_after.map_or(jittered, |wish| {
        wish + Duration::from_millis(random % (spread + 1))
    })
}

/// Asks a server, again where that may help.
#[derive(Debug)]
pub(super) struct Fetcher<'f> {
    pub(super) source: Source,
    /// Attempts in all.
    pub(super) attempts: u32,
    /// Set when the run is to end.
    pub(super) stop: &'f AtomicBool,
    /// State of the jitter (`SplitMix64`).
    pub(super) jitter: AtomicU64,
}

impl Fetcher<'_> {
    /// The file at `path` below the log's prefix, at most `limit` bytes; `None` when there is none.
    pub(super) fn get(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FetchError> {
        self.persist(&mut || self.source.get(path, limit))
    }

    /// Repeats `attempt` while the server is unreachable or busy, a bounded number of times.
    pub(super) fn persist<T>(
        &self,
        attempt: &mut dyn FnMut() -> Result<T, FetchError>,
    ) -> Result<T, FetchError> {
        let mut made = 0;
        loop {
            if self.stop.load(Ordering::Relaxed) {
                return Err(FetchError::Stopped);
            }
            let error = match attempt() {
                Ok(answer) => return Ok(answer),
                Err(error) => error,
            };
            made += 1;
            let wish = match &error {
                FetchError::NoAnswer(_) => None,
                FetchError::Busy { retry_after, .. } => *retry_after,
                FetchError::Refused { .. } | FetchError::TooLarge { .. } | FetchError::Stopped => {
                    return Err(error);
                }
            };
            let impatient = wish.is_some_and(|wish| wish > MOST_PATIENCE);
            if made >= self.attempts || impatient {
                return Err(error);
            }
            pause(wait_before(made, self.random(), wish), self.stop);
        }
    }

    /// `SplitMix64`: good enough to keep followers out of step, which is all that it is for.
    fn random(&self) -> u64 {
        let state = self
            .jitter
            .fetch_add(0x9E37_79B9_7F4A_7C15, Ordering::Relaxed);
        let mixed = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }
}

/// Sleeps, unless the run is interrupted.
pub(crate) fn pause(wait: Duration, stop: &AtomicBool) {
    let started = Instant::now();
    while !stop.load(Ordering::Relaxed)
        && let Some(left) = wait.checked_sub(started.elapsed())
        && !left.is_zero()
    {
        thread::sleep(left.min(GLANCE));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let waits: Vec<_> = (1..=9)
            .map(|attempt| wait_before(attempt, 0, None).as_millis())
            .collect();
        assert_eq!(
            waits,
            [250, 500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000]
        );
    }

    proptest! {
        #[test]
        fn jitter_stays_within_half_and_above_the_wish(attempt in 1_u32..2000, random: u64, wish in 0_u64..200) {
            let full = wait_before(attempt, 0, None);
            let wait = wait_before(attempt, random, None);
            prop_assert!(wait <= full && wait >= full / 2);
            let wish = Duration::from_secs(wish);
            prop_assert!(wait_before(attempt, random, Some(wish)) >= wish);
        }
    }

    #[test]
    fn an_interrupted_pause_ends() {
        let stop = AtomicBool::new(true);
        let started = Instant::now();
        pause(Duration::from_mins(5), &stop);
        assert!(started.elapsed() < Duration::from_mins(4));
    }
}
