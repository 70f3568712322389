//! Life after issue: suspension, return and correction, transfer of what is owed, refills.

use axum::http::StatusCode;
use serde_json::{Value, json};

use crate::answer::{Answer, codes};
use crate::callers::{Pharmacy, ehr, example, other_ehr};
use crate::world::{World, with_world};

/// Losartán 50 mg, fraction IV: two packages a fill, three fills.
fn losartan() -> Value {
    let mut order = example("clonazepam");
    order["identifier"][0]["value"] = json!("ORD-LOSARTAN");
    order["medicationCodeableConcept"]["coding"][0]["code"] = json!("010.000.2520.00");
    order["dispenseRequest"] = json!({
        "quantity": {"value": 2, "unit": "envase"}, "numberOfRepeatsAllowed": 2,
    });
    order
}

async fn order(world: &World, folio: &str, operation: &str, body: &Value) -> Answer {
    let id = folio.replace('-', "");
    let path = format!("/fhir/r4/MedicationRequest/{id}-1/${operation}");
    world.post(&ehr(), &path, body).await
}

async fn state(world: &World, pharmacy: &Pharmacy, folio: &str) -> Value {
    let body = json!({"qr": world.qr(folio).await});
    let answer = world.post(&pharmacy.caller, "/verifications", &body).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    answer.json()
}

/// `$return` of `packages` of a dispensed line.
async fn take_back(
    world: &World,
    pharmacy: &Pharmacy,
    id: &str,
    (reason, destination): (&str, &str),
    packages: u32,
) -> Answer {
    let mut body = example("return");
    let reference = format!("MedicationDispense/{id}");
    body["parameter"][0]["valueReference"]["reference"] = json!(reference);
    body["parameter"][1]["valueDateTime"] = json!(world.app.now().0.to_string());
    body["parameter"][2]["valueCode"] = json!(reason);
    body["parameter"][3]["valueCode"] = json!(destination);
    body["parameter"][4]["valueQuantity"]["value"] = json!(packages);
    world
        .post_signed_to(pharmacy, &format!("/fhir/r4/{reference}/$return"), &body)
        .await
}

async fn transfer(world: &World, pharmacy: &Pharmacy, folio: &str, to: Option<&str>) -> Answer {
    let mut body = example("transfer");
    let id = format!("MedicationRequest/{}-1", folio.replace('-', ""));
    let digest = state(world, pharmacy, folio).await["qr_digest"].clone();
    body["parameter"][0]["valueReference"]["reference"] = json!(id);
    body["parameter"][1]["valueIdentifier"]["value"] = digest;
    body["parameter"][2]["valueDateTime"] = json!(world.app.now().0.to_string());
    match to {
        Some(clues) => {
            body["parameter"][3]["valueReference"]["identifier"]["value"] = json!(clues);
        }
        None => drop(body["parameter"].as_array_mut().unwrap().pop()),
    }
    world
        .post_signed_to(pharmacy, &format!("/fhir/r4/{id}/$transfer"), &body)
        .await
}

#[test]
fn what_is_suspended_waits_until_it_is_resumed() {
    let name = "life::what_is_suspended_waits_until_it_is_resumed";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 1).await;
        let suspended = order(&world, &folio, "suspend", &example("suspend")).await;
        assert_eq!(suspended.status, StatusCode::OK, "{}", suspended.text());
        world.check_receipt(&suspended).await;
        assert_eq!(suspended.json()["status"], "on-hold");
        let reason = &suspended.json()["statusReason"]["coding"][0];
        assert_eq!(reason["code"], "awaiting-results");
        // The answer was lost: the same bytes get it again, and nothing happens twice.
        let again = order(&world, &folio, "suspend", &example("suspend")).await;
        let index = "receta-ledger-index";
        assert_eq!(again.header(index), suspended.header(index));

        let found = world
            .get(&ehr(), "/fhir/r4/MedicationRequest?status=on-hold")
            .await;
        assert_eq!(found.json()["entry"].as_array().unwrap().len(), 1);
        let seen = state(&world, &pharmacy, &folio).await;
        assert_eq!(
            (&seen["phase"], &seen["suspended"]["reason"]),
            (&json!("suspended"), &json!("awaiting-results"))
        );
        let refused = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(refused.status, StatusCode::CONFLICT);
        assert_eq!(codes(&refused), ["suspended"], "{}", refused.text());
        // Somebody else's establishment learns nothing, and a pharmacy suspends nothing.
        let id = folio.replace('-', "");
        let path = format!("/fhir/r4/MedicationRequest/{id}-1/$resume");
        let foreign = world.post(&other_ehr(), &path, &example("resume")).await;
        assert_eq!(foreign.status, StatusCode::NOT_FOUND);
        let foreign = world
            .post(&pharmacy.caller, &path, &example("resume"))
            .await;
        assert_eq!(foreign.status, StatusCode::FORBIDDEN);
        let mut of_another = example("resume");
        of_another["parameter"][0]["valueReference"]["identifier"]["value"] = json!("1234567");
        let foreign = order(&world, &folio, "resume", &of_another).await;
        assert_eq!(codes(&foreign), ["not-the-prescriber"]);

        let resumed = order(&world, &folio, "resume", &example("resume")).await;
        assert_eq!(resumed.json()["status"], "active", "{}", resumed.text());
        // The same reason suspends a second time, and is another act.
        let second = order(&world, &folio, "suspend", &example("suspend")).await;
        assert_ne!(second.header(index), suspended.header(index));
        let resumed = order(&world, &folio, "resume", &example("resume")).await;
        assert_eq!(resumed.status, StatusCode::OK, "{}", resumed.text());
        let done = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
    });
}

