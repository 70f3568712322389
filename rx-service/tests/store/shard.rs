//! Shards: one log closes, the next opens.

use rx_service::store::{CommittedHead, Conflict, Identity, NewEntry, Shard};

use crate::database::Database;
use crate::fixture::{EMPTY, ORIGIN, batch, committed, conflict, head, inconsistency, issued, new};
use crate::on_both;

async fn shards(db: &Database) -> Vec<Shard> {
    db.store.shards(ORIGIN, EMPTY).await.unwrap()
}

/// Two entries in the first shard.
async fn first_shard(db: &Database) -> Shard {
    committed(&db.store).await;
    db.store.issue(new(issued(1, &["a"]))).await.unwrap();
    let waiting = db.store.waiting_entries(10).await.unwrap();
    db.store.commit_batch(batch(0, &waiting)).await.unwrap();
    shards(db).await.remove(0)
}

fn second(first: &Shard) -> (Shard, NewEntry) {
    let next = Shard {
        number: 2,
        origin: format!("{ORIGIN}/2027"),
        first: first.end(),
        head: CommittedHead {
            size: 1,
            root: [7; 32],
        },
        keys: vec!["key".to_owned()],
    };
    let opening = NewEntry {
        identity: Identity::new(0, &[b"opening"]),
        leaf: b"opening".to_vec(),
    };
    (next, opening)
}

async fn the_first_is_made_once(db: Database) {
    let made = shards(&db).await;
    assert_eq!(made.len(), 1);
    assert_eq!(
        (made[0].number, made[0].first, made[0].head),
        (1, 0, head(0))
    );
    let again = db.store.shards("another.example/log", [1; 32]).await;
    assert_eq!(again.unwrap(), made);
}

async fn the_next_begins_where_the_last_ended(db: Database) {
    let first = first_shard(&db).await;
    let (next, opening) = second(&first);
    let opened = db.store.open_shard(first.clone(), next.clone(), opening);
    opened.await.unwrap();
    assert_eq!(shards(&db).await, [first, next.clone()]);
    let entries = db.store.sequenced_entries(0, 10).await.unwrap();
    assert_eq!(entries.len(), 3);
    assert_eq!(entries[2].leaf, b"opening");
    // The closed one takes no entry any more.
    db.store.issue(new(issued(2, &["a"]))).await.unwrap();
    let waiting = db.store.waiting_entries(10).await.unwrap();
    let refused = db.store.commit_batch(batch(2, &waiting)).await;
    assert_eq!(conflict(refused), Conflict::TreeHead);
}

async fn a_shard_that_has_grown_is_not_closed(db: Database) {
    let first = first_shard(&db).await;
    let stale = Shard {
        head: head(0),
        ..first.clone()
    };
    let (next, opening) = second(&first);
    let refused = db.store.open_shard(stale, next, opening).await;
    assert_eq!(conflict(refused), Conflict::TreeHead);
    assert_eq!(shards(&db).await, [first]);
}

async fn a_gap_between_shards_is_found(db: Database) {
    let first = first_shard(&db).await;
    let (next, opening) = second(&first);
    db.store.open_shard(first, next, opening).await.unwrap();
    db.execute("UPDATE shard SET first = 3 WHERE number = 2")
        .await;
    let found = inconsistency(db.store.shards(ORIGIN, EMPTY).await);
    assert_eq!(found, ("shard", "first", "2".to_owned()));
}

on_both!(
    the_first_is_made_once,
    the_next_begins_where_the_last_ended,
    a_shard_that_has_grown_is_not_closed,
    a_gap_between_shards_is_found,
);
