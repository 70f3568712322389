//! When it happened: strict order, no future.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::{Movement, MovementFacts, Refusal};

/// A book is written in strict date order ([`law::LGS_242`](crate::law::LGS_242),
/// [`law::LGS_226_LIBROS`](crate::law::LGS_226_LIBROS)): no entry is dated before the last one, nor
/// after today.
pub(super) fn in_order(movement: &Movement, facts: &MovementFacts) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if movement.on > facts.today {
        refusals.push(Refusal::InTheFuture);
    }
    for (book, last) in &facts.last_entries {
        let (book, last) = (*book, *last);
        if movement.on < last && movement.lines.iter().any(|line| line.book == book) {
            refusals.push(Refusal::BeforeLastEntry { book, last });
        }
    }
    refusals
}

/// `days` after `day`; the last day of the calendar where that is past it.
pub(super) fn after(day: Date, days: u16) -> Date {
    day.saturating_add(i64::from(days).days())
}
