//! A pharmacy with stock: its acts in the register, what a thief would do to them, and what
//! COFEPRIS sees.

use std::fs;

use data_encoding::BASE64;
use prescription::Fraction;
use prescription::body::{Evidence, commitment};
use prescription::register::{Place, Register, RegisterBody, RegisterLeaf};
use serde_json::{Value, json};
use substances::{Book, Lot, Movement, MovementKind, MovementLine, Origin, Units};

use crate::evidence::order_with;
use crate::pki::{CURP, Pharmacy, Prescriber};
use crate::site::{Site, findings};
use crate::world::{World, dispensed, issued, line};

const CLONAZEPAM: &str = "040.000.2612.00";

/// One entry of a log, whatever it is.
#[derive(Clone)]
pub(crate) struct Raw {
    pub(crate) leaf: Vec<u8>,
    pub(crate) salt: [u8; 32],
    pub(crate) body: Vec<u8>,
}

/// An act before it is signed.
#[derive(Clone)]
struct Act {
    movement: Movement,
    number: u64,
    /// What the signed order says of the units, where it lies.
    signed_units: Option<u64>,
}

fn movement(kind: MovementKind, at: &str, number: u64, units: u64) -> Act {
    let movement = Movement {
        establishment: "HGFAR000001".parse().unwrap(),
        origin: Origin::Register { number },
        at: at.parse().unwrap(),
        on: at[..10].parse().unwrap(),
        kind,
        lines: vec![MovementLine {
            clave: CLONAZEPAM.parse().unwrap(),
            lot: Lot {
                number: "L-1".to_owned(),
                expiry: "2028-01-31".parse().unwrap(),
            },
            units: Units::new(units),
            book: Book::II,
            counted: None,
            shortfall: Units::ZERO,
            retained: false,
        }],
        document: Some("F-1".to_owned()),
        permit: None,
        counterpart: None,
        shipment: None,
        witnesses: Vec::new(),
        notice: None,
        notice_due: None,
        corrects: None,
    };
    Act {
        movement,
        number,
        signed_units: None,
    }
}

impl Act {
    fn signed(&self, by: &Pharmacy) -> Raw {
        let line = &self.movement.lines[0];
        let order = json!({
            "kind": self.movement.kind.code(),
            "at": self.movement.at.to_string(),
            "document": "F-1",
            "lines": [{
                "clave": CLONAZEPAM,
                "lot": "L-1",
                "expiry": "2028-01",
                "units": self.signed_units.unwrap_or(line.units.count()),
            }],
        });
        let evidence = crate::evidence::dispense_with(&order, by);
        self.with(evidence)
    }

    fn with(&self, evidence: Evidence) -> Raw {
        let place = Place {
            register: Register::Movement,
            subject: "HGFAR000001".to_owned(),
            number: self.number,
        };
        let salt = [0x55; 32];
        let body = RegisterBody::new(place.clone(), self.movement.clone(), evidence);
        let body = body.to_canonical().unwrap();
        let leaf = RegisterLeaf::of(&place, self.movement.at, commitment(&salt, &body));
        Raw {
            leaf: leaf.encode(),
            salt,
            body,
        }
    }
}

/// Opening of 300 tablets, a receta of two packages of 30, its dispensing, a loss of 5 tablets.
struct Story {
    world: World,
    opening: Act,
    loss: Act,
}

impl Story {
    fn new() -> Self {
        let mut world = World::empty();
        let lines = vec![line(CLONAZEPAM, Fraction::II, 2, 1)];
        let receta = issued(1, &world.pki.ana, "2026-06-02T16:00:00Z", lines);
        world.issue(receta);
        let visit = dispensed(1, "2026-06-03T18:00:00Z", &world.pki.licensed, &[(1, 2, 1)]);
        world.dispense(visit);
        Self {
            world,
            opening: movement(MovementKind::Opening, "2026-06-01T16:00:00Z", 1, 300),
            loss: movement(MovementKind::Loss, "2026-06-04T16:00:00Z", 2, 5),
        }
    }

    fn entries(&self) -> Vec<Raw> {
        let steps = self.world.entries.iter().map(|entry| Raw {
            leaf: entry.leaf.encode(),
            salt: entry.salt,
            body: entry.body.clone(),
        });
        let pharmacy = &self.world.pki.licensed;
        let opening = self.opening.signed(pharmacy);
        let loss = self.loss.signed(pharmacy);
        std::iter::once(opening)
            .chain(steps)
            .chain([loss])
            .collect()
    }

