//! The tables of stock and books say what the ledger says: the bodies that the authority downloads
//! are folded by the rules alone, and compared.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use data_encoding::BASE64;
use prescription::body::EventBody;
use prescription::register::RegisterBody;
use prescription::{Clave, Clues, Event, Folio, Issued};
use serde_json::{Value, json};
use substances::book::{BookLine, Logged, Shown, verify_book};
use substances::dispensing::{cover, of_dispensing};
use substances::{Balances, Book, MedicineFacts, Movement, PartyRef};

use crate::answer::without_key_acts;
use crate::callers::{Pharmacy, auditor, example};
use crate::lifetime::join_all;
use crate::stock::{for_patient, issue_many};
use crate::stock_room::{CLONAZEPAM, EXPIRY, LOT, packages};
use crate::world::{World, with_world};

/// All movements of the ledger, in its order, as the rules derive them from the bodies.
async fn movements(world: &World) -> (Vec<Logged>, Balances) {
    let bodies = world.get(&auditor(), "/ledger/bodies").await;
    let mut issued: BTreeMap<Folio, Issued> = BTreeMap::new();
    let mut balances = Balances::default();
    let mut movements = Vec::new();
    for line in without_key_acts(&bodies.text()) {
        let line: Value = serde_json::from_str(&line).unwrap();
        let body = BASE64
            .decode(line["body"].as_str().unwrap().as_bytes())
            .unwrap();
        let movement = match RegisterBody::<Movement>::from_canonical(&body) {
            Ok(body) => Some(body.act),
            Err(_) => match EventBody::from_canonical(&body).unwrap().event {
                Event::Issued(event) => {
                    issued.insert(event.folio, event);
                    None
                }
                Event::Dispensed(event) => {
                    let medicine = |clave: &Clave| facts(world, clave, event.on);
                    let derived = of_dispensing(&issued[&event.folio], &event, medicine).unwrap();
                    derived.map(|movement| cover(movement, &balances).unwrap())
                }
                Event::Cancelled(_)
                | Event::Expired(_)
                | Event::Erased(_)
                | Event::Suspended(_)
                | Event::Resumed(_)
                | Event::Transferred(_) => None,
                Event::Returned(_) => panic!("these histories have no returns"),
            },
        };
        if let Some(movement) = movement {
            balances.apply(&movement).unwrap();
            movements.push(Logged {
                ledger: line["index"].as_u64().unwrap(),
                movement,
            });
        }
    }
    (movements, balances)
}

fn facts(world: &World, clave: &Clave, on: jiff::civil::Date) -> Option<MedicineFacts> {
    let catalog = &world.app.catalog;
    let class = catalog.fraction_on(clave, on)?;
    let package = catalog.medicine(clave)?.package.as_ref();
    Some(MedicineFacts {
        book: Book::of(class.fraction, class.antibiotic),
        units_per_package: package.map_or(1, |package| package.units),
        left: None,
    })
}

async fn book(world: &World, who: &Pharmacy, book: Book) -> Vec<BookLine> {
    let path = format!(
        "/control-books/{}?from=2026-01-01&to=2026-12-31",
        book.code()
    );
    let answer = world.get(&who.caller, &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.json()["waiting"], 0);
    serde_json::from_value(answer.json()["lines"].clone()).unwrap()
}

/// Books and stock of `who` are those that the ledger tells; how many lines its books have.
pub(crate) async fn check(world: &World, who: &Pharmacy) -> usize {
    let clues: Clues = who.caller.clues.clone();
    let (all, balances) = movements(world).await;
    let own: Vec<_> = all
        .into_iter()
        .filter(|logged| logged.movement.establishment == clues)
        .collect();
    let mut lines = 0;
    for kind in Book::ALL {
        let shown = book(world, who, kind).await;
        let findings = verify_book(&Shown::whole(clues.clone(), kind), &shown, &own);
        assert_eq!(findings, [], "book {}", kind.code());
        lines += shown.len();
    }
    for held in world.app.store.lots(&clues, None).await.unwrap() {
        let lot = substances::Lot {
            number: held.lot.clone(),
            expiry: held.expiry,
        };
        let told = balances.held(PartyRef::Establishment(&clues), &held.clave, &lot);
        assert_eq!(i64::try_from(told.count()), Ok(held.units), "{held:?}");
    }
    lines
}

