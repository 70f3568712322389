//! Indices for waiting entries.

use rx_service::store::{CommittedHead, Conflict, SequencedEntry};

use crate::database::Database;
use crate::fixture::{conflict, dispense, folio, inconsistency, issued, leaf, new, next};
use crate::on_both;

const EMPTY: [u8; 32] = [0xe3; 32];

/// A head of `size` entries, with a root of its own.
fn head(size: u8) -> CommittedHead {
    CommittedHead {
        size: u64::from(size),
        root: if size == 0 { EMPTY } else { [size; 32] },
    }
}

/// Issues prescriptions `1..=count` and returns their entries.
async fn waiting(db: &Database, count: u32) -> Vec<SequencedEntry> {
    for n in 1..=count {
        db.store.issue(new(issued(n, &["a"]))).await.unwrap();
    }
    assert_eq!(db.store.committed_head(EMPTY).await.unwrap(), head(0));
    db.store.waiting_entries(100).await.unwrap()
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
    let order: Vec<_> = waiting.iter().map(|entry| entry.leaf.clone()).collect();
    assert_eq!(
        order,
        [leaf(folio(1), 1), leaf(folio(2), 1), leaf(folio(1), 2)]
    );
    assert!(waiting.is_sorted_by_key(|entry| entry.position));
    assert_eq!(db.store.waiting_entries(2).await.unwrap(), waiting[..2]);
}

async fn the_first_head_is_the_empty_tree(db: Database) {
    assert_eq!(db.store.committed_head(EMPTY).await.unwrap(), head(0));
    db.store
        .commit_batch(
            head(0),
            CommittedHead {
                size: 0,
                root: [1; 32],
            },
            &[],
        )
        .await
        .unwrap();
    // Not again at the next start.
    let again = db.store.committed_head(EMPTY).await.unwrap();
    assert_eq!(
        again,
        CommittedHead {
            size: 0,
            root: [1; 32]
        }
    );
}

async fn a_batch_gets_indices(db: Database) {
    let entries = waiting(&db, 5).await;
    db.store
        .commit_batch(head(0), head(3), &entries[..3])
        .await
        .unwrap();
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), entries[3..]);
    assert_eq!(db.store.committed_head(EMPTY).await.unwrap(), head(3));
    db.store
        .commit_batch(head(3), head(5), &entries[3..])
        .await
        .unwrap();
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), []);
    for n in 1..=5 {
        let stored = db.store.prescription(folio(n)).await.unwrap().unwrap();
        assert_eq!(stored.indices, [Some(u64::from(n) - 1)]);
    }
    assert_eq!(
        db.store.sequenced_leaves(0, 100).await.unwrap(),
        leaves(&entries)
    );
    assert_eq!(
        db.store.sequenced_leaves(2, 2).await.unwrap(),
        leaves(&entries[2..4])
    );
    assert_eq!(
        db.store.sequenced_leaves(5, 100).await.unwrap(),
        leaves(&[])
    );
}

async fn a_stale_head_is_refused(db: Database) {
    let entries = waiting(&db, 2).await;
    db.store
        .commit_batch(head(0), head(1), &entries[..1])
        .await
        .unwrap();
    let other_root = CommittedHead {
        size: 1,
        root: [9; 32],
    };
    for stale in [head(0), other_root, head(2)] {
        let after = CommittedHead {
            size: stale.size + 1,
            root: [2; 32],
        };
        let refused = db.store.commit_batch(stale, after, &entries[1..]).await;
        assert_eq!(conflict(refused), Conflict::TreeHead);
    }
    assert_eq!(db.store.committed_head(EMPTY).await.unwrap(), head(1));
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), entries[1..]);
}

