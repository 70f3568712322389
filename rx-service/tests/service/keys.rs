//! The life of prescribers' keys under the service that signs with them.

use axum::http::StatusCode;
use data_encoding::BASE64;
use prescription::body::{EventBody, Evidence};
use prescription::key::{KeyAct, KeyState, KeyVerb, RevocationReason};
use prescription::register::RegisterBody;
use rx_service::flow::FlowError;
use rx_service::flow::key::{self, RevokeOrder};
use rx_service::office::Office;
use rx_service::store::StoredPrescriber;
use serde_json::Value;

use crate::answer::{Answer, codes};
use crate::callers::{Pharmacy, auditor, ehr, example, path_of};
use crate::consent;
use crate::lifetime::join_all;
use crate::stock::for_patient;
use crate::world::{CEDULA, World, with_world};

/// Enrolled like a prescriber, and not the one whose keys are at stake.
const OFFICER: &str = "1234567";

fn cedula() -> prescription::Cedula {
    CEDULA.parse().unwrap()
}

fn officer() -> prescription::Cedula {
    OFFICER.parse().unwrap()
}

/// Makes the next key and has it certified.
async fn rotate(world: &World, office: &Office) {
    let by = consent::ordering(office, OFFICER).await;
    let spki = key::rotate(office, &cedula(), Some(&by)).await.unwrap();
    let certificate = world.certificate(CEDULA, &spki);
    key::certify(office, &cedula(), &certificate, Some(&by))
        .await
        .unwrap();
}

fn revocation(since: Option<&str>) -> RevokeOrder {
    RevokeOrder {
        cedula: cedula(),
        key: None,
        reason: RevocationReason::KeyCompromise,
        since: since.map(|since| since.parse().unwrap()),
    }
}

async fn stored(world: &World) -> StoredPrescriber {
    let stored = world.app.store.prescriber(&cedula()).await;
    stored.unwrap().unwrap()
}

async fn verify(world: &World, qr: &str) -> Answer {
    let pharmacy = Pharmacy::licensed();
    let body = serde_json::json!({"qr": qr});
    world.post(&pharmacy.caller, "/verifications", &body).await
}

/// The bodies of the ledger in its order, once nothing waits any more.
async fn bodies(world: &World) -> Vec<Vec<u8>> {
    while !world.app.store.waiting_entries(1).await.unwrap().is_empty() {
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let text = world.get(&auditor(), "/ledger/bodies").await.text();
    let lines = text.lines().map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        BASE64
            .decode(line["body"].as_str().unwrap().as_bytes())
            .unwrap()
    });
    lines.collect()
}

/// What the ledger says of the keys of `CEDULA`, and of the prescriptions among it, in order.
async fn told(world: &World) -> Vec<String> {
    let mut told = Vec::new();
    for body in bodies(world).await {
        if let Ok(act) = RegisterBody::<KeyAct>::from_canonical(&body) {
            if act.place.subject == CEDULA {
                told.push(format!("{} {}", act.act.what.code(), act.act.key));
            }
        } else if EventBody::from_canonical(&body).is_ok() {
            told.push("issued".to_owned());
        }
    }
    told
}

#[test]
fn a_rotation_under_load_loses_no_request() {
    with_world(
        "keys::a_rotation_under_load_loses_no_request",
        async |world| {
            let beside = world.beside().await;
            // Four EHRs without a pause; the keys change three times meanwhile.
            let issuing = (0..4).map(|lane| {
                let world = &world;
                async move {
                    let mut folios = Vec::new();
                    for n in 0..6 {
                        folios.push(world.issue(&for_patient(lane * 6 + n)).await);
                    }
                    folios
                }
            });
            let rotating = async {
                for _ in 0..3 {
                    tokio::time::sleep(std::time::Duration::from_millis(30)).await;
                    rotate(&world, &beside).await;
                }
            };
            let (folios, ()) = tokio::join!(join_all(issuing), rotating);
            let folios: Vec<_> = folios.into_iter().flatten().collect();
            assert_eq!(folios.len(), 24);

            let stored = stored(&world).await;
            let states: Vec<_> = stored.keys.iter().map(|key| key.state).collect();
            let retired = KeyState::Retired;
            assert_eq!(states, [retired, retired, retired, KeyState::Certified]);
            // What a retired key signed is as good as before; a counter gets its certificate.
            for folio in &folios {
                let answer = verify(&world, &world.qr(folio).await).await;
                assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
            }
            let pem = world.get(&auditor(), "/certificates").await.text();
            assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 5);
            let told = told(&world).await;
            let acts: Vec<_> = told.iter().filter(|line| *line != "issued").collect();
            let expected = [
                "enrol 1",
                "certify 1",
                "rotate 2",
                "certify 2",
                "rotate 3",
                "certify 3",
                "rotate 4",
                "certify 4",
            ];
            assert_eq!(acts, expected);
        },
    );
}

