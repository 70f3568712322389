//! Indices for waiting entries.

use rx_service::store::{Batch, CommittedHead, Conflict, SequencedEntry};

use crate::database::Database;
use crate::fixture::{
    batch, committed, conflict, dispense, folio, head, inconsistency, issued, last_leaf, leaf, new,
    next,
};
use crate::on_both;

/// Issues prescriptions `1..=count` and returns their entries.
async fn waiting(db: &Database, count: u32) -> Vec<SequencedEntry> {
    for n in 1..=count {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
    assert_eq!(committed(&db.store).await, head(0));
    db.store.waiting_entries(100).await.unwrap()
}

async fn sequenced(db: &Database, from: u64, limit: i64) -> Vec<Vec<u8>> {
    let entries = db.store.sequenced_entries(from, limit).await.unwrap();
    entries.into_iter().map(|entry| entry.leaf).collect()
}

fn leaves(entries: &[SequencedEntry]) -> Vec<Vec<u8>> {
    entries.iter().map(|entry| entry.leaf.clone()).collect()
}

async fn entries_wait_in_the_order_of_their_commits(db: Database) {
    let first = new(issued(1, &["a"]));
    db.store.issue(first.clone()).await.unwrap();
    db.store.issue(new(issued(2, &["a"]))).await.unwrap();
    let step = next(&first.state, 1, dispense(&first.state, 1, 1));
    db.store.advance("dispense", step).await.unwrap();
    let waiting = db.store.waiting_entries(100).await.unwrap();
    assert_eq!(
        leaves(&waiting),
        [leaf(folio(1), 1), leaf(folio(2), 1), leaf(folio(1), 2)]
    );
    assert!(waiting.is_sorted_by_key(|entry| entry.position));
    assert_eq!(db.store.waiting_entries(2).await.unwrap(), waiting[..2]);
}

async fn a_batch_gets_indices_and_its_last_entry(db: Database) {
    let entries = waiting(&db, 5).await;
    let (first, second) = entries.split_at(3);
    db.store.commit_batch(batch(0, first)).await.unwrap();
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), second);
    assert_eq!(committed(&db.store).await, head(4));
    db.store.commit_batch(batch(4, second)).await.unwrap();
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), []);
    for (n, index) in [(1, 0), (2, 1), (3, 2), (4, 4), (5, 5)] {
        let stored = db.store.prescription(folio(n)).await.unwrap().unwrap();
        assert_eq!(stored.indices, [Some(index)]);
    }
    let mut all = leaves(first);
    all.push(last_leaf(4));
    all.extend(leaves(second));
    all.push(last_leaf(7));
    assert_eq!(sequenced(&db, 0, 100).await, all);
    assert_eq!(sequenced(&db, 2, 3).await, all[2..5]);
    assert!(sequenced(&db, 7, 100).await.is_empty());
}

async fn a_stale_head_is_refused(db: Database) {
    let entries = waiting(&db, 2).await;
    let (first, second) = entries.split_at(1);
    db.store.commit_batch(batch(0, first)).await.unwrap();
    let of_now = batch(2, second);
    let other_root = CommittedHead {
        size: 2,
        root: [9; 32],
    };
    let stale = [
        batch(0, second),
        batch(3, second),
        Batch {
            before: other_root,
            ..of_now.clone()
        },
        Batch { shard: 2, ..of_now },
    ];
    for stale in stale {
        let refused = db.store.commit_batch(stale).await;
        assert_eq!(conflict(refused), Conflict::TreeHead);
    }
    assert_eq!(committed(&db.store).await, head(2));
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), second);
}

/// An entry that has its index never gets another, and takes the whole batch down with it.
async fn an_index_is_set_once(db: Database) {
    let entries = waiting(&db, 3).await;
    let middle = &entries[1..2];
    db.store.commit_batch(batch(0, middle)).await.unwrap();
    let refused = db.store.commit_batch(batch(2, &entries)).await;
    assert_eq!(conflict(refused), Conflict::Waiting);
    assert_eq!(committed(&db.store).await, head(2));
    let left = [entries[0].clone(), entries[2].clone()];
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), left);
    db.store.commit_batch(batch(2, &left)).await.unwrap();
    assert_eq!(sequenced(&db, 2, 2).await, leaves(&left));
}

