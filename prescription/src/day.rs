//! The days of an instant. The law counts days where an act happens.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::Offset;

/// The first and the last day that an instant has in Mexico: all of it lies between UTC−8 and UTC−5,
/// in summer too (Ley de los Husos Horarios, 2022).
#[must_use]
pub fn days_in_mexico(at: Timestamp) -> (Date, Date) {
    let day = |hours| Offset::constant(hours).to_datetime(at).date();
    (day(-8), day(-5))
}

/// Whether the instant `at` falls on the day `on` somewhere in Mexico.
#[must_use]
pub fn is_a_day_of(on: Date, at: Timestamp) -> bool {
    let (first, last) = days_in_mexico(at);
    (first..=last).contains(&on)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_of_the_small_hours_has_two_days() {
        // 21:30 in Tijuana in winter (UTC−8, still the 1st), 00:30 in Cancún (UTC−5, the 2nd).
        let at = "2026-12-02T05:30:00Z".parse().unwrap();
        let days = ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03"];
        let is = days.map(|day| is_a_day_of(day.parse().unwrap(), at));
        assert_eq!(is, [false, true, true, false]);
    }
}
