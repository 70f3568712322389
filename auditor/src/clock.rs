//! The one place of this crate that reads the wall clock and draws random numbers: for the names of
//! evidence folders, for when to knock again at a server, and for whether a certificate still holds.

use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;

/// The present instant.
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// Where the jitter of the retries starts: another value in each run, or the followers that a
/// server turned away together would come back together.
pub(crate) fn jitter_seed() -> u64 {
    // The standard library keys its hash maps from the operating system's randomness.
    RandomState::new().hash_one(0_u8)
}
