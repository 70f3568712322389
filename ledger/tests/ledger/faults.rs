//! A store that fails at any operation: the log stops, and reopening it finds the right tree.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ledger::{
    DirectoryError, Hash, Log, OpenError, PublishError, SignError, SignedCheckpoint, StageError,
};
use proptest::prelude::*;

use crate::faulty_store::{Fault, open_faulty};
use crate::fixture::{append, audit, entries, entry, publish, signer};

/// Sizes published before and after: the first entry, a full tile, several tiles, two levels.
const STEPS: [(u64, u64); 5] = [(0, 1), (250, 256), (255, 257), (100, 800), (3, 3)];

/// The log as the faulty publication finds it, and how many operations that takes.
fn prepared(path: &Path, fault: &Arc<Fault>, (before, after): (u64, u64)) -> Log {
    let mut log = open_faulty(path, fault).unwrap();
    append(&mut log, before);
    publish(&mut log);
    append(&mut log, after - before);
    fault.take_count();
    log
}

fn refuses_everything(log: &mut Log, checkpoint: &SignedCheckpoint) {
    assert!(matches!(
        log.stage(&entries(0..1)),
        Err(StageError::Poisoned)
    ));
    assert!(matches!(log.sign(&signer()), Err(SignError::Poisoned)));
    assert!(matches!(
        log.publish(checkpoint),
        Err(PublishError::Poisoned)
    ));
}

/// Reopening, with another fault on the way if `fault` is armed; whole in the end.
fn recover(path: &Path, fault: &Arc<Fault>, after: u64) -> Result<SignedCheckpoint, PublishError> {
    let mut log = match open_faulty(path, fault) {
        Err(OpenError::Directory(_) | OpenError::Edge(_)) => {
            assert!(!fault.is_armed(), "refused without a fault");
            return recover(path, fault, after);
        }
        other => other.unwrap(),
    };
    let missing = after - log.size();
    append(&mut log, missing);
    let signed = log.sign(&signer()).unwrap();
    log.publish(&signed).map(|()| signed)
}

#[test]
fn every_operation_of_a_publication_may_fail() {
    for step in STEPS {
        let folder = tempfile::tempdir().unwrap();
        let fault = Arc::<Fault>::default();
        publish(&mut prepared(folder.path(), &fault, step));
        let operations = fault.take_count();
        assert!(operations > 0);
        for n in 1..=operations {
            for after in [false, true] {
                one_failure(step, n, after);
            }
        }
    }
}

fn one_failure(step: (u64, u64), n: u64, after: bool) {
    let folder = tempfile::tempdir().unwrap();
    let fault = Arc::<Fault>::default();
    let mut log = prepared(folder.path(), &fault, step);
    let signed = log.sign(&signer()).unwrap();
    fault.arm(n, after);
    let outcome = log.publish(&signed);
    assert!(
        matches!(outcome, Err(PublishError::Write(_))),
        "{step:?}, operation {n}: {outcome:?}"
    );
    refuses_everything(&mut log, &signed);
    drop(log);
    // Readers see one of the two trees, whole.
    let seen = audit(folder.path(), &[]).unwrap().size();
    assert!([step.0, step.1].contains(&seen), "{seen}");
    assert_eq!(recover(folder.path(), &fault, step.1).unwrap(), signed);
    assert_eq!(audit(folder.path(), &[signed]).unwrap().size(), step.1);
}

/// The recovery of a failed publication fails in its turn, at every operation.
#[test]
fn every_operation_of_the_recovery_may_fail() {
    let step = (255, 257);
    for first in 1..=5 {
        for second in 1.. {
            let folder = tempfile::tempdir().unwrap();
            let fault = Arc::<Fault>::default();
            let mut log = prepared(folder.path(), &fault, step);
            let signed = log.sign(&signer()).unwrap();
            fault.arm(first, true);
            log.publish(&signed).unwrap_err();
            drop(log);
            fault.arm(second, second % 2 == 0);
            let again = recover(folder.path(), &fault, step.1);
            if fault.is_armed() {
                again.unwrap();
                assert!(second > 8, "only {second} operations of a recovery");
                break;
            }
            assert_eq!(recover(folder.path(), &fault, step.1).unwrap(), signed);
            assert_eq!(audit(folder.path(), &[signed]).unwrap().size(), step.1);
        }
    }
}

/// A tile that cannot be read for a proof: nothing was written, so the log goes on.
#[test]
fn a_failure_to_read_is_no_poison() {
    let folder = tempfile::tempdir().unwrap();
    let fault = Arc::<Fault>::default();
    let mut log = open_faulty(folder.path(), &fault).unwrap();
    append(&mut log, 600);
    publish(&mut log);
    drop(log);
    let mut log = open_faulty(folder.path(), &fault).unwrap();
    append(&mut log, 1);
    let signed = log.sign(&signer()).unwrap();
    fault.arm(1, false);
    assert!(matches!(
        log.inclusion_proof(0, 601),
        Err(ledger::ProveError::Read(DirectoryError::Io { .. }))
    ));
    log.publish(&signed).unwrap();
    log.inclusion_proof(0, 601).unwrap();
}

