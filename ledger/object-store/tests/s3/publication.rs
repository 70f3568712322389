//! The usual course: publish, reopen, go on, prove, verify; and what is refused.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use ledger::{
    DirectoryError, Log, LogFile, OpenError, PublishError, PublishedTree, Scrub, Tile, TileSource,
    WriteError, leaf_hash,
};
use object_store::ObjectStoreExt;

use crate::server::{ORIGIN, PREFIX, Server, append, audit, entries, publish, signer};

const STOPS: [u64; 5] = [0, 3, 260, 700, 1030];

fn publish_at_stops(log: &mut Log) {
    for stop in STOPS {
        let missing = stop - log.size();
        append(log, missing);
        publish(log);
    }
}

fn files(folder: &Path, below: &str, found: &mut BTreeMap<String, Vec<u8>>) {
    for item in folder.read_dir().unwrap() {
        let item = item.unwrap();
        let name = format!("{below}{}", item.file_name().into_string().unwrap());
        if item.path().is_dir() {
            files(&item.path(), &format!("{name}/"), found);
        } else if name != "lock" {
            found.insert(name, std::fs::read(item.path()).unwrap());
        }
    }
}

#[test]
fn the_objects_are_the_files_of_a_directory() {
    let server = Server::start();
    publish_at_stops(&mut server.open());
    let folder = tempfile::tempdir().unwrap();
    publish_at_stops(&mut Log::open(folder.path(), ORIGIN).unwrap());
    let mut expected = BTreeMap::new();
    files(folder.path(), "", &mut expected);
    let mut contents = server.contents();
    assert!(contents.remove("conditional-put-probe").is_some());
    assert!(contents.contains_key("tile/0/004.p/6"));
    assert_eq!(contents, expected);
}

#[test]
fn reopened_it_goes_on_and_everything_verifies() {
    let server = Server::start();
    let mut earlier = Vec::new();
    for stop in [5, 300, 520] {
        let mut log = server.open();
        let missing = stop - log.size();
        append(&mut log, missing);
        earlier.push(publish(&mut log));
        assert_eq!(audit(&server, &earlier), stop);
    }
    let source = server.store().source();
    let published = PublishedTree::new(source.clone(), 520);
    let proof = published.inclusion_proof(256, 520).unwrap();
    let root = earlier[2].claimed().root();
    proof
        .verify(leaf_hash(&entries(256..257)[0]), root)
        .unwrap();
    // A replica reads the same objects, and proves what is not published yet.
    let mut follower = Log::follow(Arc::new(source), ORIGIN).unwrap();
    append(&mut follower, 10);
    let mut leader = server.open();
    append(&mut leader, 10);
    publish(&mut leader);
    assert_eq!(follower.advance_published().unwrap(), 530);
    assert_eq!(
        follower.inclusion_proof(0, 530).unwrap(),
        leader.inclusion_proof(0, 530).unwrap()
    );
}

#[test]
fn other_entries_at_published_places_are_a_conflict() {
    let server = Server::start();
    let mut log = server.open();
    append(&mut log, 5);
    publish(&mut log);
    let objects = server.objects();
    let checkpoint = format!("{PREFIX}/checkpoint").into();
    server
        .handle()
        .block_on(objects.delete(&checkpoint))
        .unwrap();
    let mut log = server.open();
    log.replay(0, &entries(100..105)).unwrap();
    let checkpoint = log.sign(&signer()).unwrap();
    let refused = log.publish(&checkpoint).unwrap_err();
    assert!(
        matches!(refused, PublishError::Write(WriteError::Conflict { .. })),
        "{refused}"
    );
    assert!(
        refused.to_string().contains("logs/receta/tile/"),
        "{refused}"
    );
}

/// Two sequencers that both believe to be elected: the second to publish is stopped, and what the
/// first published stands.
#[test]
fn of_two_sequencers_one_is_stopped() {
    let server = Server::start();
    let (mut first, mut second) = (server.open(), server.open());
    append(&mut first, 5);
    append(&mut second, 5);
    publish(&mut first);
    let checkpoint = second.sign(&signer()).unwrap();
    let refused = second.publish(&checkpoint);
    assert!(
        matches!(
            refused,
            Err(PublishError::Write(WriteError::CheckpointMoved { .. }))
        ),
        "{refused:?}"
    );
    append(&mut first, 300);
    publish(&mut first);
    assert_eq!(audit(&server, &[]), 305);
}

#[test]
fn what_no_log_writes_is_not_read() {
    let server = Server::start();
    let mut log = server.open();
    append(&mut log, 2);
    publish(&mut log);
    let source = server.store().source();
    let tile = Tile::parse("tile/0/000.p/2").unwrap();
    server.overwrite("tile/0/000.p/2", vec![0; 8193]);
    let found = source.read_hashes(tile).unwrap_err();
    assert!(
        matches!(found, DirectoryError::TooLarge { limit: 8192, .. }),
        "{found}"
    );
    assert!(found.to_string().contains("logs/receta/tile/0/000.p/2"));
    server.overwrite("tile/0/000.p/2", vec![0; 63]);
    let found = source.read_hashes(tile).unwrap_err();
    assert!(matches!(found, DirectoryError::WrongLength { .. }));
    // Names that are none of a partial tile, as it lists them.
    for name in ["0", "x", "2/2", "256", "7.tmp"] {
        server.overwrite(&format!("tile/1/000.p/{name}"), vec![0; 32]);
    }
    server.overwrite("tile/1/000.p/9", vec![0; 288]);
    let listed = source.partial_tiles(Tile::parse("tile/1/000").unwrap());
    assert_eq!(listed.unwrap(), [Tile::parse("tile/1/000.p/9").unwrap()]);
    assert_eq!(source.read(LogFile::Tile(tile.to_full())).unwrap(), None);

    server.overwrite("checkpoint", b"not a note".to_vec());
    let refused = Log::open_on(Arc::new(server.store()), ORIGIN);
    assert!(matches!(refused, Err(OpenError::Directory(_))));
}

/// Receipts are made in tasks, and one of an old entry may need a tile.
#[test]
fn it_may_be_read_from_a_task() {
    let server = Server::start();
    let mut log = server.open();
    append(&mut log, 600);
    publish(&mut log);
    let log = server.open();
    let proof = server.handle().block_on(async {
        let task = tokio::spawn(async move { log.inclusion_proof(3, 600) });
        task.await.unwrap()
    });
    assert_eq!(proof.unwrap().index, 3);
    let source = server.store().source();
    let read = move || source.read_checkpoint();
    let blocking = server.handle().spawn_blocking(read);
    let checkpoint = server.handle().block_on(blocking).unwrap();
    assert_eq!(checkpoint.unwrap().unwrap().claimed().size(), 600);
}

#[test]
fn a_flipped_bit_is_found_and_named() {
    let server = Server::start();
    let mut log = server.open();
    append(&mut log, 300);
    publish(&mut log);
    let round = || Scrub::new().step(&log.scrub_base()?, u64::MAX);
    assert_eq!(round().unwrap().verified, 2);
    for name in ["tile/0/000", "tile/entries/001.p/44", "tile/1/000.p/1"] {
        let whole = server.contents().remove(name).unwrap();
        let mut damaged = whole.clone();
        damaged[7] ^= 4;
        server.overwrite(name, damaged);
        let found = round().unwrap_err().to_string();
        assert!(found.contains(name), "{found}");
        server.overwrite(name, whole);
    }
    round().unwrap();
}