/// What another transaction committed between them would get an index that nobody hashed.
async fn entries_that_appear_between_are_not_swept_along(db: Database) {
    let entries = waiting(&db, 3).await;
    let without_second = [entries[0].clone(), entries[2].clone()];
    let refused = db.store.commit_batch(batch(0, &without_second)).await;
    assert_eq!(conflict(refused), Conflict::Waiting);
    assert_eq!(committed(&db.store).await, head(0));
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), entries);
}

/// A head that does not count its entries would leave a hole in the ledger for ever.
async fn a_head_that_miscounts_its_entries_is_refused(db: Database) {
    let entries = waiting(&db, 3).await;
    for size in [0, 1, 2, 4] {
        let miscounted = Batch {
            after: head(size),
            ..batch(0, &entries[..2])
        };
        let refused = db.store.commit_batch(miscounted).await;
        assert_eq!(inconsistency(refused), ("shard", "size", size.to_string()));
    }
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), entries);
}

/// Two replicas both believe that they lead.
async fn one_of_eight_sequencers_wins(db: Database) {
    let entries = waiting(&db, 4).await;
    let racers: Vec<_> = (1..=8_u8)
        .map(|racer| {
            let after = CommittedHead {
                size: 5,
                root: [racer; 32],
            };
            let batch = Batch {
                after,
                ..batch(0, &entries)
            };
            let store = db.store.clone();
            tokio::spawn(async move { (after, store.commit_batch(batch).await) })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            (after, Ok(())) => winners.push(after),
            (_, lost) => assert_eq!(conflict(lost), Conflict::TreeHead),
        }
    }
    assert_eq!(winners, [committed(&db.store).await]);
    assert_eq!(sequenced(&db, 0, 4).await, leaves(&entries));
}

async fn a_missing_index_is_found(db: Database) {
    let entries = waiting(&db, 4).await;
    db.store.commit_batch(batch(0, &entries)).await.unwrap();
    db.execute("UPDATE entry SET log_index = NULL WHERE log_index = 2")
        .await;
    let gap = ("entry", "log_index", "2".to_owned());
    for from in [0, 2] {
        let found = db.store.sequenced_entries(from, 100).await;
        assert_eq!(inconsistency(found), gap);
    }
    assert_eq!(sequenced(&db, 0, 2).await, leaves(&entries[..2]));
    assert_eq!(sequenced(&db, 3, 1).await, leaves(&entries[3..]));
}

async fn a_damaged_entry_is_found_before_it_gets_an_index(db: Database) {
    let entries = waiting(&db, 2).await;
    let mut checked = db
        .blobs("SELECT checked FROM entry WHERE position = 2")
        .await
        .remove(0);
    checked[3] ^= 0x10;
    db.put_blob("UPDATE entry SET checked = $1 WHERE position = 2", checked)
        .await;
    let damaged = ("entry", "checked", "2".to_owned());
    assert_eq!(inconsistency(db.store.waiting_entries(100).await), damaged);
    assert_eq!(db.store.waiting_entries(1).await.unwrap(), entries[..1]);
    db.store.commit_batch(batch(0, &entries)).await.unwrap();
    let read = db.store.sequenced_entries(0, 100).await;
    assert_eq!(inconsistency(read), damaged);
}

async fn a_damaged_head_is_found(db: Database) {
    committed(&db.store).await;
    db.put_blob("UPDATE shard SET root = $1", vec![1; 31]).await;
    let found = inconsistency(db.store.committed_head(1).await);
    assert_eq!(found, ("shard", "root", "1".to_owned()));
    db.execute("UPDATE shard SET size = -1").await;
    let found = inconsistency(db.store.committed_head(1).await);
    assert_eq!(found, ("shard", "size", "1".to_owned()));
    let found = inconsistency(db.store.committed_head(2).await);
    assert_eq!(found, ("shard", "number", "2".to_owned()));
}

on_both!(
    entries_wait_in_the_order_of_their_commits,
    a_batch_gets_indices_and_its_last_entry,
    a_stale_head_is_refused,
    an_index_is_set_once,
    entries_that_appear_between_are_not_swept_along,
    a_head_that_miscounts_its_entries_is_refused,
    one_of_eight_sequencers_wins,
    a_missing_index_is_found,
    a_damaged_entry_is_found_before_it_gets_an_index,
    a_damaged_head_is_found,
);