    fn write(&self) -> Site {
        write(&self.world, &self.entries())
    }
}

pub(crate) fn write(world: &World, entries: &[Raw]) -> Site {
    let leaves: Vec<_> = entries.iter().map(|entry| entry.leaf.clone()).collect();
    let site = world.write_with(&leaves);
    let records = (0..).zip(entries).map(|(index, entry): (u64, _)| {
        let (salt, body) = (BASE64.encode(&entry.salt), BASE64.encode(&entry.body));
        format!("{}\n", json!({"index": index, "salt": salt, "body": body}))
    });
    fs::write(site.path("bodies.jsonl"), records.collect::<String>()).unwrap();
    site
}

pub(crate) fn found(site: &Site) -> Vec<(String, u64)> {
    let found = findings(&site.audit(&[]));
    let found = found
        .into_iter()
        .map(|(code, entry)| (code, entry.unwrap()));
    found.collect()
}

pub(crate) fn only(code: &str, entry: u64) -> Vec<(String, u64)> {
    vec![(code.to_owned(), entry)]
}

#[test]
fn a_clean_register_is_replayed() {
    let report = Story::new().write().audit(&[]);
    assert_eq!(report["clean"], true, "{report}");
    let acts = &report["summary"]["acts"];
    assert_eq!(
        (&acts["movements"], &acts["uncompared"]),
        (&json!(2), &json!(0))
    );
    let stock = json!({"establishments": 1, "replayed": 3, "unjudged": 0});
    assert_eq!(report["summary"]["stock"], stock);
    // Of the pharmacy: two movements and the dispensing.
    assert_eq!(report["summary"]["signatures"]["pharmacy"], 3);
}

#[test]
fn an_act_that_was_left_out_or_told_twice() {
    let mut story = Story::new();
    story.loss = movement(MovementKind::Loss, "2026-06-04T16:00:00Z", 3, 5);
    let expected = [("act-out-of-series", 3), ("book-broken", 3)];
    let found_codes = found(&story.write());
    assert_eq!(
        found_codes,
        expected.map(|(code, entry)| (code.to_owned(), entry))
    );

    story.loss = movement(MovementKind::Loss, "2026-06-04T16:00:00Z", 1, 5);
    assert_eq!(
        found(&story.write())[0],
        ("act-out-of-series".to_owned(), 3)
    );
}

#[test]
fn more_goes_out_than_there_is() {
    let mut story = Story::new();
    story.opening = movement(MovementKind::Opening, "2026-06-01T16:00:00Z", 1, 59);
    assert_eq!(found(&story.write())[0], ("stock-impossible".to_owned(), 2));
    story.opening = movement(MovementKind::Opening, "2026-06-01T16:00:00Z", 1, 65);
    assert_eq!(found(&story.write()), []);
    story.opening = movement(MovementKind::Opening, "2026-06-01T16:00:00Z", 1, 64);
    assert_eq!(found(&story.write()), only("stock-impossible", 3));
}

#[test]
fn an_entry_dated_back() {
    let mut story = Story::new();
    story.loss = movement(MovementKind::Loss, "2026-06-02T16:00:00Z", 2, 5);
    assert_eq!(found(&story.write()), only("book-broken", 3));
}

#[test]
fn a_day_that_is_not_that_of_its_instant() {
    let mut story = Story::new();
    story.loss.movement.on = "2026-06-06".parse().unwrap();
    assert_eq!(found(&story.write()), only("act-differs", 3));
}

#[test]
fn somebody_else_signed() {
    let story = Story::new();
    let mut entries = story.entries();
    entries[0] = story.opening.signed(&story.world.pki.corner);
    assert_eq!(
        found(&write(&story.world, &entries)),
        only("act-other-signer", 0)
    );

    entries[0] = story.opening.with(Evidence::OfLaw);
    assert_eq!(
        found(&write(&story.world, &entries)),
        only("act-wrong-evidence", 0)
    );

    let mut corner = story.opening.clone();
    corner.movement.establishment = "HGFAR000002".parse().unwrap();
    let foreign = corner.signed(&story.world.pki.corner);
    entries[0] = foreign;
    // The body says another establishment than the series.
    let codes = found(&write(&story.world, &entries));
    assert!(codes.contains(&("act-differs".to_owned(), 0)), "{codes:?}");
}

