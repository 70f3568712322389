//! Movements through the real service: who may, with which papers, in which order.

use axum::http::StatusCode;
use rx_service::auth::Role;
use serde_json::{Value, json};
use substances::EstablishmentKind;

use crate::answer::Answer;
use crate::callers::{Pharmacy, auditor, ehr, example};
use crate::stock_room::{CLONAZEPAM, EXPIRY, LOT, packages};
use crate::world::{World, with_world};

/// Amoxicillin 500 mg, 12 capsules: an antibiotic.
const AMOXICILLIN: &str = "010.000.2128.00";

fn warehouse() -> Pharmacy {
    let mut warehouse = Pharmacy::new("DFALM000001", None);
    warehouse.caller.role = Role::Supplier {
        kind: EstablishmentKind::DistributionWarehouse,
        licence: "LS-DF-0001".to_owned(),
    };
    warehouse
}

fn refusals(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(
        answer.status,
        StatusCode::UNPROCESSABLE_ENTITY,
        "{}",
        answer.text()
    );
    answer.issues()
}

fn one(code: &str, element: &str) -> Vec<(String, String)> {
    vec![(code.to_owned(), element.to_owned())]
}

#[test]
fn each_refusal_names_its_element() {
    with_world("movements::each_refusal_names_its_element", async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 2).await;
        let destruction = {
            let mut order = world.movement("destruction", &[packages(1)]);
            order["document"] = json!("ACTA-1");
            order["witnesses"] = json!(["Ana Ruiz, verificadora"]);
            order
        };
        let count = json!({"clave": CLONAZEPAM, "lot": LOT, "expiry": EXPIRY, "units": 59});
        let mut losartan = packages(1);
        losartan["clave"] = json!("010.000.2520.00");
        let mut unknown = packages(1);
        unknown["clave"] = json!("999.999.9999.99");
        for (order, expected) in [
            (
                destruction,
                one("witnesses-missing", "MovementOrder.witnesses"),
            ),
            (
                world.movement("purchase", &[packages(1)]),
                vec![
                    (
                        "document-missing".to_owned(),
                        "MovementOrder.document".to_owned(),
                    ),
                    (
                        "counterpart-missing".to_owned(),
                        "MovementOrder.counterpart".to_owned(),
                    ),
                ],
            ),
            (
                world.movement("count", &[count]),
                one("reason-missing", "MovementOrder.lines[0].reason"),
            ),
            (
                world.movement("opening", &[packages(1)]),
                one("already-opened", "MovementOrder.lines[0].lot"),
            ),
            (
                world.movement("loss", &[packages(3)]),
                one("not-enough-stock", "MovementOrder.lines[0]"),
            ),
            (
                world.movement("manufacture", &[packages(1)]),
                vec![
                    ("kind-may-not".to_owned(), "MovementOrder.kind".to_owned()),
                    (
                        "document-missing".to_owned(),
                        "MovementOrder.document".to_owned(),
                    ),
                ],
            ),
            (
                world.movement("opening", &[losartan]),
                one("not-controlled", "MovementOrder.lines[0].clave"),
            ),
            (
                world.movement("opening", &[unknown]),
                one("medicine-unknown", "MovementOrder.lines[0].clave"),
            ),
        ] {
            let answer = world.post_movement(&pharmacy, &order).await;
            assert_eq!(refusals(&answer), expected, "{order}");
        }
        assert_eq!(world.units(&pharmacy).await, 60);
    });
}

#[test]
fn a_book_is_written_in_the_order_of_its_days() {
    let name = "movements::a_book_is_written_in_the_order_of_its_days";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 2).await;
        let mut back_dated = world.movement("loss", &[packages(1)]);
        back_dated["at"] = json!("2026-03-01T20:00:00-06:00");
        let answer = world.post_movement(&pharmacy, &back_dated).await;
        assert_eq!(
            refusals(&answer),
            one("before-last-entry", "MovementOrder.at")
        );
        // A movement that happened without network is recorded with its day, if nothing is later.
        world.set_time("2026-03-04T15:00:00Z");
        let mut late = world.movement("loss", &[packages(1)]);
        late["at"] = json!("2026-03-03T10:00:00-06:00");
        let recorded = world.post_movement(&pharmacy, &late).await;
        assert_eq!(recorded.status, StatusCode::CREATED, "{}", recorded.text());
        assert_eq!(recorded.json()["on"], "2026-03-03");
        assert_eq!(recorded.json()["notice_due"], "2026-03-04");
        let mut too_late = world.movement("loss", &[packages(1)]);
        too_late["at"] = json!("2026-02-27T10:00:00-06:00");
        let answer = world.post_movement(&pharmacy, &too_late).await;
        assert_eq!(refusals(&answer), one("not-now", "MovementOrder.at"));
        // Nor is a dispensing dated before it.
        world.set_time("2026-03-04T15:00:00Z");
        let count = json!({"clave": CLONAZEPAM, "lot": LOT, "expiry": EXPIRY, "units": 30});
        let answer = world
            .post_movement(&pharmacy, &world.movement("count", &[count]))
            .await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    });
}

