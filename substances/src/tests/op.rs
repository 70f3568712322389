//! What somebody may try, at random.

use proptest::prelude::*;

use super::world::ESTABLISHMENTS;
use crate::{Book, CountReason, MovementKind};

/// One thing that somebody tries, lawful or not.
#[derive(Debug, Clone)]
pub(crate) struct Op {
    /// Who, by place among the establishments.
    pub(crate) who: usize,
    /// The other one.
    pub(crate) other: usize,
    pub(crate) kind: MovementKind,
    pub(crate) lines: Vec<(Book, u8, u64)>,
    pub(crate) reason: Option<CountReason>,
    /// Which earlier movement it refers to, counted back over those that it may.
    pub(crate) earlier: usize,
    pub(crate) corrects: bool,
    /// Whether who and what are those of the earlier movement, as they mostly are.
    pub(crate) faithful: bool,
    /// Days since the op before; one of them back.
    pub(crate) days: i8,
}

pub(crate) fn op() -> impl Strategy<Value = Op> {
    let book = prop::sample::select(Book::ALL.to_vec());
    let lines = prop::collection::vec((book, 0_u8..2, 0_u64..40), 1..3);
    let reason = prop::option::weighted(0.6, prop::sample::select(CountReason::ALL.to_vec()));
    // Some kinds more often, so that there is something to refuse and to hand over.
    let kinds = MovementKind::ALL.into_iter().chain([
        MovementKind::Opening,
        MovementKind::Purchase,
        MovementKind::Purchase,
        MovementKind::Shipment,
        MovementKind::Receipt,
        MovementKind::Receipt,
        MovementKind::Dispensing,
        MovementKind::Dispensing,
    ]);
    let kind = prop::sample::select(kinds.collect::<Vec<_>>());
    let size = ESTABLISHMENTS.len();
    let corrects = prop::bool::weighted(0.15);
    let faithful = prop::bool::weighted(0.8);
    let refers = (0_usize..4, corrects, faithful);
    (0..size, 0..size, kind, lines, reason, refers, -1_i8..3).prop_map(
        |(who, other, kind, lines, reason, (earlier, corrects, faithful), days)| Op {
            who,
            other,
            kind,
            lines,
            reason,
            earlier,
            corrects,
            faithful,
            days,
        },
    )
}
