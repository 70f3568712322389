//! A measured figure: an integer with its unit, as people read it and as JSON.

use std::time::Duration;

use serde_json::{Value, json};

/// Nanoseconds of a second.
pub(super) const SECOND: u128 = 1_000_000_000;

/// A figure of a benchmark. Integers only: a rate or a ratio is rounded down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Figure {
    /// A number of things.
    Count(u64),
    /// Things per second.
    PerSecond(u64),
    /// The most per second that the machine allows, and what was measured.
    Limit {
        /// Things per second.
        rate: u64,
        /// Of the same things, per second, by what is being judged.
        measured: u64,
    },
    /// A time, in nanoseconds.
    Time(u64),
    /// Memory or disk.
    Bytes(u64),
    /// Hundredths of a whole.
    Percent(u64),
    /// Words.
    Text(String),
}

impl Figure {
    /// The share of `time` that one of `count` things takes.
    pub(super) fn each(time: Duration, count: u64) -> Self {
        Self::Time(each(time, count))
    }

    /// As people read it.
    pub(super) fn to_text(&self) -> String {
        match self {
            Self::Count(count) => grouped(*count),
            Self::PerSecond(rate) => format!("{}/s", grouped(*rate)),
            Self::Time(nanos) => time_text(*nanos),
            Self::Bytes(bytes) => format!("{} MiB", decimal(u128::from(*bytes), 1 << 20, 1)),
            Self::Limit { rate, measured } => {
                let reached = decimal(u128::from(*measured), u128::from(*rate).max(1), 3);
                format!("{}/s, of which reached {reached}", grouped(*rate))
            }
            Self::Percent(percent) => format!("{percent} %"),
            Self::Text(text) => text.clone(),
        }
    }

    /// As JSON: `{"value": …, "unit": …}`, or a string.
    pub(super) fn to_json(&self) -> Value {
        match self {
            Self::Count(value) => json!({"value": value, "unit": "1"}),
            Self::PerSecond(value) => json!({"value": value, "unit": "1/s"}),
            Self::Time(value) => json!({"value": value, "unit": "ns"}),
            Self::Bytes(value) => json!({"value": value, "unit": "byte"}),
            Self::Limit { rate, measured } => {
                let reached = share(*measured, *rate, 1000);
                json!({"value": rate, "unit": "1/s", "reached_thousandths": reached})
            }
            Self::Percent(value) => json!({"value": value, "unit": "%"}),
            Self::Text(text) => json!(text),
        }
    }
}

/// `count` things in `time`, per second.
pub(super) fn per_second(count: u64, time: Duration) -> u64 {
    let rate = u128::from(count) * SECOND / time.as_nanos().max(1);
    u64::try_from(rate).unwrap_or(u64::MAX)
}

/// Nanoseconds of `time` for each of `count` things.
pub(super) fn each(time: Duration, count: u64) -> u64 {
    nanos(time) / count.max(1)
}

/// `time` in nanoseconds.
pub(super) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// `part` of `whole`, in units of one `scale`-th.
pub(super) fn share(part: u64, whole: u64, scale: u64) -> u64 {
    let share = u128::from(part) * u128::from(scale) / u128::from(whole.max(1));
    u64::try_from(share).unwrap_or(u64::MAX)
}

fn time_text(nanos: u64) -> String {
    let wide = u128::from(nanos);
    match nanos {
        0..10_000 => format!("{nanos} ns"),
        10_000..10_000_000 => format!("{} µs", decimal(wide, 1000, 1)),
        10_000_000..10_000_000_000 => format!("{} ms", decimal(wide, 1_000_000, 1)),
        _ => format!("{} s", decimal(wide, SECOND, 1)),
    }
}

/// `value / unit` with `places` decimals, rounded down.
fn decimal(value: u128, unit: u128, places: u32) -> String {
    let scaled = value * 10_u128.pow(places) / unit;
    let one = 10_u128.pow(places);
    let width = usize::try_from(places).unwrap_or(0);
    format!("{}.{:0width$}", scaled / one, scaled % one)
}

fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_read_well() {
        let texts = [
            (Figure::Count(1_234_567), "1,234,567"),
            (Figure::Count(12), "12"),
            (
                Figure::PerSecond(per_second(6000, Duration::from_millis(9_500))),
                "631/s",
            ),
            (Figure::Time(9_999), "9999 ns"),
            (Figure::Time(312_480), "312.4 µs"),
            (Figure::Time(61_050_000), "61.0 ms"),
            (Figure::Time(12_340_000_000), "12.3 s"),
            (Figure::Bytes(200 << 20), "200.0 MiB"),
            (
                Figure::Limit {
                    rate: 4_000,
                    measured: 631,
                },
                "4,000/s, of which reached 0.157",
            ),
            (Figure::each(Duration::from_millis(6), 4), "1500.0 µs"),
        ];
        for (figure, text) in texts {
            assert_eq!(figure.to_text(), text);
        }
    }

    #[test]
    fn json_carries_the_unit() {
        assert_eq!(Figure::Time(7).to_json(), json!({"value": 7, "unit": "ns"}));
        assert_eq!(Figure::Text("x".to_owned()).to_json(), json!("x"));
    }

    #[test]
    fn nothing_overflows_or_divides_by_zero() {
        assert_eq!(per_second(u64::MAX, Duration::from_nanos(1)), u64::MAX);
        assert_eq!(per_second(3, Duration::ZERO), 3_000_000_000);
        assert_eq!(each(Duration::from_nanos(10), 0), 10);
        assert_eq!(nanos(Duration::MAX), u64::MAX);
    }
}
