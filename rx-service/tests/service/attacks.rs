//! What a thief would try, through the real service.

use axum::http::StatusCode;
use prescription::special_folio::{Fate, FolioRange, FolioVerb};
use rx_service::flow::{FolioOrder, act_on_folios, folio_account};
use serde_json::{Value, json};

use crate::answer::codes;
use crate::callers::{Pharmacy, ehr, example, path_of};
use crate::consent;
use crate::world::{CEDULA, World, with_world};

const SPECIAL: &str = "HGO-2026-0000137";

async fn act(world: &World, verb: FolioVerb, range: &str) -> Result<(), String> {
    let mut order = FolioOrder {
        verb,
        cedula: CEDULA.parse().unwrap(),
        ranges: vec![range.parse().unwrap()],
        document: Some("Acta 12/2026".to_owned()),
        by: Some(CEDULA.parse().unwrap()),
        activation: None,
    };
    order.activation = consent::officer(&world.app, CEDULA, order.digest()).await;
    let answer = act_on_folios(&world.app, &order, false).await;
    answer.map_err(|error| error.to_string())
}

async fn recetario(world: &World) {
    let range = "HGO-2026-0000101..HGO-2026-0000150";
    for verb in [FolioVerb::Assign, FolioVerb::Deliver] {
        act(world, verb, range).await.unwrap();
    }
}

/// Two copies of one sheet of the recetario, written for two patients in the same moment.
#[test]
fn a_cloned_special_folio_is_used_once() {
    with_world(
        "attacks::a_cloned_special_folio_is_used_once",
        async |world| {
            recetario(&world).await;
            let copies: Vec<Value> = ["BAPE491103HVZTXR07", "HECL580923HHGRRS09"]
                .into_iter()
                .enumerate()
                .map(|(n, curp)| copy_for(curp, n))
                .collect();
            let ehr = ehr();
            let (one, other) = tokio::join!(
                world.post(&ehr, "/fhir/r4", &copies[0]),
                world.post(&ehr, "/fhir/r4", &copies[1]),
            );
            let (won, lost) = if one.status == StatusCode::CREATED {
                (one, other)
            } else {
                (other, one)
            };
            assert_eq!(won.status, StatusCode::CREATED, "{}", won.text());
            assert_eq!(
                lost.status,
                StatusCode::UNPROCESSABLE_ENTITY,
                "{}",
                lost.text()
            );
            assert_eq!(
                codes(&lost),
                ["special-folio-not-usable"],
                "{}",
                lost.text()
            );
            let fates = world
                .app
                .store
                .folios_of(&CEDULA.parse().unwrap())
                .await
                .unwrap()
                .fates;
            assert_eq!(fates.len(), 1);
            assert_eq!(fates[0].fate, Fate::Used);
        },
    );
}

/// The example of morphine for somebody else: another Patient and business identifier.
fn copy_for(curp: &str, n: usize) -> Value {
    let mut copy = example("morphine");
    let patient = if curp == "BAPE491103HVZTXR07" {
        copy["entry"][0]["resource"].clone()
    } else {
        let mut patient = example("clonazepam")["contained"][0].clone();
        patient.as_object_mut().unwrap().remove("id");
        patient["address"] = copy["entry"][0]["resource"]["address"].clone();
        patient
    };
    copy["entry"][0]["resource"] = patient;
    copy["entry"][1]["resource"]["identifier"][1]["value"] = json!(format!("ORD-CLONE-{n}"));
    copy
}

/// A stolen pad is void at once; a folio that nobody assigned, or that was not handed over yet, is no
/// folio.
#[test]
fn a_stolen_unknown_or_undelivered_folio_is_not_written_on() {
    let name = "attacks::a_stolen_unknown_or_undelivered_folio_is_not_written_on";
    with_world(name, async |world| {
        let morphine = example("morphine");
        let range = "HGO-2026-0000101..HGO-2026-0000150";
        for expected in ["unknown", "undelivered"] {
            let refused = world.post(&ehr(), path_of(&morphine), &morphine).await;
            assert_eq!(codes(&refused), ["special-folio-not-usable"], "{expected}");
            if expected == "unknown" {
                act(&world, FolioVerb::Assign, range).await.unwrap();
            }
        }
        act(&world, FolioVerb::Deliver, range).await.unwrap();
        act(&world, FolioVerb::Stolen, SPECIAL).await.unwrap();
        let refused = world.post(&ehr(), path_of(&morphine), &morphine).await;
        assert_eq!(codes(&refused), ["special-folio-not-usable"]);
        let found = act(&world, FolioVerb::Return, SPECIAL).await.unwrap_err();
        assert!(
            found.contains("folio-ended") && found.contains(SPECIAL),
            "{found}"
        );
        // The acts are in the register, signed, each with its entry in the ledger.
        let register = prescription::register::Register::SpecialFolio;
        let acts = world.app.store.acts(register, CEDULA, 1, 10).await.unwrap();
        assert_eq!(acts.len(), 3);
        let body = String::from_utf8(acts[2].body.clone()).unwrap();
        assert!(
            body.contains("\"verb\":\"stolen\"") && body.contains("\"cades\""),
            "{body}"
        );
        let cedula = CEDULA.parse().unwrap();
        let march = ("2026-03-01T06:00:00Z", "2026-04-01T06:00:00Z");
        let march = (march.0.parse().unwrap(), march.1.parse().unwrap());
        let account = folio_account(&world.app, &cedula, march).await.unwrap();
        assert!(account.sums.is_balanced());
        assert_eq!(
            (
                account.sums.delivered,
                account.sums.stolen,
                account.sums.in_hand
            ),
            (50, 1, 49)
        );
        let in_hand: Vec<_> = account.in_hand.iter().map(FolioRange::to_string).collect();
        let expected = [
            "HGO-2026-0000101..HGO-2026-0000136",
            "HGO-2026-0000138..HGO-2026-0000150",
        ];
        assert_eq!(in_hand, expected);
    });
}

