//! What an operator sees when the configuration is wrong, and that opening twice is safe.

mod common;

use common::{config, open};
use hsm::{Hsm, HsmError, Secret};
use hsm_config::test_support::in_child_with_token;

#[test]
fn a_wrong_pin_is_called_a_wrong_pin() {
    in_child_with_token("a_wrong_pin_is_called_a_wrong_pin", |token| {
        for wrong in ["12345678", "1", ""] {
            let mut config = config(token, 1);
            config.tokens[0].pin = Secret::new(wrong.to_owned());
            let error = Hsm::open(&config).err().unwrap();
            assert!(matches!(error, HsmError::WrongPin { .. }), "{error}");
            assert!(error.to_string().contains(token.label()), "{error}");
        }
        open(token, 1).health().unwrap();
    });
}

#[test]
fn a_wrong_label_is_called_a_missing_token() {
    in_child_with_token("a_wrong_label_is_called_a_missing_token", |token| {
        let mut config = config(token, 1);
        config.tokens[0].label = "receta-tes".to_owned();
        let error = Hsm::open(&config).err().unwrap();
        assert!(matches!(error, HsmError::TokenNotFound { .. }), "{error}");
        assert!(error.to_string().contains("SOFTHSM2_CONF"), "{error}");
    });
}

#[test]
fn a_missing_module_is_called_missing() {
    in_child_with_token("a_missing_module_is_called_missing", |token| {
        let mut config = config(token, 1);
        config.module = "/opt/vendor/libCryptoki2.so".into();
        let error = Hsm::open(&config).err().unwrap();
        assert!(matches!(error, HsmError::ModuleMissing(_)), "{error}");
        assert!(
            error.to_string().contains("/opt/vendor/libCryptoki2.so"),
            "{error}"
        );
    });
}

#[test]
fn zero_sessions_are_refused() {
    in_child_with_token("zero_sessions_are_refused", |token| {
        assert!(matches!(
            Hsm::open(&config(token, 0)),
            Err(HsmError::NoSessions)
        ));
    });
}

/// A second `C_Initialize` can crash a module, and closing the last session logs everybody out.
#[test]
fn a_token_may_be_opened_twice_and_closed_once() {
    in_child_with_token("a_token_may_be_opened_twice_and_closed_once", |token| {
        let first = open(token, 2);
        let key = first.ensure_ed25519("ledger").unwrap();
        // The same file by another path: it must be recognised as the same module.
        let mut config = config(token, 2);
        config.module = token.module().parent().unwrap().join("./libsofthsm2.so");
        let second = Hsm::open(&config).unwrap();
        let same = second.find_ed25519("ledger").unwrap();
        assert_eq!(same.public_key(), key.public_key());
        drop((first, key));
        second.health().unwrap();
        same.sign(b"still logged in").unwrap();
        drop((second, same));
        open(token, 1)
            .find_ed25519("ledger")
            .unwrap()
            .sign(b"opened again")
            .unwrap();
    });
}

#[test]
fn many_threads_may_open_at_once() {
    in_child_with_token("many_threads_may_open_at_once", |token| {
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| open(token, 1).health().unwrap());
            }
        });
    });
}

#[test]
fn random_bytes_differ() {
    in_child_with_token("random_bytes_differ", |token| {
        let hsm = open(token, 1);
        let (first, second) = (hsm.random(32).unwrap(), hsm.random(32).unwrap());
        assert_eq!((first.len(), second.len()), (32, 32));
        assert_ne!(first, second);
        assert!(hsm.random(0).unwrap().is_empty());
    });
}