#[test]
fn who_has_no_licence_keeps_antibiotics_only() {
    let name = "movements::who_has_no_licence_keeps_antibiotics_only";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::new("HGIMB000245", None);
        let order = world.movement("opening", &[packages(1)]);
        let answer = world.post_movement(&pharmacy, &order).await;
        let codes: Vec<_> = refusals(&answer)
            .into_iter()
            .map(|(code, _)| code)
            .collect();
        assert_eq!(
            codes,
            ["no-responsible", "not-licensed", "book-not-authorised"]
        );
        let mut antibiotic = packages(1);
        antibiotic["clave"] = json!(AMOXICILLIN);
        let order = world.movement("opening", &[antibiotic]);
        let answer = world.post_movement(&pharmacy, &order).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        // Nobody else keeps stock.
        for role in [Role::Ehr, Role::Auditor] {
            let mut stranger = Pharmacy::new("HGIMB000163", None);
            stranger.caller.role = role;
            let answer = world.post_movement(&stranger, &order).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN);
        }
    });
}

#[test]
fn only_the_establishment_itself_signs_its_movements() {
    let name = "movements::only_the_establishment_itself_signs_its_movements";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        let order = world.movement("opening", &[packages(1)]);
        let other = Pharmacy::new("HGIMB000262", Some("LS-HGO-0981"));
        let forged = world
            .send_movement(&pharmacy, &order, &other.sign(&order))
            .await;
        assert_eq!(forged.status, StatusCode::FORBIDDEN);
        assert_eq!(forged.issues()[0].0, "pharmacy-signature");
        let mut altered = order.clone();
        altered["lines"][0]["packages"] = json!(9);
        let altered = world
            .send_movement(&pharmacy, &altered, &pharmacy.sign(&order))
            .await;
        assert_eq!(altered.status, StatusCode::FORBIDDEN);
        let unsigned = world
            .post(&pharmacy.caller, "/stock/movements", &order)
            .await;
        assert_eq!(unsigned.status, StatusCode::BAD_REQUEST);
        assert_eq!(unsigned.issues()[0].0, "signature-missing");
        assert_eq!(world.units(&pharmacy).await, 0);
    });
}

/// A movement that must be recorded.
async fn recorded(world: &World, who: &Pharmacy, order: &Value) -> Value {
    let answer = world.post_movement(who, order).await;
    assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
    answer.json()
}

#[test]
fn what_was_shipped_is_under_way_until_it_arrives() {
    let name = "movements::what_was_shipped_is_under_way_until_it_arrives";
    with_world(name, async |world| {
        let (warehouse, pharmacy) = (warehouse(), Pharmacy::licensed());
        world.stock(&warehouse, 10).await;
        let mut shipment = world.movement("shipment", &[packages(4)]);
        shipment["document"] = json!("R-77");
        shipment["counterpart"] = json!({"establishment": "HGIMB000064"});
        let answer = world.post_movement(&warehouse, &shipment).await;
        let unknown = one("counterpart-unknown", "MovementOrder.counterpart");
        assert_eq!(refusals(&answer), unknown);
        // A pharmacy is known once it has looked at its stock.
        assert_eq!(world.units(&pharmacy).await, 0);
        let number = recorded(&world, &warehouse, &shipment).await["number"].clone();

        let pending = world.get(&pharmacy.caller, "/stock/pending").await.json();
        let incoming = &pending["incoming"][0];
        assert_eq!(incoming["number"], number);
        assert_eq!(
            (&incoming["document"], &incoming["lines"][0]["units"]),
            (&json!("R-77"), &json!(120))
        );
        let at_sender = world.get(&warehouse.caller, "/stock/pending").await.json();
        assert_eq!(at_sender["outgoing"], pending["incoming"]);

        let mut receipt = world.movement("receipt", &[packages(3)]);
        receipt["shipment"] = json!({"from": "DFALM000001", "to": "HGIMB000064", "number": number});
        let receipt = recorded(&world, &pharmacy, &receipt).await;
        assert_eq!(world.units(&pharmacy).await, 90);
        assert_eq!(world.units(&warehouse).await, 180);
        let mut more = world.movement("receipt", &[packages(2)]);
        more["shipment"] = json!({"from": "DFALM000001", "to": "HGIMB000064", "number": number});
        let answer = world.post_movement(&pharmacy, &more).await;
        assert_eq!(
            refusals(&answer),
            one("more-than-shipped", "MovementOrder.lines[0]")
        );

        // The receipt was wrong: what it took is under way again.
        let mut correction = world.movement("receipt", &[packages(1)]);
        correction["corrects"] = receipt["number"].clone();
        recorded(&world, &pharmacy, &correction).await;
        assert_eq!(world.units(&pharmacy).await, 60);
        world.set_time("2026-03-02T15:00:01Z");
        more["at"] = json!(world.app.now().0.to_string());
        recorded(&world, &pharmacy, &more).await;
        let pending = world.get(&pharmacy.caller, "/stock/pending").await.json();
        assert_eq!(pending["incoming"], json!([]));
        assert_eq!(world.units(&pharmacy).await, 120);
    });
}

