//! Proofs from a ledger of several shards.

use std::fs;

use auditor::bundle::check::{CheckError, check};
use auditor::trust::LogTrust;
use auditor::verify::Signers;
use ledger::{MapHead, NoteSigner};
use serde_json::{Value, json};

use crate::bundle::{SIGNERS, hex, place};
use crate::shards::{Plan, key, two};
use crate::site::Site;
use crate::world::{World, folio};

fn prove(site: &Site, n: u8, more: &[&str]) -> (u8, String) {
    let out = site.path("proof.json").display().to_string();
    let folio = folio(n).to_string();
    let arguments = ["prove", &folio, "--mirror", "ledger", "--out", &out];
    let (code, text, err) = site.run(&[&arguments[..], more].concat());
    (code, text + &err)
}

fn checked(site: &Site, command: &str, pin: &str, more: &[&str]) -> (u8, String) {
    let arguments = [command, "proof.json", "--key", pin];
    let (code, text, err) = site.run(&[&arguments[..], more].concat());
    (code, text + &err)
}

fn proof(site: &Site) -> Value {
    serde_json::from_slice(&fs::read(site.path("proof.json")).unwrap()).unwrap()
}

const BODIES: [&str; 4] = ["--key", "ledger.vkey", "--bodies", "bodies.jsonl"];

#[test]
fn a_life_in_two_shards() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let (code, text) = prove(&site, 1, &BODIES);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("3 entradas, 3 con su cuerpo"), "{text}");
    fs::remove_dir_all(site.path("ledger")).unwrap();
    for pin in ["ledger.vkey", "2027.vkey"] {
        let (code, text) = checked(&site, "check", pin, &SIGNERS);
        assert_eq!(code, 0, "{text}");
        for words in [
            "surtidos 6 de 6 envases",
            "Segmentos del registro: 2",
            "Entrada 6,",
            "última entrada (9)",
            "2 de farmacias; sin verificar: 0",
        ] {
            assert!(text.contains(words), "{words}: {text}");
        }
    }
    let (code, text) = checked(&site, "check", "ledger.vkey", &["--json"]);
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(code, 0);
    assert_eq!(report["entries"], json!([0, 2, 6]));
    let (code, text) = checked(&site, "explain", "ledger.vkey", &[]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("2 segmentos, uno tras otro"), "{text}");
}

