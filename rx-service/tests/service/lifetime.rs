//! Time: validity, expiry at midnight where the establishment is, a fraction that changed.

use axum::http::StatusCode;
use rx_service::flow::expire_due;
use serde_json::json;

use crate::answer::Answer;
use crate::callers::{BORDER, Pharmacy, TIJUANA, ehr, ehr_of, example, path_of};
use crate::world::{CLUES, MORNING, World, with_world};

#[test]
fn fraction_ii_ends_at_the_midnight_after_the_thirtieth_day() {
    with_world(
        "lifetime::fraction_ii_ends_at_the_midnight_after_the_thirtieth_day",
        async |world| {
            let folio = world.issue(&example("clonazepam")).await;
            // 30 days after 2026-03-02; Hidalgo is six hours behind UTC.
            world.set_time("2026-04-02T05:59:59Z");
            assert_eq!(expire_due(&world.app).await.unwrap(), 0);
            world.set_time("2026-04-02T06:00:00Z");
            let refused = world.dispense(&Pharmacy::licensed(), &folio, 1, 1).await;
            assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
            assert_eq!(refused.issues()[0].0, "already-expired");
            assert_eq!(expire_due(&world.app).await.unwrap(), 1);
            let id = folio.replace('-', "");
            let line = world
                .get(&ehr(), &format!("/fhir/r4/MedicationRequest/{id}-1"))
                .await;
            assert_eq!(line.json()["status"], "stopped");
        },
    );
}

/// Opens at the midnight of the establishment that wrote it, in three zones, in winter, in summer and
/// on the days on which the clocks of the border change. Four CURPs and medicines: none overlaps.
#[test]
fn a_receta_ends_at_the_midnight_of_where_it_was_written() {
    let name = "lifetime::a_receta_ends_at_the_midnight_of_where_it_was_written";
    with_world(name, async |world| {
        for (clues, written, hour, midnight) in [
            // The last day is the eighth of March 2026, when the border's clocks go forward.
            (TIJUANA, "2026-02-06", "18:00:00Z", "2026-03-09T07:00:00Z"),
            (BORDER, "2026-02-06", "18:00:00Z", "2026-03-09T06:00:00Z"),
            (CLUES, "2026-02-06", "18:00:00Z", "2026-03-09T06:00:00Z"),
            // The day before, it is still winter at midnight.
            (TIJUANA, "2026-02-05", "18:00:00Z", "2026-03-08T08:00:00Z"),
            // The last day is the first of November 2026, when they go back.
            (TIJUANA, "2026-10-02", "18:00:00Z", "2026-11-02T08:00:00Z"),
            (BORDER, "2026-10-02", "18:00:00Z", "2026-11-02T07:00:00Z"),
            (TIJUANA, "2026-10-01", "18:00:00Z", "2026-11-01T07:00:00Z"),
        ] {
            world.set_time(&format!("{written}T{hour}"));
            let mut request = example("clonazepam");
            request["authoredOn"] = json!(written);
            request["identifier"][0]["value"] = json!(format!("ORD-{clues}-{written}"));
            let folio = world.issue_at(&ehr_of(clues), &request).await;
            let midnight: jiff::Timestamp = midnight.parse().unwrap();
            let just_before = midnight - jiff::SignedDuration::from_secs(1);
            world.set_time(&just_before.to_string());
            assert_eq!(
                expire_due(&world.app).await.unwrap(),
                0,
                "{clues} {written}"
            );
            assert_eq!(phase(&world, &folio).await, "active");
            world.set_time(&midnight.to_string());
            assert_eq!(
                expire_due(&world.app).await.unwrap(),
                1,
                "{clues} {written}"
            );
            assert_eq!(phase(&world, &folio).await, "expired");
        }
    });
}

async fn phase(world: &World, folio: &str) -> &'static str {
    let stored = world.app.store.prescription(folio.parse().unwrap()).await;
    stored.unwrap().unwrap().state.phase().code()
}

/// The day of the pharmacy and the day of where it was written: both must not be past the last one,
/// whether or not the worker has been there.
#[test]
fn neither_a_pharmacy_further_east_nor_one_further_west_fills_it_after_its_end() {
    let name =
        "lifetime::neither_a_pharmacy_further_east_nor_one_further_west_fills_it_after_its_end";
    with_world(name, async |world| {
        let hidalgo = Pharmacy::licensed();
        let tijuana = Pharmacy::new("BCFAR000001", Some("LS-BC-1"));
        for pharmacy in [&hidalgo, &tijuana] {
            world.stock(pharmacy, 1).await;
        }
        for (written_at, filled_at, pharmacy) in [
            // Tijuana's day goes on for two hours; in Hidalgo it is over.
            (TIJUANA, "2026-04-02T06:30:00Z", &hidalgo),
            // Hidalgo's day is over; in Tijuana it goes on.
            (CLUES, "2026-04-02T06:30:00Z", &tijuana),
        ] {
            world.set_time(MORNING);
            let mut request = example("clonazepam");
            request["identifier"][0]["value"] = json!(format!("ORD-{written_at}"));
            if written_at == CLUES {
                // Somebody else, who has none of it.
                let mut other = example("morphine")["entry"][0]["resource"].clone();
                other["id"] = json!("paciente");
                request["contained"][0] = other;
            }
            let folio = world.issue_at(&ehr_of(written_at), &request).await;
            let act = pharmacy.act(&world, &folio, 1, 1).await;
            world.set_time(filled_at);
            let mut late = act.clone();
            late["whenHandedOver"] = json!(filled_at);
            let refused = world.post_signed(pharmacy, &late).await;
            assert_eq!(
                refused.issues()[0].0,
                "already-expired",
                "{}",
                refused.text()
            );
            // One at its own place fills it until its own midnight.
            let midnight = world.app.store.prescription(folio.parse().unwrap()).await;
            let state = midnight.unwrap().unwrap().state;
            let end = world.app.end_of(&state) - jiff::SignedDuration::from_secs(1);
            world.set_time(&end.to_string());
            let own = if written_at == CLUES {
                &hidalgo
            } else {
                &tijuana
            };
            let mut act = act.clone();
            act["whenHandedOver"] = json!(end.to_string());
            let done = world.post_signed(own, &act).await;
            assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
            world.set_time("2026-09-01T18:00:00Z");
        }
    });
}