#[test]
fn a_pharmacy_puts_right_what_it_recorded_by_mistake() {
    let name = "life::a_pharmacy_puts_right_what_it_recorded_by_mistake";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let (pharmacy, other) = (
            Pharmacy::licensed(),
            Pharmacy::new("HGIMB000262", Some("LS-2")),
        );
        world.stock(&pharmacy, 1).await;
        let done = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        assert_eq!(world.units(&pharmacy).await, 0);
        let id = done.json()["id"].as_str().unwrap().to_owned();
        let seen = state(&world, &pharmacy, &folio).await;
        assert_eq!(seen["dispensings"][0]["lines"][0]["id"], json!(id));
        let elsewhere = state(&world, &other, &folio).await;
        assert!(elsewhere["dispensings"][0]["lines"][0].get("id").is_none());

        let mistake = ("entered-in-error", "shelf");
        let refused = take_back(&world, &other, &id, mistake, 1).await;
        assert_eq!(
            codes(&refused),
            ["not-the-dispensing-pharmacy"],
            "{}",
            refused.text()
        );
        let refused = take_back(&world, &pharmacy, &id, mistake, 2).await;
        assert_eq!(
            codes(&refused),
            ["more-than-handed-over"],
            "{}",
            refused.text()
        );
        assert_eq!(
            refused.issues()[0].1,
            "Parameters.parameter[4].valueQuantity"
        );
        let refused = take_back(&world, &pharmacy, &id, ("damaged", "shelf"), 1).await;
        assert_eq!(codes(&refused), ["not-to-the-shelf"], "{}", refused.text());
        let other_index = format!("{}-99-1", folio.replace('-', ""));
        let nowhere = take_back(&world, &pharmacy, &other_index, mistake, 1).await;
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND, "{}", nowhere.text());

        let back = take_back(&world, &pharmacy, &id, mistake, 1).await;
        assert_eq!(back.status, StatusCode::OK, "{}", back.text());
        world.check_receipt(&back).await;
        assert_eq!(back.json()["status"], "entered-in-error");
        assert_eq!(back.json()["extension"][0]["valueQuantity"]["value"], 1);
        assert_eq!(world.units(&pharmacy).await, 30, "it is on the shelf again");
        // The same bytes again: the same answer.
        let again = take_back(&world, &pharmacy, &id, mistake, 1).await;
        let index = "receta-ledger-index";
        assert_eq!(again.header(index), back.header(index));

        let seen = state(&world, &pharmacy, &folio).await;
        assert_eq!(
            (&seen["phase"], &seen["lines"][0]["owed"]),
            (&json!("active"), &json!(1))
        );
        // A minute later: the same bytes would be the same act, and get its answer.
        world.set_time("2026-03-02T15:01:00Z");
        let done = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        // The window closes.
        let id = done.json()["id"].as_str().unwrap().to_owned();
        world.set_time("2026-04-02T18:00:00Z");
        let late = take_back(&world, &pharmacy, &id, mistake, 1).await;
        assert_eq!(codes(&late), ["return-window-over"], "{}", late.text());
    });
}

