//! What is past its validity.

use jiff::tz::TimeZone;
use jiff::{Span, Timestamp};

use crate::database::Database;
use crate::fixture::{self, TODAY, dispense, folio, issued, new, next};
use crate::on_both;

/// The midnight with which the day begins that is `days` after today.
fn midnight(days: i64) -> Timestamp {
    let day = TODAY + Span::new().days(days);
    day.to_zoned(TimeZone::UTC).unwrap().timestamp()
}

async fn finds_what_can_still_be_filled_by_its_row(db: Database) {
    // Prescription n ends n days from now.
    for n in 1..=5 {
        let mut issued = issued(n, &["a"]);
        issued.lines[0].valid_until = TODAY + Span::new().days(i64::from(n));
        db.store.issue(new(issued)).await.unwrap();
    }
    for (n, end) in [(2, "part"), (3, "all"), (4, "cancelled")] {
        let before = db
            .store
            .prescription(folio(n))
            .await
            .unwrap()
            .unwrap()
            .state;
        let event = match end {
            "part" => dispense(&before, 1, 1),
            "all" => dispense(&before, 1, 2),
            _ => fixture::cancel(&before),
        };
        db.store
            .advance("test", next(&before, 1, event))
            .await
            .unwrap();
    }
    // A prescription is good on its last day.
    for (days, expected) in [
        (1, vec![]),
        (2, vec![1]),
        (3, vec![1, 2]),
        (6, vec![1, 2, 5]),
    ] {
        let expected: Vec<_> = expected.into_iter().map(folio).collect();
        let found = db.store.past_validity(midnight(days), 100).await.unwrap();
        assert_eq!(found, expected, "in {days} days");
    }
    // Not a millisecond before the midnight.
    let just_before = midnight(2) - jiff::SignedDuration::from_millis(1);
    let found = db.store.past_validity(just_before, 100).await.unwrap();
    assert_eq!(found, []);
    // The oldest first, so that a bounded batch makes progress.
    let found = db.store.past_validity(midnight(6), 2).await.unwrap();
    assert_eq!(found, [folio(1), folio(2)]);

    let before = db
        .store
        .prescription(folio(1))
        .await
        .unwrap()
        .unwrap()
        .state;
    db.store
        .advance("expire", next(&before, 1, fixture::expire(&before)))
        .await
        .unwrap();
    let found = db.store.past_validity(midnight(6), 100).await.unwrap();
    assert_eq!(found, [folio(2), folio(5)]);
}

on_both!(finds_what_can_still_be_filled_by_its_row);