#[test]
fn a_new_prescription_of_the_substance_is_refused_while_one_is_active() {
    let name = "lifetime::a_new_prescription_of_the_substance_is_refused_while_one_is_active";
    with_world(name, async |world| {
        world.issue(&example("clonazepam")).await;
        let mut second = example("clonazepam");
        second["identifier"][0]["value"] = json!("ORD-2026-009999");
        let refused = world.post(&ehr(), path_of(&second), &second).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        let expected = "MedicationRequest.medicationCodeableConcept".to_owned();
        let told = ("overlaps-with".to_owned(), String::new());
        assert_eq!(
            refused.issues(),
            [("duplicate-substance".to_owned(), expected), told]
        );
        // After its last day the place is free, even before the expiry is recorded.
        world.set_time("2026-04-02T15:00:00Z");
        second["authoredOn"] = json!("2026-04-02");
        world.issue(&second).await;
    });
}

#[test]
fn sixteen_at_once_issue_one_and_dispense_one() {
    with_world(
        "lifetime::sixteen_at_once_issue_one_and_dispense_one",
        async |world| {
            let requests: Vec<_> = (0..16)
                .map(|number| {
                    let mut request = example("clonazepam");
                    request["identifier"][0]["value"] = json!(format!("ORD-{number}"));
                    request
                })
                .collect();
            let ehr = ehr();
            let posts = requests.iter().map(|r| world.post(&ehr, path_of(r), r));
            let answers = join_all(posts).await;
            let issued: Vec<_> = answers
                .iter()
                .filter(|a| a.status == StatusCode::CREATED)
                .collect();
            let texts: Vec<_> = answers.iter().map(Answer::text).collect();
            assert_eq!(issued.len(), 1, "{texts:?}");
            for refused in answers.iter().filter(|a| a.status != StatusCode::CREATED) {
                assert_eq!(refused.issues()[0].0, "duplicate-substance");
            }
            let folio = issued[0].header("receta-folio");
            let pharmacies: Vec<_> = (0..16)
                .map(|n| Pharmacy::new(&format!("HGFAR{n:06}"), Some("LS-1")))
                .collect();
            for pharmacy in &pharmacies {
                world.stock(pharmacy, 1).await;
            }
            let acts = pharmacies
                .iter()
                .map(|pharmacy| world.dispense(pharmacy, &folio, 1, 1));
            let answers = join_all(acts).await;
            let done = answers
                .iter()
                .filter(|a| a.status == StatusCode::CREATED)
                .count();
            let texts: Vec<_> = answers.iter().map(Answer::text).collect();
            assert_eq!(done, 1, "{texts:?}");
            for refused in answers.iter().filter(|a| a.status != StatusCode::CREATED) {
                assert_eq!(
                    refused.issues()[0].0,
                    "already-completed",
                    "{}",
                    refused.text()
                );
            }
        },
    );
}

#[test]
fn first_prescriptions_of_a_patient_at_once_share_one_secret() {
    let name = "lifetime::first_prescriptions_of_a_patient_at_once_share_one_secret";
    with_world(name, async |world| {
        let claves = ["040.000.2612.00", "010.000.0104.00", "010.000.2520.00"];
        let requests: Vec<_> = (claves.iter())
            .map(|clave| {
                let mut request = example("clonazepam");
                request["identifier"][0]["value"] = json!(format!("ORD-{clave}"));
                request["medicationCodeableConcept"]["coding"][0]["code"] = json!(clave);
                request["dispenseRequest"]["quantity"]["value"] = json!(1);
                request
            })
            .collect();
        let ehr = ehr();
        let posts = requests.iter().map(|r| world.post(&ehr, path_of(r), r));
        let mut patients = Vec::new();
        for answer in join_all(posts).await {
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
            let folio = answer.header("receta-folio").parse().unwrap();
            let stored = world.app.store.prescription(folio).await.unwrap().unwrap();
            let issued = stored.state.issued;
            let patient = world.app.store.patient(&issued.patient).await.unwrap();
            let secret = patient.unwrap().map_secret;
            for line in &issued.lines {
                assert_eq!(line.map_key, secret.blind(&line.substance));
            }
            patients.push(issued.patient);
        }
        assert_eq!(patients.len(), 3);
        assert!(patients.iter().all(|patient| *patient == patients[0]));
    });
}

/// Polls all futures together, so that they overlap.
pub(crate) async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut outputs: Vec<Option<F::Output>> = futures.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, output) in futures.iter_mut().zip(&mut outputs) {
            if output.is_none()
                && let std::task::Poll::Ready(done) = future.as_mut().poll(context)
            {
                *output = Some(done);
            }
        }
        if outputs.iter().all(Option::is_some) {
            std::task::Poll::Ready(outputs.iter_mut().filter_map(Option::take).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
