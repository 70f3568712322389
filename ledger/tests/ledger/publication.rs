//! Which checkpoints are published, and what a failure to write leaves.

use std::fs;

use ledger::{
    Checkpoint, Log, NoteSignature, OpenError, PublishError, SignError, SignedCheckpoint,
    SoftwareSigner, StageError, TileDirectory, TlogProof, TreeHead, leaf_hash,
};

use crate::fixture::{ORIGIN, append, audit, entries, entry, open, publish, signer};

fn forged(size: u64) -> SignedCheckpoint {
    let head = TreeHead {
        size,
        root: leaf_hash(b"another history"),
    };
    SignedCheckpoint::sign(Checkpoint::new(ORIGIN, head).unwrap(), &signer()).unwrap()
}

#[test]
fn only_checkpoints_of_this_tree_are_published() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 5);
    let old = log.sign(&signer()).unwrap();
    append(&mut log, 5);
    publish(&mut log);
    assert!(matches!(
        log.publish(&old),
        Err(PublishError::Older {
            size: 5,
            published: 10
        })
    ));
    assert!(matches!(
        log.publish(&forged(10)),
        Err(PublishError::OtherRoot { size: 10 })
    ));
    assert!(matches!(
        log.publish(&forged(11)),
        Err(PublishError::Ahead {
            size: 11,
            adopted: 10
        })
    ));
    let stranger = SoftwareSigner::from_seed("stranger.example", &[1; 32]).unwrap();
    assert!(matches!(
        log.sign(&stranger),
        Err(SignError::OtherOrigin { .. })
    ));
    let foreign = Checkpoint::new("stranger.example", log.head()).unwrap();
    let foreign = SignedCheckpoint::sign(foreign, &stranger).unwrap();
    assert!(matches!(
        log.publish(&foreign),
        Err(PublishError::OtherOrigin { .. })
    ));
    // None of these harmed the log.
    append(&mut log, 1);
    publish(&mut log);
    assert_eq!(audit(folder.path(), &[old]).unwrap().size(), 11);
}

#[test]
fn cosignatures_may_follow() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 2);
    let mut checkpoint = publish(&mut log);
    checkpoint
        .attach(NoteSignature::parse("— witness.example AAAAAAAA").unwrap())
        .unwrap();
    log.publish(&checkpoint).unwrap();
    let published = TileDirectory::open(folder.path())
        .unwrap()
        .read_checkpoint()
        .unwrap()
        .unwrap();
    assert_eq!(published, checkpoint);
    assert!(audit(folder.path(), &[]).is_ok());
}

#[test]
fn the_empty_log_is_published_and_audited() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    let empty = publish(&mut log);
    assert_eq!(
        audit(folder.path(), std::slice::from_ref(&empty))
            .unwrap()
            .size(),
        0
    );
    append(&mut log, 1);
    publish(&mut log);
    assert_eq!(audit(folder.path(), &[empty]).unwrap().size(), 1);
}

#[test]
fn partial_tiles_disappear_once_the_full_one_exists() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 200);
    publish(&mut log);
    assert!(folder.path().join("tile/0/000.p/200").is_file());
    append(&mut log, 100);
    publish(&mut log);
    assert!(!folder.path().join("tile/0/000.p").exists());
    assert!(!folder.path().join("tile/entries/000.p").exists());
    assert!(folder.path().join("tile/0/000").is_file());
    assert!(folder.path().join("tile/1/000.p/1").is_file());
}

#[test]
fn a_receipt_of_an_unpublished_entry_verifies() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 1000);
    let checkpoint = log.sign(&signer()).unwrap();
    let inclusion = log.inclusion_proof(777, log.size()).unwrap();
    let receipt = TlogProof::new(inclusion, checkpoint).unwrap().to_string();
    let receipt = TlogProof::parse(receipt.as_bytes()).unwrap();
    let key = ledger::NoteSigner::verifier_key(&signer()).clone();
    assert_eq!(receipt.verify(&entry(777), &key).unwrap().index(), 777);
    assert!(receipt.verify(&entry(778), &key).is_err());
}

#[test]
fn a_failed_write_poisons_until_reopened() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    // A file where a directory must be: the disk refuses the first tile.
    let obstacle = folder.path().join("tile");
    fs::write(&obstacle, b"").unwrap();
    append(&mut log, 3);
    let checkpoint = log.sign(&signer()).unwrap();
    assert!(matches!(
        log.publish(&checkpoint),
        Err(PublishError::Write(_))
    ));

    fs::remove_file(&obstacle).unwrap();
    assert!(matches!(
        log.publish(&checkpoint),
        Err(PublishError::Poisoned)
    ));
    assert!(matches!(
        log.stage(&entries(3..4)),
        Err(StageError::Poisoned)
    ));
    assert!(matches!(log.sign(&signer()), Err(SignError::Poisoned)));

    drop(log);
    let mut log = open(folder.path());
    log.replay(0, &entries(0..3)).unwrap();
    log.publish(&checkpoint).unwrap();
    assert_eq!(audit(folder.path(), &[]).unwrap().size(), 3);
}

#[test]
fn entries_that_differ_from_published_ones_are_a_conflict() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 5);
    publish(&mut log);
    drop(log);
    // The checkpoint was lost, and the database restored from an older copy.
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    let mut log = open(folder.path());
    let staged = log.stage(&entries(100..105)).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&signer()).unwrap();
    let refused = log.publish(&checkpoint);
    assert!(matches!(
        refused,
        Err(PublishError::Write(ledger::WriteError::Conflict { .. }))
    ));
}

#[test]
fn one_process_and_one_origin() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    publish(&mut log);
    assert!(matches!(
        Log::open(folder.path(), ORIGIN),
        Err(OpenError::Lock(_))
    ));
    drop(log);
    let other = Log::open(folder.path(), "stranger.example");
    assert!(matches!(other, Err(OpenError::OtherOrigin { .. })));
    assert!(matches!(
        Log::open(folder.path(), "two words"),
        Err(OpenError::Origin)
    ));
}
