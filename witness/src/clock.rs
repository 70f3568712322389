//! The one place that reads the wall clock.

use jiff::Timestamp;

/// Seconds since 1970, as cosignatures carry them.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub fn now() -> u64 {
    u64::try_from(Timestamp::now().as_second()).unwrap_or(0)
}

/// `time` as a person reads it, in UTC.
#[must_use]
pub fn shown(time: u64) -> String {
    let seconds = i64::try_from(time).ok();
    let at = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    at.map_or_else(|| time.to_string(), |at| at.to_string())
}
