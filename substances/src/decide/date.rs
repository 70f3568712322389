//! When it happened: strict order, no future.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::{Book, Movement, Origin, Refusal};

/// What has not happened yet is not recorded.
pub(super) fn not_in_the_future(movement: &Movement, today: Date) -> Option<Refusal> {
    (movement.on > today).then_some(Refusal::InTheFuture)
}

/// A book is written in strict date order ([`law::LGS_242`](crate::law::LGS_242),
/// [`law::LGS_226_LIBROS`](crate::law::LGS_226_LIBROS)): no entry is dated before the last one. Only
/// an antibiotic that was handed over offline is entered late, and the register shows it.
pub(crate) fn in_order(movement: &Movement, last_entries: &[(Book, Date)]) -> Vec<Refusal> {
    let offline = matches!(movement.origin, Origin::Prescription { .. });
    let strict = |book: Book| book.is_controlled() || !offline;
    let passed = last_entries.iter().filter(|(book, last)| {
        let entered = movement.lines.iter().any(|line| line.book == *book);
        entered && strict(*book) && movement.on < *last
    });
    passed
        .map(|(book, last)| Refusal::BeforeLastEntry {
            book: *book,
            last: *last,
        })
        .collect()
}

/// `days` after `day`; the last day of the calendar where that is past it.
pub(super) fn after(day: Date, days: u16) -> Date {
    day.saturating_add(i64::from(days).days())
}
