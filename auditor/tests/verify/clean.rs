use std::fs;

use serde_json::json;

use crate::site::findings;
use crate::world::{Entry, World, folio};

#[test]
fn a_clean_ledger_verifies_and_is_counted() {
    let report = World::new().write().audit(&[]);
    assert_eq!(report["clean"], true, "{report}");
    assert_eq!(report["ledger"]["size"], 7);
    let expected = json!({
        "prescriptions": 3,
        "kinds": {"issued": 3, "dispensed": 2, "cancelled": 1, "expired": 1, "erased": 0,
                  "suspended": 0, "resumed": 0, "returned": 0, "transferred": 0},
        "controlled": {
            "040.000.2612.00": {"prescribed": 2, "dispensed": 2, "returned": 0},
            "040.000.3204.00": {"prescribed": 3, "dispensed": 0, "returned": 0},
        },
        "continues": null,
        "map": {"heads": 0, "keys": 3},
        "bodies": {"present": 7, "missing": 0, "erased": 0, "unfolded": 0},
        "signatures": {"cades": 4, "qr": 3, "pharmacy": 2, "unverified": 0},
        "stock": {"establishments": 0, "replayed": 0, "unjudged": 1},
    });
    assert_eq!(report["summary"], expected);
}

#[test]
fn what_was_not_given_is_said() {
    let site = World::new().write();
    let (code, text, _) = site.run(&["verify", "--ledger", "ledger", "--key", "ledger.vkey"]);
    assert_eq!(code, 0);
    assert!(text.contains("no se examinaron actos ni firmas"), "{text}");
    assert!(text.contains("Dictamen: ÍNTEGRO"), "{text}");

    let arguments = [
        "verify",
        "--ledger",
        "ledger",
        "--key",
        "ledger.vkey",
        "--bodies",
        "bodies.jsonl",
    ];
    let (code, text, _) = site.run(&arguments);
    assert_eq!(code, 0);
    assert!(text.contains("Cuerpos: 7 presentes, 0 ausentes"), "{text}");
    assert!(text.contains("Firmas sin verificar, por falta de la autoridad que las respalda: 9"));
}

#[test]
fn missing_bodies_are_counted_and_break_no_proof() {
    let world = World::new();
    let site = world.write();
    let bodies = fs::read_to_string(site.path("bodies.jsonl")).unwrap();
    let kept: Vec<&str> = bodies
        .lines()
        .enumerate()
        .filter(|(n, _)| *n != 0)
        .map(|(_, line)| line)
        .collect();
    fs::write(site.path("bodies.jsonl"), kept.join("\n")).unwrap();
    let report = site.audit(&[]);
    assert_eq!(findings(&report), []);
    // The two dispensings of the first prescription cannot be folded without its issue.
    let expected = json!({"present": 6, "missing": 1, "erased": 0, "unfolded": 2});
    assert_eq!(report["summary"]["bodies"], expected);
    assert_eq!(report["summary"]["signatures"]["pharmacy"], 2);
}

#[test]
fn several_bundles_and_an_empty_ledger() {
    let world = World::new();
    let mut leaves: Vec<Vec<u8>> = world.entries.iter().map(|one| one.leaf.encode()).collect();
    leaves.extend((10_u16..600).map(|n| other_prescription(&world.entries[5], n)));
    let report = world.write_with(&leaves).audit(&[]);
    assert_eq!(findings(&report), []);
    assert_eq!(report["summary"]["prescriptions"], 593);
    assert_eq!(report["summary"]["bodies"]["missing"], 590);

    assert_eq!(World::empty().write().audit(&[])["clean"], true);
}

/// An issue like `entry`, of another prescription.
pub(crate) fn other_prescription(entry: &Entry, n: u16) -> Vec<u8> {
    let mut leaf = entry.leaf.clone();
    leaf.pseudonym.0[..2].copy_from_slice(&n.to_be_bytes());
    leaf.encode()
}

#[test]
fn no_output_names_a_person() {
    let mut world = World::new();
    world.entries[0].rewrite(|body| body.event = with_fewer_packages(&body.event));
    let site = world.write();
    let arguments = [
        "verify",
        "--ledger",
        "ledger",
        "--key",
        "ledger.vkey",
        "--bodies",
        "bodies.jsonl",
        "--professionals-root",
        "root.pem",
        "--professionals-issuer",
        "issuer.pem",
    ];
    let (code, text, err) = site.run(&arguments);
    assert_eq!(code, 1, "{text}");
    assert!(
        text.contains(&format!("entrada 0, folio {}", folio(1))),
        "{text}"
    );
    for personal in [
        crate::pki::CURP,
        "Concepción",
        "12345678",
        "0123456789abcdef",
    ] {
        assert!(
            !text.contains(personal) && !err.contains(personal),
            "{personal}: {text}"
        );
    }
}

fn with_fewer_packages(event: &prescription::Event) -> prescription::Event {
    let prescription::Event::Issued(mut issued) = event.clone() else {
        panic!("an issue")
    };
    issued.lines[0].packages = prescription::Packages::new(1);
    prescription::Event::Issued(issued)
}
