//! The rules: what a thief or a hasty officer would try.

use jiff::Timestamp;
use proptest::prelude::*;

use super::wrapping::FIRST_WRAPPING_KEY;
use super::*;
use crate::Cedula;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn digest(n: u8) -> Digest {
    Digest::of(&[n])
}

fn birth(verb: fn(String, Digest) -> KeyVerb, key: u32) -> KeyAct {
    let n = u8::try_from(key).unwrap();
    act(verb("w".to_owned(), digest(100 + n)), key)
}

fn enrol(wrapping: String, wrapped: Digest) -> KeyVerb {
    KeyVerb::Enrol { wrapping, wrapped }
}

fn rotate(wrapping: String, wrapped: Digest) -> KeyVerb {
    KeyVerb::Rotate { wrapping, wrapped }
}

fn certify(key: u32) -> KeyAct {
    let certificate = digest(200);
    act(KeyVerb::Certify { certificate }, key)
}

fn revoke(key: u32) -> KeyAct {
    let reason = RevocationReason::KeyCompromise;
    let since = Some(at(900));
    act(KeyVerb::Revoke { reason, since }, key)
}

fn destroy(key: u32) -> KeyAct {
    let wrapped = digest(100 + u8::try_from(key).unwrap());
    act(KeyVerb::Destroy { wrapped }, key)
}

/// Of a key whose public half follows from its number.
fn act(what: KeyVerb, key: u32) -> KeyAct {
    KeyAct {
        what,
        key,
        spki: digest(u8::try_from(key).unwrap()),
        at: at(1000),
        by: None,
    }
}

fn fold(acts: &[KeyAct]) -> Result<KeyHistory, KeyProblem> {
    let none = Ok(KeyHistory::default());
    acts.iter()
        .fold(none, |keys, act| keys.and_then(|keys| keys.apply(act)))
}

fn states(acts: &[KeyAct]) -> Vec<KeyState> {
    let keys = fold(acts).unwrap();
    keys.iter().map(|(_, key)| key.state).collect()
}

#[test]
fn a_key_lives_once_and_its_successor_retires_it() {
    use KeyState::{Born, Certified, Destroyed, Retired, Revoked};
    let life = [
        birth(enrol, 1),
        certify(1),
        birth(rotate, 2),
        certify(2),
        destroy(1),
        revoke(2),
        destroy(2),
    ];
    let expected: [&[KeyState]; 7] = [
        &[Born],
        &[Certified],
        &[Certified, Born],
        &[Retired, Certified],
        &[Destroyed, Certified],
        &[Destroyed, Revoked],
        &[Destroyed, Destroyed],
    ];
    for (step, expected) in (1..).zip(expected) {
        assert_eq!(states(&life[..step]), expected, "after {step} acts");
    }
    let keys = fold(&life).unwrap();
    // What was revoked stays so for whoever judges old signatures.
    assert_eq!(keys.get(2).unwrap().compromised_since, Some(at(900)));
    assert_eq!((keys.get(0), keys.get(3)), (None, None));
}

#[test]
fn each_reason() {
    let later = act(
        KeyVerb::Revoke {
            reason: RevocationReason::KeyCompromise,
            since: Some(at(1001)),
        },
        1,
    );
    let other_key = KeyAct {
        spki: digest(9),
        ..certify(1)
    };
    let other_bytes = act(KeyVerb::Destroy { wrapped: digest(9) }, 1);
    let known = KeyAct {
        spki: digest(1),
        ..birth(rotate, 2)
    };
    let e = || birth(enrol, 1);
    for (acts, problem) in [
        (vec![e(), birth(enrol, 2)], KeyProblem::NotTheFirst),
        (vec![birth(rotate, 1)], KeyProblem::NoKey),
        (vec![birth(enrol, 2)], KeyProblem::OutOfTurn { expected: 1 }),
        (
            vec![e(), certify(1), birth(rotate, 3)],
            KeyProblem::OutOfTurn { expected: 2 },
        ),
        (vec![e(), birth(rotate, 2)], KeyProblem::AnotherWaits(1)),
        (vec![e(), certify(1), known], KeyProblem::KnownKey),
        (vec![certify(1)], KeyProblem::Unknown(1)),
        (vec![e(), certify(0)], KeyProblem::Unknown(0)),
        (vec![e(), other_key], KeyProblem::OtherKey(1)),
        (vec![e(), certify(1), certify(1)], KeyProblem::NotWaiting(1)),
        (
            vec![e(), certify(1), revoke(1), certify(1)],
            KeyProblem::NotWaiting(1),
        ),
        (vec![e(), revoke(1)], KeyProblem::NeverSigned(1)),
        (
            vec![e(), certify(1), revoke(1), revoke(1)],
            KeyProblem::AlreadyRevoked(1),
        ),
        (
            vec![e(), destroy(1), destroy(1)],
            KeyProblem::AlreadyDestroyed(1),
        ),
        (
            vec![e(), certify(1), revoke(1), destroy(1), revoke(1)],
            KeyProblem::AlreadyDestroyed(1),
        ),
        (vec![e(), certify(1), destroy(1)], KeyProblem::StillSigns(1)),
        (vec![e(), other_bytes], KeyProblem::OtherBytes(1)),
        (vec![e(), certify(1), later], KeyProblem::SinceLater),
    ] {
        assert_eq!(fold(&acts), Err(problem));
    }
}