#[test]
fn the_rest_of_a_fill_is_handed_over_where_it_is_owed() {
    let name = "life::the_rest_of_a_fill_is_handed_over_where_it_is_owed";
    with_world(name, async |world| {
        let folio = world.issue(&losartan()).await;
        let (first, second) = (Pharmacy::licensed(), Pharmacy::new("HGIMB000262", None));
        let done = world.dispense(&first, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        let seen = state(&world, &second, &folio).await;
        let line = &seen["lines"][0];
        assert_eq!((&line["owed"], &line["remainder"]), (&json!(1), &json!(5)));
        assert_eq!(line["reserved"]["pharmacy"], "HGIMB000064");
        assert_eq!(line["reserved"]["here"], false);
        let refused = world.dispense(&second, &folio, 1, 1).await;
        assert_eq!(codes(&refused)[0], "owed-elsewhere", "{}", refused.text());

        // Whoever owes nothing releases nothing; the patient asks for it at the second.
        let refused = transfer(&world, &second, &folio, Some("HGIMB000180")).await;
        assert_eq!(
            codes(&refused),
            ["nothing-to-transfer"],
            "{}",
            refused.text()
        );
        let moved = transfer(&world, &second, &folio, None).await;
        assert_eq!(moved.status, StatusCode::OK, "{}", moved.text());
        world.check_receipt(&moved).await;
        let to = &moved.json()["parameter"][1]["valueReference"]["identifier"]["value"];
        assert_eq!(to, "HGIMB000262");
        world.set_time("2026-03-02T15:01:00Z");
        let refused = world.dispense(&first, &folio, 1, 1).await;
        assert_eq!(codes(&refused)[0], "owed-elsewhere");
        let done = world.dispense(&second, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        assert!(
            state(&world, &first, &folio).await["lines"][0]
                .get("reserved")
                .is_none()
        );
        // A digest that somebody guessed moves nothing.
        let mut body = example("transfer");
        let id = format!("MedicationRequest/{}-1", folio.replace('-', ""));
        body["parameter"][0]["valueReference"]["reference"] = json!(id);
        body["parameter"][2]["valueDateTime"] = json!(world.app.now().0.to_string());
        let path = format!("/fhir/r4/{id}/$transfer");
        let guessed = world.post_signed_to(&first, &path, &body).await;
        assert_eq!(codes(&guessed), ["wrong-qr"]);
    });
}

#[test]
fn a_refill_waits_for_its_day() {
    with_world("life::a_refill_waits_for_its_day", async |world| {
        let mut order = losartan();
        order["dispenseRequest"]["dispenseInterval"] = json!({"value": 30, "unit": "días", "system": "http://unitsofmeasure.org", "code": "d"});
        let folio = world.issue(&order).await;
        let pharmacy = Pharmacy::licensed();
        let done = world.dispense(&pharmacy, &folio, 1, 2).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        let seen = state(&world, &pharmacy, &folio).await;
        // Thirty days, less five of tolerance.
        assert_eq!(seen["lines"][0]["next_fill_on"], "2026-03-27");
        assert_eq!(seen["lines"][0]["refill_interval"], 30);
        // A minute later: the same bytes would be the same act.
        world.set_time("2026-03-02T15:01:00Z");
        let refused = world.dispense(&pharmacy, &folio, 1, 2).await;
        assert_eq!(codes(&refused)[0], "too-early", "{}", refused.text());
        world.set_time("2026-03-27T18:00:00Z");
        assert!(
            state(&world, &pharmacy, &folio).await["lines"][0]
                .get("next_fill_on")
                .is_none()
        );
        let done = world.dispense(&pharmacy, &folio, 1, 2).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
    });
}

/// Unit doses are handed over by the hospital that ordered them, in unit doses.
#[test]
fn unit_doses_stay_inside_the_hospital() {
    with_world("life::unit_doses_stay_inside_the_hospital", async |world| {
        let mut order = example("inpatient");
        order["medicationCodeableConcept"]["coding"][0]["code"] = json!("010.000.2520.00");
        let folio = world.issue(&order).await;
        let outside = Pharmacy::licensed();
        let hospital = Pharmacy::new(crate::world::CLUES, Some("LS-HGO-0001"));
        let seen = state(&world, &hospital, &folio).await;
        assert_eq!(
            (&seen["setting"], &seen["lines"][0]["unit"]),
            (&json!("inpatient"), &json!("dosis unitaria"))
        );
        let mut act = outside.act(&world, &folio, 1, 4).await;
        act["quantity"]["unit"] = json!("dosis unitaria");
        let refused = world.post_signed(&outside, &act).await;
        assert_eq!(
            codes(&refused)[0],
            "unit-dose-elsewhere",
            "{}",
            refused.text()
        );
        let boxes = world.dispense(&hospital, &folio, 1, 4).await;
        assert_eq!(codes(&boxes)[0], "other-unit", "{}", boxes.text());
        let done = world.post_signed(&hospital, &act).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        let stored = world.app.store.prescription(folio.parse().unwrap()).await;
        let dispensed = &stored.unwrap().unwrap().state.dispensings[0];
        assert_eq!(dispensed.lines[0].packages.count(), 4);
        let paper = world
            .get(&ehr(), &format!("/prescriptions/{folio}/receta.pdf"))
            .await;
        assert_eq!(paper.status, StatusCode::OK);
    });
}
