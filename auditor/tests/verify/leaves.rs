use prescription::leaf::Leaf;
use prescription::state::Phase;

use crate::site::only;
use crate::world::{World, at};

fn changed(index: usize, change: impl FnOnce(&mut Leaf)) -> Vec<(String, Option<u64>)> {
    let mut world = World::new();
    change(&mut world.entries[index].leaf);
    let site = world.write();
    std::fs::write(site.path("bodies.jsonl"), "").unwrap();
    site.findings()
}

#[test]
fn a_broken_chain_names_the_leaf() {
    let found = changed(2, |leaf| leaf.before = Phase::PartiallyDispensed);
    assert_eq!(found, only("chain-broken", 2));
}

#[test]
fn a_leaf_after_the_end() {
    let mut world = World::new();
    let mut again = world.entries[4].clone();
    again.leaf.at = at("2026-06-21T18:00:00Z");
    world.entries.insert(5, again);
    let site = world.write();
    std::fs::write(site.path("bodies.jsonl"), "").unwrap();
    assert_eq!(site.findings(), only("after-end", 5));
}

#[test]
fn a_leaf_out_of_time() {
    let found = changed(3, |leaf| leaf.at = at("2026-05-20T16:59:59Z"));
    assert_eq!(found, only("time-went-back", 3));
}

#[test]
fn a_step_that_no_law_knows() {
    let found = changed(6, |leaf| leaf.after = Phase::Completed);
    assert_eq!(found, only("impossible-step", 6));
}

#[test]
fn an_entry_that_is_no_leaf() {
    let world = World::new();
    let mut leaves: Vec<Vec<u8>> = world.entries.iter().map(|one| one.leaf.encode()).collect();
    leaves.push(b"hello".to_vec());
    assert_eq!(world.write_with(&leaves).findings(), only("not-a-leaf", 7));
}
