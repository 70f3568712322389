use std::fs;

use prescription::body::commitment;
use prescription::leaf::{Leaf, Totals};
use prescription::state::Phase;
use prescription::{BlindedKey, Event, Packages, Prescription};

use crate::evidence;
use crate::site::{findings, only, record};
use crate::world::{World, cancelled, dispensed};

/// Rewrites an event and the evidence for it; the leaf keeps everything but its commitment.
fn with_event(
    world: &mut World,
    index: usize,
    change: impl FnOnce(&mut Event),
) -> Vec<(String, Option<u64>)> {
    world.entries[index].rewrite(|body| change(&mut body.event));
    world.write().findings()
}

#[test]
fn a_flipped_byte_in_a_body() {
    let mut world = World::new();
    let site = world.write();
    let byte = world.entries[3].body.len() / 2;
    world.entries[3].body[byte] ^= 1;
    let lines = (0..)
        .zip(&world.entries)
        .map(|(index, entry)| record(index, entry));
    fs::write(site.path("bodies.jsonl"), lines.collect::<String>()).unwrap();
    assert_eq!(site.findings(), only("commitment-mismatch", 3));
}

#[test]
fn two_swapped_bodies() {
    let mut world = World::new();
    let site = world.write();
    // The bodies of the third prescription's whole life, each in the place of the other.
    world.entries.swap(5, 6);
    let lines = (0..)
        .zip(&world.entries)
        .map(|(index, entry)| record(index, entry));
    fs::write(site.path("bodies.jsonl"), lines.collect::<String>()).unwrap();
    let expected = [
        only("commitment-mismatch", 5),
        only("commitment-mismatch", 6),
    ]
    .concat();
    assert_eq!(site.findings(), expected);
}

#[test]
fn two_swapped_lines() {
    let world = World::new();
    let site = world.write();
    let bodies = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let mut lines: Vec<&str> = bodies.lines().collect();
    lines.swap(5, 6);
    fs::write(site.path("bodies.jsonl"), lines.join("\n")).unwrap();
    assert_eq!(site.findings(), only("body-out-of-order", 5));
}

#[test]
fn a_wrong_salt() {
    let mut world = World::new();
    let site = world.write();
    world.entries[6].salt[31] ^= 1;
    let lines = (0..)
        .zip(&world.entries)
        .map(|(index, entry)| record(index, entry));
    fs::write(site.path("bodies.jsonl"), lines.collect::<String>()).unwrap();
    assert_eq!(site.findings(), only("commitment-mismatch", 6));
}

#[test]
fn committed_bytes_that_are_no_body() {
    let mut world = World::new();
    let entry = &mut world.entries[6];
    entry.body.insert(1, b' ');
    entry.leaf.commitment = commitment(&entry.salt, &entry.body);
    assert_eq!(world.write().findings(), only("body-malformed", 6));
}

#[test]
fn a_body_of_another_prescription() {
    let mut world = World::new();
    let other = world.entries[1].body.clone();
    let entry = &mut world.entries[5];
    entry.body = other;
    entry.leaf.commitment = commitment(&entry.salt, &entry.body);
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 5));
}

#[test]
fn surplus_and_unreadable_lines() {
    let world = World::new();
    let site = world.write();
    let mut text = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    text.push_str("{}\n");
    text.push_str(&record(9, &world.entries[0]));
    fs::write(site.path("bodies.jsonl"), text).unwrap();
    let expected = [
        ("body-line".to_owned(), None),
        ("body-without-entry".to_owned(), Some(9)),
    ];
    assert_eq!(site.findings(), expected);
}

#[test]
fn the_leaf_hides_a_controlled_medicine() {
    let mut world = World::new();
    world.entries[2].leaf.controlled = vec![];
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 2));
    let mut world = World::new();
    world.entries[1].leaf.controlled[0].1 = Packages::new(1);
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 1));
}

#[test]
fn the_leaf_names_another_place_or_time() {
    let mut world = World::new();
    world.entries[4].leaf.establishment = Some("HGFAR000001".parse().unwrap());
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 4));
    let mut world = World::new();
    world.entries[4].leaf.at = "2026-06-20T18:00:01Z".parse().unwrap();
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 4));
}