/// What a sequencer does, and what happens to it.
#[derive(Clone, Copy, Debug)]
enum Op {
    /// Stage, commit, adopt.
    Append(u8),
    /// Stage, and lose the race for the commit: the entries are never seen again.
    StageOnly(u8),
    /// Stage and commit; the process dies before it adopts.
    CommitAndDie(u8),
    Sign,
    Publish,
    /// An operation of the next publications or openings fails.
    Fail {
        n: u8,
        after: bool,
    },
    Reopen,
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => (1_u8..200).prop_map(Op::Append),
        1 => (1_u8..200).prop_map(Op::StageOnly),
        1 => (1_u8..200).prop_map(Op::CommitAndDie),
        2 => Just(Op::Sign),
        3 => Just(Op::Publish),
        3 => (1_u8..14, any::<bool>()).prop_map(|(n, after)| Op::Fail { n, after }),
        1 => Just(Op::Reopen),
    ]
}

/// The database, the files, and every head ever signed.
struct World {
    folder: tempfile::TempDir,
    fault: Arc<Fault>,
    log: Option<Log>,
    committed: Vec<Vec<u8>>,
    /// Makes the content of each batch another, whether or not it is committed.
    batches: u64,
    signed: BTreeMap<u64, Hash>,
    published: Vec<SignedCheckpoint>,
}

impl World {
    fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            fault: Arc::default(),
            log: None,
            committed: Vec::new(),
            batches: 0,
            signed: BTreeMap::new(),
            published: Vec::new(),
        }
    }

    fn batch(&mut self, count: u8) -> Vec<Vec<u8>> {
        self.batches += 1;
        vec![entry(self.batches); usize::from(count)]
    }

    /// The log, reopened and replayed if it is not there; none while the store fails.
    fn log(&mut self) -> Option<&mut Log> {
        if self.log.is_none() {
            let mut log = open_faulty(self.folder.path(), &self.fault).ok()?;
            let known = usize::try_from(log.size()).unwrap();
            // Whatever is published is committed.
            log.replay(log.size(), &self.committed[known..]).unwrap();
            self.log = Some(log);
        }
        self.log.as_mut()
    }

    fn append(&mut self, count: u8, adopts: bool) {
        let leaves = self.batch(count);
        let Some(log) = self.log() else { return };
        let Ok(staged) = log.stage(&leaves) else {
            self.log = None;
            return;
        };
        if adopts {
            log.adopt(staged).unwrap();
        } else {
            self.log = None;
        }
        self.committed.extend(leaves);
    }

    fn sign(&mut self) -> Option<SignedCheckpoint> {
        let signed = self.log()?.sign(&signer()).ok()?;
        let head = signed.claimed().head();
        assert_eq!(usize::try_from(head.size), Ok(self.committed.len()));
        let known = *self.signed.entry(head.size).or_insert(head.root);
        assert_eq!(known, head.root, "two roots signed at size {}", head.size);
        Some(signed)
    }

    fn publish(&mut self) {
        let Some(signed) = self.sign() else { return };
        let Some(log) = self.log() else { return };
        if log.publish(&signed).is_ok() {
            self.published.push(signed);
        } else {
            self.log = None;
        }
    }

    fn step(&mut self, op: Op) {
        match op {
            Op::Append(count) => self.append(count, true),
            Op::CommitAndDie(count) => self.append(count, false),
            Op::StageOnly(count) => {
                let leaves = self.batch(count);
                if let Some(log) = self.log() {
                    drop(log.stage(&leaves));
                }
            }
            Op::Sign => drop(self.sign()),
            Op::Publish => self.publish(),
            Op::Fail { n, after } => self.fault.arm(n.into(), after),
            Op::Reopen => self.log = None,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, ..ProptestConfig::default() })]

    #[test]
    fn no_course_of_failures_signs_two_roots_or_loses_an_entry(
        ops in prop::collection::vec(op(), 1..40),
    ) {
        let mut world = World::new();
        for op in ops {
            world.step(op);
        }
        world.fault.disarm();
        world.log = None;
        world.publish();
        let size = u64::try_from(world.committed.len()).unwrap();
        let verified = audit(world.folder.path(), &world.published).unwrap();
        prop_assert_eq!(verified.size(), size);
        let mut reference = ledger::Frontier::new();
        for (index, leaf) in (1..).zip(&world.committed) {
            reference.push(ledger::leaf_hash(leaf), &mut |_, _| {});
            if let Some(root) = world.signed.get(&index) {
                prop_assert_eq!(*root, reference.root());
            }
        }
        prop_assert_eq!(verified.root(), reference.root());
    }
}
