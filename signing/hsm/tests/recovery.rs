//! The token disappears while the service runs, and comes back.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use common::{assert_verifies, digest, open};
use hsm::HsmError;
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;

/// Moves SoftHSM's object store away; returns where it is now.
fn pull(token: &SoftHsm) -> PathBuf {
    let away = token.tokens_dir().with_file_name("pulled");
    fs::rename(token.tokens_dir(), &away).unwrap();
    away
}

fn plug(token: &SoftHsm, from: &Path) {
    fs::rename(from, token.tokens_dir()).unwrap();
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-r")
        .args([from, to])
        .status()
        .unwrap();
    assert!(status.success());
}

#[test]
fn a_pulled_token_is_reported_and_used_again_when_it_is_back() {
    let name = "a_pulled_token_is_reported_and_used_again_when_it_is_back";
    in_child_with_token(name, |token| {
        let hsm = open(token, 2);
        let ledger = hsm.ensure_ed25519("ledger").unwrap();
        let institution = hsm.ensure_p256("institution").unwrap();
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let data = hsm.ensure_data_key("data").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let sealed = data.seal(b"dek", b"secret").unwrap();
        let signature = ledger.sign(b"one").unwrap();

        let away = pull(token);
        let gone = [
            ledger.sign(b"one").map(drop),
            institution.sign_digest(&[1; 32]).map(drop),
            wrapping.activate(&wrapped).map(drop),
            wrapping.generate_p256().map(drop),
            data.open(b"dek", &sealed).map(drop),
            hsm.health(),
        ];
        for result in gone {
            let error = result.unwrap_err();
            assert!(matches!(&error, HsmError::TokenGone { .. }), "{error}");
            let text = error.to_string();
            assert!(
                text.contains("receta-test") && text.contains("check that"),
                "{text}"
            );
        }

        plug(token, &away);
        hsm.health().unwrap();
        assert_eq!(ledger.sign(b"one").unwrap(), signature);
        let by_institution = institution.sign_digest(&digest(b"two")).unwrap();
        assert_verifies(institution.spki(), b"two", &by_institution);
        let key = wrapping.activate(&wrapped).unwrap();
        assert_verifies(
            &spki,
            b"three",
            &key.sign_digest(&digest(b"three")).unwrap(),
        );
        assert_eq!(data.open(b"dek", &sealed).unwrap().as_slice(), b"secret");
        // Proves the unwrap template again, now as read back from the disk.
        hsm.find_wrapping_key("wrapping").unwrap();
    });
}

#[test]
fn a_key_active_across_a_restart_is_activated_again() {
    let name = "a_key_active_across_a_restart_is_activated_again";
    in_child_with_token(name, |token| {
        let hsm = open(token, 3);
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let (stale, unused) = (
            wrapping.activate(&wrapped).unwrap(),
            wrapping.activate(&wrapped).unwrap(),
        );
        let away = pull(token);
        assert!(matches!(hsm.health(), Err(HsmError::TokenGone { .. })));
        let error = stale.sign_digest(&[1; 32]).err().unwrap();
        assert!(matches!(error, HsmError::TokenGone { .. }), "{error}");
        plug(token, &away);
        let signature = stale.sign_digest(&digest(b"m")).unwrap();
        assert_verifies(&spki, b"m", &signature);
        // Handle numbers repeat after a restart: dropping a key of before it must not destroy the
        // new one, nor close its session.
        drop(unused);
        stale.sign_digest(&[1; 32]).unwrap();
        drop(stale);
        wrapping
            .activate(&wrapped)
            .unwrap()
            .sign_digest(&[1; 32])
            .unwrap();
        hsm.health().unwrap();
    });
}

/// A store that is gone finds nothing, without an error. That must not read as "no such key", or
/// `ensure` would start a new identity.
#[test]
fn a_key_is_not_missing_because_the_token_is() {
    in_child_with_token("a_key_is_not_missing_because_the_token_is", |token| {
        for ensure in [false, true] {
            let hsm = open(token, 1);
            let public = hsm.ensure_ed25519("ledger").unwrap().public_key();
            let away = pull(token);
            let found = if ensure {
                hsm.ensure_ed25519("ledger")
            } else {
                hsm.find_ed25519("ledger")
            };
            let error = found.err().unwrap();
            assert!(matches!(error, HsmError::TokenGone { .. }), "{error}");
            plug(token, &away);
            assert_eq!(hsm.find_ed25519("ledger").unwrap().public_key(), public);
        }
    });
}

