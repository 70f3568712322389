//! The register of keys: what an operator who writes rows and entries would try, and how it is found.

use prescription::Fraction;
use prescription::body::{Evidence, commitment};
use prescription::key::{
    Digest, KeyAct, KeyVerb, RevocationReason, RewrapAct, Rewrapped, WrappingAct, WrappingVerb,
};
use prescription::register::{Place, Register, RegisterBody, RegisterLeaf};
use serde_json::{Value, json};

use crate::evidence::order_with;
use crate::pki::Prescriber;
use crate::substances::{Raw, found, only, write};
use crate::world::{World, at, cancelled, issued, line};

const TIME: &str = "2026-06-01T16:00:00Z";

/// An act in the series `subject`, signed by `by` or by nobody.
fn entry(subject: &str, number: u64, act: &Value, by: Option<&Prescriber>) -> Raw {
    let place = Place {
        register: Register::Key,
        subject: subject.to_owned(),
        number,
    };
    let evidence = by.map_or(Evidence::OfLaw, |by| order_with(act, at(TIME), by));
    let salt = [0x55; 32];
    let body = RegisterBody::new(place.clone(), act.clone(), evidence);
    let body = body.to_canonical().unwrap();
    let leaf = RegisterLeaf::of(&place, at(TIME), commitment(&salt, &body)).encode();
    Raw { leaf, salt, body }
}

/// What is done to the key of `whose`, which is number `key`.
fn act(whose: &Prescriber, key: u32, what: KeyVerb, by: Option<&Prescriber>) -> Value {
    let act = KeyAct {
        what,
        key,
        spki: Digest::of(&whose.key.spki()),
        at: at(TIME),
        by: by.map(|by| by.cedula.parse().unwrap()),
    };
    serde_json::to_value(act).unwrap()
}

fn enrolled() -> KeyVerb {
    KeyVerb::Enrol {
        wrapping: "receta-wrapping".to_owned(),
        wrapped: Digest::of(b"wrapped"),
    }
}

fn certified(whose: &Prescriber) -> KeyVerb {
    let certificate = Digest::of(&whose.certificate);
    KeyVerb::Certify { certificate }
}

fn revoked() -> KeyVerb {
    let reason = RevocationReason::KeyCompromise;
    KeyVerb::Revoke {
        reason,
        since: None,
    }
}

fn destroyed() -> KeyVerb {
    let wrapped = Digest::of(b"wrapped");
    KeyVerb::Destroy { wrapped }
}

/// Ana's acts without a signature, numbered from 1.
fn acts_of(ana: &Prescriber, verbs: &[KeyVerb]) -> Vec<Raw> {
    let acts = (1..).zip(verbs).map(|(number, verb)| {
        let act = act(ana, 1, verb.clone(), None);
        entry(ana.cedula, number, &act, None)
    });
    acts.collect()
}

/// A receta by Ana and its cancellation.
fn steps() -> (World, Vec<Raw>) {
    let mut world = World::empty();
    let lines = vec![line("010.000.0104.00", Fraction::IV, 2, 1)];
    let receta = issued(1, &world.pki.ana, "2026-06-02T16:00:00Z", lines);
    world.issue(receta);
    let cancelled = cancelled(1, &world.pki.ana, "2026-06-03T16:00:00Z");
    world.cancel(cancelled);
    let steps = world.entries.iter().map(|entry| Raw {
        leaf: entry.leaf.encode(),
        salt: entry.salt,
        body: entry.body.clone(),
    });
    let steps = steps.collect();
    (world, steps)
}

#[test]
fn a_signature_counts_only_while_its_key_was_in_force_in_the_order_of_the_ledger() {
    let (world, steps) = steps();
    let ana = &world.pki.ana;
    let (enrol, certify) = (enrolled(), certified(ana));
    let life = [enrol.clone(), certify.clone(), revoked(), destroyed()];
    let all = acts_of(ana, &life[..3]);
    let order = |entries: &[&Raw]| {
        let entries: Vec<_> = entries.iter().map(|entry| (*entry).clone()).collect();
        found(&write(&world, &entries))
    };
    let [made, signs, ended] = &all[..] else {
        panic!("three acts")
    };
    let (issue, cancel) = (&steps[0], &steps[1]);
    assert_eq!(order(&[made, signs, issue, cancel, ended]), []);
    // Its own clock says June 3 in both: the place decides.
    let late = order(&[made, signs, issue, ended, cancel]);
    assert_eq!(late, only("key-not-in-force", 4));
    let early = order(&[made, issue, signs, cancel, ended]);
    assert_eq!(early, only("key-not-in-force", 1));
    // A gap in the series hides a revocation.
    let last = acts_of(ana, &[enrol, certify, revoked(), revoked()]);
    let gap = found(&write(
        &world,
        &[last[0].clone(), last[1].clone(), last[3].clone()],
    ));
    assert_eq!(gap, only("act-out-of-series", 2));
}

