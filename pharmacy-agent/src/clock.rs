//! The one place that reads the wall clock, and the law's days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// The present instant, to the second: what documents and the ledger carry.
#[must_use]
#[expect(
    clippy::disallowed_methods,
    reason = "the one place that reads the wall clock"
)]
pub fn now() -> Timestamp {
    whole_second(Timestamp::now())
}

/// `at` without its fraction of a second.
fn whole_second(at: Timestamp) -> Timestamp {
    Timestamp::from_second(at.as_second()).unwrap_or(at)
}

/// The day on which `at` falls in `zone`: the law counts days where the pharmacy is.
#[must_use]
pub fn day_in(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// Day and hour in `zone`, as the counter reads it: `2026-11-23 18:30`.
#[must_use]
pub fn shown_in(at: Timestamp, zone: &TimeZone) -> String {
    zone.to_datetime(at).strftime("%Y-%m-%d %H:%M").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_one_where_the_pharmacy_is() {
        let zone = TimeZone::get("America/Tijuana").unwrap();
        let at: Timestamp = "2026-11-24T07:30:00Z".parse().unwrap();
        assert_eq!(day_in(at, &zone), jiff::civil::date(2026, 11, 23));
        assert_eq!(shown_in(at, &zone), "2026-11-23 23:30");
    }

    #[test]
    fn fractions_of_a_second_are_dropped() {
        let at: Timestamp = "2026-11-24T07:30:00.9Z".parse().unwrap();
        assert_eq!(whole_second(at).to_string(), "2026-11-24T07:30:00Z");
    }
}
