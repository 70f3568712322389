//! A ledger of several shards: its signed list is followed, and held against the one known before.

use std::fs;

use ledger::{Log, NoteSigner, Shard, ShardList, SignedNote, SoftwareSigner, TreeHead};

use crate::log::{ORIGIN, Site, entry, key};
use crate::server::Reply;

fn later_key() -> SoftwareSigner {
    SoftwareSigner::from_seed(&format!("{ORIGIN}/2027"), &[27; 32]).unwrap()
}

/// The list of the closed first shard and an open second one.
fn list(version: u64, end: TreeHead, signers: &[&SoftwareSigner]) -> String {
    let first = Shard::new(0, Some(end), vec![key(9).verifier_key().clone()]).unwrap();
    let second = Shard::new(end.size, None, vec![later_key().verifier_key().clone()]).unwrap();
    let list = ShardList::new(version, vec![first, second]).unwrap();
    let mut note = SignedNote::sign(list.to_string(), signers[0]).unwrap();
    for signer in &signers[1..] {
        note.sign_also(*signer).unwrap();
    }
    note.to_string()
}

fn two_shards() -> (Site, TreeHead) {
    let site = Site::new(300);
    let end = site.grow(300).claimed().head();
    let origin = format!("{ORIGIN}/2027");
    let mut log = Log::open(&site.server.root().join("2027"), &origin).unwrap();
    let entries: Vec<_> = (0..70).map(|n| entry(5, n)).collect();
    let staged = log.stage(&entries).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&later_key()).unwrap();
    log.publish(&checkpoint).unwrap();
    let text = list(1, end, &[&key(9), &later_key()]);
    fs::write(site.server.root().join("shards"), text).unwrap();
    (site, end)
}

#[test]
fn all_shards_are_mirrored_with_one_pinned_key() {
    let (site, _) = two_shards();
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(outcome.out.lines().count(), 2, "{outcome:?}");
    assert_eq!(site.verified().size(), 300);
    let directory = ledger::TileDirectory::open(&site.mirror().join("2027")).unwrap();
    let tree =
        ledger::verify_directory(&directory, later_key().verifier_key(), &[], &mut |_| {}).unwrap();
    assert_eq!(tree.size(), 70);
    assert_eq!(site.follow().code, Some(0));
}

#[test]
fn a_list_that_is_not_believed() {
    let (site, end) = two_shards();
    let stranger = SoftwareSigner::from_seed("stranger.example", &[1; 32]).unwrap();
    for text in [
        String::new(),
        list(1, end, &[&stranger, &later_key()]),
        list(1, end, &[&key(9)]),
    ] {
        site.server.tell("shards", Reply::Bytes(text.into_bytes()));
        let outcome = site.follow();
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(
            outcome.out.contains("la lista de segmentos se rechaza"),
            "{outcome:?}"
        );
        assert!(!site.mirror().join("2027").exists());
    }
}

#[test]
fn a_list_that_contradicts_the_known_one() {
    let (site, end) = two_shards();
    assert_eq!(site.follow().code, Some(0));
    let other = TreeHead { size: 299, ..end };
    let text = list(2, other, &[&key(9), &later_key()]);
    site.server.tell("shards", Reply::Bytes(text.into_bytes()));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    let kept = fs::read(site.mirror().join("evidence/listas-de-segmentos.txt")).unwrap();
    let fork = ledger::ShardFork::parse(&kept).unwrap();
    assert!(fork.is_signed_by(&[key(9).verifier_key().clone()]));
    site.server
        .tell("shards", Reply::Status(404, String::new()));
    let outcome = site.follow();
    assert!(outcome.out.contains("ya no publica"), "{outcome:?}");
}

