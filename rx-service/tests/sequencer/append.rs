//! Appending: receipts, order, the same thing twice, restarts, clocks.

use std::collections::BTreeSet;

use ledger::{MapHead, leaf_hash};
use tempfile::TempDir;

use crate::fixture::{Place, check, entry};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_gets_a_receipt_of_its_own_entry() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let callers: Vec<_> = (0..300)
        .map(|n| {
            let sequencer = running.sequencer.clone();
            tokio::spawn(async move { sequencer.append(entry(n, 1)).await })
        })
        .collect();
    let mut indices = BTreeSet::new();
    for (n, caller) in (0..).zip(callers) {
        let receipt = caller.await.unwrap().unwrap();
        check(&receipt, &entry(n, 1).leaf);
        assert!(indices.insert(receipt.index));
    }
    running.end().await;
    assert!(place.verify() > 300);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_batch_ends_with_a_map_head_over_all_before_it() {
    let folder = TempDir::new().unwrap();
    let running = Place::sqlite(folder.path()).start().await;
    for n in 0..5 {
        running.sequencer.append(entry(n, 1)).await.unwrap();
    }
    let entries = running.store.sequenced_entries(0, 100).await.unwrap();
    assert_eq!(entries.len(), 10);
    for (index, entry) in (0..).zip(&entries) {
        match MapHead::decode(&entry.leaf) {
            Ok(head) => assert_eq!((head.entries, head.keys), (index, 0)),
            Err(_) => assert_eq!(index % 2, 0, "one entry, one batch"),
        }
    }
    running.end().await;
}

/// Strong deduplication: the committing transaction decides, whoever asks, whenever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_thing_has_one_index_whoever_asks() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let callers: Vec<_> = (0..64)
        .map(|salt| {
            let sequencer = running.sequencer.clone();
            tokio::spawn(async move { sequencer.append(entry(7, salt)).await })
        })
        .collect();
    let mut receipts = Vec::new();
    for caller in callers {
        receipts.push(caller.await.unwrap().unwrap());
    }
    let index = receipts[0].index;
    assert!(receipts.iter().all(|receipt| receipt.index == index));
    let stored = running.store.sequenced_entries(index, 1).await.unwrap();
    for receipt in &receipts {
        check(receipt, &stored[0].leaf);
    }
    running.end().await;

    let running = place.start().await;
    let after_restart = running.sequencer.append(entry(7, 99)).await.unwrap();
    assert_eq!(after_restart.index, index);
    check(&after_restart, &stored[0].leaf);
    running.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_at_the_end_is_sequenced_by_the_next_start() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let first = running.sequencer.append(entry(1, 1)).await.unwrap();
    let store = running.store.clone();
    running.end().await;
    store
        .append((2..2000).map(|n| entry(n, 1)).collect())
        .await
        .unwrap();

    let running = place.start().await;
    let last = running.sequencer.append(entry(1999, 2)).await.unwrap();
    check(&last, &entry(1999, 1).leaf);
    assert!(last.index > first.index);
    running.end().await;
    // Three batches of at most 1,024, and a map head each.
    assert_eq!(place.verify(), 1999 + 3);
}

/// The sequencer reads no clock. Times that run backwards are a matter of whoever names entries.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_goes_backwards_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let mut last = None;
    for n in (0..40).rev() {
        let receipt = running.sequencer.append(entry(n, 1)).await.unwrap();
        check(&receipt, &entry(n, 1).leaf);
        assert!(
            last < Some(receipt.index),
            "the order is that of the commits"
        );
        last = Some(receipt.index);
    }
    running.end().await;
    place.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn receipts_of_one_size_are_under_one_root() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let mut heads = std::collections::BTreeMap::new();
    for round in 0..4 {
        let running = place.start().await;
        for n in 0..20 {
            let n = round * 15 + n;
            let receipt = running.sequencer.append(entry(n, 1)).await.unwrap();
            let head = receipt.checkpoint().claimed().head();
            let root = *heads.entry(head.size).or_insert(head.root);
            assert_eq!(root, head.root);
            let inclusion = receipt.inclusion();
            inclusion
                .verify(leaf_hash(&entry(n, 1).leaf), root)
                .unwrap();
        }
        running.end().await;
    }
}