#[test]
fn a_revoked_key_signs_nothing_more_on_a_replica_that_had_it_ready() {
    let name = "keys::a_revoked_key_signs_nothing_more_on_a_replica_that_had_it_ready";
    with_world(name, async |world| {
        let folio = world.issue(&for_patient(1)).await;
        // Somewhere else, while this service has key and certificate in memory.
        let beside = world.beside().await;
        key::revoke(&beside, &revocation(None), None).await.unwrap();
        let order = for_patient(2);
        let refused = world.post(&ehr(), path_of(&order), &order).await;
        assert_eq!(codes(&refused), ["prescriber-not-enrolled"]);
        // What was signed before stays valid, and can still be dispensed.
        let answer = verify(&world, &world.qr(&folio).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        // Offline nobody can tell before from after: the counter must ask.
        let pem = world.get(&auditor(), "/certificates").await.text();
        assert_eq!(pem.matches("BEGIN CERTIFICATE").count(), 1);
        // The next key brings the prescriber back.
        rotate(&world, &beside).await;
        world.issue(&order).await;
        assert_eq!(
            told(&world).await,
            [
                "enrol 1",
                "certify 1",
                "issued",
                "revoke 1",
                "rotate 2",
                "certify 2",
                "issued"
            ]
        );
    });
}

/// Requests that were under way when the key was revoked: signed and committed before, or refused.
#[test]
fn nothing_that_a_key_signed_stands_in_the_ledger_after_its_revocation() {
    let name = "keys::nothing_that_a_key_signed_stands_in_the_ledger_after_its_revocation";
    with_world(name, async |world| {
        let beside = world.beside().await;
        let issuing = (0..24).map(|n| {
            let world = &world;
            async move {
                let order = for_patient(n);
                let answer = world.post(&ehr(), path_of(&order), &order).await;
                if answer.status != StatusCode::CREATED {
                    assert_eq!(codes(&answer), ["prescriber-not-enrolled"]);
                }
                usize::from(answer.status == StatusCode::CREATED)
            }
        });
        let revoking = async {
            tokio::time::sleep(std::time::Duration::from_millis(15)).await;
            key::revoke(&beside, &revocation(None), None).await.unwrap();
        };
        let (created, ()) = tokio::join!(join_all(issuing), revoking);
        let created: usize = created.into_iter().sum();
        eprintln!("{created} of 24 were issued before the revocation");
        let told = told(&world).await;
        assert_eq!(told.last().unwrap(), "revoke 1");
        assert_eq!(
            told.iter().filter(|line| *line == "issued").count(),
            created
        );
    });
}

/// A telephone was lost in the morning, and its owner noticed at noon.
#[test]
fn what_was_issued_since_the_compromise_is_not_handed_over() {
    let name = "keys::what_was_issued_since_the_compromise_is_not_handed_over";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 4).await;
        let (before, after) = (for_patient(1), for_patient(2));
        let before = world.issue(&before).await;
        world.set_time("2026-03-02T16:00:00Z");
        let after = world.issue(&after).await;
        world.set_time("2026-03-02T18:00:00Z");
        let order = revocation(Some("2026-03-02T16:00:00Z"));
        key::revoke(&world.beside().await, &order, None)
            .await
            .unwrap();

        let good = verify(&world, &world.qr(&before).await).await;
        assert_eq!(good.status, StatusCode::OK, "{}", good.text());
        let handed = world.dispense(&pharmacy, &before, 1, 1).await;
        assert_eq!(handed.status, StatusCode::CREATED, "{}", handed.text());
        let bad = verify(&world, &world.qr(&after).await).await;
        assert_eq!(codes(&bad), ["prescriber-key-compromised"]);
        let kept = world.dispense(&pharmacy, &after, 1, 1).await;
        assert_eq!(codes(&kept), ["prescriber-key-compromised"]);
    });
}