#[test]
fn another_amount_than_was_signed() {
    let mut story = Story::new();
    story.opening.signed_units = Some(3000);
    assert_eq!(found(&story.write()), only("act-differs", 0));
}

#[test]
fn a_delivery_in_fhir() {
    let mut story = Story::new();
    story.opening.movement.kind = MovementKind::Purchase;
    let mut entries = story.entries();
    let mut signed = |packages: u32, code: &str| {
        let delivery = json!({
            "resourceType": "SupplyDelivery",
            "status": "completed",
            "occurrenceDateTime": "2026-06-01T10:00:00-06:00",
            "supplier": {"identifier": {"system": "urn:receta:rfc", "value": "ALM010101AAA"}},
            "suppliedItem": {
                "quantity": {"value": packages},
                "itemReference": {"reference": "#m"},
            },
            "contained": [{
                "resourceType": "Medication",
                "id": "m",
                "code": {"coding":
                    [{"system": "urn:oid:2.16.840.1.113883.3.215.12.8", "code": code}]},
                "batch": {"lotNumber": "L-1", "expirationDate": "2028-01-31"},
            }],
        });
        let pharmacy = &story.world.pki.licensed;
        let evidence = crate::evidence::dispense_with(&delivery, pharmacy);
        entries[0] = story.opening.with(evidence);
        found(&write(&story.world, &entries))
    };
    assert_eq!(signed(10, CLONAZEPAM), []);
    assert_eq!(signed(7, CLONAZEPAM), only("act-differs", 0));
    assert_eq!(signed(10, "040.000.3204.00"), only("act-differs", 0));
}

#[test]
fn a_body_of_something_else() {
    let story = Story::new();
    let mut entries = story.entries();
    entries[0].body = entries[3].body.clone();
    let codes = found(&write(&story.world, &entries));
    assert_eq!(codes[0], ("commitment-mismatch".to_owned(), 0));
}

/// An act that an officer signs, or nobody.
fn ordered(register: Register, number: u64, act: &Value, by: Option<&Prescriber>) -> Raw {
    let subject = match register {
        Register::Catalog => "medicines",
        Register::Movement | Register::SpecialFolio | Register::Key => "12345678",
    };
    let place = Place {
        register,
        subject: subject.to_owned(),
        number,
    };
    let at = "2026-06-05T16:00:00Z".parse().unwrap();
    let evidence = by.map_or(Evidence::OfLaw, |by| order_with(act, at, by));
    let salt = [0x66; 32];
    let body = RegisterBody::new(place.clone(), act.clone(), evidence);
    let body = body.to_canonical().unwrap();
    let leaf = RegisterLeaf::of(&place, at, commitment(&salt, &body));
    Raw {
        leaf: leaf.encode(),
        salt,
        body,
    }
}

#[test]
fn catalogs_and_special_folios_are_signed_in_their_series() {
    let story = Story::new();
    let (luis, ana) = (&story.world.pki.luis, &story.world.pki.ana);
    let act = json!({"catalog": "medicines", "by": luis.cedula, "rows": 3});
    let good = |number| ordered(Register::Catalog, number, &act, Some(luis));
    let folios = |number| {
        ordered(
            Register::SpecialFolio,
            number,
            &json!({"verb": "assign"}),
            None,
        )
    };
    let with = |more: &[Raw]| found(&write(&story.world, &[&story.entries()[..], more].concat()));
    assert_eq!(with(&[good(1), folios(1), good(2), folios(2)]), []);
    assert_eq!(with(&[good(2)]), only("act-out-of-series", 4));
    assert_eq!(with(&[folios(1), folios(1)]), only("act-out-of-series", 5));
    let other = ordered(Register::Catalog, 1, &act, Some(ana));
    assert_eq!(with(&[other]), only("act-other-signer", 4));
    // Signed for one act, recorded with another.
    let mut entries = story.entries();
    let mut swapped = RegisterBody::<Value>::from_canonical(&good(1).body).unwrap();
    swapped.act["rows"] = json!(4);
    let body = swapped.to_canonical().unwrap();
    let leaf = RegisterLeaf::decode(&good(1).leaf).unwrap();
    let salt = [0x66; 32];
    let leaf = RegisterLeaf {
        commitment: commitment(&salt, &body),
        ..leaf
    };
    entries.push(Raw {
        leaf: leaf.encode(),
        salt,
        body,
    });
    assert_eq!(
        found(&write(&story.world, &entries)),
        only("act-differs", 4)
    );
    // Whose folios they are, only the body says.
    let mut entries = story.entries();
    entries.push(folios(5));
    let site = write(&story.world, &entries);
    fs::write(site.path("bodies.jsonl"), "").unwrap();
    let report = site.audit(&[]);
    assert_eq!(report["summary"]["acts"]["unnamed"], 1);
    assert_eq!(report["clean"], true);
}

