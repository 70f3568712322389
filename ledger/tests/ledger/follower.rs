//! A replica that is not the sequencer sees the same tree while the sequencer goes on publishing.

use std::path::Path;
use std::sync::Arc;

use ledger::{
    AdvanceError, Checkpoint, Log, PublishError, PublishedTree, SignError, SignedCheckpoint,
    TileDirectory, TreeHead, leaf_hash,
};

use crate::fixture::{ORIGIN, append, entries, entry, open, publish, signer};

fn follow(path: &Path) -> Log {
    let source = TileDirectory::open(path).unwrap();
    Log::follow(Arc::new(source), ORIGIN).unwrap()
}

fn catch_up(follower: &mut Log, leader: &Log) {
    let first = follower.size();
    follower
        .replay(first, &entries(first..leader.size()))
        .unwrap();
    follower.confirm_head(leader.head()).unwrap();
}

/// Both make the same proofs of every entry and size that a tile boundary makes interesting.
fn agree(follower: &Log, leader: &Log) {
    let size = leader.size();
    let edges = [0, 1, 255, 256, 257, 511, 512, 1023, 1024, size - 1];
    for index in edges.into_iter().filter(|index| *index < size) {
        let ours = follower.inclusion_proof(index, size).unwrap();
        assert_eq!(ours, leader.inclusion_proof(index, size).unwrap());
        ours.verify(leaf_hash(&entry(index)), leader.root())
            .unwrap();
    }
}

#[test]
fn a_follower_survives_publications_it_was_not_told_of() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = open(folder.path());
    append(&mut leader, 300);
    publish(&mut leader);
    let mut follower = follow(folder.path());
    assert_eq!((follower.size(), follower.published_size()), (300, 300));
    // The leader fills the tile the follower began with, and removes its partial file.
    for more in [100, 155, 1, 1000] {
        append(&mut leader, more);
        publish(&mut leader);
        catch_up(&mut follower, &leader);
        agree(&follower, &leader);
    }
    assert!(!folder.path().join("tile/0/001.p").exists());
    assert_eq!(follower.published_size(), 300);
    assert_eq!(follower.advance_published().unwrap(), leader.size());
    agree(&follower, &leader);
    // It signs the same bytes, and may not write.
    let signed = follower.sign(&signer()).unwrap();
    assert_eq!(signed, leader.sign(&signer()).unwrap());
    assert!(matches!(
        follower.publish(&signed),
        Err(PublishError::Follows)
    ));
    append(&mut follower, 1);
}

/// What is published beyond what the follower knows is no reason to forget too much.
#[test]
fn a_follower_that_lags_advances_as_far_as_it_has_come() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = open(folder.path());
    append(&mut leader, 10);
    publish(&mut leader);
    let mut follower = follow(folder.path());
    append(&mut leader, 2000);
    publish(&mut leader);
    append(&mut follower, 700);
    assert_eq!(follower.advance_published().unwrap(), 710);
    let published = PublishedTree::new(TileDirectory::open(folder.path()).unwrap(), 2010);
    for index in [0, 9, 255, 256, 511, 700, 709] {
        assert_eq!(
            follower.inclusion_proof(index, 710).unwrap(),
            published.inclusion_proof(index, 710).unwrap()
        );
    }
    catch_up(&mut follower, &leader);
    assert_eq!(follower.advance_published().unwrap(), 2010);
    agree(&follower, &leader);
}

#[test]
fn a_follower_begins_before_anything_is_published() {
    let folder = tempfile::tempdir().unwrap();
    let mut follower = follow(folder.path());
    append(&mut follower, 600);
    assert_eq!(follower.advance_published().unwrap(), 0);
    follower.inclusion_proof(3, 600).unwrap();
    let mut leader = open(folder.path());
    append(&mut leader, 600);
    publish(&mut leader);
    assert_eq!(leader.advance_published().unwrap(), 600);
    assert_eq!(follower.advance_published().unwrap(), 600);
    agree(&follower, &leader);
}

/// The files contradict the database: nothing may be signed.
#[test]
fn a_follower_refuses_another_history() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = open(folder.path());
    append(&mut leader, 5);
    publish(&mut leader);
    let mut follower = follow(folder.path());
    let other = vec![b"another".to_vec()];
    follower.replay(5, &other).unwrap();
    append(&mut leader, 1);
    publish(&mut leader);
    let found = follower.advance_published();
    assert!(
        matches!(found, Err(AdvanceError::OtherRoot { size: 6 })),
        "{found:?}"
    );
    assert!(matches!(follower.sign(&signer()), Err(SignError::Poisoned)));
}

#[test]
fn a_follower_refuses_a_checkpoint_that_went_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut leader = open(folder.path());
    append(&mut leader, 5);
    publish(&mut leader);
    let mut follower = follow(folder.path());
    let write = |origin: &str, size| {
        let root = leaf_hash(b"whatever");
        let key = ledger::SoftwareSigner::from_seed(origin, &[1; 32]).unwrap();
        let checkpoint = Checkpoint::new(origin, TreeHead { size, root }).unwrap();
        let signed = SignedCheckpoint::sign(checkpoint, &key).unwrap();
        std::fs::write(folder.path().join("checkpoint"), signed.to_string()).unwrap();
    };
    write(ORIGIN, 4);
    let found = follower.advance_published();
    let shrunk = AdvanceError::Shrunk {
        size: 4,
        published: 5,
    };
    assert_eq!(found.unwrap_err().to_string(), shrunk.to_string());
    write("stranger.example", 9);
    assert!(matches!(
        follower.advance_published(),
        Err(AdvanceError::OtherOrigin { .. })
    ));
    // The sequencer notices as well, before it replaces what is not its own.
    append(&mut leader, 1);
    let checkpoint = leader.sign(&signer()).unwrap();
    let refused = leader.publish(&checkpoint);
    assert!(
        matches!(
            refused,
            Err(PublishError::Write(
                ledger::WriteError::CheckpointMoved { .. }
            ))
        ),
        "{refused:?}"
    );
}
