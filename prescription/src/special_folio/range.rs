//! Ranges of special folios, as an authority writes them: `HGO-2026-0000101..HGO-2026-0000150`.
//!
//! A folio is a series and a number: the number is the digits at its end (18 at most), the series
//! what stands before. A range has one series and one number of digits.

use std::fmt;
use std::str::FromStr;

use crate::SpecialFolio;

/// Most digits of a number: what fits into the database's integers.
const MAX_WIDTH: usize = 18;
/// Most folios of a range: more is a typing error.
pub const MAX_FOLIOS: i64 = 10_000;

/// Folios of one series with consecutive numbers.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FolioRange {
    series: String,
    width: u8,
    first: i64,
    last: i64,
}

/// Why a text is not a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// One of its ends is not a folio.
    #[error("a special folio has 6 to 30 capital letters, digits and hyphens")]
    Folio,
    /// The ends are not of one series, or have different numbers of digits.
    #[error("both ends must have the same series and the same number of digits")]
    Series,
    /// It ends before it begins.
    #[error("the range ends before it begins")]
    Backwards,
    /// A range needs numbers.
    #[error("a folio that does not end in a digit is a range by itself")]
    NoNumber,
    /// More folios than anybody means.
    #[error("more than {MAX_FOLIOS} folios: look for a mistyped digit")]
    TooMany,
}

impl FolioRange {
    /// The range of one folio.
    #[must_use]
    pub fn single(folio: &SpecialFolio) -> Self {
        let text = folio.as_str();
        let digits = text.bytes().rev().take_while(u8::is_ascii_digit).count();
        let width = digits.min(MAX_WIDTH);
        let (series, number) = text.split_at(text.len() - width);
        // At most 18 digits: they fit, and there is nothing else among them.
        let number = number.parse().unwrap_or(0);
        Self {
            series: series.to_owned(),
            width: u8::try_from(width).unwrap_or(0),
            first: number,
            last: number,
        }
    }

    /// The range with these parts; `None` where they make none.
    #[must_use]
    pub fn from_parts(series: &str, width: u8, first: i64, last: i64) -> Option<Self> {
        let digits = u32::from(width);
        let fits = (0..=last).contains(&first)
            && usize::from(width) <= MAX_WIDTH
            && last < 10_i64.checked_pow(digits)?;
        let range = Self {
            series: series.to_owned(),
            width,
            first,
            last,
        };
        (fits && range.folio(first).is_some()).then_some(range)
    }

    /// What stands before the number.
    #[must_use]
    pub fn series(&self) -> &str {
        &self.series
    }

    /// Digits of the number.
    #[must_use]
    pub fn width(&self) -> u8 {
        self.width
    }

    /// Number of the first folio.
    #[must_use]
    pub fn first_number(&self) -> i64 {
        self.first
    }

    /// Number of the last folio.
    #[must_use]
    pub fn last_number(&self) -> i64 {
        self.last
    }

    /// How many folios.
    #[must_use]
    pub fn count(&self) -> i64 {
        self.last - self.first + 1
    }

    /// Whether every folio of `part` is in it.
    #[must_use]
    pub fn contains(&self, part: &Self) -> bool {
        self.is_alike(part) && self.first <= part.first && part.last <= self.last
    }

    /// The folios that both have.
    #[must_use]
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        let (first, last) = (self.first.max(other.first), self.last.min(other.last));
        (self.is_alike(other) && first <= last).then(|| self.part(first, last))
    }

    /// What is left of it before and behind `part`, which is in it.
    #[must_use]
    pub fn around(&self, part: &Self) -> (Option<Self>, Option<Self>) {
        let before = (self.first < part.first).then(|| self.part(self.first, part.first - 1));
        let behind = (part.last < self.last).then(|| self.part(part.last + 1, self.last));
        (before, behind)
    }

    /// The first and the last folio.
    #[must_use]
    pub fn ends(&self) -> Option<(SpecialFolio, SpecialFolio)> {
        Some((self.folio(self.first)?, self.folio(self.last)?))
    }

    /// Its folios, in order.
    pub fn folios(&self) -> impl Iterator<Item = SpecialFolio> {
        (self.first..=self.last).filter_map(|number| self.folio(number))
    }

    /// The fewest ranges that have these folios and no other, in order.
    #[must_use]
    pub fn of_folios(folios: impl IntoIterator<Item = SpecialFolio>) -> Vec<Self> {
        let mut singles: Vec<_> = folios
            .into_iter()
            .map(|folio| Self::single(&folio))
            .collect();
        singles.sort();
        singles.dedup();
        let mut ranges: Vec<Self> = Vec::new();
        for single in singles {
            match ranges.last_mut() {
                Some(range) if range.is_alike(&single) && range.last + 1 == single.first => {
                    range.last = single.last;
                }
                _ => ranges.push(single),
            }
        }
        ranges
    }

    fn is_alike(&self, other: &Self) -> bool {
        self.series == other.series && self.width == other.width
    }

    fn part(&self, first: i64, last: i64) -> Self {
        Self {
            first,
            last,
            ..self.clone()
        }
    }

    fn folio(&self, number: i64) -> Option<SpecialFolio> {
        let width = usize::from(self.width);
        let text = if width == 0 {
            self.series.clone()
        } else {
            format!("{}{number:0width$}", self.series)
        };
        text.parse().ok()
    }
}