/// The first shard changes its key: the list names the new one, and the mirror is verified by it.
#[test]
fn a_key_that_was_replaced_in_the_first_shard() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    let lists = [(1, &[9][..]), (2, &[9, 8]), (3, &[9, 8, 7])].map(|(version, seeds)| {
        let keys = seeds.iter().map(|seed| key(*seed).verifier_key().clone());
        let shard = Shard::new(0, None, keys.collect()).unwrap();
        let list = ShardList::new(version, vec![shard]).unwrap();
        // By the newest key and the one before.
        let mut signers = seeds.iter().rev().take(2).map(|seed| key(*seed));
        let mut note = SignedNote::sign(list.to_string(), &signers.next().unwrap()).unwrap();
        signers.for_each(|signer| note.sign_also(&signer).unwrap());
        note.to_string()
    });
    let mut log = Log::open(site.server.root(), ORIGIN).unwrap();
    let staged = log.stage(&[entry(0, 300)]).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&key(7)).unwrap();
    log.publish(&checkpoint).unwrap();
    drop(log);
    assert_eq!(site.follow().code, Some(1), "nobody vouches for the key");
    // The newest list alone is by keys that nobody knows yet.
    let newest = lists[2].clone().into_bytes();
    site.server.tell("shards", Reply::Bytes(newest.clone()));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(site.verified().size(), 300);
    // Version 1 never was, as far as this server is concerned; version 2 leads there.
    let middle = lists[1].clone().into_bytes();
    site.server.tell("shards/2", Reply::Bytes(middle));
    site.server.asked();
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    let asked = site.server.asked();
    let lists: Vec<_> = asked
        .iter()
        .filter(|path| path.starts_with("shards"))
        .collect();
    assert_eq!(lists, ["shards", "shards/1", "shards/2"]);
    let directory = ledger::TileDirectory::open(&site.mirror()).unwrap();
    let tree = ledger::verify_directory(&directory, key(7).verifier_key(), &[], &mut |_| {});
    assert_eq!(tree.unwrap().size(), 301);
    // Later rounds, and the other commands, know the way by themselves.
    site.server.be_honest();
    site.server.tell("shards", Reply::Bytes(newest));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        site.server
            .asked()
            .iter()
            .filter(|path| path.starts_with("shards/"))
            .count(),
        0
    );
    for file in ["shards", "shards.2", "shards.3"] {
        assert!(site.mirror().join(file).exists(), "{file}");
    }
}

/// A server that claims endless versions is not asked for all of them.
#[test]
fn a_list_from_nowhere() {
    let site = Site::new(300);
    let stranger = SoftwareSigner::from_seed("stranger.example", &[1; 32]).unwrap();
    let shard = Shard::new(0, None, vec![stranger.verifier_key().clone()]).unwrap();
    let list = ShardList::new(u64::MAX, vec![shard]).unwrap();
    let note = SignedNote::sign(list.to_string(), &stranger).unwrap();
    site.server
        .tell("shards", Reply::Bytes(note.to_string().into_bytes()));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(site.verified().size(), 300, "the first shard is followed");
    let asked = site.server.asked();
    assert!(
        asked
            .iter()
            .filter(|path| path.starts_with("shards/"))
            .count()
            <= 1024
    );
    assert!(!site.mirror().join("shards").exists());
}

#[test]
fn a_closed_shard_that_did_not_end_so() {
    let (site, end) = two_shards();
    let other = TreeHead { size: 299, ..end };
    let text = list(2, other, &[&key(9), &later_key()]);
    site.server.tell("shards", Reply::Bytes(text.into_bytes()));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome.out.contains("terminó con 299 entradas"),
        "{outcome:?}"
    );
    assert!(!site.mirror().join("2027").exists());
}

/// A fork of a later shard is evidence in its folder, found and judged from the mirror's root.
#[test]
fn a_fork_of_a_later_shard() {
    let (site, _) = two_shards();
    assert_eq!(site.follow().code, Some(0));
    let later = site.server.root().join("2027");
    fs::remove_dir_all(&later).unwrap();
    let mut log = Log::open(&later, &format!("{ORIGIN}/2027")).unwrap();
    let entries: Vec<_> = (0..70).map(|n| entry(6, n)).collect();
    let staged = log.stage(&entries).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&later_key()).unwrap();
    log.publish(&checkpoint).unwrap();
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains("BIFURCACIÓN"), "{outcome:?}");
    let outcome = site.evidence(&site.mirror());
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.starts_with("2027/bifurcacion-"), "{outcome:?}");
    assert!(outcome.out.contains("PROBADO"), "{outcome:?}");
}
