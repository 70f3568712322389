//! What appending costs: `cargo test -p ledger --release -- --ignored append_cost --nocapture`.

use std::time::{Duration, Instant};

use ledger::Log;

use crate::fixture::{entries, open, publish};

const BATCH: u64 = 500;

/// Time to append `count` entries of 200 bytes in batches; the fastest of three, to ignore noise.
fn time_to_append(log: &mut Log, count: u64) -> Duration {
    let batch = vec![vec![7; 200]; usize::try_from(BATCH).unwrap()];
    let mut round = || {
        let start = Instant::now();
        for _ in 0..count / BATCH {
            let staged = log.stage(&batch).unwrap();
            log.adopt(staged).unwrap();
        }
        let elapsed = start.elapsed();
        publish(log);
        elapsed
    };
    (0..3).map(|_| round()).min().unwrap()
}

#[test]
#[ignore = "measures time; run it alone, in release"]
fn appending_is_cheap_and_flat_in_the_size_of_the_tree() {
    const COUNT: u64 = 20_000;
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let small = time_to_append(&mut log, COUNT);
    let filler = entries(0..100_000);
    for _ in 0..10 {
        let staged = log.stage(&filler).unwrap();
        log.adopt(staged).unwrap();
        publish(&mut log);
    }
    let large = time_to_append(&mut log, COUNT);
    let per_entry = |time: Duration| time.as_nanos() / u128::from(COUNT);
    eprintln!(
        "{} ns per entry, {} at {} entries",
        per_entry(small),
        per_entry(large),
        log.size()
    );
    assert!(per_entry(large) < 5_000);
    assert!(
        large < small * 3,
        "appending got slower with size: {small:?}, {large:?}"
    );

    let start = Instant::now();
    for index in log.size() - 1000..log.size() {
        log.inclusion_proof(index, log.size()).unwrap();
    }
    eprintln!(
        "{} ns per inclusion proof of a recent entry",
        start.elapsed().as_nanos() / 1000
    );
}