/// An entry that has its index never gets another, and takes the whole batch down with it.
async fn an_index_is_set_once(db: Database) {
    let entries = waiting(&db, 3).await;
    db.store
        .commit_batch(head(0), head(1), &entries[1..2])
        .await
        .unwrap();
    let refused = db.store.commit_batch(head(1), head(4), &entries).await;
    let second = entries[1].position.to_string();
    assert_eq!(inconsistency(refused), ("event", "log_index", second));
    assert_eq!(db.store.committed_head(EMPTY).await.unwrap(), head(1));
    let waiting = db.store.waiting_entries(100).await.unwrap();
    assert_eq!(waiting, [entries[0].clone(), entries[2].clone()]);

    let unknown = SequencedEntry {
        position: 999,
        ..entries[0].clone()
    };
    let refused = db
        .store
        .commit_batch(head(1), head(3), &[entries[0].clone(), unknown])
        .await;
    assert_eq!(
        inconsistency(refused),
        ("event", "log_index", "999".to_owned())
    );
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), waiting);
}

/// A head that does not count its entries would leave a hole in the ledger for ever.
async fn a_head_that_miscounts_its_entries_is_refused(db: Database) {
    let entries = waiting(&db, 3).await;
    for size in [0, 1, 3] {
        let refused = db
            .store
            .commit_batch(head(0), head(size), &entries[..2])
            .await;
        assert_eq!(
            inconsistency(refused),
            ("tree_head", "size", size.to_string())
        );
    }
    assert_eq!(db.store.waiting_entries(100).await.unwrap(), entries);
}

/// Two replicas both believe that they lead.
async fn one_of_eight_sequencers_wins(db: Database) {
    let entries = waiting(&db, 4).await;
    let racers: Vec<_> = (1..=8_u8)
        .map(|racer| {
            let (store, entries) = (db.store.clone(), entries.clone());
            let after = CommittedHead {
                size: 4,
                root: [racer; 32],
            };
            tokio::spawn(async move { (after, store.commit_batch(head(0), after, &entries).await) })
        })
        .collect();
    let mut winners = Vec::new();
    for racer in racers {
        match racer.await.unwrap() {
            (after, Ok(())) => winners.push(after),
            (_, lost) => assert_eq!(conflict(lost), Conflict::TreeHead),
        }
    }
    assert_eq!(winners, [db.store.committed_head(EMPTY).await.unwrap()]);
    assert_eq!(
        db.store.sequenced_leaves(0, 100).await.unwrap(),
        leaves(&entries)
    );
}

async fn a_missing_index_is_found(db: Database) {
    let entries = waiting(&db, 4).await;
    db.store
        .commit_batch(head(0), head(4), &entries)
        .await
        .unwrap();
    db.execute("UPDATE event SET log_index = NULL WHERE log_index = 2")
        .await;
    let gap = ("event", "log_index", "2".to_owned());
    assert_eq!(inconsistency(db.store.sequenced_leaves(0, 100).await), gap);
    assert_eq!(inconsistency(db.store.sequenced_leaves(2, 100).await), gap);
    assert_eq!(
        db.store.sequenced_leaves(0, 2).await.unwrap(),
        leaves(&entries[..2])
    );
    assert_eq!(
        db.store.sequenced_leaves(3, 100).await.unwrap(),
        leaves(&entries[3..])
    );
}

async fn a_damaged_head_is_found(db: Database) {
    db.store.committed_head(EMPTY).await.unwrap();
    db.put_blob("UPDATE tree_head SET root = $1", vec![1; 31])
        .await;
    let found = inconsistency(db.store.committed_head(EMPTY).await);
    assert_eq!(found, ("tree_head", "root", "1".to_owned()));
    db.execute("UPDATE tree_head SET size = -1").await;
    let found = inconsistency(db.store.committed_head(EMPTY).await);
    assert_eq!(found, ("tree_head", "size", "1".to_owned()));
}

on_both!(
    entries_wait_in_the_order_of_their_commits,
    the_first_head_is_the_empty_tree,
    a_batch_gets_indices,
    a_stale_head_is_refused,
    an_index_is_set_once,
    a_head_that_miscounts_its_entries_is_refused,
    one_of_eight_sequencers_wins,
    a_missing_index_is_found,
    a_damaged_head_is_found,
);
