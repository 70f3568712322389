//! Two secrets for one patient, two pseudonyms for one person: what an operator could do to keep
//! two prescriptions of one substance active.

use prescription::{BlindedKey, Fraction};

use crate::site::only;
use crate::world::{World, issued, line};

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

/// Two patients with one secret have one place: one of them is refused what the other has.
#[test]
fn the_same_place_for_another_patient_or_another_substance() {
    let other_substance = with_a_fourth(|fourth| {
        fourth.lines[0].substance = "040.000.9999.00".to_owned();
    });
    assert_eq!(
        other_substance.write().findings(),
        only("shared-map-key", 7)
    );
    let mut world = World::new();
    let pki = crate::pki::Pki::new();
    let lines = vec![line("010.000.0104.00", Fraction::IV, 1, 1)];
    let mut fourth = issued(4, &pki.ana, "2026-08-01T16:00:00Z", lines);
    fourth.lines[0].valid_until = "2026-09-01".parse().unwrap();
    fourth.patient = "f".repeat(32).parse().unwrap();
    world.issue(fourth);
    // Another person, of whom nothing here says who it is: the QR is gone.
    world.entries[7].rewrite(|body| {
        if let prescription::body::Evidence::Cades { qr, .. } = &mut body.evidence {
            *qr = b"unreadable".to_vec();
        }
    });
    let found = world.write().findings();
    let codes: Vec<_> = found
        .iter()
        .map(|(code, at)| (code.as_str(), *at))
        .collect();
    assert!(codes.contains(&("shared-map-key", Some(7))), "{codes:?}");
    assert!(!codes.contains(&("two-pseudonyms", Some(7))), "{codes:?}");
}

/// Entries of before the map have no place, and share none.
#[test]
fn an_unknown_place_is_nobodys() {
    let world = with_a_fourth(|fourth| {
        fourth.lines[0].map_key = BlindedKey::UNKNOWN;
        fourth.lines[0].substance = "040.000.9999.00".to_owned();
        let mut again = fourth.lines[0].clone();
        again.substance = "040.000.8888.00".to_owned();
        fourth.lines.push(again);
    });
    let found = world.write().findings();
    let shared = found.iter().filter(|(code, _)| code == "shared-map-key");
    assert_eq!(shared.count(), 0, "{found:?}");
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
