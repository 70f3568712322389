//! Several replicas on one PostgreSQL: one leads, the others answer too, and take over.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use ledger::SignedCheckpoint;
use rx_service::worker::sequence::Receipt;
use tempfile::TempDir;

use crate::fixture::{Place, Running, check, entry};

fn places(folder: &TempDir, count: usize) -> Vec<Place> {
    let url = throwaway_postgres::fresh_database();
    (0..count)
        .map(|n| Place {
            keys: vec![1],
            url: url.clone(),
            directory: folder.path().join(format!("ledger-{n}")),
            files: None,
            policy: None,
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn three_replicas_give_receipts_of_one_log() {
    let folder = TempDir::new().unwrap();
    let places = places(&folder, 3);
    let mut replicas = Vec::new();
    for place in &places {
        replicas.push(place.start().await);
    }
    let callers: Vec<_> = (0..240)
        .map(|n| {
            let replica = &replicas[usize::try_from(n).unwrap() % 3];
            let sequencer = replica.sequencer.clone();
            tokio::spawn(async move { sequencer.append(entry(n, 1)).await })
        })
        .collect();
    let (mut indices, mut heads) = (BTreeSet::new(), Vec::new());
    for (n, caller) in (0..).zip(callers) {
        let receipt = caller.await.unwrap().unwrap();
        check(&receipt, &entry(n, 1).leaf);
        assert!(indices.insert(receipt.index));
        heads.push(receipt.checkpoint().clone());
    }
    // The same thing at another replica.
    let again = replicas[1].sequencer.append(entry(3, 9)).await.unwrap();
    assert!(indices.contains(&again.index));
    let size = replicas[1].sequencer.size();
    for place in &places {
        place.wait_for_public(size).await;
    }
    for replica in replicas {
        replica.end().await;
    }
    verify_all(&places, &heads);
}

/// Every replica's files are the same log, and every head that any of them signed is of it.
fn verify_all(places: &[Place], heads: &[SignedCheckpoint]) {
    for place in places {
        let key = crate::fixture::key();
        ledger::verify_directory(&place.files(), &key, heads, &mut |_| {}).unwrap();
    }
}

/// A replica whose process dies: its runtime goes with all its connections, in the midst of things.
#[test]
fn another_takes_over_within_seconds_when_the_leader_dies() {
    let folder = TempDir::new().unwrap();
    let places = places(&folder, 2);
    let runtime = || {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        builder.worker_threads(2).enable_all().build().unwrap()
    };
    let (dying, surviving) = (runtime(), runtime());
    let leader = dying.block_on(places[0].start());
    // It leads: nobody else is there.
    let first = dying
        .block_on(leader.sequencer.append(entry(0, 1)))
        .unwrap();
    let follower = surviving.block_on(places[1].start());
    let early = surviving
        .block_on(follower.sequencer.append(entry(1, 1)))
        .unwrap();
    assert!(early.index > first.index);
    for n in 100..200 {
        let sequencer = leader.sequencer.clone();
        dying.spawn(async move { sequencer.append(entry(n, 1)).await });
    }
    dying.shutdown_background();
    drop(leader);

    let died = Instant::now();
    let after = surviving.block_on(async {
        tokio::time::timeout(
            Duration::from_secs(20),
            follower.sequencer.append(entry(2, 1)),
        )
        .await
    });
    let receipt = after.unwrap().unwrap();
    check(&receipt, &entry(2, 1).leaf);
    eprintln!("handed over in {:?}", died.elapsed());
    assert!(receipt.index > early.index);
    surviving.block_on(async {
        // Whatever the dead one had committed has its index, once.
        for n in 100..200 {
            let receipt = follower.sequencer.append(entry(n, 2)).await.unwrap();
            let stored = follower
                .store
                .sequenced_entries(receipt.index, 1)
                .await
                .unwrap();
            check(&receipt, &stored[0].leaf);
        }
        follower.end().await;
    });
    verify_all(
        &places[1..],
        &[receipt.checkpoint().clone(), first.checkpoint().clone()],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_leader_that_stops_in_good_order_hands_over_and_comes_back_as_a_follower() {
    let folder = TempDir::new().unwrap();
    let places = places(&folder, 2);
    let first = places[0].start().await;
    first.sequencer.append(entry(0, 1)).await.unwrap();
    let second = places[1].start().await;
    first.end().await;
    for n in 1..50 {
        second.sequencer.append(entry(n, 1)).await.unwrap();
    }
    let first = places[0].start().await;
    let receipt = first.sequencer.append(entry(50, 1)).await.unwrap();
    check(&receipt, &entry(50, 1).leaf);
    let known = first.sequencer.append(entry(20, 2)).await.unwrap();
    check(&known, &entry(20, 1).leaf);
    first.end().await;
    second.end().await;
    verify_all(&places, &[receipt.checkpoint().clone()]);
}

/// The server restarts, or a network breaks: every connection ends, the lock of the leader too.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_server_that_goes_away_and_comes_back_is_waited_for() {
    let folder = TempDir::new().unwrap();
    let places = places(&folder, 2);
    let one = places[0].start().await;
    let two = places[1].start().await;
    one.sequencer.append(entry(0, 1)).await.unwrap();
    let admin = sqlx::AnyPool::connect(&places[0].url).await.unwrap();
    for round in 1..=3_u64 {
        let cut = "SELECT COUNT(pg_terminate_backend(pid)) FROM pg_stat_activity
             WHERE datname = current_database() AND pid <> pg_backend_pid()";
        sqlx::query(cut).execute(&admin).await.unwrap();
        for (replica, salt) in [(&one, 1), (&two, 2)] {
            let receipt = patiently(replica, round, salt).await;
            let stored = replica
                .store
                .sequenced_entries(receipt.index, 1)
                .await
                .unwrap();
            check(&receipt, &stored[0].leaf);
        }
    }
    let size = one.sequencer.size();
    for place in &places {
        place.wait_for_public(size).await;
    }
    assert!(one.sequencer.health().is_ok() && two.sequencer.health().is_ok());
    one.end().await;
    two.end().await;
    verify_all(&places, &[]);
}

/// As a client does: asks again until it is answered.
async fn patiently(replica: &Running, n: u64, salt: u8) -> Receipt {
    for _ in 0..200 {
        let answer = replica.sequencer.append(entry(n, salt));
        match tokio::time::timeout(Duration::from_secs(2), answer).await {
            Ok(Ok(receipt)) => return receipt,
            Ok(Err(error)) => assert!(!error.to_string().contains("stopped"), "{error}"),
            Err(_) => {}
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("entry {n} was not answered");
}
