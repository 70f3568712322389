//! Signing keys that live on the token.

mod common;

use common::{assert_verifies, digest, open};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::Attribute;
use hsm::HsmError;
use hsm_config::test_support::in_child_with_token;
use ring::signature::{ED25519, UnparsedPublicKey};

#[test]
fn ed25519_signatures_verify() {
    in_child_with_token("ed25519_signatures_verify", |token| {
        let hsm = open(token, 2);
        let key = hsm.ensure_ed25519("ledger").unwrap();
        let public = UnparsedPublicKey::new(&ED25519, key.public_key());
        for message in [b"".as_slice(), b"checkpoint", &vec![7; 100_000]] {
            let signature = key.sign(message).unwrap();
            public.verify(message, &signature).unwrap();
            assert_eq!(
                key.sign(message).unwrap(),
                signature,
                "RFC 8032 is deterministic"
            );
        }
        assert!(public.verify(b"other", &key.sign(b"one").unwrap()).is_err());
    });
}

#[test]
fn p256_signatures_verify_and_are_low_s() {
    in_child_with_token("p256_signatures_verify_and_are_low_s", |token| {
        let key = open(token, 2).ensure_p256("institution").unwrap();
        assert!(key.spki().ends_with(&key.public_key()));
        // Half of SoftHSM's signatures are high-S: 200 in a row low by luck is impossible.
        for number in 0..200_u8 {
            let signature = key.sign_digest(&digest(&[number])).unwrap();
            assert_verifies(key.spki(), &[number], &signature);
        }
    });
}

#[test]
fn a_key_is_made_once_and_found_again() {
    in_child_with_token("a_key_is_made_once_and_found_again", |token| {
        let hsm = open(token, 2);
        assert!(matches!(
            hsm.find_p256("institution"),
            Err(HsmError::KeyMissing { .. })
        ));
        let made: Vec<[u8; 65]> = std::thread::scope(|scope| {
            let calls: Vec<_> = (0..4)
                .map(|_| scope.spawn(|| hsm.ensure_p256("institution").unwrap().public_key()))
                .collect();
            calls.into_iter().map(|call| call.join().unwrap()).collect()
        });
        assert!(
            made.iter().all(|key| *key == made[0]),
            "threads raced and made several keys"
        );
        assert_eq!(hsm.find_p256("institution").unwrap().public_key(), made[0]);
        assert_ne!(hsm.ensure_p256("other").unwrap().public_key(), made[0]);
        assert!(matches!(
            hsm.ensure_p256("with space"),
            Err(HsmError::BadKeyLabel)
        ));
        // The same label names an Ed25519 key: the attributes tell.
        assert!(matches!(
            hsm.ensure_ed25519("institution"),
            Err(HsmError::KeyWeak { .. })
        ));
    });
}

/// A key made by hand that can be exported, and two keys of one label.
#[test]
fn weak_and_ambiguous_keys_are_refused() {
    in_child_with_token("weak_and_ambiguous_keys_are_refused", |token| {
        let hsm = open(token, 1);
        let pkcs11 = Pkcs11::new(token.module()).unwrap();
        let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
        let session = pkcs11.open_rw_session(slot).unwrap();
        let make = |label: &str| {
            let p256 = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            let name = [Attribute::Token(true), Attribute::Label(label.into())];
            let public = [name.as_slice(), &[Attribute::EcParams(p256)]].concat();
            let exportable = [Attribute::Extractable(true), Attribute::Sensitive(false)];
            let private = [name.as_slice(), &exportable].concat();
            session
                .generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)
                .unwrap();
        };
        make("by-hand");
        let error = hsm.ensure_p256("by-hand").err().unwrap();
        assert!(matches!(error, HsmError::KeyWeak { .. }), "{error}");
        make("by-hand");
        let error = hsm.ensure_p256("by-hand").err().unwrap();
        assert!(matches!(error, HsmError::KeyDuplicated { .. }), "{error}");
        // A refusal is not a lost token: nothing was restarted, the raw session still works.
        session.get_session_info().unwrap();
    });
}
