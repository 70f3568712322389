//! No altered proof passes.

use std::fs;

use auditor::bundle::check::{CheckError, check};
use auditor::trust::LogTrust;
use auditor::verify::Signers;
use ledger::Policy;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::bundle::{prove, site};
use crate::site::Site;
use crate::world::World;

struct Proof {
    trust: LogTrust,
    bytes: Vec<u8>,
}

impl Proof {
    fn of(site: &Site, n: u8) -> Self {
        let (code, text) = prove(site, n, &["--bodies", "bodies.jsonl"]);
        assert_eq!(code, 0, "{text}");
        let policy = fs::read_to_string(site.path("policy")).unwrap();
        Self {
            trust: LogTrust::of_policy(Policy::parse(&policy).unwrap()),
            bytes: fs::read(site.path("proof.json")).unwrap(),
        }
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap()
    }

    fn check(&self, bytes: &[u8]) -> Result<(), CheckError> {
        check(bytes, &self.trust, &Signers::default()).map(drop)
    }

    /// Checks the proof with a change, in canonical form again.
    fn with(&self, change: impl FnOnce(&mut Value)) -> CheckError {
        let mut json = self.json();
        change(&mut json);
        assert_ne!(json, self.json(), "the change must be one");
        let bytes = serde_json_canonicalizer::to_vec(&json).unwrap();
        self.check(&bytes).unwrap_err()
    }
}

#[test]
fn any_altered_byte() {
    let site = site(&World::new());
    let proof = Proof::of(&site, 2);
    proof.check(&proof.bytes).unwrap();
    // Every byte of what is short, and of the long bodies every few.
    let step = (proof.bytes.len() / 4000).max(1);
    for byte in (0..proof.bytes.len()).step_by(step) {
        let mut altered = proof.bytes.clone();
        altered[byte] ^= 1 << (byte % 7);
        assert!(proof.check(&altered).is_err(), "byte {byte}");
    }
    for end in (0..proof.bytes.len()).step_by(997) {
        assert!(proof.check(&proof.bytes[..end]).is_err());
    }
    assert!(proof.check(&[&proof.bytes[..], b"\n"].concat()).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        let trust = LogTrust::of_key(ledger::NoteSigner::verifier_key(&crate::site::log_key(9)).clone());
        prop_assert!(check(&bytes, &trust, &Signers::default()).is_err());
    }
}

#[test]
fn each_field() {
    let site = site(&World::new());
    let proof = Proof::of(&site, 1);
    let other = Proof::of(&site, 2).json();
    let is = |error: CheckError, expected: fn(&CheckError) -> bool| {
        assert!(expected(&error), "{error:?}");
    };
    is(
        proof.with(|json| json["claim"] = other["claim"].clone()),
        |error| matches!(error, CheckError::OtherPrescription { index: 0 }),
    );
    is(
        proof.with(|json| {
            json["claim"] = json!({"blinded_key": "00112233445566778899aabbccddeeff"});
        }),
        |error| matches!(error, CheckError::Order),
    );
    is(
        proof.with(|json| json["entries"][1] = other["entries"][1].clone()),
        |error| matches!(error, CheckError::OtherPrescription { index: 3 }),
    );
    is(
        proof.with(|json| json["entries"][0]["index"] = 1.into()),
        |error| matches!(error, CheckError::Inclusion { index: 1, .. }),
    );
    is(
        proof.with(|json| json["entries"][0]["path"] = json!([])),
        |error| matches!(error, CheckError::Inclusion { index: 0, .. }),
    );
    is(
        proof.with(|json| json["entries"][0]["leaf"] = other["entries"][0]["leaf"].clone()),
        |error| matches!(error, CheckError::Inclusion { index: 0, .. }),
    );
    is(
        proof.with(|json| json["entries"].as_array_mut().unwrap().swap(0, 1)),
        |error| matches!(error, CheckError::Order),
    );
    is(
        proof.with(|json| {
            let again = json["entries"][2].clone();
            json["entries"].as_array_mut().unwrap().push(again);
        }),
        |error| matches!(error, CheckError::Order),
    );
    for field in ["salt", "body"] {
        let other = other["entries"][0]["opening"][field].clone();
        is(
            proof.with(|json| json["entries"][0]["opening"][field] = other),
            |error| matches!(error, CheckError::Findings(_)),
        );
    }
    is(
        proof.with(|json| json["map"]["proof"] = other["map"]["proof"].clone()),
        |error| matches!(error, CheckError::Map(_) | CheckError::OtherState),
    );
    is(
        proof.with(|json| json["map"]["head"] = json["entries"][0].clone()),
        |error| matches!(error, CheckError::MapHead),
    );
    is(
        proof.with(|json| json["format"] = "receta.bundle/v2".into()),
        |error| matches!(error, CheckError::Format(_)),
    );
    is(proof.with(|json| json["more"] = 1.into()), |error| {
        matches!(error, CheckError::Format(_))
    });
}

