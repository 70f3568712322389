//! `kill -9` at any moment: what was answered is remembered.

use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::{HONEST, Running, prepared};

#[test]
fn killed_at_any_moment_it_never_goes_back() {
    let (folder, _) = prepared();
    let acknowledged = AtomicU64::new(0);
    for round in 0..12 {
        let witness = Running::start(folder.path());
        let pid = Pid::from_child(&witness.child);
        thread::scope(|scope| {
            scope.spawn(|| grow_until_it_dies(&witness, &acknowledged));
            thread::sleep(Duration::from_millis(15 + 7 * round));
            kill_process(pid, Signal::KILL).unwrap();
        });
    }
    let acknowledged = acknowledged.into_inner();
    assert!(
        acknowledged > 12,
        "too slow to test anything: {acknowledged}"
    );
    let witness = Running::start(folder.path());
    let known = known_size(&witness);
    // One that was written, and killed before its answer, may be ahead; never behind.
    assert!(known >= acknowledged, "{known} after {acknowledged}");
    assert_eq!(witness.add(&HONEST.request(known, known + 1)).status, 200);
}

fn known_size(witness: &Running) -> u64 {
    let answer = witness.add(&HONEST.request(0, 100_000));
    match answer.status {
        409 => answer.body.trim_end().parse().unwrap(),
        _ => panic!("{answer:?}"),
    }
}

fn grow_until_it_dies(witness: &Running, acknowledged: &AtomicU64) {
    let mut known = acknowledged.load(Ordering::SeqCst);
    loop {
        let request = HONEST.request(known, known + 1).to_string();
        let Ok(answer) = witness.post(request.as_bytes()) else {
            return;
        };
        known = match answer.status {
            200 => {
                acknowledged.store(known + 1, Ordering::SeqCst);
                known + 1
            }
            409 => {
                let size: u64 = answer.body.trim_end().parse().unwrap();
                assert!(
                    size >= acknowledged.load(Ordering::SeqCst),
                    "went back to {size}"
                );
                size
            }
            _ => panic!("{answer:?}"),
        };
    }
}
