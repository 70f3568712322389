//! Issues that were signed with the prescriber's own e.firma, whose QR the institution signed.

use prescription::body::{EventBody, Evidence};
use prescription::{Event, Issued};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signing::cose::Sign1;
use signing::qr::Payload;

use crate::evidence;
use crate::pki::{CURP, Key};
use crate::site::{Site, findings, only};
use crate::world::World;

/// The issue that no dispensing names.
const ISSUE: usize = 5;
const PINS: [&str; 4] = [
    "--efirma-root",
    "sat.cer",
    "--institution",
    "institution.cer",
];

fn issued(world: &World) -> Issued {
    let body = EventBody::from_canonical(&world.entries[ISSUE].body).unwrap();
    let Event::Issued(issued) = body.event else {
        panic!("an issue")
    };
    issued
}

/// The QR that `key` signs for an institution, naming the CAdES with this digest.
fn qr(issued: &Issued, document: &[u8], cades: [u8; 32], key: &Key) -> Vec<u8> {
    let digest = Sha256::digest(document).into();
    let payload = Payload::from_issued(issued, CURP, "Concepción Salgado", digest).unwrap();
    let payload = payload.by_institution(cades).to_cbor().unwrap();
    let message = Sign1::sign(Some(key.kid()), payload, |digest| key.sign(digest));
    message.unwrap().encode()
}

/// A ledger whose entry 5 was signed with the e.firma, with `change` to the evidence.
fn site(change: impl FnOnce(&World, &mut Vec<u8>, &mut Vec<u8>, &[u8])) -> Site {
    let mut world = World::new();
    let own = &world.pki.own;
    let event = issued(&world);
    let Evidence::Cades {
        document, mut cms, ..
    } = evidence::issue(&event, &own.efirma)
    else {
        panic!("CAdES")
    };
    let mut qr = qr(
        &event,
        &document,
        Sha256::digest(&cms).into(),
        &own.institution,
    );
    change(&world, &mut cms, &mut qr, &document);
    world.entries[ISSUE].rewrite(|body| body.evidence = Evidence::Cades { document, cms, qr });
    let site = world.write();
    std::fs::write(site.path("sat.cer"), &world.pki.own.sat).unwrap();
    let institution = &world.pki.own.institution_certificate;
    std::fs::write(site.path("institution.cer"), institution).unwrap();
    site
}

fn found(report: &Value) -> Vec<(String, Option<u64>)> {
    findings(report)
}

#[test]
fn an_efirma_and_the_institutions_qr_are_verified() {
    let site = site(|_, _, _, _| {});
    let report = site.audit(&PINS);
    assert_eq!(found(&report), []);
    assert_eq!(report["clean"], true);
    // Without the institution's certificate the QR stays unverified, and the report says so.
    let without = site.audit(&PINS[..2]);
    assert_eq!(found(&without), []);
    let signatures = |report: &Value| report["summary"]["signatures"].clone();
    let tally = |qr: u8, unverified: u8| json!({"cades": 4, "qr": qr, "pharmacy": 2, "unverified": unverified});
    assert_eq!(signatures(&report), tally(3, 0));
    assert_eq!(signatures(&without), tally(2, 1));
    // Without the SAT nobody vouches for the e.firma.
    assert_eq!(found(&site.audit(&[])), only("cades-refused", ISSUE as u64));
}

#[test]
fn a_qr_that_names_another_signature_or_is_by_another_institution() {
    let named = site(|world, _, message, document| {
        let own = &world.pki.own;
        *message = qr(&issued(world), document, [7; 32], &own.institution);
    });
    assert_eq!(found(&named.audit(&PINS)), only("qr-differs", ISSUE as u64));
    let forged = site(|world, _, message, document| {
        let payload = Sign1::parse(message).unwrap();
        let payload = Payload::from_cbor(payload.payload().unwrap()).unwrap();
        let signing::qr::QrSigner::Institution { cades } = payload.signer else {
            panic!("an institution's")
        };
        // Signed by a prescriber: an institution whose certificate nobody gave.
        *message = qr(&issued(world), document, cades, &world.pki.luis.key);
    });
    let report = forged.audit(&PINS);
    assert_eq!(found(&report), []);
    assert_eq!(report["summary"]["signatures"]["unverified"], 1);
}

/// Who can sign the QR must: otherwise an institution could stand in for every prescriber.
#[test]
fn an_institution_does_not_sign_for_who_signs_in_the_hsm() {
    let site = site(|world, cms, message, document| {
        let event = issued(world);
        let Evidence::Cades { cms: ana, .. } = evidence::issue(&event, &world.pki.ana) else {
            panic!("CAdES")
        };
        let digest = Sha256::digest(&ana).into();
        *message = qr(&event, document, digest, &world.pki.own.institution);
        *cms = ana;
    });
    assert_eq!(found(&site.audit(&PINS)), only("qr-refused", ISSUE as u64));
}
