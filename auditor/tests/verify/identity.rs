//! Two secrets for one patient, two pseudonyms for one person: what an operator could do to keep
//! two prescriptions of one substance active.

use prescription::{BlindedKey, Fraction};

use crate::world::{World, issued, line, only};

/// The world, and a fourth prescription of the substance of the third, as `change` makes it.
fn with_a_fourth(change: impl FnOnce(&mut prescription::Issued)) -> World {
    let mut world = World::new();
    let pki = crate::pki::Pki::new();
    let lines = vec![line("010.000.0104.00", Fraction::IV, 1, 1)];
    let mut fourth = issued(4, &pki.ana, "2026-08-01T16:00:00Z", lines);
    fourth.lines[0].valid_until = "2026-09-01".parse().unwrap();
    change(&mut fourth);
    world.issue(fourth);
    world
}

#[test]
fn the_same_place_again_is_fine() {
    assert_eq!(with_a_fourth(|_| {}).write().findings(), []);
}

#[test]
fn another_place_for_the_same_substance() {
    let world = with_a_fourth(|fourth| fourth.lines[0].map_key = BlindedKey([9; 16]));
    assert_eq!(world.write().findings(), only("two-map-keys", 7));
}

#[test]
fn another_pseudonym_for_the_same_person() {
    let world = with_a_fourth(|fourth| fourth.patient = "f".repeat(32).parse().unwrap());
    assert_eq!(world.write().findings(), only("two-pseudonyms", 7));
}

/// Who comes back after everything was erased has a new secret. The bodies that a mirror kept do
/// not make that an irregularity; where the earlier prescription was not erased, it is one.
#[test]
fn another_place_after_an_erasure() {
    let returned = |erase: bool| {
        let mut world = World::new();
        if erase {
            world.erase(1, &[0, 2, 4]);
            world.erase(3, &[5, 6]);
        }
        let pki = crate::pki::Pki::new();
        let mut lines = vec![line("010.000.0104.00", Fraction::IV, 1, 1)];
        lines[0].map_key = BlindedKey([9; 16]);
        lines[0].valid_until = "2031-11-01".parse().unwrap();
        world.issue(issued(4, &pki.ana, "2031-10-01T16:00:00Z", lines));
        world.write().findings()
    };
    assert_eq!(returned(true), []);
    assert_eq!(returned(false), only("two-map-keys", 7));
}
