//! The HSM gone in mid-run: SoftHSM's token directory taken away and brought back.

use std::thread;
use std::time::Duration;

use receta_tests::ehr::Acknowledged;
use receta_tests::evidence::Evidence;
use receta_tests::pharmacy::{Pharmacy, SignedAct};
use receta_tests::running::Running;
use sandbox::seed::{HandOver, Line};
use sandbox::{Who, clock};

use crate::outcome::refused;

/// Pause before a request is sent again.
const PAUSE: Duration = Duration::from_millis(20);

#[test]
fn without_its_token_the_service_refuses_and_recovers_when_it_is_back() {
    let mut running = Running::start().unwrap();
    let mut last = running.goes_on(1).unwrap();
    let tokens = running.world.token.tokens_dir();
    let away = running.folder().join("tokens-away");
    let prescription = running.prescription(2, vec![Line::clonazepam()]).unwrap();
    for round in 0..3 {
        std::fs::rename(&tokens, &away).unwrap();
        let answer = running.ehr.issue(&prescription).unwrap();
        if round == 0 {
            refused(&answer, 503, "hsm-unavailable");
        }
        assert_eq!(running.ehr.client().get("/readyz").unwrap().status, 503);
        assert!(running.is_alive().unwrap());
        std::fs::rename(&away, &tokens).unwrap();
        running.issue(&prescription).unwrap();
        assert_eq!(running.ehr.client().get("/readyz").unwrap().status, 200);
        last = running.goes_on(10 + round).unwrap();
    }
    let folder = running.scratch().unwrap();
    let evidence = Evidence::download(&running.world, &folder, last.index + 1).unwrap();
    assert_eq!(evidence.bodies.len(), 5, "a refused request left an entry");
    evidence.verify_tree(&[]).unwrap();
    evidence.audit(&running.world).unwrap();
}

/// A dispensing needs no key of the HSM, only its receipt does: it is recorded, the pharmacy is told
/// to ask again, and the ledger goes on by itself when the token is back.
#[test]
fn what_was_recorded_without_the_token_gets_its_receipt_when_it_is_back() {
    let mut running = Running::start().unwrap();
    sandbox::stock::open(&running.world, 20).unwrap();
    let pharmacy = Pharmacy::new(&running.world, Who::Pharmacy1).unwrap();
    let acts: Vec<_> = (1..=5)
        .map(|number| clonazepam_handed_over(&running, &pharmacy, number))
        .collect();
    let tokens = running.world.token.tokens_dir();
    let away = running.folder().join("tokens-away");
    std::fs::rename(&tokens, &away).unwrap();
    for act in &acts {
        let answer = pharmacy.send(act).unwrap();
        if answer.status != 201 {
            refused(&answer, 503, "receipt-pending");
        }
    }
    assert!(running.is_alive().unwrap());
    std::fs::rename(&away, &tokens).unwrap();
    for act in &acts {
        let mut answer = pharmacy.send(act).unwrap();
        while answer.status != 200 {
            assert!(matches!(answer.status, 409 | 503), "{}", answer.describe());
            let code = &answer.issues()[0].code;
            assert!(code == "busy" || code == "receipt-pending", "{code}");
            thread::sleep(PAUSE);
            answer = pharmacy.send(act).unwrap();
        }
        Acknowledged::of(&answer).unwrap();
    }
    let last = running.goes_on(6).unwrap();
    let folder = running.scratch().unwrap();
    let evidence = Evidence::download(&running.world, &folder, last.index + 1).unwrap();
    assert_eq!(evidence.bodies.len(), 11, "each act is recorded once");
    evidence.verify_tree(&[]).unwrap();
    evidence.audit(&running.world).unwrap();
}

fn clonazepam_handed_over(running: &Running, pharmacy: &Pharmacy, number: u64) -> SignedAct {
    let folio = running.goes_on(number).unwrap().folio;
    let qr = signing::qr::read(&running.ehr.qr(folio).unwrap()).unwrap();
    let act = HandOver {
        request_id: &format!("{}-1", folio.compact()),
        clave: &Line::clonazepam().clave,
        packages: 1,
        lot: ("L2611A", "2028-06"),
        qr_digest: *qr.qr_digest(),
        at: clock::now(),
    };
    pharmacy.sign(&act).unwrap()
}