#[test]
fn a_key_from_before_the_register_is_adopted_first_and_whole() {
    let adopted = |state, certificate| {
        let (wrapping, wrapped) = ("w".to_owned(), digest(101));
        let what = KeyVerb::Adopt {
            state,
            wrapping,
            wrapped,
            certificate,
        };
        vec![act(what, 1)]
    };
    let late = [vec![birth(enrol, 1)], adopted(KeyState::Born, None)].concat();
    for (acts, problem) in [
        (
            adopted(KeyState::Retired, None),
            KeyProblem::NotAdoptable(1),
        ),
        (
            adopted(KeyState::Certified, None),
            KeyProblem::NotAdoptable(1),
        ),
        (late, KeyProblem::NotTheFirst),
    ] {
        assert_eq!(fold(&acts), Err(problem));
    }
    assert_eq!(
        states(&adopted(KeyState::Certified, Some(digest(200)))),
        [KeyState::Certified]
    );
}

#[test]
fn a_rewrapped_key_is_destroyed_by_its_new_bytes() {
    let mut keys = fold(&[birth(enrol, 1)]).unwrap();
    let to = || Birth {
        wrapping: "w2".to_owned(),
        wrapped: digest(50),
    };
    assert_eq!(keys.rewrap(2, "w", to()), Err(KeyProblem::Unknown(2)));
    assert_eq!(keys.rewrap(1, "x", to()), Err(KeyProblem::UnderAnother(1)));
    keys.rewrap(1, "w", to()).unwrap();
    assert_eq!(keys.rewrap(1, "w", to()), Err(KeyProblem::UnderAnother(1)));
    let old = keys.clone().apply(&destroy(1));
    assert_eq!(old, Err(KeyProblem::OtherBytes(1)));
    let wrapped = digest(50);
    let mut keys = keys.apply(&act(KeyVerb::Destroy { wrapped }, 1)).unwrap();
    assert_eq!(
        keys.rewrap(1, "w2", to()),
        Err(KeyProblem::AlreadyDestroyed(1))
    );
}

fn ceremony(what: WrappingVerb, label: &str, people: [&str; 2]) -> WrappingAct {
    WrappingAct {
        what,
        label: label.to_owned(),
        custodians: people.map(|person| person.parse().unwrap()),
        at: at(1000),
        by: None,
    }
}

