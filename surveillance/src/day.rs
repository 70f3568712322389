//! Days and the periods that reports count by.

use std::fmt;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// A day of the civil calendar, counted from 1970-01-01. The law's day: where the act happened.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(from = "Date", into = "Date")]
pub struct Day(i32);

impl Day {
    /// Before every other day.
    pub const MIN: Self = Self(i32::MIN);

    /// The day this many days after 1970-01-01.
    #[must_use]
    pub const fn from_number(number: i32) -> Self {
        Self(number)
    }

    /// Days since 1970-01-01.
    #[must_use]
    pub const fn number(self) -> i32 {
        self.0
    }

    /// The day `days` later.
    #[must_use]
    pub fn plus(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// Days from `earlier` to this one; negative where it is later.
    #[must_use]
    pub fn since(self, earlier: Self) -> i64 {
        i64::from(self.0) - i64::from(earlier.0)
    }

    /// Whether this day and `latest` both lie in some `days` consecutive days.
    #[must_use]
    pub fn is_within(self, days: u32, latest: Self) -> bool {
        latest.since(self) < i64::from(days)
    }

    /// Year, month and day. Days beyond the calendar of `jiff` (years −9999 to 9999) do not occur:
    /// every [`Day`] that is read was a [`Date`].
    fn civil(self) -> (i32, i32, i32) {
        // H. Hinnant, "chrono-compatible low-level date algorithms": years that begin in March, in
        // eras of 400.
        let days = i64::from(self.0) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = year + era * 400 + i64::from(month <= 2);
        (narrow(year), narrow(month), narrow(day))
    }

    fn from_civil(year: i32, month: i32, day: i32) -> Self {
        let (year, month, day) = (i64::from(year), i64::from(month), i64::from(day));
        let year = if month <= 2 { year - 1 } else { year };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month = if month > 2 { month - 3 } else { month + 9 };
        let of_year = (153 * month + 2) / 5 + day - 1;
        let days = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        Self(narrow(era * 146_097 + days - 719_468))
    }
}

fn narrow(number: i64) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

impl From<Date> for Day {
    fn from(date: Date) -> Self {
        Self::from_civil(date.year().into(), date.month().into(), date.day().into())
    }
}

impl From<Day> for Date {
    fn from(day: Day) -> Self {
        let (year, month, day) = day.civil();
        let parts = (i16::try_from(year), i8::try_from(month), i8::try_from(day));
        let (Ok(year), Ok(month), Ok(day)) = parts else {
            return Self::MIN;
        };
        Self::new(year, month, day).unwrap_or(Self::MIN)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

impl fmt::Debug for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// How long the periods of a report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Span {
    /// A day.
    Day,
    /// A calendar month.
    Month,
    /// A calendar quarter.
    Quarter,
    /// A calendar year.
    Year,
}

/// A day, month, quarter or year. Ordered by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Period {
    first: Day,
    span: Span,
}

impl Period {
    /// The period of this length that `day` lies in.
    #[must_use]
    pub fn of(day: Day, span: Span) -> Self {
        let (year, month, _) = day.civil();
        let first = match span {
            Span::Day => day,
            Span::Month => Day::from_civil(year, month, 1),
            Span::Quarter => Day::from_civil(year, (month - 1) / 3 * 3 + 1, 1),
            Span::Year => Day::from_civil(year, 1, 1),
        };
        Self { first, span }
    }

    /// Its first day.
    #[must_use]
    pub fn first(self) -> Day {
        self.first
    }

    /// Its last day.
    #[must_use]
    pub fn last(self) -> Day {
        self.next().first.plus(-1)
    }

    /// The period after it.
    #[must_use]
    pub fn next(self) -> Self {
        let days = match self.span {
            Span::Day => 1,
            Span::Month => 31,
            Span::Quarter => 92,
            Span::Year => 366,
        };
        Self::of(self.first.plus(days), self.span)
    }

    /// Its length.
    #[must_use]
    pub fn span(self) -> Span {
        self.span
    }

    /// Whether `day` lies in it.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        Self::of(day, self.span) == self
    }
}

impl fmt::Display for Period {
    /// `2026-11-25`, `2026-11`, `2026-T4`, `2026`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, _) = self.first.civil();
        match self.span {
            Span::Day => self.first.fmt(f),
            Span::Month => write!(f, "{year:04}-{month:02}"),
            Span::Quarter => write!(f, "{year:04}-T{}", (month - 1) / 3 + 1),
            Span::Year => write!(f, "{year:04}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn day(text: &str) -> Day {
        Day::from(text.parse::<Date>().unwrap())
    }

    const SPANS: [Span; 4] = [Span::Day, Span::Month, Span::Quarter, Span::Year];

    proptest! {
        #[test]
        fn counts_days_as_jiff_does(number in -4_000_000_i32..2_900_000) {
            let epoch = Date::new(1970, 1, 1).unwrap();
            let date = epoch.checked_add(jiff::Span::new().days(number)).unwrap();
            prop_assert_eq!(Day::from(date), Day(number));
            prop_assert_eq!(Date::from(Day(number)), date);
        }

        #[test]
        fn every_day_is_in_one_period(number in -100_000_i32..100_000, length in 0_usize..4) {
            let (day, span) = (Day(number), SPANS[length]);
            let period = Period::of(day, span);
            prop_assert!(period.first() <= day && day <= period.last());
            prop_assert_eq!(Period::of(period.first(), span), period);
            prop_assert_eq!(Period::of(period.last(), span), period);
            prop_assert_eq!(period.next().first(), period.last().plus(1));
        }
    }

    #[test]
    fn periods_have_names() {
        let names = SPANS.map(|span| Period::of(day("2026-11-25"), span).to_string());
        assert_eq!(names, ["2026-11-25", "2026-11", "2026-T4", "2026"]);
    }

    #[test]
    fn thirty_consecutive_days() {
        let first = day("2026-06-01");
        assert!(first.is_within(30, day("2026-06-30")));
        assert!(!first.is_within(30, day("2026-07-01")));
    }
}
