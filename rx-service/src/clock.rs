//! The one place that reads the wall clock, and the law's days.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

/// Where the time comes from.
pub trait Clock: Send + Sync {
    /// The present instant.
    fn now(&self) -> Timestamp;
}

/// The operating system's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that reads the wall clock"
    )]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// A clock that stands still until it is moved, for tests.
#[derive(Debug)]
pub struct FixedClock(std::sync::Mutex<Timestamp>);

impl FixedClock {
    /// A clock that shows `at`.
    #[must_use]
    pub fn new(at: Timestamp) -> Self {
        Self(std::sync::Mutex::new(at))
    }

    /// Moves the clock to `at`.
    pub fn set(&self, at: Timestamp) {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner) = at;
    }
}

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        *self
            .0
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}

/// The day on which `at` falls in `zone`: the law counts days where the establishment is.
#[must_use]
pub fn day_in(at: Timestamp, zone: &TimeZone) -> Date {
    zone.to_datetime(at).date()
}

/// Days since 1970-01-01, as the database and the QR keep a date.
#[must_use]
pub fn day_number(date: Date) -> i64 {
    let epoch = jiff::civil::date(1970, 1, 1);
    i64::from((date - epoch).get_days())
}

/// The day with this number; `None` where there is no such day.
#[must_use]
pub fn day_from_number(number: i64) -> Option<Date> {
    let days = jiff::Span::new().try_days(number).ok()?;
    jiff::civil::date(1970, 1, 1).checked_add(days).ok()
}

/// The month of a day, counted from January of year 0.
#[must_use]
pub fn month_number(day: Date) -> i64 {
    i64::from(day.year()) * 12 + i64::from(day.month()) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_day_is_the_one_where_the_establishment_is() {
        let zone = TimeZone::get("America/Mexico_City").unwrap();
        let late: Timestamp = "2026-11-24T05:30:00Z".parse().unwrap();
        assert_eq!(day_in(late, &zone), jiff::civil::date(2026, 11, 23));
    }

    #[test]
    fn days_are_counted_from_the_epoch() {
        assert_eq!(day_number(jiff::civil::date(1970, 1, 1)), 0);
        assert_eq!(day_number(jiff::civil::date(2026, 11, 23)), 20_780);
        assert_eq!(day_number(jiff::civil::date(1969, 12, 31)), -1);
        for number in [-1, 0, 20_780, 2_932_896] {
            let day = day_from_number(number).unwrap();
            assert_eq!(day_number(day), number);
        }
        assert_eq!(day_from_number(i64::MAX), None);
    }
}