#[test]
fn without_bodies_the_series_is_still_judged() {
    let mut story = Story::new();
    story.loss = movement(MovementKind::Loss, "2026-06-04T16:00:00Z", 3, 5);
    let site = story.write();
    fs::write(site.path("bodies.jsonl"), "").unwrap();
    assert_eq!(found(&site), only("act-out-of-series", 3));
}

/// Runs `auditor substances`.
fn ask(site: &Site, question: &str, more: &[&str]) -> (u8, String) {
    let arguments = [
        &["substances", question][..],
        &["--ledger", "ledger", "--key", "ledger.vkey"],
        &["--bodies", "bodies.jsonl"],
        &[
            "--professionals-root",
            "root.pem",
            "--professionals-issuer",
            "issuer.pem",
        ],
        &["--pharmacy-ca", "clients.pem"],
        more,
    ]
    .concat();
    let (code, out, err) = site.run(&arguments);
    assert_eq!(err, "", "{arguments:?}");
    for personal in [CURP, "Concepción"] {
        assert!(!out.contains(personal), "{out}");
    }
    (code, out)
}

fn json_of((code, text): (u8, String)) -> Value {
    assert_eq!(code, 0, "{text}");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_balance_in_every_form() {
    let site = Story::new().write();
    let area = ["--area", "establishment"];
    let json = json_of(ask(
        &site,
        "balance",
        &[&area[..], &["--format", "json"]].concat(),
    ));
    let columns: Vec<_> = json["columns"].as_array().unwrap().iter().collect();
    let row = &json["rows"].as_array().unwrap()[0];
    let cell = |name: &str| {
        let at = columns.iter().position(|column| *column == name).unwrap();
        row[at].clone()
    };
    assert_eq!(json["rows"].as_array().unwrap().len(), 2, "{json}");
    assert_eq!(cell("Lugar"), "HGFAR000001");
    assert_eq!(
        [
            "Saldo inicial registrado",
            "Surtido",
            "Perdido",
            "Existencia final"
        ]
        .map(cell),
        [json!(300), json!(60), json!(5), json!(235)]
    );
    let (code, csv) = ask(&site, "balance", &["--format", "csv"]);
    assert_eq!((code, csv.lines().count()), (0, 2));
    let (_, text) = ask(&site, "balance", &["--exceptions"]);
    assert!(text.contains("(nada)"), "{text}");
    let book = site.path("balance.xlsx");
    let path = book.to_str().unwrap();
    let (code, out) = ask(&site, "balance", &["--format", "xlsx", "--out", path]);
    assert_eq!((code, out.as_str()), (0, ""));
    assert!(fs::read(&book).unwrap().starts_with(b"PK"));
}

#[test]
fn consumption_and_the_forms_of_the_board() {
    let site = Story::new().write();
    let json = json_of(ask(
        &site,
        "consumption",
        &["--prescriber", "--format", "json"],
    ));
    let row = &json["rows"][0];
    assert_eq!(row[2], "CLONAZEPAM");
    assert_eq!(row[3], "12345678");
    // 60 tablets of 2 mg.
    assert_eq!(row[8], "0.12");
    let form = ["--form", "p", "--year", "2026", "--format", "json"];
    let json = json_of(ask(&site, "incb", &form));
    assert_eq!(json["rows"][0][1], "CLONAZEPAM");
    let (code, _, err) = site.run(&["substances", "incb", "--form", "a", "--year", "2026"]);
    assert_eq!(code, 2);
    assert_eq!(err.lines().count(), 1, "{err}");
}

#[test]
fn alerts_with_the_files_that_they_need() {
    let site = Story::new().write();
    fs::write(
        site.path("licences.csv"),
        "cedula,desde,estado\n12345678,2026-06-01,suspended\n",
    )
    .unwrap();
    fs::write(site.path("thresholds.toml"), "[velocity]\nrecetas = 1\n").unwrap();
    let files = [
        "--licences",
        "licences.csv",
        "--thresholds",
        "thresholds.toml",
    ];
    let json = json_of(ask(
        &site,
        "alerts",
        &[&files[..], &["--format", "json"]].concat(),
    ));
    let alerts = json["alerts"].as_array().unwrap();
    let codes: Vec<_> = alerts
        .iter()
        .map(|alert| alert["code"].as_str().unwrap())
        .collect();
    assert_eq!(codes, ["prescriber-velocity", "licence-not-active"]);
    assert_eq!(alerts[0]["evidence"]["listed"][0]["ledger"], 1);
    assert_eq!(json["thresholds"]["velocity"]["recetas"], 1);
    let (_, text) = ask(&site, "alerts", &files);
    assert!(text.contains("informa a una persona, que decide"), "{text}");

    fs::write(site.path("thresholds.toml"), "[velocidad]\n").unwrap();
    let base = [
        "substances",
        "alerts",
        "--ledger",
        "ledger",
        "--key",
        "ledger.vkey",
    ];
    let with = [&base[..], &["--bodies", "bodies.jsonl"], &files[2..]].concat();
    assert_eq!(site.run(&with).0, 2);
}

#[test]
fn a_monthly_report_in_pdf() {
    let site = Story::new().write();
    let path = site.path("informe.pdf");
    let out = ["--month", "2026-06", "--out", path.to_str().unwrap()];
    let (code, said) = ask(&site, "report", &out);
    assert_eq!(code, 0, "{said}");
    assert!(fs::read(&path).unwrap().starts_with(b"%PDF-1.7"));
}

/// The book of fraction II, as the pharmacy exports it.
const BOOK: &str = "clues,fraccion,clave,renglon,asiento,fecha,concepto,movimiento,documento,permiso,\
folio_receta,receta_retenida,cedula_profesional,lote,caducidad,entrada,salida,saldo,indice_libro_publico
HGFAR000001,II,040.000.2612.00,saldo_inicial,,2026-06-01,,,,,,,,,,,,0,
HGFAR000001,II,040.000.2612.00,asiento,1,2026-06-01,inventario inicial,1,F-1,,,,,L-1,2028-01-31,300,0,300,0
HGFAR000001,II,040.000.2612.00,asiento,2,2026-06-03,surtido,,,,FOLIO,,12345678,L-1,2028-01-31,0,60,240,2
HGFAR000001,II,040.000.2612.00,asiento,3,2026-06-04,extravío,2,F-1,,,,,L-1,2028-01-31,0,5,235,3
HGFAR000001,II,040.000.2612.00,saldo_final,,2026-06-30,,,,,,,,,,,,235,
";

#[test]
fn a_book_line_by_line() {
    let site = Story::new().write();
    let book = BOOK.replace("FOLIO", &crate::world::folio(1).to_string());
    let check = |text: &str| {
        fs::write(site.path("book.csv"), text).unwrap();
        let which = [
            "--clues",
            "HGFAR000001",
            "--class",
            "ii",
            "--book",
            "book.csv",
        ];
        ask(&site, "book", &which)
    };
    let (code, said) = check(&book);
    assert_eq!(code, 0, "{said}");
    assert!(said.contains("3 asientos cotejados"), "{said}");
    for (from, to) in [
        (",0,60,240,", ",0,59,241,"),
        ("asiento,2,2026-06-03", "asiento,2,2026-06-02"),
        ("L-1,2028-01-31,0,5,", "L-2,2028-01-31,0,5,"),
        (",12345678,", ",7654321,"),
    ] {
        let (code, said) = check(&book.replacen(from, to, 1));
        assert_eq!(code, 1, "{to}: {said}");
    }
    let without: Vec<_> = book
        .lines()
        .filter(|line| !line.contains("asiento,2,"))
        .collect();
    let (code, said) = check(&without.join("\n"));
    assert!(code == 1 && said.contains("Falta el asiento 2"), "{said}");
}

#[test]
fn help_teaches() {
    let site = Story::new().write();
    for question in ["balance", "consumption", "incb", "alerts", "report", "book"] {
        let (code, out, err) = site.run(&["substances", question, "--help"]);
        assert_eq!((code, err.as_str()), (0, ""), "{question}");
        assert!(out.contains("Uso: auditor substances"), "{out}");
    }
    let (code, out, _) = site.run(&["substances", "--help"]);
    assert!(
        code == 0 && out.contains("Ejemplo:") && out.contains("Preguntas"),
        "{out}"
    );
}