/// What is left out is missed: the map knows the last state, the chain every step before it.
#[test]
fn entries_left_out() {
    let site = site(&World::new());
    let proof = Proof::of(&site, 1);
    let drop_entry = |place: usize| {
        proof.with(|json| drop(json["entries"].as_array_mut().unwrap().remove(place)))
    };
    for place in [0, 1] {
        let error = drop_entry(place);
        assert!(
            matches!(error, CheckError::Findings(_)),
            "{place}: {error:?}"
        );
    }
    assert!(matches!(drop_entry(2), CheckError::OtherState));
    let error = proof.with(|json| json["entries"] = json!([]));
    assert!(matches!(error, CheckError::OtherState), "{error:?}");
}

/// A cosignature taken away, or a checkpoint of before.
#[test]
fn another_checkpoint() {
    let site = site(&World::new());
    let proof = Proof::of(&site, 1);
    let error = proof.with(|json| {
        let text = json["checkpoint"].as_str().unwrap();
        let lines: Vec<_> = text.lines().collect();
        json["checkpoint"] = (lines[..lines.len() - 1].join("\n") + "\n").into();
    });
    assert!(error.to_string().contains("faltan testigos"), "{error}");

    let mut world = World::new();
    world.entries.truncate(3);
    let before = Proof::of(&crate::bundle::site(&world), 1).json();
    let error = proof.with(|json| json["checkpoint"] = before["checkpoint"].clone());
    // The head's number says that other shards came before that tree.
    assert!(matches!(error, CheckError::Openings), "{error:?}");
}

/// Entries after the head: the head's state may not be the last.
#[test]
fn a_head_that_is_not_the_last_entry() {
    let world = World::new();
    let site = site(&world);
    let old = Proof::of(&site, 1).json();
    let mut leaves = crate::bundle::with_head(&world);
    leaves.push(leaves[0].clone());
    let longer = world.write_with(&leaves);
    let directory = ledger::TileDirectory::open(&longer.path("ledger")).unwrap();
    let signed = directory.read_checkpoint().unwrap().unwrap();
    let tree = ledger::PublishedTree::new(directory, 9);
    let mut json = old;
    json["checkpoint"] = signed.to_string().into();
    let path = |index: u64| -> Value {
        let path = tree.inclusion_proof(index, 9).unwrap().path;
        path.iter().map(|hash| hash.to_base64()).collect()
    };
    for entry in json["entries"].as_array_mut().unwrap() {
        entry["path"] = path(entry["index"].as_u64().unwrap());
    }
    json["map"]["head"]["path"] = path(7);
    let bytes = serde_json_canonicalizer::to_vec(&json).unwrap();
    let key = crate::site::log_key(9);
    let trust = LogTrust::of_key(ledger::NoteSigner::verifier_key(&key).clone());
    let refused = check(&bytes, &trust, &Signers::default());
    assert!(matches!(refused, Err(CheckError::MapHead)), "{refused:?}");
}