#[test]
fn a_wrapping_key_needs_two_persons_and_is_retired_empty() {
    let two = ["1234567", "7654321"];
    let first = WrappingKeys::default();
    assert_eq!(first.current(), Some(FIRST_WRAPPING_KEY));
    let alone = ceremony(WrappingVerb::Made, "w2", ["1234567", "1234567"]);
    assert_eq!(first.clone().apply(&alone, 0), Err(KeyProblem::OnePerson));
    let again = ceremony(WrappingVerb::Made, FIRST_WRAPPING_KEY, two);
    assert_eq!(
        first.clone().apply(&again, 0),
        Err(KeyProblem::WrappingKnown)
    );
    let made = first.apply(&ceremony(WrappingVerb::Made, "w2", two), 0);
    let made = made.unwrap();
    assert_eq!(made.current(), Some("w2"));

    let batch = |from: &str, to: &str| RewrapAct {
        from: from.to_owned(),
        to: to.to_owned(),
        keys: vec![Rewrapped {
            cedula: "1234567".parse().unwrap(),
            key: 1,
            wrapped: digest(1),
        }],
        at: at(1000),
    };
    made.check_batch(&batch(FIRST_WRAPPING_KEY, "w2")).unwrap();
    let unknown = made.check_batch(&batch("w2", "w3"));
    assert_eq!(unknown, Err(KeyProblem::WrappingNotInUse));
    assert_eq!(
        made.check_batch(&batch("w2", "w2")),
        Err(KeyProblem::EmptyBatch)
    );

    let retire = ceremony(WrappingVerb::Retired, FIRST_WRAPPING_KEY, two);
    let used = made.clone().apply(&retire, 3);
    assert_eq!(used, Err(KeyProblem::WrappingStillUsed(3)));
    let retired = made.apply(&retire, 0).unwrap();
    assert_eq!(
        retired.check_batch(&batch(FIRST_WRAPPING_KEY, "w2")),
        Err(KeyProblem::WrappingNotInUse)
    );
    // For good: the label of a retired key does not come back.
    let back = ceremony(WrappingVerb::Made, FIRST_WRAPPING_KEY, two);
    assert_eq!(retired.apply(&back, 0), Err(KeyProblem::WrappingKnown));
}

#[test]
fn a_subject_is_of_one_series() {
    for series in [
        KeySeries::Prescriber("1234567".parse().unwrap()),
        KeySeries::Wrapping("1234567".to_owned()),
        KeySeries::Rewrap("receta-wrapping-2".to_owned()),
    ] {
        assert_eq!(KeySeries::of_subject(&series.to_string()), Some(series));
    }
    for subject in ["", "wrapping:", "rewrap:", "123456", "receta-wrapping"] {
        assert_eq!(KeySeries::of_subject(subject), None, "{subject}");
    }
}

#[test]
fn codes_read_back_and_an_act_has_one_writing() {
    for state in KeyState::ALL {
        assert_eq!(KeyState::from_code(state.code()), Some(state));
    }
    for reason in RevocationReason::ALL {
        assert_eq!(RevocationReason::from_code(reason.code()), Some(reason));
    }
    for act in [birth(enrol, 1), certify(1), revoke(1), destroy(1)] {
        let json = serde_json::to_value(&act).unwrap();
        assert_eq!(json["what"]["verb"], act.what.code());
        let read: KeyAct = serde_json::from_value(json.clone()).unwrap();
        assert_eq!(read, act);
        let mut extra = json;
        extra["cedula"] = "1234567".into();
        assert!(serde_json::from_value::<KeyAct>(extra).is_err());
    }
    let upper = serde_json::json!("A".repeat(64));
    assert!(serde_json::from_value::<Digest>(upper).is_err());
}

proptest! {
    /// Whatever is ordered, at most one key signs and one waits, and nothing comes back.
    #[test]
    fn no_sequence_of_acts_makes_two_keys_sign(
        orders in proptest::collection::vec((0_u8..5, 1_u32..4), 0..24)
    ) {
        let mut keys = KeyHistory::default();
        for (verb, key) in orders {
            let act = match verb {
                0 => birth(enrol, key),
                1 => birth(rotate, key),
                2 => certify(key),
                3 => revoke(key),
                _ => destroy(key),
            };
            let Ok(after) = keys.clone().apply(&act) else { continue };
            let count = |state| after.iter().filter(|(_, key)| key.state == state).count();
            prop_assert!(count(KeyState::Certified) <= 1 && count(KeyState::Born) <= 1);
            for (number, key) in keys.iter() {
                let now = after.get(number).unwrap();
                prop_assert!(now.state >= key.state, "{:?} became {:?}", key.state, now.state);
                prop_assert_eq!(now.spki, key.spki);
            }
            keys = after;
        }
    }
}

#[test]
fn who_ordered_is_part_of_what_is_signed() {
    let by: Cedula = "7654321".parse().unwrap();
    let act = KeyAct {
        by: Some(by),
        ..revoke(1)
    };
    let text = serde_json::to_string(&act).unwrap();
    assert!(text.contains("\"by\":\"7654321\""), "{text}");
}
