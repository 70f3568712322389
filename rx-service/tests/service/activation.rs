//! No key is used without its owner's fresh consent to these bytes: what a thief with the clinical
//! record's certificate would try.

use axum::http::StatusCode;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::answer::{Answer, codes, without_key_acts};
use crate::callers::{ehr, ehr_of, example, path_of};
use crate::consent::{self, activated};
use crate::world::{CEDULA, MORNING, World, with_world};

const PATH: &str = "/fhir/r4/MedicationRequest";

fn digest(value: &Value) -> [u8; 32] {
    Sha256::digest(value.to_string()).into()
}

/// An activation of the prescriber of the examples, at their clinical record.
async fn token(world: &World, digests: &[[u8; 32]]) -> String {
    consent::token(&world.app, CEDULA, &ehr().fingerprint, digests).await
}

async fn post_with(world: &World, value: &Value, token: &str) -> Answer {
    let headers = [
        ("content-type", "application/fhir+json"),
        ("receta-activation", token),
    ];
    world
        .send(&ehr(), "POST", path_of(value), &headers, value.to_string())
        .await
}

fn refused(answer: &Answer, code: &str) {
    assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text());
    assert_eq!(codes(answer), [code]);
}

/// The same prescription as another request, for another patient.
fn other(curp: &str) -> Value {
    let text = example("clonazepam").to_string();
    let curp_of_example = example("clonazepam")["contained"][0]["identifier"][0]["value"].clone();
    let text = text.replace(curp_of_example.as_str().unwrap(), curp);
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["identifier"][0]["value"] = json!(format!("otra-{curp}"));
    value
}

#[test]
fn an_issue_needs_an_activation_of_exactly_its_bytes() {
    let name = "activation::an_issue_needs_an_activation_of_exactly_its_bytes";
    with_world(name, async |world| {
        let order = example("clonazepam");
        refused(
            &world.post_bare(&ehr(), PATH, &order).await,
            "activation-missing",
        );
        for unknown in ["", "AAAA", &"A".repeat(43)] {
            let answer = post_with(&world, &order, unknown).await;
            refused(&answer, "activation-unknown");
        }
        // One more space is another prescription to consent to.
        let spaced = token(&world, &[Sha256::digest(format!("{order} ")).into()]).await;
        refused(
            &post_with(&world, &order, &spaced).await,
            "activation-other-content",
        );

        let elsewhere = consent::token(&world.app, CEDULA, "ehr-other", &[digest(&order)]).await;
        refused(
            &post_with(&world, &order, &elsewhere).await,
            "activation-other-client",
        );

        let client = ehr().fingerprint;
        let anothers = consent::token(&world.app, "1234567", &client, &[digest(&order)]).await;
        let answer = post_with(&world, &order, &anothers).await;
        refused(&answer, "activation-other-prescriber");

        let late = token(&world, &[digest(&order)]).await;
        world.set_time("2026-03-02T15:02:00Z");
        refused(
            &post_with(&world, &order, &late).await,
            "activation-expired",
        );
        world.set_time(MORNING);

        let good = token(&world, &[digest(&order)]).await;
        let issued = post_with(&world, &order, &good).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
        // Nothing of all that had reached the ledger: this is the first entry after the enrolments.
        assert_eq!(
            issued.header("receta-ledger-index"),
            world.begun.to_string()
        );

        // The answer was lost: the same request again gets it, with the old activation or none.
        for again in [
            post_with(&world, &order, &good).await,
            world.post_bare(&ehr(), PATH, &order).await,
        ] {
            assert_eq!(again.status, StatusCode::OK, "{}", again.text());
            assert_eq!(again.header("receta-folio"), issued.header("receta-folio"));
        }
    });
}

#[test]
fn a_used_activation_issues_nothing_more() {
    let name = "activation::a_used_activation_issues_nothing_more";
    with_world(name, async |world| {
        // Without an identifier the client cannot be recognised: the activation alone stops it.
        let mut order = example("clonazepam");
        order.as_object_mut().unwrap().remove("identifier");
        let good = token(&world, &[digest(&order)]).await;
        let sent = (0..8).map(|_| post_with(&world, &order, &good));
        let answers = crate::lifetime::join_all(sent).await;
        let created = |answer: &&Answer| answer.status == StatusCode::CREATED;
        assert_eq!(answers.iter().filter(created).count(), 1);
        for lost in answers.iter().filter(|answer| !created(answer)) {
            // Whoever came after the first is told by the law that the patient has it already, or
            // by the activation that it was used.
            assert!(lost.status.is_client_error(), "{}", lost.text());
        }
    });
}