impl fmt::Display for FolioRange {
    /// One folio, or the first and the last.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = |number| self.folio(number).map(String::from).unwrap_or_default();
        f.write_str(&text(self.first))?;
        if self.first < self.last {
            write!(f, "..{}", text(self.last))?;
        }
        Ok(())
    }
}

impl FromStr for FolioRange {
    type Err = RangeError;

    /// `FIRST..LAST`, or one folio. Of the last one, its number alone is enough.
    fn from_str(text: &str) -> Result<Self, RangeError> {
        let folio = |text: &str| -> Result<SpecialFolio, RangeError> {
            text.parse().map_err(|_| RangeError::Folio)
        };
        let Some((first, last)) = text.split_once("..") else {
            return Ok(Self::single(&folio(text)?));
        };
        let begin = Self::single(&folio(first)?);
        if begin.width == 0 {
            return Err(RangeError::NoNumber);
        }
        let only_number =
            last.bytes().all(|c| c.is_ascii_digit()) && last.len() == usize::from(begin.width);
        let last = if only_number {
            format!("{}{last}", begin.series)
        } else {
            last.to_owned()
        };
        let end = Self::single(&folio(&last)?);
        if !begin.is_alike(&end) {
            return Err(RangeError::Series);
        }
        if end.last < begin.first {
            return Err(RangeError::Backwards);
        }
        let range = begin.part(begin.first, end.last);
        if range.count() > MAX_FOLIOS {
            return Err(RangeError::TooMany);
        }
        Ok(range)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn range(text: &str) -> FolioRange {
        text.parse().unwrap()
    }

    #[test]
    fn reads_what_an_authority_writes() {
        let pad = range("HGO-2026-0000101..HGO-2026-0000150");
        assert_eq!((pad.series(), pad.width()), ("HGO-2026-", 7));
        assert_eq!(
            (pad.first_number(), pad.last_number(), pad.count()),
            (101, 150, 50)
        );
        assert_eq!(range("HGO-2026-0000101..0000150"), pad);
        assert_eq!(pad.to_string(), "HGO-2026-0000101..HGO-2026-0000150");
        assert_eq!(range("HGO-2026-0000101").to_string(), "HGO-2026-0000101");
        assert_eq!(range("SERIE-ABC").folios().count(), 1);
        let folios: Vec<_> = range("AB-098..AB-101").folios().map(String::from).collect();
        assert_eq!(folios, ["AB-098", "AB-099", "AB-100", "AB-101"]);
    }

    #[test]
    fn says_what_is_wrong() {
        for (text, error) in [
            ("abc", RangeError::Folio),
            ("HGO-0001..", RangeError::Folio),
            ("HGO-0001..JAL-0009", RangeError::Series),
            ("HGO-0001..HGO-00009", RangeError::Series),
            ("HGO-0009..HGO-0001", RangeError::Backwards),
            ("HGO-ABC..HGO-ABD", RangeError::NoNumber),
            ("HGO-000001..HGO-900000", RangeError::TooMany),
        ] {
            assert_eq!(text.parse::<FolioRange>(), Err(error), "{text}");
        }
    }

    #[test]
    fn a_number_of_more_digits_than_fit_keeps_the_rest_in_its_series() {
        let long = range("123456789012345678901234567890");
        assert_eq!((long.series().len(), long.width()), (12, 18));
        assert_eq!(long.to_string(), "123456789012345678901234567890");
    }

    proptest! {
        #[test]
        fn taking_a_part_out_loses_no_folio(
            first in 0..500_i64, count in 1..200_i64, from in 0..200_i64, length in 1..200_i64,
        ) {
            let whole = FolioRange::from_parts("HGO-", 4, first, first + count - 1).unwrap();
            let begin = first + from.min(count - 1);
            let part = FolioRange::from_parts("HGO-", 4, begin, (begin + length - 1).min(first + count - 1))
                .unwrap();
            prop_assert!(whole.contains(&part));
            let (before, behind) = whole.around(&part);
            let pieces = before.into_iter().chain([part]).chain(behind);
            let folios: Vec<_> = pieces.flat_map(|piece| piece.folios().collect::<Vec<_>>()).collect();
            prop_assert_eq!(FolioRange::of_folios(folios.clone()), std::slice::from_ref(&whole));
            prop_assert_eq!(folios.len(), usize::try_from(count).unwrap());
            prop_assert_eq!(whole.to_string().parse::<FolioRange>().unwrap(), whole);
        }
    }
}
