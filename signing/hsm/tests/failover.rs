//! Two tokens that hold the same keys.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;
mod faults;

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use common::{assert_verifies, digest, open, trusted};
use faults::{ALL, Fault, Faulty};
use hsm::{Hsm, HsmError};
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;

const DEVICE_REMOVED: u32 = 0x32;
/// In the order of labels: the preferred one is 0.
const FIRST: u32 = 0;
const TWIN: &str = "receta-twin";

/// Makes the keys and the clone; opens both behind the module that fails on command.
fn pair(token: &SoftHsm, faulty: &Faulty, sessions: usize) -> Hsm {
    trusted(token, "wrapping");
    let alone = open(token, 1);
    alone.ensure_ed25519("ledger").unwrap();
    alone.ensure_p256("institution").unwrap();
    alone.ensure_data_key("data").unwrap();
    drop(alone);
    token.clone_token(TWIN).unwrap();
    Hsm::open(&faulty.config(token, &[token.label(), TWIN], sessions)).unwrap()
}

fn up(hsm: &Hsm) -> Vec<bool> {
    hsm.status().iter().map(|token| token.up).collect()
}

fn wait_until(limit: Duration, what: &str, done: impl Fn() -> bool) {
    let begun = Instant::now();
    while !done() {
        assert!(
            begun.elapsed() < limit,
            "{what} did not happen in {limit:?}"
        );
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The preferred token dies in mid-load and comes back, three times: every request gets its answer.
#[test]
fn signing_goes_on_when_a_token_dies_in_mid_load() {
    let name = "signing_goes_on_when_a_token_dies_in_mid_load";
    in_child_with_token(name, |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        let hsm = pair(token, &faulty, 4);
        let wrapping = hsm.find_wrapping_key("wrapping").unwrap();
        let ledger = hsm.find_ed25519("ledger").unwrap();
        let data = hsm.find_data_key("data").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let expected = ledger.sign(b"checkpoint").unwrap();
        let (stop, done) = (AtomicBool::new(false), AtomicUsize::new(0));
        let request = || -> Result<(), HsmError> {
            let key = wrapping.activate(&wrapped)?;
            for message in [b"cades".as_slice(), b"qr"] {
                assert_verifies(&spki, message, &key.sign_digest(&digest(message))?);
            }
            drop(key);
            assert_eq!(ledger.sign(b"checkpoint")?, expected);
            let sealed = data.seal(b"context", b"secret")?;
            assert_eq!(data.open(b"context", &sealed)?.as_slice(), b"secret");
            Ok(())
        };
        std::thread::scope(|scope| {
            for _ in 0..6 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        request().unwrap_or_else(|error| panic!("a request was lost: {error}"));
                        done.fetch_add(1, Ordering::Relaxed);
                    }
                });
            }
            for round in 1..=3 {
                std::thread::sleep(Duration::from_millis(100));
                faulty.set(Fault::Dead, 1, DEVICE_REMOVED, FIRST);
                let limit = Duration::from_secs(5);
                wait_until(limit, "noticing", || up(&hsm) == [false, true]);
                let before = done.load(Ordering::Relaxed);
                wait_until(limit, "going on", || {
                    done.load(Ordering::Relaxed) > before + 20
                });
                assert_eq!(hsm.status()[0].losses, round);
                faulty.heal();
                wait_until(limit * 2, "the return", || up(&hsm) == [true, true]);
                let before = faulty.calls(0);
                wait_until(limit, "its use", || faulty.calls(0) > before + 100);
            }
            stop.store(true, Ordering::Relaxed);
        });
        let status = &hsm.status()[0];
        assert!(
            status.last_loss.as_ref().unwrap().contains("DeviceRemoved"),
            "{status:?}"
        );
    });
}

/// The dead token is asked by one thread, ever more seldom, and not by the requests.
#[test]
fn a_dead_token_is_not_stampeded() {
    in_child_with_token("a_dead_token_is_not_stampeded", |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        let hsm = pair(token, &faulty, 4);
        let ledger = hsm.find_ed25519("ledger").unwrap();
        faulty.set(Fault::Dead, 1, DEVICE_REMOVED, FIRST);
        ledger.sign(b"x").unwrap();
        let (before, restarts) = (faulty.calls(0), faulty.initialized());
        let begun = Instant::now();
        let mut signed = 0;
        while begun.elapsed() < Duration::from_secs(2) {
            ledger.sign(b"x").unwrap();
            signed += 1;
        }
        let (calls, restarts) = (faulty.calls(0) - before, faulty.initialized() - restarts);
        assert!(signed > 500, "{signed} signatures in 2 s");
        assert!((1..=40).contains(&calls), "{calls} calls to the dead token");
        assert!(restarts <= 3, "{restarts} restarts under the healthy one");
    });
}

#[test]
fn when_both_are_dead_the_error_names_both() {
    in_child_with_token("when_both_are_dead_the_error_names_both", |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        let hsm = pair(token, &faulty, 2);
        let wrapping = hsm.find_wrapping_key("wrapping").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let active = wrapping.activate(&wrapped).unwrap();
        faulty.set(Fault::Dead, 1, DEVICE_REMOVED, ALL);
        for error in [
            hsm.health().unwrap_err(),
            active.sign_digest(&[1; 32]).unwrap_err(),
            wrapping.activate(&wrapped).map(drop).unwrap_err(),
        ] {
            assert!(matches!(error, HsmError::AllTokensGone { .. }), "{error}");
            let text = error.to_string();
            assert!(
                text.contains(token.label()) && text.contains(TWIN),
                "{text}"
            );
            assert!(text.contains("check that"), "{text}");
        }
        assert_eq!(up(&hsm), [false, false]);
        faulty.heal();
        // The next call recovers by itself, and the key of before goes on.
        let signature = active.sign_digest(&digest(b"m")).unwrap();
        assert_verifies(&spki, b"m", &signature);
        wait_until(Duration::from_secs(10), "both back", || {
            up(&hsm) == [true, true]
        });
    });
}

