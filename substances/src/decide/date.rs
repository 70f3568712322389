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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::law;
    use crate::tests::fixture::{date, lawful, ordered, recorded, refused};
    use crate::{Book, MovementKind};

    #[test]
    fn nothing_is_dated_before_the_last_entry_of_its_book() {
        let last = date("2026-08-02");
        for kind in ordered().filter(|kind| *kind != MovementKind::Notice) {
            for (book, article) in [
                (Book::I, law::LGS_242),
                (Book::II, law::LGS_226_LIBROS),
                (Book::III, law::LGS_226_LIBROS),
                (Book::Antibiotics, law::ACUERDO_ANTIBIOTICOS_2010),
            ] {
                let refusals = refused(kind, book, |case| {
                    case.facts.last_entries = vec![(book, last)];
                    case.order.on = date("2026-08-01");
                });
                assert_eq!(refusals, [Refusal::BeforeLastEntry { book, last }]);
                assert_eq!(refusals[0].law(), Some(article));
            }
        }
    }

    #[test]
    fn each_book_has_its_own_order() {
        let mut case = lawful(MovementKind::Purchase, Book::I);
        case.facts.last_entries = vec![
            (Book::II, date("2026-08-03")),
            (Book::I, date("2026-08-01")),
        ];
        case.order.on = date("2026-08-01");
        assert_eq!(recorded(case).on, date("2026-08-01"));
    }

    #[test]
    fn nothing_is_dated_after_today() {
        for kind in ordered() {
            let refusals = refused(kind, Book::I, |case| case.order.on = date("2026-08-04"));
            assert_eq!(refusals, [Refusal::InTheFuture]);
        }
    }

    #[test]
    fn the_calendar_ends() {
        assert_eq!(after(date("2026-12-31"), 1), date("2027-01-01"));
        assert_eq!(after(Date::MAX, 3), Date::MAX);
    }
}