#[test]
fn stock_arrives_as_a_fhir_resource() {
    with_world(
        "movements::stock_arrives_as_a_fhir_resource",
        async |world| {
            let pharmacy = Pharmacy::licensed();
            let delivery = example("supply-delivery");
            let signature = pharmacy.sign(&delivery);
            let headers = [
                ("content-type", "application/fhir+json"),
                ("receta-signature", signature.as_str()),
            ];
            let path = "/fhir/r4/SupplyDelivery";
            let send = || {
                world.send(
                    &pharmacy.caller,
                    "POST",
                    path,
                    &headers,
                    delivery.to_string(),
                )
            };
            let first = send().await;
            assert_eq!(first.status, StatusCode::CREATED, "{}", first.text());
            assert_eq!(first.json()["id"], "HGIMB000064-1");
            world.check_receipt(&first).await;
            let again = send().await;
            assert_eq!((again.status, again.json()), (StatusCode::OK, first.json()));
            assert_eq!(world.units(&pharmacy).await, 300);

            let mut morphine = delivery.clone();
            morphine["contained"][0]["code"]["coding"][0]["code"] = json!("040.000.2102.00");
            let signature = pharmacy.sign(&morphine);
            let headers = [headers[0], ("receta-signature", signature.as_str())];
            let refused = world
                .send(
                    &pharmacy.caller,
                    "POST",
                    path,
                    &headers,
                    morphine.to_string(),
                )
                .await;
            assert_eq!(
                refusals(&refused),
                one("permit-missing", "SupplyDelivery.identifier")
            );
        },
    );
}

#[test]
fn a_file_is_recorded_whole_or_not_at_all() {
    let name = "movements::a_file_is_recorded_whole_or_not_at_all";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        let at = world.app.now().0.to_string();
        let path = |dry: bool| {
            format!("/stock/movements/csv?dry-run={dry}&kind=opening&at={at}&document=ACTA-1")
        };
        let send = async |dry: bool, csv: &str, signature: &str| {
            let headers = [
                ("content-type", "text/csv"),
                ("receta-signature", signature),
            ];
            world
                .send(
                    &pharmacy.caller,
                    "POST",
                    &path(dry),
                    &headers,
                    csv.to_owned(),
                )
                .await
        };
        let header = "clave,lote,caducidad,envases,unidades\n";
        let bad = format!(
            "{header}{CLONAZEPAM},A1,2027-09,2,\n{CLONAZEPAM},,2027-09,1,\n\
                           010.000.2520.00,B1,2027-09,1,\n"
        );
        let problems = send(true, &bad, "").await;
        assert_eq!(refusals(&problems), one("element-missing", "csv:3:lote"));
        let bad = bad.replace(",,2027-09,1", ",A2,2027-09,1");
        let problems = send(true, &bad, "").await;
        assert_eq!(refusals(&problems), one("not-controlled", "csv:4:clave"));

        let good = format!("{header}{CLONAZEPAM},A1,2027-09,2,\n{CLONAZEPAM},A2,2027-10,,45\n");
        let checked = send(true, &good, "").await;
        assert_eq!(checked.status, StatusCode::OK, "{}", checked.text());
        let order = checked.json()["order"].clone();
        let units: Vec<_> = checked.json()["balances"]
            .as_array()
            .unwrap()
            .iter()
            .map(|lot| lot["units"].clone())
            .collect();
        assert_eq!(units, [json!(60), json!(45)]);
        let stock = world.get(&pharmacy.caller, "/stock").await;
        assert_eq!(
            stock.json()["balances"],
            json!([]),
            "a dry run changes nothing"
        );

        let signature = pharmacy.sign(&order);
        let refused = send(false, &good.replace("45", "46"), &signature).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN, "{}", refused.text());
        let done = send(false, &good, &signature).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        let again = send(false, &good, &signature).await;
        assert_eq!((again.status, again.json()), (StatusCode::OK, done.json()));
    });
}