fn code<T: std::fmt::Debug>(answer: Result<T, FlowError>) -> String {
    let text = answer.unwrap_err().to_string();
    text.split(':').next().unwrap().to_owned()
}

#[test]
fn what_an_officer_may_not_order() {
    with_world("keys::what_an_officer_may_not_order", async |world| {
        let office = world.beside().await;
        let destroy = async |number, by: &str| {
            let by = consent::ordering(&office, by).await;
            key::destroy(&office, &cedula(), number, &by).await
        };
        assert_eq!(code(destroy(1, OFFICER).await), "key-still-signs");
        assert_eq!(code(destroy(1, CEDULA).await), "key-own");
        assert_eq!(code(destroy(2, OFFICER).await), "key-unknown");
        let again = key::enrol(&office, &cedula(), None).await;
        assert_eq!(code(again), "key-not-the-first");
        let later = revocation(Some("2030-01-01T00:00:00Z"));
        assert_eq!(
            code(key::revoke(&office, &later, None).await),
            "key-since-later"
        );

        key::rotate(&office, &cedula(), None).await.unwrap();
        let second = key::rotate(&office, &cedula(), None).await;
        assert_eq!(code(second), "key-another-waits");
        // A certificate over the old key does not make the new one sign.
        let old = stored(&world).await.keys[0].spki.clone();
        let certificate = world.certificate(CEDULA, &old);
        let refused = key::certify(&office, &cedula(), &certificate, None).await;
        assert!(matches!(refused, Err(FlowError::Certificate(_))));
        assert_eq!(stored(&world).await.current_key().unwrap().number, 1);
        // Nothing of all that is in the ledger.
        assert_eq!(told(&world).await, ["enrol 1", "certify 1", "rotate 2"]);
    });
}

#[test]
fn a_destroyed_key_leaves_the_officers_signature_and_the_digest() {
    let name = "keys::a_destroyed_key_leaves_the_officers_signature_and_the_digest";
    with_world(name, async |world| {
        let office = world.beside().await;
        let folio = world.issue(&example("clonazepam")).await;
        let first = stored(&world).await.keys[0].clone();
        rotate(&world, &office).await;
        let by = consent::ordering(&office, OFFICER).await;
        key::destroy(&office, &cedula(), 1, &by).await.unwrap();
        let now = stored(&world).await.keys[0].clone();
        assert_eq!((now.state, now.wrapped), (KeyState::Destroyed, None));
        assert_eq!(now.certificate, first.certificate);

        let wrapped = first.wrapped.unwrap();
        let mut acts = bodies(&world).await.into_iter().rev();
        let act = acts.find_map(|body| RegisterBody::<KeyAct>::from_canonical(&body).ok());
        let act = act.unwrap();
        let KeyVerb::Destroy { wrapped: told } = act.act.what else {
            panic!("{:?}", act.act)
        };
        assert_eq!(told, prescription::key::Digest::of(&wrapped));
        assert_eq!(act.act.by, Some(officer()));
        let Evidence::Cades { document, .. } = &act.evidence else {
            panic!("an officer signs")
        };
        let said: KeyAct = serde_json::from_slice(document).unwrap();
        assert_eq!(said.key, 1);
        // What the destroyed key signed still verifies, and prints with its prescriber's name.
        let answer = verify(&world, &world.qr(&folio).await).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        let pdf = format!("/prescriptions/{folio}/receta.pdf");
        let printed = world.get(&ehr(), &pdf).await;
        assert_eq!(printed.status, StatusCode::OK, "{}", printed.text());
    });
}
