//! The bodies beside the mirror.

use std::fs;

use data_encoding::BASE64;
use jiff::Timestamp;
use ledger::{Log, NoteSigner, Shard, ShardList, SignedNote, SoftwareSigner};
use prescription::BlindedKey;
use prescription::body::commitment;
use prescription::leaf::{Leaf, LeafKind, Pseudonym, Totals};
use prescription::state::Phase;

use crate::log::{ORIGIN, Site, key};
use crate::server::Reply;

fn body(n: u64) -> ([u8; 32], Vec<u8>) {
    (
        [n.to_be_bytes()[7]; 32],
        format!("the body of {n}").into_bytes(),
    )
}

fn line(n: u64) -> String {
    let (salt, body) = body(n);
    let (salt, body) = (BASE64.encode(&salt), BASE64.encode(&body));
    format!(r#"{{"index":{n},"salt":"{salt}","body":"{body}"}}"#)
}

fn leaf(n: u64) -> Vec<u8> {
    let (salt, body) = body(n);
    let leaf = Leaf {
        kind: LeafKind::Issued,
        pseudonym: Pseudonym([7; 16]),
        before: Phase::None,
        after: Phase::Active,
        controlled: Vec::new(),
        establishment: Some("HGIMB000011".parse().unwrap()),
        at: Timestamp::UNIX_EPOCH,
        commitment: commitment(&salt, &body),
        totals: Some(Totals::default()),
        claimed: vec![BlindedKey([1; 16])],
        released: Vec::new(),
        erased: Vec::new(),
    };
    leaf.encode()
}

/// A log of leaves; every entry but those of `without` has a body.
fn site(count: u64, without: &[u64]) -> Site {
    let site = Site::new(0);
    append(&site, 0..count, without);
    site
}

fn append(site: &Site, entries: std::ops::Range<u64>, without: &[u64]) {
    let mut log = Log::open(site.server.root(), ORIGIN).unwrap();
    let staged = log
        .stage(&entries.clone().map(leaf).collect::<Vec<_>>())
        .unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&key(9)).unwrap();
    log.publish(&checkpoint).unwrap();
    for n in entries.filter(|n| !without.contains(n)) {
        site.server.serve_body(n, line(n));
    }
}

fn kept(site: &Site) -> String {
    fs::read_to_string(site.mirror().join("bodies.jsonl")).unwrap_or_default()
}

fn expected(indices: impl Iterator<Item = u64>) -> String {
    indices.map(|n| line(n) + "\n").collect()
}