#[test]
fn erasure_absence_and_what_ended_before() {
    let mut world = World::new();
    world.erase(1, &[0, 2, 6]);
    let site = Plan::new(&world, &[4]).write(&world);
    let (code, text) = prove(&site, 1, &["--key", "ledger.vkey"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = checked(&site, "explain", "ledger.vkey", &[]);
    assert_eq!(code, 0, "{text}");
    let destroyed = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let words = "como consta en la entrada 9";
    assert_eq!(destroyed.matches(words).count(), 3, "{text}");
    // All entries of the second prescription are in the closed shard.
    for (n, expected) in [(2, "cancelada"), (99, "No existe receta")] {
        assert_eq!(prove(&site, n, &["--key", "ledger.vkey"]).0, 0);
        let (code, text) = checked(&site, "check", "ledger.vkey", &[]);
        assert!(code == 0 && text.contains(expected), "{text}");
    }
    let out = site.path("proof.json").display().to_string();
    let blinded = hex(place("040.000.3204.00"));
    let arguments = ["absence", "--blinded-key", &blinded, "--mirror", "ledger"];
    let more = ["--key", "ledger.vkey", "--out", &out];
    assert_eq!(site.run(&[&arguments[..], &more].concat()).0, 0);
    let (code, text) = checked(&site, "check", "ledger.vkey", &[]);
    assert!(
        code == 0 && text.contains("Ninguna receta activa"),
        "{text}"
    );
}

#[test]
fn three_shards_and_every_pin() {
    let world = World::new();
    let site = Plan::new(&world, &[2, 4]).write(&world);
    for made_with in [&["--key", "ledger.vkey"][..], &["--key", "2028.vkey"], &[]] {
        let (code, text) = prove(&site, 1, made_with);
        assert_eq!(code, 0, "{text}");
        assert_eq!(proof(&site)["openings"].as_array().unwrap().len(), 2);
        for pin in ["ledger.vkey", "2027.vkey", "2028.vkey"] {
            let (code, text) = checked(&site, "check", pin, &[]);
            // The newest list by itself says nothing to who pinned the first key.
            let leads = made_with != ["--key", "2028.vkey"] || pin != "ledger.vkey";
            assert_eq!(code == 0, leads, "{made_with:?} {pin}: {text}");
        }
    }
}

#[test]
fn one_shard_of_several_proves_nothing() {
    let (world, plan) = two();
    let site = plan.write(&world);
    let out = site.path("proof.json").display().to_string();
    let folio = folio(1).to_string();
    let arguments = ["prove", &folio, "--mirror", "ledger/2027", "--out", &out];
    let (code, out, err) = site.run(&arguments);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("sólo un segmento"), "{err}");
}

/// The list names another end of the closed shard than the opening of the next: both are signed.
#[test]
fn a_list_that_says_something_else_than_the_openings() {
    let (world, mut plan) = two();
    plan.ends[0].root = ledger::Hash([7; 32]);
    let site = plan.write(&world);
    let (code, text) = prove(&site, 1, &["--key", "ledger.vkey"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("lo mismo que sus aperturas"), "{text}");
    // Made without a pin, it is refused by whoever checks it.
    assert_eq!(prove(&site, 1, &[]).0, 0);
    let (code, text) = checked(&site, "check", "2027.vkey", &[]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("lo mismo que sus aperturas"), "{text}");
}

/// The log commits to a number of entries that does not follow from its shards.
#[test]
fn a_map_head_that_counts_within_its_log() {
    let (world, mut plan) = two();
    let mut head = MapHead::decode(&plan.shards[1][4]).unwrap();
    head.entries -= 5;
    plan.shards[1][4] = head.encode();
    let site = plan.write(&world);
    let (code, text) = prove(&site, 1, &["--key", "ledger.vkey"]);
    assert_eq!(code, 1, "{text}");
    assert!(text.contains("HALLAZGO"), "{text}");
}

struct Proof {
    trust: LogTrust,
    bytes: Vec<u8>,
}

impl Proof {
    fn new() -> Self {
        let (world, plan) = two();
        let site = plan.write(&world);
        assert_eq!(prove(&site, 1, &BODIES).0, 0);
        Self {
            trust: LogTrust::of_key(key(0).verifier_key().clone()),
            bytes: fs::read(site.path("proof.json")).unwrap(),
        }
    }

    fn check(&self, bytes: &[u8]) -> Result<(), CheckError> {
        check(bytes, &self.trust, &Signers::default()).map(drop)
    }

    fn with(&self, change: impl FnOnce(&mut Value)) -> CheckError {
        let mut json: Value = serde_json::from_slice(&self.bytes).unwrap();
        change(&mut json);
        let bytes = serde_json_canonicalizer::to_vec(&json).unwrap();
        assert_ne!(bytes, self.bytes, "the change must be one");
        self.check(&bytes).unwrap_err()
    }
}

#[test]
fn any_altered_byte_of_a_proof_over_shards() {
    let proof = Proof::new();
    proof.check(&proof.bytes).unwrap();
    let step = (proof.bytes.len() / 4000).max(1);
    for byte in (0..proof.bytes.len()).step_by(step) {
        let mut altered = proof.bytes.clone();
        altered[byte] ^= 1 << (byte % 7);
        assert!(proof.check(&altered).is_err(), "byte {byte}");
    }
}

#[test]
fn each_part_of_a_proof_over_shards() {
    let proof = Proof::new();
    let is = |error: CheckError, expected: fn(&CheckError) -> bool| {
        assert!(expected(&error), "{error:?}");
    };
    let remove = |json: &mut Value, name: &str| drop(json.as_object_mut().unwrap().remove(name));
    is(proof.with(|json| remove(json, "openings")), |error| {
        matches!(error, CheckError::Openings)
    });
    is(proof.with(|json| remove(json, "shards")), |error| {
        matches!(error, CheckError::Distrusted(_))
    });
    is(proof.with(|json| json["openings"] = json!([])), |error| {
        matches!(error, CheckError::Format(_))
    });
    is(
        proof.with(|json| json["openings"][0] = json["map"]["head"].clone()),
        |error| matches!(error, CheckError::Openings),
    );
    is(
        proof.with(|json| {
            let again = json["openings"][0].clone();
            json["openings"].as_array_mut().unwrap().push(again);
        }),
        |error| matches!(error, CheckError::Openings),
    );
    // Another number for the head moves every shard.
    is(
        proof.with(|json| json["map"]["head"]["index"] = 8.into()),
        |error| matches!(error, CheckError::Openings),
    );
    is(
        proof.with(|json| json["map"]["head"]["index"] = 3.into()),
        |error| matches!(error, CheckError::MapHead),
    );
    is(
        proof.with(|json| json["entries"][2]["index"] = 1.into()),
        |error| matches!(error, CheckError::Order),
    );
    is(
        proof.with(|json| json["entries"][2]["index"] = 7.into()),
        |error| matches!(error, CheckError::Inclusion { index: 7, .. }),
    );
    is(
        proof.with(|json| drop(json["entries"].as_array_mut().unwrap().pop())),
        |error| matches!(error, CheckError::OtherState),
    );
}
