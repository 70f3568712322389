//! What was prepared for the wrapped key is signed by an activation of exactly its two digests:
//! what a thief with the clinical record's certificate would try, and what a lawyer would ask.

use axum::http::StatusCode;
use data_encoding::BASE64;
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use p256::pkcs8::DecodePublicKey;
use prescription::body::{EventBody, Evidence};
use rx_service::flow::activation::{ActivationUse, redeem};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signing::cms::cades;
use signing::cose::Sign1;
use signing::trust::Trust;

use crate::answer::{Answer, codes};
use crate::callers::{auditor, ehr, example, other_ehr, path_of};
use crate::consent;
use crate::own_pki::{OwnKey, fiel};
use crate::own_signature::{
    COMPLETE, PREPARE, bytes, completion, parameter, prepare as prepare_own, request, with_sat,
};
use crate::world::{CEDULA, MORNING, World, with_world};

async fn prepare(world: &World, request: &Value) -> Value {
    let body = json!({"resourceType": "Parameters", "parameter": [
        {"name": "prescription", "resource": request},
    ]});
    let answer = world.post(&ehr(), PREPARE, &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// What the prescriber authorises: as the service handed it out.
fn digests(prepared: &Value) -> [[u8; 32]; 2] {
    ["signedAttributesDigest", "qrDigest"].map(|name| bytes(prepared, name).try_into().unwrap())
}

async fn token(world: &World, digests: &[[u8; 32]]) -> String {
    consent::token(&world.app, CEDULA, &ehr().fingerprint, digests).await
}

async fn complete(world: &World, body: &Value, token: Option<&str>) -> Answer {
    let mut headers = vec![("content-type", "application/fhir+json")];
    headers.extend(token.map(|token| ("receta-activation", token)));
    world
        .send(&ehr(), "POST", COMPLETE, &headers, body.to_string())
        .await
}

fn refused(answer: &Answer, status: StatusCode, code: &str) {
    assert_eq!(answer.status, status, "{}", answer.text());
    assert_eq!(codes(answer), [code]);
}

/// How many prescriptions the ledger has.
async fn issued(world: &World) -> usize {
    let text = world.get(&auditor(), "/ledger/bodies").await.text();
    let is_event = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = BASE64.decode(line["body"].as_str().unwrap().as_bytes());
        EventBody::from_canonical(&body.unwrap()).is_ok()
    };
    text.lines().filter(is_event).count()
}

#[test]
fn the_wrapped_key_signs_exactly_what_prepare_returned() {
    let name = "remote_prepared::the_wrapped_key_signs_exactly_what_prepare_returned";
    with_world(name, async |world| {
        let prepared = prepare(&world, &example("clonazepam")).await;
        let code = |name| &parameter(&prepared, name).unwrap()["valueCode"];
        assert_eq!(
            (code("key"), code("qrSigner")),
            (&json!("remote"), &json!("prescriber"))
        );
        let (attributes, to_sign) = (
            bytes(&prepared, "signedAttributes"),
            bytes(&prepared, "qrToSign"),
        );
        let hashed = [&attributes, &to_sign].map(|bytes| Sha256::digest(bytes).into());
        assert_eq!(digests(&prepared), hashed);
        assert_eq!(issued(&world).await, 0);

        let body = completion(&prepared, &[]);
        let good = token(&world, &hashed).await;
        // Later than it was prepared: the instant that was signed stays.
        world.set_time("2026-03-02T15:01:30Z");
        let answer = complete(&world, &body, Some(&good)).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        world.check_receipt(&answer).await;
        let folio = answer.header("receta-folio");
        let promised = &parameter(&prepared, "folio").unwrap()["valueIdentifier"]["value"];
        assert_eq!(*promised, json!(folio));

        let stored = world.app.store.prescription(folio.parse().unwrap()).await;
        let stored = stored.unwrap().unwrap();
        assert_eq!(stored.state.issued.at, MORNING.parse().unwrap());
        let Evidence::Cades { document, cms, qr } = &stored.bodies[0].evidence else {
            panic!("no CAdES");
        };
        assert_eq!(*document, bytes(&prepared, "document"));
        // The CMS carries the attributes that were handed out, under the tag [0].
        let carried = [&[0xA0], &attributes[1..]].concat();
        assert!(cms.windows(carried.len()).any(|window| window == carried));
        let trust = world.app.trust.current();
        let now = world.app.now().0;
        let verified = cades::verify(document, cms, &Trust::Store(&trust), now).unwrap();
        assert_eq!(verified.subject().cedula.as_deref(), Some(CEDULA));
        // And the QR's signature is over the bytes that were handed out.
        let message = Sign1::parse(qr).unwrap();
        assert_eq!(message.payload().unwrap(), bytes(&prepared, "qrPayload"));
        let spki = verified.signer().spki();
        assert!(message.verify(spki).is_ok());
        let key = VerifyingKey::from(p256::PublicKey::from_public_key_der(spki).unwrap());
        let signature = Signature::from_slice(&qr[qr.len() - 64..]).unwrap();
        key.verify(&to_sign, &signature).unwrap();

        // The answer was lost: the same again gets it, whenever it comes, without a new activation.
        world.set_time("2026-03-02T18:00:00Z");
        for again in [None, Some(good.as_str()), Some("unknown")] {
            let again = complete(&world, &body, again).await;
            assert_eq!(again.status, StatusCode::OK, "{}", again.text());
            assert_eq!(again.json(), answer.json());
            let ledger = "receta-ledger-index";
            assert_eq!(again.header(ledger), answer.header(ledger));
        }
        assert_eq!(issued(&world).await, 1);
    });
}

#[test]
fn no_other_activation_signs() {
    with_world(
        "remote_prepared::no_other_activation_signs",
        async |world| {
            let prepared = prepare(&world, &example("clonazepam")).await;
            let body = completion(&prepared, &[]);
            let meant = digests(&prepared);
            let [attributes, qr] = meant;
            let refused = async |token: Option<&str>, code| {
                let answer = complete(&world, &body, token).await;
                refused(&answer, StatusCode::FORBIDDEN, code);
            };
            refused(None, "activation-missing").await;
            refused(Some(""), "activation-unknown").await;
            refused(Some(&"A".repeat(43)), "activation-unknown").await;

            // Of one of the two signatures, of another preparation of the same receta, of the body.
            let again = digests(&prepare(&world, &example("clonazepam")).await);
            let request = Sha256::digest(body.to_string()).into();
            for other in [
                &[attributes][..],
                &[qr],
                &again,
                &[attributes, again[1]],
                &[request],
            ] {
                let other = token(&world, other).await;
                refused(Some(&other), "activation-other-content").await;
            }
            // Clonazepam is of fraction II: with anything else beside it, it is not authorised alone.
            let batch = token(&world, &[attributes, qr, again[0], again[1]]).await;
            refused(Some(&batch), "activation-not-alone").await;

            let elsewhere = consent::token(&world.app, CEDULA, "ehr-other", &meant).await;
            refused(Some(&elsewhere), "activation-other-client").await;
            let client = ehr().fingerprint;
            let anothers = consent::token(&world.app, "1234567", &client, &meant).await;
            refused(Some(&anothers), "activation-other-prescriber").await;

            let late = token(&world, &meant).await;
            world.set_time("2026-03-02T15:02:00Z");
            refused(Some(&late), "activation-expired").await;
            world.set_time(MORNING);

            let used = token(&world, &meant).await;
            still_good(&world, &used, &meant).await;
            refused(Some(&used), "activation-used").await;

            assert_eq!(issued(&world).await, 0);
            // None of that spoilt the transaction.
            let good = token(&world, &meant).await;
            let issued = complete(&world, &body, Some(&good)).await;
            assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
        },
    );
}

#[test]
fn a_transaction_is_its_clients_and_goes_stale() {
    let name = "remote_prepared::a_transaction_is_its_clients_and_goes_stale";
    with_world(name, async |world| {
        let prepared = prepare(&world, &example("clonazepam")).await;
        let body = completion(&prepared, &[]);
        let meant = digests(&prepared);

        // Another record, even with the prescriber's consent given there.
        let thief = other_ehr();
        let there = consent::token(&world.app, CEDULA, &thief.fingerprint, &meant).await;
        let headers = [
            ("content-type", "application/fhir+json"),
            ("receta-activation", there.as_str()),
        ];
        let stolen = world
            .send(&thief, "POST", COMPLETE, &headers, body.to_string())
            .await;
        refused(&stolen, StatusCode::NOT_FOUND, "transaction-unknown");

        world.set_time("2026-03-02T15:10:01Z");
        let fresh = token(&world, &meant).await;
        let late = complete(&world, &body, Some(&fresh)).await;
        refused(&late, StatusCode::CONFLICT, "transaction-expired");
        // It cost no activation.
        world.set_time("2026-03-02T15:10:00Z");
        let in_time = complete(&world, &body, Some(&fresh)).await;
        assert_eq!(in_time.status, StatusCode::CREATED, "{}", in_time.text());
    });
}

/// Redeems what a refusal must have left unused.
async fn still_good(world: &World, token: &str, digests: &[[u8; 32]]) {
    let act = ActivationUse {
        client: &ehr().fingerprint,
        digests,
        per_prescription: true,
    };
    let (cedula, now) = (CEDULA.parse().unwrap(), world.app.now().0);
    redeem(&world.app, &cedula, Some(token), act, now)
        .await
        .unwrap();
}

#[test]
fn the_law_is_asked_again_and_its_refusal_costs_no_activation() {
    let name = "remote_prepared::the_law_is_asked_again_and_its_refusal_costs_no_activation";
    with_world(name, async |world| {
        let prepared = prepare(&world, &example("clonazepam")).await;
        let good = token(&world, &digests(&prepared)).await;
        let mut meanwhile = example("clonazepam");
        meanwhile["identifier"][0]["value"] = json!("meanwhile");
        let issued = world.post(&ehr(), path_of(&meanwhile), &meanwhile).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
        let answer = complete(&world, &completion(&prepared, &[]), Some(&good)).await;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        assert_eq!(answer.status, unprocessable, "{}", answer.text());
        assert!(codes(&answer)[0].starts_with("duplicate"));
        still_good(&world, &good, &digests(&prepared)).await;
    });
}

#[test]
fn a_certificate_revoked_between_the_two_steps_signs_nothing() {
    let name = "remote_prepared::a_certificate_revoked_between_the_two_steps_signs_nothing";
    with_world(name, async |world| {
        let prepared = prepare(&world, &example("clonazepam")).await;
        let good = token(&world, &digests(&prepared)).await;
        crate::revocation::revoke(&world, "2026-03-02T14:30:00Z", None).await;
        let answer = complete(&world, &completion(&prepared, &[]), Some(&good)).await;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        refused(&answer, unprocessable, "prescriber-certificate");
        assert_eq!(issued(&world).await, 0);
        still_good(&world, &good, &digests(&prepared)).await;
    });
}

#[test]
fn one_completion_however_many_at_once() {
    let name = "remote_prepared::one_completion_however_many_at_once";
    with_world(name, async |world| {
        let prepared = prepare(&world, &example("clonazepam")).await;
        let body = completion(&prepared, &[]);
        let good = token(&world, &digests(&prepared)).await;
        let sent = (0..8).map(|_| complete(&world, &body, Some(&good)));
        let answers = crate::lifetime::join_all(sent).await;
        let created = |answer: &&Answer| answer.status == StatusCode::CREATED;
        assert_eq!(answers.iter().filter(created).count(), 1);
        for lost in answers.iter().filter(|answer| !created(answer)) {
            // The first answer, or that the activation is used or the patient has it by now.
            let told = lost.status == StatusCode::OK || lost.status.is_client_error();
            assert!(told, "{}", lost.text());
        }
        assert_eq!(issued(&world).await, 1);
        let after = complete(&world, &body, None).await;
        assert_eq!(after.status, StatusCode::OK, "{}", after.text());
    });
}

#[test]
fn a_batch_is_for_what_is_not_controlled() {
    let name = "remote_prepared::a_batch_is_for_what_is_not_controlled";
    with_world(name, async |world| {
        let controlled = prepare(&world, &example("clonazepam")).await;
        let free = prepare(&world, &example("three-lines")).await;
        let both = [digests(&controlled), digests(&free)].concat();
        let batch = token(&world, &both).await;
        let answer = complete(&world, &completion(&controlled, &[]), Some(&batch)).await;
        refused(&answer, StatusCode::FORBIDDEN, "activation-not-alone");
        let issued = complete(&world, &completion(&free, &[]), Some(&batch)).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
        // What is left of it does not become one of one.
        let answer = complete(&world, &completion(&controlled, &[]), Some(&batch)).await;
        refused(&answer, StatusCode::FORBIDDEN, "activation-not-alone");
    });
}

/// Who signs is settled at `$prepare`: neither way passes for the other.
#[test]
fn a_signature_and_an_activation_do_not_stand_in_for_each_other() {
    let name = "remote_prepared::a_signature_and_an_activation_do_not_stand_in_for_each_other";
    with_world(name, async |world| {
        let (world, sat) = with_sat(world).await;
        let unprocessable = StatusCode::UNPROCESSABLE_ENTITY;
        let remote = prepare(&world, &example("clonazepam")).await;
        let good = token(&world, &digests(&remote)).await;
        let key = OwnKey::p256(31);
        let signature = key.sign(&bytes(&remote, "signedAttributes"));
        for name in ["signature", "cades", "qrSignature"] {
            let body = completion(&remote, &[(name, &signature)]);
            let answer = complete(&world, &body, Some(&good)).await;
            refused(&answer, unprocessable, "signature-surplus");
        }
        let issued = complete(&world, &completion(&remote, &[]), Some(&good)).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());

        // Prepared for an e.firma: no activation replaces its signature, also not of who has both.
        let certificate = sat.issue(&fiel(), &OwnKey::rsa());
        let own = prepare_own(&world, &request("three-lines"), &certificate).await;
        assert_eq!(parameter(&own, "key").unwrap()["valueCode"], "own");
        let attributes = bytes(&own, "signedAttributesDigest").try_into().unwrap();
        let other = token(&world, &[attributes]).await;
        let answer = complete(&world, &completion(&own, &[]), Some(&other)).await;
        refused(&answer, unprocessable, "signature-missing");

        // Who has no wrapped key cannot prepare for one.
        let body = json!({"resourceType": "Parameters", "parameter": [
            {"name": "prescription", "resource": request("three-lines")},
        ]});
        let answer = world.post(&ehr(), PREPARE, &body).await;
        refused(&answer, unprocessable, "prescriber-not-enrolled");
    });
}
