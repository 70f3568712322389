//! Entries that belong to no transaction of their own: the same thing twice is one entry.

use rx_service::store::{Appended, Conflict, Identity, NewEntry};

use crate::database::Database;
use crate::fixture::{batch, committed, conflict, head, issued, new};
use crate::on_both;

fn entry(n: u32) -> NewEntry {
    NewEntry {
        identity: Identity::new(i64::from(n), &[&n.to_be_bytes()]),
        leaf: format!("entry {n}").into_bytes(),
    }
}

fn entries(numbers: impl IntoIterator<Item = u32>) -> Vec<NewEntry> {
    numbers.into_iter().map(entry).collect()
}

async fn waiting_leaves(db: &Database) -> Vec<String> {
    let waiting = db.store.waiting_entries(1000).await.unwrap();
    let leaves = waiting.into_iter().map(|entry| entry.leaf);
    leaves
        .map(|leaf| String::from_utf8(leaf).unwrap())
        .collect()
}

async fn many_at_once_wait_in_their_order(db: Database) {
    // More than the largest statement takes, and of every size of statement.
    let outcomes = db.store.append(entries(0..340)).await.unwrap();
    assert_eq!(outcomes, vec![Appended::Waits; 340]);
    let expected: Vec<_> = (0..340).map(|n| format!("entry {n}")).collect();
    assert_eq!(waiting_leaves(&db).await, expected);
}

async fn the_same_thing_twice_is_one_entry(db: Database) {
    db.store.append(entries([1, 2, 3])).await.unwrap();
    let other_salt = NewEntry {
        leaf: b"entry 2 with another salt".to_vec(),
        ..entry(2)
    };
    let mut again = vec![other_salt];
    again.extend(entries([3, 4, 4]));
    let outcomes = db.store.append(again).await.unwrap();
    assert_eq!(outcomes, [Appended::Waits; 4]);
    let leaves = ["entry 1", "entry 2", "entry 3", "entry 4"];
    assert_eq!(waiting_leaves(&db).await, leaves);
}

async fn what_has_its_index_is_told_it(db: Database) {
    committed(&db.store).await;
    db.store.append(entries([1, 2])).await.unwrap();
    let waiting = db.store.waiting_entries(10).await.unwrap();
    db.store.commit_batch(batch(0, &waiting)).await.unwrap();
    let outcomes = db.store.append(entries([2, 5, 1])).await.unwrap();
    let expected = [Appended::Known(1), Appended::Waits, Appended::Known(0)];
    assert_eq!(outcomes, expected);
    assert_eq!(committed(&db.store).await, head(3));
}

/// Sixteen callers with the same hundred entries, each with a salt of its own.
async fn racing_callers_agree_on_one_entry_each(db: Database) {
    let racers: Vec<_> = (0..16)
        .map(|racer| {
            let store = db.store.clone();
            let mine = entries(0..100).into_iter().map(|entry| NewEntry {
                leaf: format!("racer {racer}").into_bytes(),
                ..entry
            });
            let mine: Vec<_> = mine.collect();
            tokio::spawn(async move { store.append(mine).await })
        })
        .collect();
    for racer in racers {
        assert_eq!(racer.await.unwrap().unwrap(), [Appended::Waits; 100]);
    }
    let waiting = db.store.waiting_entries(1000).await.unwrap();
    assert_eq!(waiting.len(), 100);
    let mut identities: Vec<_> = waiting
        .iter()
        .map(|entry| *entry.identity.as_bytes())
        .collect();
    identities.sort_unstable();
    identities.dedup();
    assert_eq!(identities.len(), 100);
}

/// The event, its entry and everything else of the transaction: all or nothing.
async fn an_event_that_is_recorded_already_writes_nothing(db: Database) {
    let first = new(issued(1, &["a"]));
    let mut second = new(issued(2, &["b"]));
    second.record.entry.identity = first.record.entry.identity;
    db.store.issue(first).await.unwrap();
    let before = db.contents().await;
    let refused = db.store.issue(second).await;
    assert_eq!(conflict(refused), Conflict::Recorded);
    assert_eq!(db.contents().await, before);
}

on_both!(
    many_at_once_wait_in_their_order,
    the_same_thing_twice_is_one_entry,
    what_has_its_index_is_told_it,
    racing_callers_agree_on_one_entry_each,
    an_event_that_is_recorded_already_writes_nothing,
);
