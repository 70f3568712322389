//! Dates as they are read in Mexico.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use prescription::spanish::day;

/// An instant, in seconds since 1970, in central Mexico and in UTC: «20 de junio de 2026, 13:00:00,
/// hora del centro de México (2026-06-20T19:00:00Z)».
pub(crate) fn in_mexico(seconds: i64) -> String {
    let Ok(at) = Timestamp::from_second(seconds) else {
        return format!("{seconds} segundos desde 1970");
    };
    let Ok(zone) = TimeZone::get("America/Mexico_City") else {
        return at.to_string();
    };
    let local = zone.to_datetime(at);
    format!(
        "{}, {}, hora del centro de México ({at})",
        day(local.date()),
        local.time().strftime("%H:%M:%S"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn central_mexico_has_no_daylight_saving_any_more() {
        let second = |text: &str| text.parse::<Timestamp>().unwrap().as_second();
        assert_eq!(
            in_mexico(second("2026-06-20T19:00:00Z")),
            "20 de junio de 2026, 13:00:00, hora del centro de México (2026-06-20T19:00:00Z)"
        );
        assert_eq!(
            in_mexico(second("2026-01-01T05:59:59Z")),
            "31 de diciembre de 2025, 23:59:59, hora del centro de México (2026-01-01T05:59:59Z)"
        );
    }

    #[test]
    fn no_number_of_seconds_panics() {
        for seconds in [i64::MIN, -1, 0, i64::MAX] {
            assert!(!in_mexico(seconds).is_empty());
        }
    }
}
