//! One log after the other, one key after the other, and verifiers who pinned the first of each.

use ledger::{ShardOpening, ShardTrust, SignedNote, TileDirectory, verify_directory};
use rx_service::store::Shard;
use tempfile::TempDir;

use crate::fixture::{ORIGIN, Place, Running, check, entry, key, key_of};

async fn list(running: &Running, version: Option<u64>) -> SignedNote {
    let list = running
        .sequencer
        .shard_list(version)
        .await
        .unwrap()
        .unwrap();
    SignedNote::parse(list.as_bytes()).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_next_log_continues_the_last() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    let running = place.start().await;
    let before = running.sequencer.append(entry(0, 1)).await.unwrap();
    let first_list = list(&running, None).await;
    let store = running.store.clone();
    running.end().await;
    // What waits goes into the log that ends.
    store.append(vec![entry(1, 1)]).await.unwrap();

    let opened = place.open_shard("2027").await.unwrap();
    assert_eq!(opened.closed, (ORIGIN.to_owned(), 4));
    assert_eq!(opened.origin, format!("{ORIGIN}/2027"));
    let running = place.start().await;
    let after = running.sequencer.append(entry(2, 1)).await.unwrap();
    assert_eq!(after.index, 5, "four entries, and the opening of the shard");
    let proof = after.to_tlog_proof().unwrap();
    let new_key = key_of(&opened.origin, 1);
    assert_eq!(
        proof.verify(&entry(2, 1).leaf, &new_key).unwrap().index(),
        1
    );
    assert!(proof.verify(&entry(2, 1).leaf, &key()).is_err());

    // Entries of the closed log keep their index and have their receipt under its last head.
    let old = running.sequencer.receipt(before.index).unwrap().unwrap();
    assert_eq!(old.checkpoint().claimed().size(), 4);
    check(&old, &entry(0, 1).leaf);
    let waited = running.sequencer.append(entry(1, 9)).await.unwrap();
    assert_eq!(waited.index, 2);
    check(&waited, &entry(1, 1).leaf);

    let opening = running.store.sequenced_entries(4, 1).await.unwrap();
    let opening = ShardOpening::decode(&opening[0].leaf).unwrap();
    assert_eq!((opening.previous.as_str(), opening.head.size), (ORIGIN, 4));

    // Whoever pinned the first log's key follows the list to the second's.
    let mut trust = ShardTrust::pinned(vec![key()]);
    trust.follow(&first_list).unwrap();
    trust.follow(&list(&running, None).await).unwrap();
    assert_eq!(
        trust.keys_of(&opened.origin),
        std::slice::from_ref(&new_key)
    );
    assert_eq!(list(&running, Some(1)).await, first_list);
    running.end().await;
    assert_eq!(place.verify(), 4);
    let files = TileDirectory::open(opened.place.as_ref()).unwrap();
    let verified = verify_directory(&files, &new_key, &[], &mut |_| {}).unwrap();
    assert_eq!(verified.size(), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_is_replaced_while_both_sign() {
    let folder = TempDir::new().unwrap();
    let old = Place::sqlite(folder.path());
    let running = old.start().await;
    running.sequencer.append(entry(0, 1)).await.unwrap();
    let mut trust = ShardTrust::pinned(vec![key()]);
    trust.follow(&list(&running, None).await).unwrap();
    running.end().await;

    let both = Place {
        keys: vec![2, 1],
        ..old.clone()
    };
    let running = both.start().await;
    let receipt = running.sequencer.append(entry(1, 1)).await.unwrap();
    check(&receipt, &entry(1, 1).leaf);
    let proof = receipt.to_tlog_proof().unwrap();
    proof.verify(&entry(1, 1).leaf, &key_of(ORIGIN, 2)).unwrap();
    trust.follow(&list(&running, None).await).unwrap();
    assert_eq!(trust.keys_of(ORIGIN), [key(), key_of(ORIGIN, 2)]);
    running.end().await;

    let new = Place {
        keys: vec![2],
        ..old
    };
    let running = new.start().await;
    let receipt = running.sequencer.append(entry(2, 1)).await.unwrap();
    let proof = receipt.to_tlog_proof().unwrap();
    assert!(proof.verify(&entry(2, 1).leaf, &key()).is_err());
    let keys = trust.keys_of(ORIGIN);
    assert!(
        keys.iter()
            .any(|key| proof.verify(&entry(2, 1).leaf, key).is_ok())
    );
    running.end().await;
    let files = new.files();
    assert_eq!(
        files.read_checkpoint().unwrap().unwrap().signatures().len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_cannot_be_a_folder_is_refused_and_changes_nothing() {
    let folder = TempDir::new().unwrap();
    let place = Place::sqlite(folder.path());
    place.start().await.end().await;
    for name in ["", "tile", "../x", "A", "a b", &"x".repeat(33)] {
        let refused = place.open_shard(name).await.map(drop).unwrap_err();
        assert!(refused.to_string().contains("small letters"), "{refused}");
    }
    let running = place.start().await;
    let receipt = running.sequencer.append(entry(0, 1)).await.unwrap();
    check(&receipt, &entry(0, 1).leaf);
    running.end().await;
}

/// A replica that still works in the old log stops, and says what to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_in_the_old_log_stops() {
    let folder = TempDir::new().unwrap();
    let url = throwaway_postgres::fresh_database();
    let place = Place {
        url,
        ..Place::sqlite(folder.path())
    };
    let running = place.start().await;
    running.sequencer.append(entry(0, 1)).await.unwrap();
    // As somebody does who opens a shard while a replica has lost its lock and does not know.
    let closing = running
        .store
        .shards(ORIGIN, [0; 32])
        .await
        .unwrap()
        .remove(0);
    let next = Shard {
        number: 2,
        origin: format!("{ORIGIN}/2027"),
        first: closing.end(),
        ..closing.clone()
    };
    running
        .store
        .open_shard(closing, next, entry(9, 1))
        .await
        .unwrap();
    let mut stopped = None;
    for _ in 0..250 {
        stopped = running.sequencer.health().err();
        if stopped.is_some() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert!(stopped.unwrap().to_string().contains("restart"));
    running.end().await;
}
