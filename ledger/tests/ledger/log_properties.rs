//! What holds for every way of batching, publishing and reopening.

use ledger::{Frontier, Log, TreeHead, leaf_hash};
use proptest::prelude::*;

use crate::fixture::{append, audit, entries, entry, open, publish};

/// The head that one big batch would give, computed without the log.
fn head_of(size: u64) -> TreeHead {
    let mut frontier = Frontier::new();
    for index in 0..size {
        frontier.push(leaf_hash(&entry(index)), &mut |_, _| {});
    }
    TreeHead {
        size,
        root: frontier.root(),
    }
}

/// What a sequencer may do next.
#[derive(Clone, Copy, Debug)]
enum Op {
    Append(u64),
    Publish,
    /// Sign now, append more, publish the older checkpoint: witnesses take their time.
    PublishLate(u64),
    /// The process ends; the database replays what was not published.
    Restart,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (0_u64..600).prop_map(Op::Append),
        2 => Just(Op::Publish),
        1 => (0_u64..300).prop_map(Op::PublishLate),
        2 => Just(Op::Restart),
    ]
}

fn check_proofs(log: &Log, seed: u64) {
    let head = log.head();
    for step in 1..=8_u64 {
        let size = (seed.wrapping_mul(step) % head.size) + 1;
        let index = seed.wrapping_mul(step + 1) % size;
        let proof = log.inclusion_proof(index, size).unwrap();
        proof
            .verify(leaf_hash(&entry(index)), head_of(size).root)
            .unwrap();
        let proof = log.consistency_proof(size, head.size).unwrap();
        proof.verify(head_of(size).root, head.root).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_course_of_events_gives_the_same_tree(
        ops in prop::collection::vec(op(), 1..12), seed: u64,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        let mut checkpoints = Vec::new();
        for op in ops {
            match op {
                Op::Append(count) => append(&mut log, count),
                Op::Publish => checkpoints.push(publish(&mut log)),
                Op::PublishLate(count) => {
                    let checkpoint = log.sign(&crate::fixture::signer()).unwrap();
                    append(&mut log, count);
                    log.publish(&checkpoint).unwrap();
                    checkpoints.push(checkpoint);
                }
                Op::Restart => {
                    let committed = log.head();
                    drop(log);
                    log = open(folder.path());
                    prop_assert_eq!(log.size(), log.published_size());
                    let page = entries(log.size()..committed.size);
                    log.replay(log.size(), &page).unwrap();
                    log.confirm_head(committed).unwrap();
                }
            }
        }
        prop_assert_eq!(log.head(), head_of(log.size()));
        if log.size() > 0 {
            check_proofs(&log, seed);
        }
        if let Some(last) = checkpoints.last() {
            let tree = audit(folder.path(), &checkpoints).unwrap();
            prop_assert_eq!(tree.size(), last.claimed().size());
            prop_assert_eq!(tree.root(), last.claimed().root());
        }
    }
}

#[test]
fn a_batch_across_two_tile_levels() {
    const SIZE: u64 = 2 * 65_536 + 257;
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, SIZE);
    publish(&mut log);
    assert_eq!(log.head(), head_of(SIZE));
    audit(folder.path(), &[]).unwrap();

    // Proofs from memory right after publication, and from the tiles after a restart.
    drop(log);
    let log = open(folder.path());
    for index in [0, 255, 65_536, 131_071, 131_072, SIZE - 1] {
        let proof = log.inclusion_proof(index, SIZE).unwrap();
        proof.verify(leaf_hash(&entry(index)), log.root()).unwrap();
    }
    log.inclusion_proof(SIZE, SIZE).unwrap_err();
    log.inclusion_proof(0, SIZE + 1).unwrap_err();
}

#[test]
fn staging_changes_nothing_and_a_stale_batch_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 3);
    let before = log.head();
    let first = log.stage(&entries(3..5)).unwrap();
    let second = log.stage(&entries(3..4)).unwrap();
    assert_eq!(log.head(), before);
    log.adopt(first).unwrap();
    let stale = log.adopt(second).unwrap_err();
    assert_eq!((stale.staged_on, stale.size), (3, 5));
    assert_eq!(log.head(), head_of(5));
}

#[test]
fn replay_refuses_gaps_and_other_histories() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 10);
    log.replay(11, &entries(11..12)).unwrap_err();
    log.replay(9, &entries(9..12)).unwrap_err();
    log.replay(10, &entries(20..22)).unwrap();
    log.confirm_head(head_of(12)).unwrap_err();
}

#[test]
fn an_entry_that_fits_no_bundle_is_refused_whole() {
    let folder = tempfile::tempdir().unwrap();
    let log = open(folder.path());
    assert!(log.stage(&[vec![0; 65_535]]).is_ok());
    assert!(log.stage(&[vec![0], vec![0; 65_536]]).is_err());
    assert_eq!(log.size(), 0);
}

#[test]
fn a_log_is_shared_between_threads() {
    fn assert_send_and_sync<T: Send + Sync>() {}
    assert_send_and_sync::<Log>();
}
