//! What the patient already has, across institutions: told, and overridden with a coded reason.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::codes;
use crate::callers::{Pharmacy, TIJUANA, ehr, ehr_of, example, path_of};
use crate::world::with_world;

/// Alprazolam at another institution, while clonazepam of the first is still to be filled: another
/// substance of the same group.
fn alprazolam(overlap: Option<&str>) -> Value {
    let mut order = example(if overlap.is_some() {
        "overlap"
    } else {
        "clonazepam"
    });
    order["identifier"][0]["value"] = json!(format!("ORD-ALPRAZOLAM-{overlap:?}"));
    order["medicationCodeableConcept"]["coding"][0]["code"] = json!("040.000.2499.00");
    if let Some(folio) = overlap {
        let issue = &mut order["contained"][1];
        assert_eq!(issue["resourceType"], "DetectedIssue");
        issue["implicated"][0]["identifier"]["value"] = json!(folio);
    }
    order
}

#[test]
fn what_overlaps_is_told_and_a_coded_reason_overrides_it() {
    let name = "overlaps::what_overlaps_is_told_and_a_coded_reason_overrides_it";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let elsewhere = ehr_of(TIJUANA);
        let plain = alprazolam(None);
        let refused = world.post(&elsewhere, path_of(&plain), &plain).await;
        assert_eq!(
            refused.status,
            StatusCode::UNPROCESSABLE_ENTITY,
            "{}",
            refused.text()
        );
        assert_eq!(
            codes(&refused),
            ["same-group", "overlaps-with"],
            "{}",
            refused.text()
        );
        for told in [
            &folio,
            "HGIMB000163",
            "clonazepam",
            "02/03/2026",
            "quedan 1 por surtir",
        ] {
            assert!(refused.text().contains(told), "{told}: {}", refused.text());
        }
        // Not who prescribed it, and not to whom.
        assert!(!refused.text().contains("HECL580923"), "{}", refused.text());

        // The reason counts for the prescriptions that the prescriber saw, and no other.
        let other = alprazolam(Some("7K3M-9QRT-2ABX-51CD"));
        let refused = world.post(&elsewhere, path_of(&other), &other).await;
        assert_eq!(codes(&refused)[0], "same-group", "{}", refused.text());
        // An override without its reason is none.
        let mut silent = alprazolam(Some(&folio));
        silent["contained"][1]
            .as_object_mut()
            .unwrap()
            .remove("mitigation");
        let refused = world.post(&elsewhere, path_of(&silent), &silent).await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        let path = "MedicationRequest.contained[1].mitigation".to_owned();
        assert_eq!(refused.issues(), [("element-missing".to_owned(), path)]);

        let seen = alprazolam(Some(&folio));
        let second = world.issue_at(&elsewhere, &seen).await;
        let stored = world.app.store.prescription(second.parse().unwrap()).await;
        let overlap = stored.unwrap().unwrap().state.issued.lines[0]
            .overlap
            .clone();
        let overlap = overlap.expect("the event records it");
        assert_eq!(overlap.reason.code(), "dose-adjustment");
        assert_eq!(overlap.folios, [folio.parse().unwrap()]);
    });
}

/// What was handed over counts after its receta is done, until it is nearly used up.
#[test]
fn what_the_patient_has_in_hand_counts() {
    with_world(
        "overlaps::what_the_patient_has_in_hand_counts",
        async |world| {
            let pharmacy = Pharmacy::licensed();
            world.stock(&pharmacy, 1).await;
            let folio = world.issue(&example("clonazepam")).await;
            let done = world.dispense(&pharmacy, &folio, 1, 1).await;
            assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
            // Thirty tablets, half a one a day: sixty days, to the thirtieth of April.
            let mut again = example("clonazepam");
            again["identifier"][0]["value"] = json!("ORD-AGAIN");
            for (day, status) in [
                ("2026-03-20", StatusCode::UNPROCESSABLE_ENTITY),
                ("2026-04-22", StatusCode::UNPROCESSABLE_ENTITY),
                ("2026-04-24", StatusCode::CREATED),
            ] {
                world.set_time(&format!("{day}T18:00:00Z"));
                again["authoredOn"] = json!(day);
                let answer = world.post(&ehr(), path_of(&again), &again).await;
                assert_eq!(answer.status, status, "{day} {}", answer.text());
                if status != StatusCode::CREATED {
                    assert_eq!(codes(&answer), ["supply-at-hand", "overlaps-with"]);
                }
            }
        },
    );
}

/// Two institutions in the same moment, two substances of one group: the transaction that comes second
/// sees the first.
#[test]
fn of_two_that_overlap_at_once_one_is_issued() {
    let name = "overlaps::of_two_that_overlap_at_once_one_is_issued";
    with_world(name, async |world| {
        let (here, there) = (ehr(), ehr_of(TIJUANA));
        let (clonazepam, alprazolam) = (example("clonazepam"), alprazolam(None));
        let (one, other) = tokio::join!(
            world.post(&here, path_of(&clonazepam), &clonazepam),
            world.post(&there, path_of(&alprazolam), &alprazolam),
        );
        let issued = [&one, &other].map(|answer| answer.status == StatusCode::CREATED);
        assert_eq!(issued.iter().filter(|issued| **issued).count(), 1);
        let refused = if issued[0] { other } else { one };
        assert_eq!(
            codes(&refused),
            ["same-group", "overlaps-with"],
            "{}",
            refused.text()
        );
    });
}
