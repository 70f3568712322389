//! The one place of this crate that reads the wall clock: the sandbox plays the outside world.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The present instant.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is the outside world: here its clock is read"
)]
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// Today in central Mexico, where the sandbox's establishments are.
///
/// # Errors
/// The time zone is missing from the bundled database.
pub fn today() -> anyhow::Result<Date> {
    let zone = TimeZone::get("America/Mexico_City")?;
    Ok(zone.to_datetime(now()).date())
}