#[test]
fn a_controlled_medicine_is_authorised_alone() {
    let name = "activation::a_controlled_medicine_is_authorised_alone";
    with_world(name, async |world| {
        let (controlled, free) = (example("clonazepam"), example("three-lines"));
        let batch = token(&world, &[digest(&controlled), digest(&free)]).await;
        let answer = post_with(&world, &controlled, &batch).await;
        refused(&answer, "activation-not-alone");
        // What is not controlled may come in a batch.
        let issued = post_with(&world, &free, &batch).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
        // Nor does the batch become one of one by use.
        let answer = post_with(&world, &controlled, &batch).await;
        refused(&answer, "activation-not-alone");
        let alone = token(&world, &[digest(&controlled)]).await;
        let issued = post_with(&world, &controlled, &alone).await;
        assert_eq!(issued.status, StatusCode::CREATED, "{}", issued.text());
    });
}

#[test]
fn a_refusal_by_the_law_costs_no_activation() {
    let name = "activation::a_refusal_by_the_law_costs_no_activation";
    with_world(name, async |world| {
        world.issue(&example("clonazepam")).await;
        let mut again = example("clonazepam");
        again["identifier"][0]["value"] = json!("another-request");
        let good = token(&world, &[digest(&again)]).await;
        let answer = post_with(&world, &again, &good).await;
        assert_eq!(
            answer.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            answer.text()
        );
        let act = rx_service::flow::activation::ActivationUse {
            client: &ehr().fingerprint,
            digests: &[digest(&again)],
            per_prescription: true,
        };
        let (cedula, now) = (CEDULA.parse().unwrap(), world.app.now().0);
        rx_service::flow::activation::redeem(&world.app, &cedula, Some(&good), act, now)
            .await
            .unwrap();
    });
}

#[test]
fn every_later_act_of_the_prescriber_needs_one_of_its_own() {
    let name = "activation::every_later_act_of_the_prescriber_needs_one_of_its_own";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        for verb in ["suspend", "resume", "cancel"] {
            let order = example(verb);
            let path = format!("{PATH}/{}-1/${verb}", folio.replace('-', ""));
            refused(
                &world.post_bare(&ehr(), &path, &order).await,
                "activation-missing",
            );
            let done = world.post(&ehr(), &path, &order).await;
            assert_eq!(done.status, StatusCode::OK, "{verb}: {}", done.text());
            if verb == "cancel" {
                // A retry gets the first answer, without another consent.
                let again = world.post_bare(&ehr(), &path, &order).await;
                assert_eq!(again.status, StatusCode::OK, "{}", again.text());
            }
        }
    });
}

#[test]
fn an_activation_serves_two_requests_at_once_only_once() {
    let name = "activation::an_activation_serves_two_requests_at_once_only_once";
    with_world(name, async |world| {
        let order = other("HECL580923HHGRRS09");
        let good = token(&world, &[digest(&order)]).await;
        let (one, two) = tokio::join!(
            post_with(&world, &order, &good),
            post_with(&world, &order, &good),
        );
        assert!(one.status.is_success() || two.status.is_success());
        for answer in [&one, &two] {
            // Whoever comes second is told that it was used, or, where the first is committed and
            // waits for its index, to try again.
            if answer.status == StatusCode::CONFLICT {
                assert_eq!(codes(answer), ["busy"]);
            } else if !answer.status.is_success() {
                refused(answer, "activation-used");
            }
        }
        let bodies = world
            .get(&crate::callers::auditor(), "/ledger/bodies")
            .await;
        assert_eq!(without_key_acts(&bodies.text()).len(), 1);
    });
}

#[test]
fn an_officer_needs_one_too() {
    let name = "activation::an_officer_needs_one_too";
    with_world(name, async |world| {
        use rx_service::flow::activation::{ActivationUse, OFFICER, redeem};
        let redeemed = activated(&world.app, CEDULA, OFFICER, [5; 32]).await;
        assert_eq!(redeemed.cedula().as_str(), CEDULA);
        // A clinical record cannot pass for the terminal, nor the terminal for a record.
        let (cedula, now) = (CEDULA.parse().unwrap(), world.app.now().0);
        let at_record = token(&world, &[[6; 32]]).await;
        let act = ActivationUse {
            client: OFFICER,
            digests: &[[6; 32]],
            per_prescription: true,
        };
        let answer = redeem(&world.app, &cedula, Some(&at_record), act, now).await;
        assert_eq!(
            answer.unwrap_err().refusal_code(),
            Some("activation-other-client")
        );
        let stranger = ehr_of("HGIMB000180");
        assert_ne!(stranger.fingerprint, OFFICER);
    });
}
