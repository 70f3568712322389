//! Texts that are not the QR that the service gave out.

use data_encoding::BASE32_NOPAD;
use receta_tests::pharmacy::Pharmacy;
use receta_tests::running::Running;
use sandbox::Who;

use crate::outcome::refused;

fn text(cose: &[u8]) -> String {
    format!("RX1{}", BASE32_NOPAD.encode(cose))
}

#[test]
fn a_qr_with_anything_more_or_less_is_refused() {
    let running = Running::start().unwrap();
    let pharmacy = Pharmacy::new(&running.world, Who::Pharmacy1).unwrap();
    let qr = running.ehr.qr(running.goes_on(1).unwrap().folio).unwrap();
    assert_eq!(pharmacy.ask(&qr).unwrap().status, 200);
    let cose = BASE32_NOPAD.decode(&qr.as_bytes()[3..]).unwrap();

    let surplus = [&cose[..], &[0xf6]].concat();
    let twice = [&cose[..], &cose[..]].concat();
    let untagged = cose[1..].to_vec();
    let five = [&[0xd2, 0x85], &cose[2..], &[0xf6]].concat();
    // The first item, the protected header, with its length in two bytes.
    let longer_head = [&[0xd2, 0x84, 0x58, cose[2] & 0x1f], &cose[3..]].concat();
    // One more entry in the protected header: {1: -7, 4: kid, 5: 0}.
    let header = usize::from(cose[2] & 0x1f);
    let mut critical = cose.clone();
    critical[2] += 2;
    critical[3] += 1;
    drop(critical.splice(3 + header..3 + header, [5, 0]));
    for forged in [
        surplus,
        twice,
        untagged,
        five,
        longer_head,
        critical,
        Vec::new(),
    ] {
        let answer = pharmacy.ask(&text(&forged)).unwrap();
        refused(&answer, 422, "qr-refused");
    }
    for typed in [
        "",
        "RX1",
        "RX2AAAA",
        "https://example.org",
        &qr[..qr.len() - 1],
        &"RX1A".repeat(9999),
    ] {
        refused(&pharmacy.ask(typed).unwrap(), 422, "qr-refused");
    }
    running.goes_on(2).unwrap();
}

#[test]
fn who_holds_no_qr_learns_nothing() {
    let running = Running::start().unwrap();
    let issued = running.goes_on(1).unwrap();
    let pharmacy = running.world.client(Who::Pharmacy1).unwrap();
    let other = running.world.client(Who::OtherEhr).unwrap();
    for path in [
        format!("/fhir/r4/MedicationRequest/{}-1", issued.folio.compact()),
        format!("/prescriptions/{}/qr.txt", issued.folio),
        format!("/prescriptions/{}/receta.pdf", issued.folio),
        "/ledger/bodies".to_owned(),
    ] {
        for client in [&pharmacy, &other] {
            let answer = client.get(&path).unwrap();
            assert!(
                matches!(answer.status, 403 | 404),
                "{path}: {}",
                answer.describe()
            );
            crate::outcome::issues(&answer);
        }
    }
    for request in [
        r#"{"qr":1}"#,
        r#"{"qr":"a","qr":"b"}"#,
        "{}",
        r#"{"qr":"a","b":1}"#,
        "[]",
        "{",
    ] {
        let body = request.as_bytes().to_vec();
        let answer = pharmacy.post_bytes("/verifications", body, &[]).unwrap();
        refused(&answer, 400, "not-a-qr");
    }
    running.goes_on(2).unwrap();
}
