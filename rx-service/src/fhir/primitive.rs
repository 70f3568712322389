//! FHIR's primitive values (<https://hl7.org/fhir/R4/datatypes.html>), read strictly and without
//! floats.

use jiff::Timestamp;
use jiff::civil::Date;
use serde_json::Number;

use super::shape::{Format, ShapeProblem};

/// A FHIR `dateTime` that names at least a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// The day as written, in the offset that the text carries.
    pub date: Date,
    /// The instant, where the text has a time.
    pub instant: Option<Timestamp>,
}

/// `id`: 1 to 64 letters, digits, hyphens and points.
pub(super) fn id(text: &str) -> Result<(), ShapeProblem> {
    let allowed = |c: u8| c.is_ascii_alphanumeric() || c == b'-' || c == b'.';
    let valid = (1..=64).contains(&text.len()) && text.bytes().all(allowed);
    if valid {
        Ok(())
    } else {
        Err(ShapeProblem::Format(Format::Id))
    }
}

/// A full date, `YYYY-MM-DD`.
pub(super) fn date(text: &str) -> Result<Date, ShapeProblem> {
    calendar_date(text).ok_or(ShapeProblem::Format(Format::Date))
}

/// A full date, or a date with time and offset.
pub(super) fn date_time(text: &str) -> Result<DateTime, ShapeProblem> {
    let read = || {
        if text.len() == 10 {
            return Some(DateTime {
                date: calendar_date(text)?,
                instant: None,
            });
        }
        let instant = instant_of(text)?;
        Some(DateTime {
            date: calendar_date(text.get(..10)?)?,
            instant: Some(instant),
        })
    };
    read().ok_or(ShapeProblem::Format(Format::DateTime))
}

/// A date with time and offset.
pub(super) fn instant(text: &str) -> Result<Timestamp, ShapeProblem> {
    instant_of(text).ok_or(ShapeProblem::Format(Format::Instant))
}

/// The last day on which a lot may be used. Packages often print month and year alone: such a lot
/// is good to the end of the month.
pub(super) fn expiry(text: &str) -> Result<Date, ShapeProblem> {
    let read = || match text.len() {
        7 => calendar_date(&format!("{text}-01")).map(Date::last_of_month),
        10 => calendar_date(text),
        _ => instant_of(text).and_then(|_| calendar_date(text.get(..10)?)),
    };
    read().ok_or(ShapeProblem::Format(Format::Expiry))
}

/// A non-negative decimal of at most three decimals, in thousandths.
pub(super) fn thousandths(number: &Number) -> Result<u64, ShapeProblem> {
    // The literal had no exponent and at most 15 digits, so this prints the decimal that was sent.
    let text = number.to_string();
    let read = || {
        let (whole, fraction) = text.split_once('.').unwrap_or((&text, ""));
        let decimals = fraction.trim_end_matches('0');
        let digits = |part: &str| part.bytes().all(|c| c.is_ascii_digit());
        if decimals.len() > 3 || whole.is_empty() || !digits(whole) || !digits(decimals) {
            return None;
        }
        let milli: u64 = format!("{decimals:0<3}").parse().ok()?;
        whole
            .parse::<u64>()
            .ok()?
            .checked_mul(1000)?
            .checked_add(milli)
    };
    read().ok_or(ShapeProblem::Format(Format::Thousandths))
}

/// A non-negative integer.
pub(super) fn count(number: &Number) -> Result<u32, ShapeProblem> {
    let wrong = ShapeProblem::Format(Format::Count);
    let milli = thousandths(number).map_err(|_| wrong)?;
    if milli % 1000 != 0 {
        return Err(wrong);
    }
    u32::try_from(milli / 1000).map_err(|_| ShapeProblem::OutOfRange {
        least: 0,
        most: u32::MAX,
    })
}

/// Whether `text` has the shape of `pattern`, where `9` stands for a digit.
fn matches(text: &str, pattern: &str) -> bool {
    text.len() == pattern.len()
        && text.bytes().zip(pattern.bytes()).all(|(c, p)| match p {
            b'9' => c.is_ascii_digit(),
            _ => c == p,
        })
}

fn calendar_date(text: &str) -> Option<Date> {
    if !matches(text, "9999-99-99") {
        return None;
    }
    Date::new(
        text[..4].parse().ok()?,
        text[5..7].parse().ok()?,
        text[8..].parse().ok()?,
    )
    .ok()
}