#[test]
fn the_books_are_what_the_ledger_tells() {
    let name = "replay::the_books_are_what_the_ledger_tells";
    with_world(name, async |world| {
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 12).await;
        let antibiotics = world.issue(&example("three-lines")).await;
        for line in 1..=3 {
            world.dispense(&pharmacy, &antibiotics, line, 1).await;
        }
        let folios = issue_many(&world, 8).await;
        let acts = folios
            .iter()
            .map(|folio| world.dispense(&pharmacy, folio, 1, 1));
        join_all(acts).await;
        let mut destruction = world.movement("destruction", &[packages(1)]);
        destruction["document"] = json!("ACTA-7");
        destruction["witnesses"] = json!(["Ana Ruiz, verificadora", "Luis Soto, responsable"]);
        let mut count = json!({"clave": CLONAZEPAM, "lot": LOT, "expiry": EXPIRY, "units": 88});
        count["reason"] = json!("breakage");
        let mut agrees = count.clone();
        agrees.as_object_mut().unwrap().remove("reason");
        for order in [
            destruction,
            world.movement("count", &[count]),
            world.movement("count", &[agrees]),
        ] {
            let answer = world.post_movement(&pharmacy, &order).await;
            assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        }
        // The opening, eight recetas, a destruction and two counts; two lines of the antibiotic.
        assert_eq!(check(&world, &pharmacy).await, 1 + 8 + 3 + 2);
        let world = world.restart().await;
        assert_eq!(check(&world, &pharmacy).await, 1 + 8 + 3 + 2);

        let pdf = world.get(&pharmacy.caller, "/control-books/II.pdf").await;
        assert!(pdf.body.starts_with(b"%PDF-"), "{}", pdf.status);
        let csv = world
            .get(&pharmacy.caller, "/control-books/II.csv")
            .await
            .text();
        assert!(csv.contains(&folios[0]) && csv.contains(LOT), "{csv}");
        for file in ["antibiotics.csv", "antibiotics.pdf", "I.csv"] {
            let path = format!("/control-books/{file}");
            let answer = world.get(&pharmacy.caller, &path).await;
            assert_eq!(answer.status, StatusCode::OK, "{file}");
        }
        for wrong in ["IV", "II.docx", "II/libro"] {
            let path = format!("/control-books/{wrong}");
            let answer = world.get(&pharmacy.caller, &path).await;
            assert_eq!(answer.status, StatusCode::NOT_FOUND, "{wrong}");
        }
    });
}

#[test]
fn a_medicine_that_changes_its_class_goes_on_in_another_book() {
    let name = "replay::a_medicine_that_changes_its_class_goes_on_in_another_book";
    with_world(name, async |world| {
        // Tramadol enters group III (fraction II) on 14-07-2026 (DOF 15-01-2026); until then the
        // catalog holds it in fraction III.
        let pharmacy = Pharmacy::licensed();
        let mut tramadol = packages(5);
        tramadol["clave"] = json!("040.000.2106.00");
        world.set_time("2026-07-13T15:00:00Z");
        let opening = world.movement("opening", &[tramadol.clone()]);
        let opened = world.post_movement(&pharmacy, &opening).await.json();
        assert_eq!(opened["entries"][0]["book"], "III");
        world.set_time("2026-07-15T15:00:00Z");
        tramadol["packages"] = json!(1);
        let loss = world.movement("loss", &[tramadol]);
        let written_off = world.post_movement(&pharmacy, &loss).await;
        assert_eq!(
            written_off.status,
            StatusCode::CREATED,
            "{}",
            written_off.text()
        );
        let entries: Vec<_> = (written_off.json()["entries"].as_array().unwrap().iter())
            .map(|entry| format!("{} {} {}", entry["book"], entry["what"], entry["balance"]))
            .collect();
        assert_eq!(
            entries,
            [
                "\"II\" \"carried-from III\" 25",
                "\"II\" \"loss\" 20",
                "\"III\" \"carried-to II\" 0",
            ]
        );
        assert_eq!(check(&world, &pharmacy).await, 4);
        // The authority's sums say what the books say.
        let path = "/substances/balance?by=book&from=2026-07&to=2026-07";
        let rows = world.get(&auditor(), path).await.json()["rows"].clone();
        let said: Vec<_> = (rows.as_array().unwrap().iter())
            .map(|row| format!("{} {} {}", row["key"], row["carried"], row["closing"]))
            .collect();
        assert_eq!(said, ["\"II\" 25 20", "\"III\" -25 0"]);
    });
}

/// Everything that the service logs.
#[derive(Clone, Default)]
struct Listened(std::sync::Arc<std::sync::Mutex<Vec<u8>>>);

impl std::io::Write for Listened {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn no_person_is_in_the_log() {
    with_world("replay::no_person_is_in_the_log", async |world| {
        let log = Listened::default();
        let writer = log.clone();
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || writer.clone())
            .init();
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 2).await;
        let order = for_patient(3);
        let curp = order["contained"][0]["identifier"][0]["value"]
            .as_str()
            .unwrap();
        let folio = world.issue(&order).await;
        world.dispense(&pharmacy, &folio, 1, 1).await;
        let mut destruction = world.movement("destruction", &[packages(1)]);
        destruction["document"] = json!("ACTA-7");
        destruction["witnesses"] = json!(["Zenaida Quiroz, verificadora", "Zenaida Quiroz"]);
        destruction["counterpart"] = json!({"supplier": {"rfc": "QUIZ800927AB1"}});
        world.post_movement(&pharmacy, &destruction).await;
        destruction["lines"][0]["packages"] = json!(500);
        world.post_movement(&pharmacy, &destruction).await;
        world
            .get(&auditor(), "/control-books/II?clues=HGIMB000064")
            .await;
        let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(
            text.contains("/stock/movements"),
            "the log was listened to: {text}"
        );
        for person in [curp, "Zenaida", "QUIZ800927AB1", "Hernández", "José Luis"] {
            assert!(!text.contains(person), "{person} is in the log");
        }
    });
}
