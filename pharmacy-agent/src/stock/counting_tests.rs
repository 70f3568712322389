//! Counts of a shelf that agrees with its books, and of one that does not.

use jiff::civil::date;

use super::super::on_hand::tests::{balance, on_hand};
use super::*;
use crate::fixture::{self, ANTIBIOTIC, CONTROLLED, now};

fn stock() -> OnHand {
    let expiry = date(2027, 9, 30);
    on_hand(vec![
        balance(ANTIBIOTIC, "X", expiry, 12),
        balance(CONTROLLED, "A", expiry, 30),
        balance(CONTROLLED, "B", expiry, 60),
    ])
}

fn key(clave: &str, lot: &str) -> LotKey {
    (clave.parse().unwrap(), lot.to_owned())
}

fn enter(counter: &Counter, key: &LotKey, units: u64) {
    let count = under_way(counter).unwrap();
    let lot = counted(&count, key, date(2028, 1, 31), units);
    counter.store().enter_counted(&count.id, &[lot]).unwrap();
}

fn orders(counter: &Counter) -> Vec<MovementOrder> {
    let pending = counter.store().pending_statements().unwrap();
    let document = |it: &crate::store::RecordedStatement| {
        serde_json::from_slice(&it.statement.submission.document).unwrap()
    };
    pending.iter().map(document).collect()
}

#[test]
fn nothing_is_told_before_everything_is_counted() {
    let (_folder, counter) = fixture::counter();
    assert!(matches!(under_way(&counter), Err(CountError::NoneUnderWay)));
    begin(&counter, &stock(), |_| true, now()).unwrap();
    let second = begin(&counter, &stock(), |_| true, now());
    assert!(matches!(second, Err(CountError::UnderWay)));
    enter(&counter, &key(CONTROLLED, "A"), 29);
    let told = differences(&under_way(&counter).unwrap());
    assert!(matches!(told, Err(CountError::Incomplete(2))));
    let closed = close(
        &counter,
        &under_way(&counter).unwrap(),
        &BTreeMap::new(),
        now(),
    );
    assert!(matches!(closed, Err(CountError::Incomplete(2))));
    assert!(orders(&counter).is_empty());
}

#[test]
fn a_count_closes_with_the_reason_of_each_difference() {
    let (_folder, counter) = fixture::counter();
    begin(&counter, &stock(), |_| true, now()).unwrap();
    for (clave, lot, units) in [
        (ANTIBIOTIC, "X", 12),
        (CONTROLLED, "A", 29),
        (CONTROLLED, "B", 60),
        // On the shelf, not in the books.
        (CONTROLLED, "C", 2),
    ] {
        enter(&counter, &key(clave, lot), units);
    }
    let count = under_way(&counter).unwrap();
    let found: Vec<_> = differences(&count).unwrap();
    let units: Vec<_> = found
        .iter()
        .map(|d| (d.lot.lot.as_str(), d.units))
        .collect();
    assert_eq!(units, [("A", -1), ("C", 2)]);

    let mut reasons = BTreeMap::from([(key(CONTROLLED, "A"), CountReason::Breakage)]);
    let refused = close(&counter, &count, &reasons, now());
    assert!(matches!(refused, Err(CountError::Unexplained(1))));
    assert!(under_way(&counter).is_ok(), "it stays open");
    reasons.insert(key(CONTROLLED, "C"), CountReason::NotRecorded);
    close(&counter, &count, &reasons, now()).unwrap();
    assert!(matches!(under_way(&counter), Err(CountError::NoneUnderWay)));

    let [order] = orders(&counter).try_into().unwrap();
    assert_eq!(
        order,
        MovementOrder::new(Kind::Count, now(), order.lines.clone())
    );
    let lines = order.lines.iter();
    let lines: Vec<_> = lines
        .map(|it| (it.lot.as_str(), it.units, it.reason))
        .collect();
    assert_eq!(
        lines,
        [
            ("X", 12, None),
            ("A", 29, Some(CountReason::Breakage)),
            ("B", 60, None),
            ("C", 2, Some(CountReason::NotRecorded)),
        ]
    );
}

#[test]
fn what_moved_while_it_was_counted_is_counted_again() {
    let (_folder, counter) = fixture::counter();
    begin(
        &counter,
        &stock(),
        |clave| clave.as_str() == CONTROLLED,
        now(),
    )
    .unwrap();
    enter(&counter, &key(CONTROLLED, "A"), 30);
    enter(&counter, &key(CONTROLLED, "B"), 60);
    let count = under_way(&counter).unwrap();
    assert!(hold_against(&counter, &count, &stock()).is_ok());
    let mut now_there = stock();
    now_there.balances[1].units = 0;
    now_there.balances.remove(2);
    let moved = hold_against(&counter, &count, &now_there);
    assert!(matches!(moved, Err(CountError::Moved(2))));
    let count = under_way(&counter).unwrap();
    let lots: Vec<_> = count
        .lots
        .iter()
        .map(|lot| (lot.book_units, lot.counted))
        .collect();
    assert_eq!(lots, [(0, None), (0, None)]);
}

#[test]
fn a_count_of_nothing_does_not_begin_and_an_abandoned_one_states_nothing() {
    let (_folder, counter) = fixture::counter();
    let none = begin(&counter, &stock(), |_| false, now());
    assert!(matches!(none, Err(CountError::NothingToCount)));
    let count = begin(&counter, &stock(), |_| true, now()).unwrap();
    abandon(&counter, &count, now()).unwrap();
    assert!(orders(&counter).is_empty());
    assert!(begin(&counter, &stock(), |_| true, now()).is_ok());
}

#[test]
fn what_is_too_much_was_not_stolen() {
    let reasons = |units| that_explain(units).collect::<Vec<_>>();
    assert!(reasons(-1).contains(&CountReason::Theft));
    assert!(!reasons(1).contains(&CountReason::Theft));
}