/// FHIR wants seconds and an offset: jiff alone would take less, and more.
fn instant_of(text: &str) -> Option<Timestamp> {
    let (local, rest) = text.split_at_checked(19)?;
    let fraction_end = match rest.strip_prefix('.') {
        None => 0,
        Some(fraction) => 1 + fraction.bytes().take_while(u8::is_ascii_digit).count(),
    };
    let (fraction, offset) = rest.split_at_checked(fraction_end)?;
    let offset_holds = offset == "Z" || matches(offset, "+99:99") || matches(offset, "-99:99");
    let fraction_holds = fraction.is_empty() || (2..=10).contains(&fraction.len());
    if !matches(local, "9999-99-99T99:99:99") || !offset_holds || !fraction_holds {
        return None;
    }
    text.parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil;
    use proptest::prelude::*;

    use super::*;

    fn number(literal: &str) -> Number {
        serde_json::from_str(literal).unwrap()
    }

    #[test]
    fn decimals_become_thousandths_without_loss() {
        for (literal, milli) in [
            ("0", 0),
            ("2", 2000),
            ("2.5", 2500),
            ("2.500", 2500),
            ("0.001", 1),
            ("12.0", 12_000),
        ] {
            assert_eq!(thousandths(&number(literal)), Ok(milli), "{literal}");
        }
        for literal in [
            "-1",
            "-0.5",
            "0.0001",
            "0.00001",
            "1e30",
            "99999999999999999999",
        ] {
            assert!(thousandths(&number(literal)).is_err(), "{literal}");
        }
    }

    #[test]
    fn counts_are_whole() {
        assert_eq!(count(&number("3")), Ok(3));
        assert_eq!(count(&number("3.0")), Ok(3));
        assert_eq!(count(&number("4294967295")), Ok(u32::MAX));
        assert_eq!(
            count(&number("2.5")),
            Err(ShapeProblem::Format(Format::Count))
        );
        assert!(matches!(
            count(&number("4294967296")),
            Err(ShapeProblem::OutOfRange { .. })
        ));
    }

    #[test]
    fn dates_are_calendar_days() {
        assert_eq!(date("2024-02-29"), Ok(civil::date(2024, 2, 29)));
        for wrong in [
            "2023-02-29",
            "2024-13-01",
            "2024-2-01",
            "2024-02",
            "2024-02-29 ",
            "２０24-02-29",
        ] {
            assert!(date(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn the_day_is_the_one_written_not_the_one_in_utc() {
        let late = date_time("2026-03-02T23:30:00-06:00").unwrap();
        assert_eq!(late.date, civil::date(2026, 3, 2));
        assert_eq!(late.instant, "2026-03-03T05:30:00Z".parse().ok());
        assert_eq!(date_time("2026-03-02").unwrap().instant, None);
    }

    #[test]
    fn times_need_seconds_and_an_offset() {
        assert!(instant("2026-03-02T10:00:00Z").is_ok());
        assert!(instant("2026-03-02T10:00:00.123456789-06:00").is_ok());
        for wrong in [
            "2026-03-02",
            "2026-03-02T10:00Z",
            "2026-03-02T10:00:00",
            "2026-03-02 10:00:00Z",
            "2026-03-02T10:00:00.Z",
            "2026-03-02T10:00:00-06:00[America/Mexico_City]",
            "2026-03-02T25:00:00Z",
            "2026-02-30T10:00:00Z",
            "2026-03-02T10:00:00-0600",
        ] {
            assert!(instant(wrong).is_err(), "{wrong}");
            assert!(wrong.len() == 10 || date_time(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_month_expires_on_its_last_day() {
        assert_eq!(expiry("2028-02"), Ok(civil::date(2028, 2, 29)));
        assert_eq!(expiry("2028-02-10"), Ok(civil::date(2028, 2, 10)));
        assert_eq!(
            expiry("2028-02-10T00:00:00-06:00"),
            Ok(civil::date(2028, 2, 10))
        );
        assert!(expiry("2028").is_err() && expiry("2028-13").is_err());
    }

    proptest! {
        #[test]
        fn never_panics(text in "\\PC{0,30}", shape in "[0-9TZ:.+-]{0,30}") {
            for text in [text, shape] {
                prop_assert!(id(&text).is_err() || text.len() <= 64);
                prop_assert!(date(&text).is_err() || date_time(&text).is_ok());
                prop_assert!(instant(&text).is_err() || date_time(&text).is_ok());
                prop_assert!(date_time(&text).is_err() || expiry(&text).is_ok());
            }
        }

        #[test]
        fn every_thousandth_reads_back(milli in 0_u64..10_000_000_000) {
            let literal = format!("{}.{:03}", milli / 1000, milli % 1000);
            prop_assert_eq!(thousandths(&number(&literal)), Ok(milli));
        }
    }
}