/// A call that never comes back holds up itself, not those who can work on the clone.
#[test]
fn a_hanging_token_does_not_hold_up_the_others() {
    in_child_with_token("a_hanging_token_does_not_hold_up_the_others", |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        let hsm = pair(token, &faulty, 2);
        let ledger = hsm.find_ed25519("ledger").unwrap();
        faulty.set(Fault::Hang, 3000, 0, FIRST);
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| ledger.sign(b"slow").unwrap());
            }
            wait_until(Duration::from_secs(2), "hanging", || faulty.faults() == 2);
            let begun = Instant::now();
            for _ in 0..50 {
                ledger.sign(b"x").unwrap();
            }
            assert!(
                begun.elapsed() < Duration::from_secs(2),
                "{:?}",
                begun.elapsed()
            );
            assert_eq!(faulty.faults(), 2, "all on the clone");
        });
    });
}

/// A real SoftHSM token, taken away and put back: it needs the module restarted to be seen again.
#[test]
fn a_token_that_is_pulled_is_replaced_and_used_again() {
    in_child_with_token(
        "a_token_that_is_pulled_is_replaced_and_used_again",
        |token| {
            let Some(faulty) = Faulty::build(token) else {
                return;
            };
            let hsm = pair(token, &faulty, 2);
            let institution = hsm.find_p256("institution").unwrap();
            let folder = token.folder_of(token.label()).unwrap();
            let away = token.tokens_dir().with_file_name("pulled");
            std::fs::rename(&folder, &away).unwrap();
            let sign = || {
                let signature = institution.sign_digest(&digest(b"m")).unwrap();
                assert_verifies(institution.spki(), b"m", &signature);
            };
            // SoftHSM signs on with the key it has in memory; the sign of life tells.
            hsm.health().unwrap();
            assert_eq!(up(&hsm), [false, true]);
            for _ in 0..50 {
                sign();
                std::thread::sleep(Duration::from_millis(20));
            }
            std::fs::rename(&away, &folder).unwrap();
            let begun = Instant::now();
            while up(&hsm) != [true, true] {
                sign();
                assert!(begun.elapsed() < Duration::from_secs(30));
            }
            sign();
        },
    );
}

/// At start one of two is enough; what is down is told.
#[test]
fn one_of_two_is_enough_to_start() {
    in_child_with_token("one_of_two_is_enough_to_start", |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        drop(pair(token, &faulty, 2));
        let config = faulty.config(token, &["receta-none", TWIN], 2);
        let hsm = Hsm::open(&config).unwrap();
        assert_eq!(up(&hsm), [false, true]);
        assert!(
            hsm.status()[0]
                .last_loss
                .as_ref()
                .unwrap()
                .contains("receta-none")
        );
        hsm.find_ed25519("ledger").unwrap().sign(b"x").unwrap();
        drop(hsm);
        let none = Hsm::open(&faulty.config(token, &["receta-none", "receta-nine"], 2));
        let error = none.err().unwrap();
        assert!(matches!(&error, HsmError::TokenNotFound { label } if label == "receta-none"));
        let twice = Hsm::open(&faulty.config(token, &[TWIN, TWIN], 2));
        assert!(matches!(twice, Err(HsmError::TokenAmbiguous { .. })));
        assert!(matches!(
            Hsm::open(&faulty.config(token, &[], 2)),
            Err(HsmError::NoTokens)
        ));
        let mut wrong = faulty.config(token, &[token.label(), TWIN], 2);
        wrong.tokens[1].pin = hsm::Secret::new("0000".to_owned());
        assert!(matches!(Hsm::open(&wrong), Err(HsmError::WrongPin { .. })));
    });
}

/// A second token with other keys under the same labels would sign in another name.
#[test]
fn a_clone_with_other_keys_is_refused() {
    in_child_with_token("a_clone_with_other_keys_is_refused", |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        // Cloned too early: each has its own keys, and one has a key more.
        token.clone_token(TWIN).unwrap();
        for label in [token.label(), TWIN] {
            let alone = Hsm::open(&faulty.config(token, &[label], 1)).unwrap();
            alone.ensure_ed25519("ledger").unwrap();
            alone.ensure_wrapping_key("wrapping").unwrap();
        }
        let alone = Hsm::open(&faulty.config(token, &[token.label()], 1)).unwrap();
        alone.ensure_p256("institution").unwrap();
        drop(alone);
        let hsm = Hsm::open(&faulty.config(token, &[token.label(), TWIN], 2)).unwrap();
        for refused in [
            hsm.find_ed25519("ledger").map(drop),
            hsm.find_wrapping_key("wrapping").map(drop),
            hsm.find_p256("institution").map(drop),
            hsm.ensure_p256("institution").map(drop),
        ] {
            let error = refused.unwrap_err();
            assert!(
                matches!(&error, HsmError::CloneDiffers { token, .. } if token == TWIN),
                "{error}"
            );
        }
        // Nothing is made on two tokens: it would be on one of them alone.
        let missing = hsm.ensure_p256("new").map(drop).unwrap_err();
        assert!(matches!(missing, HsmError::KeyMissing { .. }), "{missing}");
        assert_eq!(up(&hsm), [true, true], "a missing key is no lost token");
    });
}
