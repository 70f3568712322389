use std::fs;

use ledger::{Checkpoint, SignedCheckpoint, TreeHead, leaf_hash};

use crate::clean::other_prescription;
use crate::site::{Site, findings, log_key, only};
use crate::world::World;

fn large() -> Site {
    let world = World::new();
    let leaves: Vec<Vec<u8>> = (0..600)
        .map(|n| other_prescription(&world.entries[5], n))
        .collect();
    let site = world.write_with(&leaves);
    fs::write(site.path("bodies.jsonl"), "").unwrap();
    site
}

#[test]
fn a_flipped_bit_in_an_entry_bundle_names_the_entry() {
    let site = World::new().write();
    // Two bytes of length and 101 or fewer of leaf each: well inside entry 0.
    site.flip("ledger/tile/entries/000.p/7", 60);
    let report = site.audit(&[]);
    assert_eq!(findings(&report), only("entry-altered", 0));
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("tile/entries/000.p/7"), "{message}");
    assert_eq!(report["ledger"], serde_json::Value::Null);
}

#[test]
fn a_flipped_bit_in_a_tile_names_the_entry() {
    let site = World::new().write();
    site.flip("ledger/tile/0/000.p/7", 3 * 32 + 5);
    let report = site.audit(&[]);
    assert_eq!(findings(&report), only("entry-altered", 3));
    let message = report["findings"][0]["message"].as_str().unwrap();
    assert!(message.contains("tile/0/000.p/7"), "{message}");
}

#[test]
fn all_damaged_entries_are_listed_and_missing_bundles_named() {
    let site = large();
    site.flip("ledger/tile/0/000", 17 * 32);
    site.flip("ledger/tile/0/000", 200 * 32);
    fs::remove_file(site.path("ledger/tile/entries/001")).unwrap();
    let report = site.audit(&[]);
    let expected = [
        ("entry-altered".to_owned(), Some(17)),
        ("entry-altered".to_owned(), Some(200)),
        ("tile-unreadable".to_owned(), None),
    ];
    assert_eq!(findings(&report), expected);
    let message = report["findings"][2]["message"].as_str().unwrap();
    assert!(
        message.contains("tile/entries/001 (entradas 256 a 511)"),
        "{message}"
    );
}

#[test]
fn a_ruined_ledger_is_summed_up() {
    let site = large();
    let zeros = vec![0; 256 * 32];
    fs::write(site.path("ledger/tile/0/000"), &zeros).unwrap();
    let report = site.audit(&[]);
    assert_eq!(report["findings"].as_array().unwrap().len(), 200);
    assert_eq!(report["findings_total"], 256);
    let (_, text, _) = site.run(&["verify", "--ledger", "ledger", "--key", "ledger.vkey"]);
    assert!(text.contains("… y 56 más"), "{text}");
}

#[test]
fn a_tile_above_the_leaves() {
    let site = large();
    site.flip("ledger/tile/1/000.p/2", 40);
    assert_eq!(site.findings(), [("node-altered".to_owned(), None)]);
    fs::remove_file(site.path("ledger/tile/1/000.p/2")).unwrap();
    assert_eq!(site.findings(), [("tile-unreadable".to_owned(), None)]);
}

#[test]
fn a_checkpoint_by_another_key() {
    let site = World::new().write();
    let head = TreeHead {
        size: 7,
        root: leaf_hash(b""),
    };
    let forged = Checkpoint::new(crate::site::ORIGIN, head).unwrap();
    let forged = SignedCheckpoint::sign(forged, &log_key(8)).unwrap();
    fs::write(site.path("ledger/checkpoint"), forged.to_string()).unwrap();
    assert_eq!(site.findings(), [("checkpoint-refused".to_owned(), None)]);
    fs::write(site.path("ledger/checkpoint"), "nonsense").unwrap();
    assert_eq!(site.findings(), [("checkpoint-refused".to_owned(), None)]);
    fs::remove_file(site.path("ledger/checkpoint")).unwrap();
    assert_eq!(site.findings(), [("checkpoint-missing".to_owned(), None)]);
}

#[test]
fn the_right_key_over_another_root() {
    let site = World::new().write();
    let head = TreeHead {
        size: 7,
        root: leaf_hash(b""),
    };
    let other = Checkpoint::new(crate::site::ORIGIN, head).unwrap();
    let other = SignedCheckpoint::sign(other, &log_key(9)).unwrap();
    fs::write(site.path("ledger/checkpoint"), other.to_string()).unwrap();
    assert_eq!(site.findings(), [("root-differs".to_owned(), None)]);
}

#[test]
fn a_rolled_back_ledger() {
    let mut world = World::new();
    let whole = world.write();
    let leaves: Vec<Vec<u8>> = world.entries.iter().map(|one| one.leaf.encode()).collect();
    world.entries.truncate(4);
    let site = world.write_with(&leaves[..4]);
    let earlier = fs::read(whole.path("ledger/checkpoint")).unwrap();
    fs::write(site.path("earlier"), &earlier).unwrap();
    let report = site.audit(&["--checkpoint", "earlier"]);
    assert_eq!(findings(&report), [("rolled-back".to_owned(), None)]);
    // What is published is examined all the same.
    assert_eq!(report["ledger"]["size"], 4);
    assert_eq!(report["summary"]["bodies"]["present"], 4);

    // Kept in the directory, it is compared without being asked.
    fs::write(site.path("ledger/checkpoint.2026-07-02"), &earlier).unwrap();
    assert_eq!(site.findings(), [("rolled-back".to_owned(), None)]);
}

#[test]
fn earlier_checkpoints_are_continued_or_contradicted() {
    let world = World::new();
    let site = world.write();
    let leaves: Vec<Vec<u8>> = world.entries.iter().map(|one| one.leaf.encode()).collect();
    let earlier = world.write_with(&leaves[..3]);
    fs::copy(
        earlier.path("ledger/checkpoint"),
        site.path("ledger/checkpoint.a"),
    )
    .unwrap();
    // A publication that a crash cut short.
    fs::write(site.path("ledger/checkpoint.tmp"), "ledger.exa").unwrap();
    let report = site.audit(&[]);
    assert_eq!(findings(&report), []);
    assert_eq!(report["ledger"]["earlier_checkpoints"], 1);

    let other = world.write_with(&leaves[1..4]);
    fs::copy(
        other.path("ledger/checkpoint"),
        site.path("ledger/checkpoint.b"),
    )
    .unwrap();
    assert_eq!(site.findings(), [("other-history".to_owned(), None)]);
    fs::write(site.path("ledger/checkpoint.b"), "nonsense").unwrap();
    assert_eq!(
        site.findings(),
        [("earlier-checkpoint-refused".to_owned(), None)]
    );
}