/// Yesterday's date on today's sale of a controlled medicine, and a date of last week on anything.
#[test]
fn an_entry_is_not_dated_back() {
    with_world("attacks::an_entry_is_not_dated_back", async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 2).await;
        let folio = world.issue(&example("clonazepam")).await;
        world.set_time("2026-03-12T18:00:00Z");
        let mut act = pharmacy.act(&world, &folio, 1, 1).await;
        for (at, code) in [
            ("2026-03-11T18:00:00Z", "online-only"),
            ("2026-03-05T18:00:00Z", "not-now"),
            ("2026-03-13T18:00:00Z", "not-now"),
        ] {
            act["whenHandedOver"] = json!(at);
            let refused = world.post_signed(&pharmacy, &act).await;
            assert!(
                codes(&refused).contains(&code.to_owned()),
                "{at} {}",
                refused.text()
            );
        }
        assert_eq!(world.units(&pharmacy).await, 60, "nothing left the shelf");
    });
}

/// A box of something else for the line of a receta: what the counter scanned is what is compared.
#[test]
fn another_medicine_is_not_handed_over_for_the_line() {
    let name = "attacks::another_medicine_is_not_handed_over_for_the_line";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let pharmacy = Pharmacy::licensed();
        let mut act = pharmacy.act(&world, &folio, 1, 1).await;
        act["contained"][0]["code"]["coding"][0]["code"] = json!("040.000.2499.00");
        let refused = world.post_signed(&pharmacy, &act).await;
        assert_eq!(codes(&refused)[0], "other-medicine", "{}", refused.text());
        // Units for packages: thirty tablets are not thirty boxes.
        let mut act = pharmacy.act(&world, &folio, 1, 1).await;
        act["quantity"]["unit"] = json!("dosis unitaria");
        let refused = world.post_signed(&pharmacy, &act).await;
        assert_eq!(codes(&refused)[0], "other-unit", "{}", refused.text());
    });
}

/// Bupropión is of fraction IV until the thirteenth of July 2026 and of fraction II from the
/// fourteenth on. A receta of the eve is filled, but by then only where it may be kept.
#[test]
fn the_day_on_which_the_fraction_changes_binds_the_pharmacy() {
    let name = "attacks::the_day_on_which_the_fraction_changes_binds_the_pharmacy";
    with_world(name, async |world| {
        world.set_time("2026-07-13T18:00:00Z");
        let mut order = example("clonazepam");
        order["authoredOn"] = json!("2026-07-13");
        order["medicationCodeableConcept"]["coding"][0]["code"] = json!("040.000.4486.01");
        order["dispenseRequest"]["numberOfRepeatsAllowed"] = json!(2);
        let folio = world.issue(&order).await;
        let corner_shop = Pharmacy::new("HGIMB000245", None);
        let done = world.dispense(&corner_shop, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        world.set_time("2026-07-14T06:00:00Z");
        let refused = world.dispense(&corner_shop, &folio, 1, 1).await;
        assert!(
            codes(&refused).contains(&"pharmacy-not-licensed".to_owned()),
            "{}",
            refused.text()
        );
    });
}

/// A photocopy of a QR that was filled: it says so, to whom it was is not said, and the attempt is
/// recorded.
#[test]
fn a_photocopied_qr_is_refused_and_the_attempt_recorded() {
    let name = "attacks::a_photocopied_qr_is_refused_and_the_attempt_recorded";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 1).await;
        let folio = world.issue(&example("clonazepam")).await;
        let original = world.qr(&folio).await;
        let done = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        let other = Pharmacy::new("HGIMB000262", Some("LS-HGO-0981"));
        world.stock(&other, 1).await;
        let body = json!({"qr": original});
        let seen = world.post(&other.caller, "/verifications", &body).await;
        assert_eq!(seen.json()["phase"], "completed");
        assert_eq!(seen.json()["dispensings"][0]["own"], false);
        let refused = world.dispense(&other, &folio, 1, 1).await;
        assert_eq!(
            codes(&refused)[0],
            "already-completed",
            "{}",
            refused.text()
        );
        assert_eq!(world.units(&other).await, 30);
    });
}