#[test]
fn the_leaf_tells_the_map_something_else() {
    let changed = |entry: usize, change: &dyn Fn(&mut Leaf)| {
        let mut world = World::new();
        change(&mut world.entries[entry].leaf);
        world.write().findings()
    };
    let key = BlindedKey([9; 16]);
    let another_place = changed(0, &|leaf| leaf.claimed[0] = key);
    assert_eq!(another_place, only("event-differs-from-leaf", 0));
    let one_too_few = changed(0, &|leaf| leaf.claimed.truncate(1));
    assert_eq!(one_too_few, only("event-differs-from-leaf", 0));
    let keeps_its_place = changed(3, &|leaf| leaf.released.clear());
    assert_eq!(keeps_its_place, only("event-differs-from-leaf", 3));
    let hides_packages = changed(2, &|leaf| leaf.totals = Some(Totals::default()));
    assert_eq!(hides_packages, only("event-differs-from-leaf", 2));
}

#[test]
fn more_dispensed_than_prescribed() {
    // Everything is signed and committed, and the leaf is that of a lawful visit.
    let mut world = World::new();
    world.entries.truncate(2);
    let mut greedy = dispensed(2, "2026-06-02T18:00:00Z", &world.pki.licensed, &[(1, 1, 1)]);
    let untouched = Prescription::new(world.state(2).issued.clone());
    let after = untouched.clone().apply(&Event::Dispensed(greedy.clone()));
    greedy.lines[0].packages = Packages::new(2);
    world.dispense_to(greedy, &untouched, after.unwrap());
    assert_eq!(world.write().findings(), only("history-unlawful", 2));
}

#[test]
fn an_event_after_the_cancellation() {
    let mut world = World::new();
    world.entries.truncate(4);
    let late = dispensed(2, "2026-06-04T18:00:00Z", &world.pki.licensed, &[(1, 1, 1)]);
    let untouched = Prescription::new(world.state(2).issued.clone());
    let after = untouched.clone().apply(&Event::Dispensed(late.clone()));
    world.dispense_to(late, &untouched, after.unwrap());
    let found = world.write().audit(&[]);
    assert!(
        findings(&found).contains(&("after-end".to_owned(), Some(4))),
        "{found}"
    );
}

#[test]
fn cancelled_by_somebody_else() {
    let mut world = World::new();
    let event = cancelled(2, &world.pki.ana, "2026-06-03T18:00:00Z");
    let document = evidence::cancel_document(&event);
    let by_ana = evidence::cancel_with(&event, &document, &world.pki.ana);
    world.entries[3].rewrite(|body| {
        body.event = Event::Cancelled(event);
        body.evidence = by_ana;
    });
    assert_eq!(world.write().findings(), only("history-unlawful", 3));
}

#[test]
fn expired_while_still_valid() {
    let mut early = World::new();
    // One second before midnight in the easternmost zone of the country.
    let instant = "2026-07-02T04:59:59Z".parse().unwrap();
    early.entries[6].leaf.at = instant;
    let found = with_event(&mut early, 6, |event| {
        let Event::Expired(expired) = event else {
            panic!("an expiry")
        };
        expired.at = instant;
    });
    assert_eq!(found, only("expired-too-early", 6));
}

#[test]
fn a_day_that_is_nowhere_the_day() {
    let mut world = World::new();
    let found = with_event(&mut world, 4, |event| {
        let Event::Dispensed(dispensed) = event else {
            panic!("a dispensing")
        };
        dispensed.on = "2026-06-19".parse().unwrap();
    });
    assert_eq!(found, only("day-differs", 4));
}

#[test]
fn the_committed_state_is_recomputed() {
    let mut world = World::new();
    let leaf: &mut Leaf = &mut world.entries[2].leaf;
    leaf.after = Phase::Completed;
    world.entries.remove(4);
    assert_eq!(world.write().findings(), only("event-differs-from-leaf", 2));
}
