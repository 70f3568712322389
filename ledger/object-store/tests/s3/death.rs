//! A server that dies at every request of a publication, before or after its effect.

use std::sync::atomic::Ordering;

use ledger::{Log, PublishError, SignError};

use crate::server::{Server, append, audit, publish, signer};

const BEFORE: u64 = 250;
const AFTER: u64 = 520;

fn published_before(server: &Server) -> (Log, ledger::SignedCheckpoint) {
    let mut log = server.open();
    append(&mut log, BEFORE);
    let earlier = publish(&mut log);
    append(&mut log, AFTER - BEFORE);
    server.conduct.take_changes();
    (log, earlier)
}

fn recovers(server: &Server, earlier: ledger::SignedCheckpoint, signed: ledger::SignedCheckpoint) {
    let stored = audit(server, std::slice::from_ref(&earlier));
    assert!([BEFORE, AFTER].contains(&stored));
    let mut log = server.open();
    let missing = AFTER - log.size();
    append(&mut log, missing);
    // The same size is signed again, with the same bytes.
    assert_eq!(publish(&mut log), signed);
    append(&mut log, 1);
    publish(&mut log);
    assert_eq!(audit(server, &[earlier, signed]), AFTER + 1);
}

#[test]
fn death_in_mid_publication_poisons_and_reopening_recovers() {
    let whole = Server::start();
    publish(&mut published_before(&whole).0);
    let changes = i64::try_from(whole.conduct.take_changes().len()).unwrap();
    // Two bundles and two tiles of each kind, level 1, the checkpoint, partial tiles removed.
    assert!(changes >= 10, "{changes} requests of a publication");
    // Each waits for the client to give up: all at once.
    std::thread::scope(|threads| {
        for n in 1..=changes {
            for after in [false, true] {
                threads.spawn(move || dies_at(n, after));
            }
        }
    });
}

fn dies_at(n: i64, after: bool) {
    let server = Server::start();
    let (mut log, earlier) = published_before(&server);
    let signed = log.sign(&signer()).unwrap();
    server.conduct.die_at(n, after);
    let outcome = log.publish(&signed);
    assert!(server.conduct.is_dead());
    assert!(
        matches!(outcome, Err(PublishError::Write(_))),
        "request {n}: {outcome:?}"
    );
    assert!(matches!(log.sign(&signer()), Err(SignError::Poisoned)));
    server.conduct.revive();
    recovers(&server, earlier, signed);
}

/// The answer to one put is lost, but the put happened: it is repeated, and is no conflict.
#[test]
fn a_lost_answer_is_no_failure() {
    let whole = Server::start();
    publish(&mut published_before(&whole).0);
    let changes = whole.conduct.take_changes();
    let puts = changes.iter().filter(|change| change.starts_with("PUT"));
    let puts = i64::try_from(puts.count()).unwrap();
    for n in 1..=puts {
        let server = Server::start();
        let (mut log, earlier) = published_before(&server);
        server.conduct.hiccup.store(true, Ordering::SeqCst);
        server.conduct.die_at(n, true);
        let signed = publish(&mut log);
        assert_eq!(audit(&server, &[earlier, signed]), AFTER, "request {n}");
    }
}