#[test]
fn an_antibiotic_that_was_not_there_is_a_difference_to_explain() {
    let name = "movements::an_antibiotic_that_was_not_there_is_a_difference_to_explain";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        let folio = world.issue(&example("three-lines")).await;
        let stored = world.app.store.prescription(folio.parse().unwrap()).await;
        let issued = stored.unwrap().unwrap().state.issued;
        let (number, line) = (1_u8..)
            .zip(&issued.lines)
            .find(|(_, line)| line.antibiotic)
            .unwrap();
        let clave = line.clave.to_string();
        let answer = world.dispense(&pharmacy, &folio, number, 1).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        let pending = world.get(&pharmacy.caller, "/stock/pending").await.json();
        let unexplained = &pending["unexplained"][0];
        assert_eq!(unexplained["clave"], json!(clave));
        let units = unexplained["units"].as_i64().unwrap();
        assert!(units > 0);
        let book = world
            .get(&pharmacy.caller, "/control-books/antibiotics")
            .await;
        let whats: Vec<_> = book.json()["lines"]
            .as_array()
            .unwrap()
            .iter()
            .map(|line| (line["what"].clone(), line["balance"].clone()))
            .collect();
        let dispensing = json!({"movement": "dispensing"});
        assert_eq!(
            whats,
            [(json!("shortfall"), json!(units)), (dispensing, json!(0))]
        );
    });
}

#[test]
fn the_authority_reads_all_and_others_their_own() {
    let name = "movements::the_authority_reads_all_and_others_their_own";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 2).await;
        let folio = world.issue(&example("clonazepam")).await;
        world.dispense(&pharmacy, &folio, 1, 1).await;
        for path in [
            "/stock",
            "/stock/pending",
            "/control-books/II",
            "/control-books/II/retained",
        ] {
            let own = world.get(&pharmacy.caller, path).await;
            assert_eq!(own.status, StatusCode::OK, "{}", own.text());
            let theirs = format!("{path}?clues=HGIMB000064");
            let authority = world.get(&auditor(), &theirs).await;
            assert_eq!(authority.json(), own.json());
            assert_eq!(
                world.get(&auditor(), path).await.status,
                StatusCode::FORBIDDEN
            );
            let other = Pharmacy::new("HGIMB000262", Some("LS-HGO-0981"));
            for stranger in [&other.caller, &ehr()] {
                let answer = world.get(stranger, &theirs).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path}");
            }
        }
        let retained = world
            .get(&pharmacy.caller, "/control-books/II/retained")
            .await;
        let receta = &retained.json()["retained"][0];
        assert_eq!(
            (&receta["number"], &receta["folio"]),
            (&json!(1), &json!(folio))
        );

        retained_as_files(&world, &pharmacy, &folio).await;

        let months = "from=2026-03&to=2026-03";
        let path = format!("/substances/consumption?by=substance&{months}");
        let consumption = world.get(&auditor(), &path).await.json();
        let row = json!({"key": "CLONAZEPAM", "units": 30, "dispensings": 1});
        assert_eq!(consumption["rows"], json!([row]));
        let path = format!("/substances/balance?by=municipality&{months}&book=II");
        let balance = world.get(&auditor(), &path).await.json();
        let row = &balance["rows"][0];
        let of = |name: &str| row[name].as_i64().unwrap();
        assert_eq!((of("opened"), of("dispensed"), of("closing")), (60, 30, 30));
        let refused = world.get(&pharmacy.caller, &path).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        let path = "/substances/balance?by=month&from=2026-04&to=2026-05&book=II";
        let later = world.get(&auditor(), path).await.json();
        assert_eq!(later["rows"], json!([]), "nothing happened in these months");
        let path = format!("/substances/balance?by=month&{months}&book=II");
        let months = world.get(&auditor(), &path).await.json();
        let of = |name: &str| months["rows"][0][name].as_i64().unwrap();
        assert_eq!((of("opening"), of("opened"), of("closing")), (0, 60, 30));
        for wrong in [
            "by=prescriber&from=2026-01&to=2026-02",
            "by=colour&from=2026-01&to=2026-02",
            "by=month&from=2026-02&to=2026-01",
        ] {
            let answer = world
                .get(&auditor(), &format!("/substances/balance?{wrong}"))
                .await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        }
    });
}

/// The list of retained recetas as a file for machines and one for people.
async fn retained_as_files(world: &World, pharmacy: &Pharmacy, folio: &str) {
    for (file, begins) in [("csv", "clues,"), ("pdf", "%PDF-")] {
        let path = format!("/control-books/II/retained.{file}");
        let answer = world.get(&pharmacy.caller, &path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        let text = String::from_utf8_lossy(&answer.body);
        assert!(text.starts_with(begins), "{text}");
        assert_eq!(text.contains(folio), file == "csv", "the PDF is deflated");
    }
}
