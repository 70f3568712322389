//! The time of a token: `GeneralizedTime` with fractions (RFC 3161 §2.4.2).

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Digits we keep of a second.
const MAX_FRACTION: usize = 9;

/// `YYYYMMDDhhmmss[.f…]Z`: no fraction of zero, no trailing zeros, nothing but digits. `None` for
/// every other spelling, and for times that no calendar has.
pub(super) fn read(text: &[u8]) -> Option<Timestamp> {
    let text = std::str::from_utf8(text).ok()?.strip_suffix('Z')?;
    let (whole, fraction) = match text.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (text, None),
    };
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() != 14 || !digits(whole) {
        return None;
    }
    let nanoseconds = match fraction {
        None => 0,
        Some(fraction)
            if (1..=MAX_FRACTION).contains(&fraction.len())
                && digits(fraction)
                && !fraction.ends_with('0') =>
        {
            format!("{fraction:0<9}").parse().ok()?
        }
        Some(_) => return None,
    };
    let field = |range: std::ops::Range<usize>| whole.get(range)?.parse::<i8>().ok();
    let civil = DateTime::new(
        whole.get(0..4)?.parse().ok()?,
        field(4..6)?,
        field(6..8)?,
        field(8..10)?,
        field(10..12)?,
        field(12..14)?,
        nanoseconds,
    );
    let zoned = civil.ok()?.to_zoned(TimeZone::UTC).ok()?;
    Some(zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_rfc_3161() {
        for (text, due) in [
            ("20260601120000Z", "2026-06-01T12:00:00Z"),
            ("20260601120000.5Z", "2026-06-01T12:00:00.5Z"),
            ("20260601120000.000001Z", "2026-06-01T12:00:00.000001Z"),
            ("19700101000000Z", "1970-01-01T00:00:00Z"),
        ] {
            assert_eq!(read(text.as_bytes()), Some(due.parse().unwrap()), "{text}");
        }
    }

    #[test]
    fn no_other_spelling() {
        for text in [
            "",
            "Z",
            "20260601120000",
            "202606011200Z",
            "20260601120000.Z",
            "20260601120000.0Z",
            "20260601120000.50Z",
            "20260601120000.1234567891Z",
            "20260601120000,5Z",
            "20260601120000+0600",
            "20261301120000Z",
            "20260230120000Z",
            "20260601240000Z",
            "20260601120060Z",
            "+0260601120000Z",
            "2026060112000١Z",
        ] {
            assert_eq!(read(text.as_bytes()), None, "{text}");
        }
    }
}