#[test]
fn a_key_that_the_register_does_not_know() {
    let (world, steps) = steps();
    let (ana, luis) = (&world.pki.ana, &world.pki.luis);
    // Ana's series, with the key of somebody else in it.
    let verbs = [enrolled(), certified(luis)];
    let foreign = (1..).zip(verbs).map(|(number, verb)| {
        let act = act(luis, 1, verb, None);
        entry(ana.cedula, number, &act, None)
    });
    let entries: Vec<_> = foreign.chain(steps[..1].iter().cloned()).collect();
    assert_eq!(found(&write(&world, &entries)), only("key-unregistered", 2));
    // The register speaks of others only: counted, as of keys from before it.
    let others = acts_of(luis, &[enrolled(), certified(luis)]);
    let site = write(&world, &[&others[..], &steps[..1]].concat());
    let report = site.audit(&[]);
    assert_eq!(report["clean"], true, "{report}");
    assert_eq!(report["summary"]["acts"]["unregistered"], 1);
    assert_eq!(report["summary"]["acts"]["keys"], 2);
}

#[test]
fn acts_that_cannot_follow_the_acts_before_them() {
    let (world, _) = steps();
    let (ana, luis) = (&world.pki.ana, &world.pki.luis);
    let begun = acts_of(ana, &[enrolled(), certified(ana)]);
    let then = |what: KeyVerb, named: Option<&Prescriber>, signer: Option<&Prescriber>| {
        let act = act(ana, 1, what, named);
        let more = entry(ana.cedula, 3, &act, signer);
        found(&write(&world, &[&begun[..], &[more]].concat()))
    };
    assert_eq!(then(revoked(), Some(luis), Some(luis)), []);
    assert_eq!(then(certified(ana), None, None), only("key-unlawful", 2));
    let destroy = then(destroyed(), Some(luis), Some(luis));
    assert_eq!(destroy, only("key-unlawful", 2));
    // Destroying without an officer, naming one who did not sign, over one's own key.
    assert_eq!(then(destroyed(), None, None), only("act-wrong-evidence", 2));
    let unsigned = then(revoked(), Some(luis), None);
    assert_eq!(unsigned, only("act-wrong-evidence", 2));
    let own = then(revoked(), Some(ana), Some(ana));
    assert_eq!(own, only("key-unlawful", 2));
    let other = then(revoked(), Some(luis), Some(ana));
    assert_eq!(other, only("act-other-signer", 2));
    let more = entry(ana.cedula, 3, &json!({"verb": "assign"}), None);
    let strange = found(&write(&world, &[&begun[..], &[more]].concat()));
    assert_eq!(strange, only("act-differs", 2));
}

fn ceremony(what: WrappingVerb, label: &str, number: u64, people: [&str; 2]) -> Raw {
    let act = WrappingAct {
        what,
        label: label.to_owned(),
        custodians: people.map(|person| person.parse().unwrap()),
        at: at(TIME),
        by: None,
    };
    let act = serde_json::to_value(act).unwrap();
    entry(&format!("wrapping:{label}"), number, &act, None)
}

fn batch(cedula: &str, number: u64) -> Raw {
    let act = RewrapAct {
        from: "receta-wrapping".to_owned(),
        to: "w2".to_owned(),
        keys: vec![Rewrapped {
            cedula: cedula.parse().unwrap(),
            key: 1,
            wrapped: Digest::of(b"anew"),
        }],
        at: at(TIME),
    };
    entry(
        "rewrap:w2",
        number,
        &serde_json::to_value(act).unwrap(),
        None,
    )
}

#[test]
fn a_wrapping_key_is_made_by_two_and_retired_when_nothing_is_under_it() {
    let (world, _) = steps();
    let ana = &world.pki.ana;
    let begun = acts_of(ana, &[enrolled()]);
    let two = ["1234567", "7654321"];
    let made = || ceremony(WrappingVerb::Made, "w2", 1, two);
    let retired = || ceremony(WrappingVerb::Retired, "receta-wrapping", 1, two);
    let with = |more: &[Raw]| found(&write(&world, &[&begun[..], more].concat()));
    assert_eq!(with(&[made(), batch(ana.cedula, 1), retired()]), []);
    let alone = ceremony(WrappingVerb::Made, "w2", 1, ["1234567", "1234567"]);
    assert_eq!(with(&[alone]), only("key-unlawful", 1));
    assert_eq!(with(&[made(), retired()]), only("key-unlawful", 2));
    let unknown = with(&[batch(ana.cedula, 1)]);
    assert_eq!(unknown, only("key-unlawful", 1));
    let nobody = with(&[made(), batch("9999999", 1)]);
    assert_eq!(nobody, only("key-unlawful", 2));
    let twice = with(&[made(), batch(ana.cedula, 1), batch(ana.cedula, 2)]);
    assert_eq!(twice, only("key-unlawful", 3));
}