#[test]
fn bodies_are_appended_as_the_log_grows() {
    let site = site(450, &[3, 449]);
    let outcome = site.follow_with(&["--bodies"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(outcome.out.contains("448 nuevos"), "{outcome:?}");
    assert_eq!(kept(&site), expected((0..449).filter(|n| *n != 3)));
    append(&site, 450..460, &[]);
    site.server.asked();
    assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
    assert_eq!(
        kept(&site),
        expected((0..460).filter(|n| ![3, 449].contains(n)))
    );
    let asked = site.server.asked();
    let pages = asked.iter().filter(|path| path.starts_with("bodies"));
    assert_eq!(pages.collect::<Vec<_>>(), ["bodies?from=449&limit=200"]);
}

/// What the server marks as destroyed is kept with the mark, and following goes on behind it.
#[test]
fn a_mark_stands_in_the_place_of_a_destroyed_body() {
    let site = site(20, &[]);
    let mark = |n: u64| format!("{{\"index\":{n},\"erased\":true}}");
    for n in [5, 19] {
        site.server.serve_body(n, mark(n));
    }
    assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
    let marked = |n| if n == 5 || n == 19 { mark(n) } else { line(n) };
    let whole: String = (0..20).map(|n| marked(n) + "\n").collect();
    assert_eq!(kept(&site), whole);
    append(&site, 20..22, &[]);
    assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
    assert_eq!(kept(&site), whole + &expected(20..22));
}

#[test]
fn a_line_that_was_cut_off_is_fetched_again() {
    let site = site(20, &[]);
    assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
    let whole = kept(&site);
    let file = site.mirror().join("bodies.jsonl");
    for cut in [0, 1, 50, whole.len() / 2, whole.len() - 1] {
        fs::write(&file, &whole[..cut]).unwrap();
        assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
        assert_eq!(kept(&site), whole, "cut at {cut}");
    }
}

#[test]
fn what_does_not_open_its_leaf_is_not_kept() {
    let wrong = line(6).replace("\"index\":6", "\"index\":5");
    for (reply, words) in [
        (wrong, "entrada 5: el cuerpo recibido no corresponde"),
        ("{}".to_owned(), "una línea no es un objeto JSON"),
        (line(2), "repetida o fuera de orden"),
    ] {
        let site = site(20, &[]);
        site.server.serve_body(5, reply);
        let outcome = site.follow_with(&["--bodies"]);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.out.contains(words), "{outcome:?}");
        assert_eq!(kept(&site), expected(0..5));
        site.server.serve_body(5, line(5));
        assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
        assert_eq!(kept(&site), expected(0..20));
    }
}

#[test]
fn a_page_that_breaks_off_or_never_ends() {
    let site = site(20, &[]);
    let all = expected(0..20);
    let cut = Reply::Cut(all.as_bytes()[..all.len() / 2].to_vec(), all.len());
    site.server
        .tell("bodies?from=0&limit=200", Reply::Once(Box::new(cut)));
    assert_eq!(site.follow_with(&["--bodies"]).code, Some(0));
    assert_eq!(kept(&site), all);

    fs::remove_file(site.mirror().join("bodies.jsonl")).unwrap();
    site.server.tell("bodies?from=0&limit=200", Reply::Endless);
    let outcome = site.follow_with(&["--bodies"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert_eq!(kept(&site), "");
    site.server.be_honest();
    site.server
        .tell("bodies?from=0&limit=200", Reply::Status(403, String::new()));
    let outcome = site.follow_with(&["--bodies"]);
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.out.contains("se negó"), "{outcome:?}");
}

/// The bodies count over all shards; those of a later one open leaves in its folder.
#[test]
fn bodies_of_two_shards() {
    let site = site(300, &[]);
    let end = ledger::TileDirectory::open(site.server.root()).unwrap();
    let end = end.read_checkpoint().unwrap().unwrap().claimed().head();
    let origin = format!("{ORIGIN}/2027");
    let signer = SoftwareSigner::from_seed(&origin, &[27; 32]).unwrap();
    let mut log = Log::open(&site.server.root().join("2027"), &origin).unwrap();
    let staged = log
        .stage(&(300..370).map(leaf).collect::<Vec<_>>())
        .unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&signer).unwrap();
    log.publish(&checkpoint).unwrap();
    let first = Shard::new(0, Some(end), vec![key(9).verifier_key().clone()]).unwrap();
    let second = Shard::new(300, None, vec![signer.verifier_key().clone()]).unwrap();
    let list = ShardList::new(1, vec![first, second]).unwrap();
    let mut note = SignedNote::sign(list.to_string(), &key(9)).unwrap();
    note.sign_also(&signer).unwrap();
    fs::write(site.server.root().join("shards"), note.to_string()).unwrap();
    for n in (300..370).filter(|n| *n != 345) {
        site.server.serve_body(n, line(n));
    }
    let wrong = line(346).replace("\"index\":346", "\"index\":345");
    site.server.serve_body(345, wrong);
    let outcome = site.follow_with(&["--bodies"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains("entrada 345"), "{outcome:?}");
    assert_eq!(kept(&site), expected(0..345));
    site.server.serve_body(345, line(345));
    let outcome = site.follow_with(&["--bodies"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(kept(&site), expected(0..370));
    assert!(!site.mirror().join("2027/bodies.jsonl").exists());
}
