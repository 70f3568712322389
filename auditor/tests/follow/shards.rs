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
