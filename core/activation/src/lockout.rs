//! How often a code may be guessed.

use jiff::{SignedDuration, Timestamp};

use crate::{Policy, Refusal};

/// The longest lock, in seconds.
const LONGEST_LOCK: i64 = 86_400;

/// The attempts at a factor since the last right code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attempts {
    /// In the present round.
    pub failures: u32,
    /// Rounds that ended in a lock.
    pub locks: u32,
    /// Until when nothing is looked at; in the past where it is not locked.
    pub locked_until: Timestamp,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            failures: 0,
            locks: 0,
            locked_until: Timestamp::UNIX_EPOCH,
        }
    }
}

impl Attempts {
    /// Counts an attempt *before* its code is looked at, so that guesses sent at once are counted
    /// each. A right code then takes the count back (to [`Attempts::default`]).
    ///
    /// The last attempt of a round locks the factor; the next round begins when the lock ends, and
    /// its lock is twice as long.
    ///
    /// # Errors
    /// [`Refusal::Locked`].
    pub fn claim(self, policy: &Policy, now: Timestamp) -> Result<Self, Refusal> {
        if now < self.locked_until {
            return Err(Refusal::Locked(self.locked_until));
        }
        let failures = self.failures + 1;
        if failures < policy.wrong_codes.max(1) {
            return Ok(Self { failures, ..self });
        }
        let seconds = i64::from(policy.lock_seconds)
            .saturating_mul(1 << self.locks.min(20))
            .min(LONGEST_LOCK);
        Ok(Self {
            failures: 0,
            locks: self.locks.saturating_add(1),
            locked_until: now
                .saturating_add(SignedDuration::from_secs(seconds))
                .unwrap_or(Timestamp::MAX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    #[test]
    fn five_guesses_then_a_quarter_of_an_hour_then_half_an_hour() {
        let policy = Policy::default();
        let mut attempts = Attempts::default();
        let mut now = 0;
        for lock in [900, 1800, 3600] {
            for _ in 0..5 {
                attempts = attempts.claim(&policy, at(now)).unwrap();
            }
            let until = at(now + lock);
            let refused = attempts.claim(&policy, at(now + lock - 1));
            assert_eq!(refused, Err(Refusal::Locked(until)));
            now += lock;
        }
        assert!(attempts.claim(&policy, at(now)).is_ok());
    }

    #[test]
    fn a_lock_is_a_day_at_most() {
        let attempts = Attempts {
            failures: 4,
            locks: u32::MAX,
            ..Attempts::default()
        };
        let locked = attempts.claim(&Policy::default(), at(0)).unwrap();
        assert_eq!(locked.locked_until, at(86_400));
    }
}
