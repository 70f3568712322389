//! Bodies that were destroyed after the retention: reported as such where a signed erasure explains
//! them, and only there.

use prescription::Event;
use prescription::body::Evidence;
use serde_json::{Value, json};

use crate::evidence;
use crate::site::{Site, findings, only};
use crate::world::World;

/// The first prescription: issue and both dispensings.
const OF_THE_FIRST: [u64; 3] = [0, 2, 4];

fn erased() -> World {
    let mut world = World::new();
    world.erase(1, &OF_THE_FIRST);
    world
}

/// The ledger with the bodies of `entries` destroyed: their lines left out, or marked.
fn without_bodies(world: &World, entries: &[u64], marked: bool) -> Site {
    let site = world.write();
    let text = std::fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let lines = (0_u64..).zip(text.lines()).filter_map(|(index, line)| {
        let mark = format!("{{\"index\":{index},\"erased\":true}}");
        match (entries.contains(&index), marked) {
            (false, _) => Some(line.to_owned()),
            (true, true) => Some(mark),
            (true, false) => None,
        }
    });
    let lines: Vec<_> = lines.collect();
    std::fs::write(site.path("bodies.jsonl"), lines.join("\n")).unwrap();
    site
}

fn tally(report: &Value) -> Value {
    report["summary"]["bodies"].clone()
}

#[test]
fn destroyed_bodies_are_reported_as_erased_and_break_no_proof() {
    for marked in [false, true] {
        let site = without_bodies(&erased(), &OF_THE_FIRST, marked);
        let report = site.audit(&[]);
        assert_eq!(findings(&report), []);
        let expected = json!({"present": 5, "missing": 0, "erased": 3, "unfolded": 0});
        assert_eq!(tally(&report), expected);
        assert_eq!(report["summary"]["kinds"]["erased"], 1);
        // Of the second and third prescription, and of the officer.
        assert_eq!(report["summary"]["signatures"]["cades"], 4);
        let arguments = ["verify", "--ledger", "ledger", "--key", "ledger.vkey"];
        let with_bodies = [&arguments[..], &["--bodies", "bodies.jsonl"]].concat();
        let (code, text, _) = site.run(&with_bodies);
        assert_eq!(code, 0, "{text}");
        let line = "Cuerpos destruidos tras el plazo de conservación, con orden firmada: 3";
        assert!(text.contains(line), "{text}");
        assert!(text.contains("0 ausentes"), "{text}");
    }
}

#[test]
fn what_no_erasure_explains_stays_missing() {
    // Marked as erased by who hands the file over, but the ledger knows of no erasure.
    let report = without_bodies(&World::new(), &OF_THE_FIRST, true).audit(&[]);
    assert_eq!(findings(&report), []);
    let expected = json!({"present": 4, "missing": 3, "erased": 0, "unfolded": 0});
    assert_eq!(tally(&report), expected);
    // The erasure of one prescription does not explain the bodies of another.
    let report = without_bodies(&erased(), &[0, 1, 2, 4], false).audit(&[]);
    assert_eq!(tally(&report)["erased"], 3);
    assert_eq!(tally(&report)["missing"], 1);
    // Nor does an erasure whose own body is not there.
    let report = without_bodies(&erased(), &[0, 2, 4, 7], false).audit(&[]);
    assert_eq!(tally(&report)["erased"], 0);
    assert_eq!(tally(&report)["missing"], 4);
}

#[test]
fn bodies_kept_from_before_the_erasure_still_verify() {
    let report = erased().write().audit(&[]);
    assert_eq!(findings(&report), []);
    let expected = json!({"present": 8, "missing": 0, "erased": 0, "unfolded": 0});
    assert_eq!(tally(&report), expected);
}

/// What is found after `change` of the order, with the bodies destroyed. They are then missing.
fn tampered(change: impl FnOnce(&mut World)) -> Vec<(String, Option<u64>)> {
    let mut world = erased();
    change(&mut world);
    let report = without_bodies(&world, &OF_THE_FIRST, false).audit(&[]);
    assert_eq!(tally(&report)["erased"], 0, "{report}");
    assert_eq!(tally(&report)["missing"], 3, "{report}");
    findings(&report)
}

#[test]
fn an_order_that_nobody_or_somebody_else_signed() {
    let unsigned = tampered(|world| {
        world.entries[7].rewrite(|body| {
            let Evidence::Cades { cms, .. } = &mut body.evidence else {
                panic!("an order")
            };
            let last = cms.len() - 1;
            cms[last] ^= 1;
        });
    });
    assert_eq!(unsigned, only("erasure-refused", 7));
    let by_ana = tampered(|world| {
        let ana = world.pki.ana.cedula.parse().unwrap();
        let pki = crate::pki::Pki::new();
        world.entries[7].rewrite(|body| {
            let Event::Erased(event) = &mut body.event else {
                panic!("an erasure")
            };
            event.by = ana;
            body.evidence = evidence::erase_with(event, &pki.luis);
        });
    });
    assert_eq!(by_ana, only("other-officer", 7));
    let of_law = tampered(|world| {
        world.entries[7].rewrite(|body| body.evidence = Evidence::OfLaw);
    });
    assert_eq!(of_law, only("wrong-evidence", 7));
}

#[test]
fn an_order_that_says_something_else() {
    let other_day = tampered(|world| {
        let pki = crate::pki::Pki::new();
        world.entries[7].rewrite(|body| {
            let Event::Erased(event) = &body.event else {
                panic!("an erasure")
            };
            let mut other = event.clone();
            other.basis = prescription::erase::ErasureBasis::AuthorityOrder;
            body.evidence = evidence::erase_with(&other, &pki.luis);
        });
    });
    assert_eq!(other_day, only("erasure-order-differs", 7));
    let other_entries = tampered(|world| world.entries[7].leaf.erased = vec![0, 2]);
    let expected = [
        only("erased-entries", 7),
        only("event-differs-from-leaf", 7),
    ]
    .concat();
    assert_eq!(other_entries, expected);
}

#[test]
fn the_entries_of_another_prescription() {
    let mut world = World::new();
    world.erase(1, &[0, 1, 2, 4]);
    let report = without_bodies(&world, &[0, 1, 2, 4], false).audit(&[]);
    assert_eq!(findings(&report), only("erased-entries", 7));
    let expected = json!({"present": 4, "missing": 4, "erased": 0, "unfolded": 1});
    assert_eq!(tally(&report), expected);
}
