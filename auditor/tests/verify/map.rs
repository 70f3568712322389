//! Map heads in the log are held against the map that the leaves before them lead to.

use std::collections::BTreeMap;

use ledger::{Hash, MapHead, MapKey, PrefixMap, ShardOpening, TreeHead, value_hash};
use prescription::leaf::Leaf;
use prescription::map::{MapUpdate, updates};

use crate::site::{Site, findings, only};
use crate::world::World;

/// The map over `leaves`, made afresh.
pub(crate) fn map_over(leaves: &[Vec<u8>]) -> PrefixMap {
    let mut values = BTreeMap::new();
    for leaf in leaves.iter().filter_map(|entry| Leaf::decode(entry).ok()) {
        for update in updates(&leaf) {
            match update {
                MapUpdate::Set { key, value } => {
                    values.insert(key, value);
                }
                MapUpdate::Release { key, holder } => {
                    if values.get(&key) == Some(&holder) {
                        values.remove(&key);
                    }
                }
            }
        }
    }
    let mut map = PrefixMap::new();
    for (key, value) in values {
        map.insert(MapKey(key), value_hash(&value));
    }
    map
}

/// The leaves of the world, with a map head behind each.
fn with_heads(world: &World) -> Vec<Vec<u8>> {
    let mut entries = Vec::new();
    for entry in &world.entries {
        entries.push(entry.leaf.encode());
        entries.push(head_over(&entries).encode());
    }
    entries
}

fn head_over(entries: &[Vec<u8>]) -> MapHead {
    let mut map = map_over(entries);
    MapHead {
        entries: entries.len() as u64,
        keys: map.len(),
        root: map.root(),
    }
}

/// A ledger of these entries, without bodies.
fn site(world: &World, entries: &[Vec<u8>]) -> Site {
    let site = world.write_with(entries);
    std::fs::write(site.path("bodies.jsonl"), "").unwrap();
    site
}

#[test]
fn every_head_is_checked_and_counted() {
    let world = World::new();
    let report = site(&world, &with_heads(&world)).audit(&[]);
    assert_eq!(findings(&report), []);
    let expected = serde_json::json!({"heads": 7, "keys": 3});
    assert_eq!(report["summary"]["map"], expected);
    assert_eq!(
        report["summary"]["bodies"]["missing"], 7,
        "a head has no body"
    );
    let arguments = ["verify", "--ledger", "ledger", "--key", "ledger.vkey"];
    let (code, text, _) = site(&world, &with_heads(&world)).run(&arguments);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("Mapa reconstruido: 3 claves; resúmenes cotejados: 7"),
        "{text}"
    );
}

#[test]
fn a_head_that_says_something_else_is_named() {
    let world = World::new();
    let changes: [fn(&mut MapHead); 3] = [
        |head| head.entries += 1,
        |head| head.keys -= 1,
        |head| head.root = Hash([0; 32]),
    ];
    for change in changes {
        let mut entries = with_heads(&world);
        let mut head = MapHead::decode(&entries[5]).unwrap();
        change(&mut head);
        entries[5] = head.encode();
        assert_eq!(
            site(&world, &entries).findings(),
            only("map-head-differs", 5)
        );
    }
}

#[test]
fn a_leaf_that_keeps_a_place_shows_in_every_later_head() {
    // The sequencer leaves out that the cancellation gives its place back, and its heads agree
    // with the leaf as it should be.
    let world = World::new();
    let mut entries = with_heads(&world);
    let mut leaf = world.entries[3].leaf.clone();
    leaf.released.clear();
    entries[6] = leaf.encode();
    let found = site(&world, &entries).findings();
    let heads: Vec<_> = found
        .iter()
        .map(|(code, entry)| (code.as_str(), *entry))
        .collect();
    let wrong = [7, 9, 11, 13].map(|entry| [("map-head-differs", Some(entry)); 2]);
    assert_eq!(heads, wrong.concat());
}

#[test]
fn other_entries_are_no_heads() {
    let world = World::new();
    let mut entries = with_heads(&world);
    // Kind 16 of another shape, and a kind that nobody knows.
    entries[13] = vec![0xa2, 0x01, 0x01, 0x02, 0x10];
    entries.push(vec![0xa2, 0x01, 0x01, 0x02, 0x18, 0x63]);
    let expected = [only("map-head-differs", 13), only("not-a-leaf", 14)].concat();
    assert_eq!(site(&world, &entries).findings(), expected);
}

/// A later shard by itself: what began in the shard before goes on here, and heads count what is
/// not here.
#[test]
fn a_shard_that_continues_another() {
    let world = World::new();
    let opening = ShardOpening {
        previous: "ledger.example.mx/receta".to_owned(),
        head: TreeHead {
            size: 4,
            root: Hash([1; 32]),
        },
        map_root: Hash([2; 32]),
    };
    let later = with_heads(&world).split_off(8);
    let entries: Vec<_> = [opening.encode()].into_iter().chain(later).collect();
    let report = site(&world, &entries).audit(&[]);
    assert_eq!(findings(&report), []);
    assert_eq!(report["summary"]["continues"], opening.previous.as_str());
    assert_eq!(report["summary"]["map"], serde_json::Value::Null);
    // Only the first entry opens a shard, and only in its own form.
    let twice: Vec<_> = [opening.encode(), opening.encode()].into_iter().collect();
    assert_eq!(site(&world, &twice).findings(), only("not-a-leaf", 1));
    let malformed = vec![vec![0xa2, 0x01, 0x01, 0x02, 0x11]];
    assert_eq!(site(&world, &malformed).findings(), only("not-a-leaf", 0));
}

#[test]
fn a_body_for_a_head_belongs_to_nothing() {
    let world = World::new();
    let mut entries: Vec<_> = world.entries.iter().map(|one| one.leaf.encode()).collect();
    entries.push(head_over(&entries).encode());
    let site = world.write_with(&entries);
    let mut bodies = std::fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    bodies.push_str(&crate::site::record(7, &world.entries[0]));
    std::fs::write(site.path("bodies.jsonl"), bodies).unwrap();
    assert_eq!(site.findings(), only("commitment-mismatch", 7));
}
