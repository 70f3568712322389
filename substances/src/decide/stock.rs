//! Whether the units are there.

use super::{correction, shipment};
use crate::balances::PostingError;
use crate::posting::line_posting;
use crate::{Balances, Counted, Movement, MovementFacts, MovementKind, PartyRef, Refusal};

/// Whether the postings of the movement can be: enough stock, what was shipped, nothing opened
/// twice, every difference explained.
pub(super) fn moves(
    movement: &Movement,
    facts: &MovementFacts,
    balances: &Balances,
) -> Vec<Refusal> {
    let mut refusals = Vec::new();
    if movement.corrects.is_some() {
        refusals.extend(correction::had_it(movement, facts));
    } else {
        refusals.extend(opened(movement, facts, balances));
        refusals.extend(shipment::has_it(movement, facts));
        refusals.extend(explained(movement));
    }
    if refusals.is_empty() {
        refusals.extend(enough(movement, balances));
    }
    refusals
}

/// An opening is for an account without history; and of a controlled medicine all lots are opened at
/// once, or a lot that nobody bought could be opened on any day.
fn opened(movement: &Movement, facts: &MovementFacts, balances: &Balances) -> Vec<Refusal> {
    if movement.kind != MovementKind::Opening {
        return Vec::new();
    }
    let here = PartyRef::Establishment(&movement.establishment);
    let lines = (1..).zip(&movement.lines);
    let known = lines.filter(|(_, line)| {
        let at_once = facts.parameters.opening_at_once && line.book.is_controlled();
        balances.balance(here, &line.clave, &line.lot).is_some()
            || (at_once && balances.knows(here, &line.clave))
    });
    known
        .map(|(line, _)| Refusal::AlreadyOpened { line })
        .collect()
}

/// Every difference that a count finds has a reason that can explain it, and only a difference has.
fn explained(movement: &Movement) -> Vec<Refusal> {
    let lines = (1..).zip(&movement.lines);
    let counts = lines.filter_map(|(number, line)| Some((number, line.units, line.counted?)));
    let refused = counts.filter_map(|(line, units, counted)| {
        let Counted { expected, reason } = counted;
        match reason {
            None => (units != expected).then_some(Refusal::ReasonMissing { line, expected }),
            Some(reason) => {
                let fits = units < expected || (units > expected && reason.explains_surplus());
                (!fits).then_some(Refusal::ReasonDoesNotFit { line })
            }
        }
    });
    refused.collect()
}

/// No stock, and no shipment on its way, goes below zero.
fn enough(movement: &Movement, balances: &Balances) -> Vec<Refusal> {
    let lines = (1..).zip(&movement.lines);
    let checked = lines.filter_map(|(number, line)| {
        let posting = line_posting(movement, line)?;
        Some((number, balances.check(&posting).err()?))
    });
    let refused = checked.map(|(line, error)| match error {
        PostingError::NotEnough { held, .. } => Refusal::NotEnoughStock { line, held },
        PostingError::TooMany | PostingError::Nowhere => Refusal::TooMany { line },
    });
    refused.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::fixture::{UNITS, lawful, recorded, refused};
    use crate::{Book, CountReason, Outside, Units, postings};

    const COUNT: MovementKind = MovementKind::Count;

    #[test]
    fn an_opening_is_the_first_entry_of_a_lot() {
        for held in [Units::ZERO, UNITS] {
            let refusals = refused(MovementKind::Opening, Book::I, |case| {
                case.stock = lawful(COUNT, Book::I).stock;
                case.stock[0].1 = held;
            });
            assert_eq!(refusals, [Refusal::AlreadyOpened { line: 1 }]);
        }
    }

    /// A lot that nobody bought is said to have been there all the time.
    #[test]
    fn all_lots_of_a_controlled_medicine_are_opened_at_once() {
        let other_lot = |book, at_once| {
            refused(MovementKind::Opening, book, |case| {
                case.facts.parameters.opening_at_once = at_once;
                case.stock = lawful(COUNT, book).stock;
                case.order.lines[0].lot = crate::tests::fixture::lot("B2");
            })
        };
        for book in [Book::I, Book::II, Book::III] {
            let refusals = other_lot(book, true);
            assert_eq!(refusals, [Refusal::AlreadyOpened { line: 1 }]);
            assert_eq!(other_lot(book, false), []);
        }
        // Of an antibiotic some may have been handed over offline before.
        assert_eq!(other_lot(Book::Antibiotics, true), []);
    }

    #[test]
    fn nothing_goes_out_that_is_not_there() {
        let held = Units::new(24);
        for kind in [
            MovementKind::Shipment,
            MovementKind::Export,
            MovementKind::Return,
            MovementKind::Destruction,
            MovementKind::Loss,
            MovementKind::Theft,
            MovementKind::Release,
        ] {
            let refusals = refused(kind, Book::I, |case| case.stock[0].1 = held);
            assert_eq!(refusals, [Refusal::NotEnoughStock { line: 1, held }]);
            let exactly = refused(kind, Book::I, |case| case.stock[0].1 = UNITS);
            assert!(exactly.is_empty());
        }
    }

    #[test]
    fn a_stock_is_countable() {
        let refusals = refused(MovementKind::Purchase, Book::I, |case| {
            case.stock[0].1 = Units::MOST;
        });
        assert_eq!(refusals, [Refusal::TooMany { line: 1 }]);
    }

    fn count(units: u64, reason: Option<CountReason>) -> Vec<Refusal> {
        refused(COUNT, Book::I, |case| {
            case.order.lines[0].units = Units::new(units);
            case.order.lines[0].reason = reason;
        })
    }

    #[test]
    fn a_difference_has_a_reason_that_can_explain_it() {
        let expected = Units::new(100);
        let missing = [Refusal::ReasonMissing { line: 1, expected }];
        let unfit = [Refusal::ReasonDoesNotFit { line: 1 }];
        assert_eq!(count(99, None), missing);
        assert_eq!(count(101, None), missing);
        for reason in CountReason::ALL {
            assert_eq!(count(100, Some(reason)), unfit, "no difference to explain");
            assert_eq!(count(99, Some(reason)), []);
            assert_eq!(
                count(101, Some(reason)).is_empty(),
                reason.explains_surplus()
            );
        }
        assert_eq!(count(101, Some(CountReason::Theft)), unfit);
    }

    #[test]
    fn a_difference_is_posted_where_its_reason_says() {
        let posted = |units, reason| {
            let mut case = lawful(COUNT, Book::I);
            case.order.lines[0].units = Units::new(units);
            case.order.lines[0].reason = Some(reason);
            recorded(case)
        };
        let theft = posted(90, CountReason::Theft);
        let [posting] = postings(&theft)[..] else {
            panic!("one posting")
        };
        assert_eq!(posting.to, PartyRef::Outside(Outside::Stolen));
        assert_eq!(posting.units, Units::new(10));
        assert!(theft.notice_due.is_some());

        let surplus = posted(103, CountReason::NotRecorded);
        let [posting] = postings(&surplus)[..] else {
            panic!("one posting")
        };
        assert_eq!(posting.from, PartyRef::Outside(Outside::Unexplained));
        assert_eq!(posting.units, Units::new(3));
    }

    #[test]
    fn a_count_without_difference_is_recorded_and_moves_nothing() {
        let movement = recorded(lawful(COUNT, Book::I));
        assert!(postings(&movement).is_empty());
        assert_eq!(movement.lines[0].counted.unwrap().expected, Units::new(100));
    }
}