#[test]
fn an_empty_slot_is_a_missing_token() {
    in_child_with_token("an_empty_slot_is_a_missing_token", |token| {
        let hsm = open(token, 1);
        let away = pull(token);
        fs::create_dir(token.tokens_dir()).unwrap();
        let error = hsm.health().unwrap_err();
        assert!(matches!(error, HsmError::TokenGone { .. }), "{error}");
        assert!(
            error.to_string().contains("no token of that label"),
            "{error}"
        );
        fs::remove_dir_all(token.tokens_dir()).unwrap();
        plug(token, &away);
        hsm.health().unwrap();
    });
}

/// Same label, same PIN, another key: the ledger must not go on with another identity.
#[test]
fn an_exchanged_key_is_noticed() {
    in_child_with_token("an_exchanged_key_is_noticed", |token| {
        let twin = token.tokens_dir().with_file_name("twin");
        copy(&token.tokens_dir(), &twin);
        let hsm = open(token, 1);
        let first = hsm.ensure_ed25519("ledger").unwrap();
        let away = pull(token);
        plug(token, &twin);
        assert!(matches!(first.sign(b"x"), Err(HsmError::KeyMissing { .. })));
        let second = hsm.ensure_ed25519("ledger").unwrap();
        assert_ne!(first.public_key(), second.public_key());
        assert!(matches!(first.sign(b"x"), Err(HsmError::KeyChanged { .. })));
        second.sign(b"x").unwrap();
        fs::rename(token.tokens_dir(), &twin).unwrap();
        assert!(matches!(hsm.health(), Err(HsmError::TokenGone { .. })));
        plug(token, &away);
        first.sign(b"x").unwrap();
        assert!(matches!(
            second.sign(b"x"),
            Err(HsmError::KeyChanged { .. })
        ));
    });
}

/// A real token locks after a few wrong PINs: a PIN that is refused once is not tried again.
#[test]
fn a_pin_refused_on_recovery_is_not_tried_again() {
    in_child_with_token("a_pin_refused_on_recovery_is_not_tried_again", |token| {
        let hsm = open(token, 1);
        let elsewhere = tempfile::tempdir().unwrap();
        let other = SoftHsm::create(elsewhere.path(), token.label()).unwrap();
        let away = pull(token);
        copy(&other.tokens_dir(), &token.tokens_dir());
        let error = hsm.health().unwrap_err();
        assert!(matches!(error, HsmError::WrongPin { .. }), "{error}");
        fs::remove_dir_all(token.tokens_dir()).unwrap();
        plug(token, &away);
        assert!(matches!(hsm.health(), Err(HsmError::WrongPin { .. })));
        open(token, 1).health().unwrap();
    });
}

/// Eight threads work on two sessions while the token is pulled and plugged: calls succeed or say
/// precisely why not, and nothing crashes or hangs.
#[test]
fn threads_survive_a_flapping_token() {
    in_child_with_token("threads_survive_a_flapping_token", |token| {
        let hsm = open(token, 2);
        let ledger = hsm.ensure_ed25519("ledger").unwrap();
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let expected = ledger.sign(b"checkpoint").unwrap();
        let (stop, gone) = (AtomicBool::new(false), AtomicUsize::new(0));
        let sign_both = || {
            assert_eq!(ledger.sign(b"checkpoint")?, expected);
            wrapping.activate(&wrapped)?.sign_digest(&digest(b"m"))
        };
        let work = || {
            while !stop.load(Ordering::Relaxed) {
                match sign_both() {
                    Ok(signature) => assert_verifies(&spki, b"m", &signature),
                    Err(HsmError::TokenGone { .. } | HsmError::ActivationLost) => {
                        gone.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(error) => panic!("{error}"),
                }
            }
        };
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(work);
            }
            for _ in 0..10 {
                std::thread::sleep(Duration::from_millis(20));
                let away = pull(token);
                std::thread::sleep(Duration::from_millis(20));
                plug(token, &away);
            }
            stop.store(true, Ordering::Relaxed);
        });
        assert!(
            gone.into_inner() > 0,
            "the token was never missed: nothing was tested"
        );
        sign_both().unwrap();
    });
}
