//! Project Wycheproof's vectors through the token, by the mechanisms that the product calls:
//! AES-GCM by [`hsm::DataKey::open`], AES-KWP (RFC 5649) by `CKM_AES_KEY_WRAP_PAD`.
//!
//! A key of the product is born in its token. These tests put the keys of the vectors there, with
//! the attributes that such a key has.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;

use common::open;
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;
use data_encoding::HEXLOWER;
use hsm::HsmError;
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;
use serde_json::Value;

/// The groups of a file of vectors, and the number of its tests.
fn vectors(file: &str) -> Option<(Vec<Value>, usize)> {
    let path = format!(
        "{}/../../../shared/vectors/wycheproof/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {path} is missing");
        return None;
    };
    let file: Value = serde_json::from_str(&text).unwrap();
    let number = usize::try_from(file["numberOfTests"].as_u64().unwrap()).unwrap();
    Some((file["testGroups"].as_array().unwrap().clone(), number))
}

fn bytes(value: &Value) -> Vec<u8> {
    HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap()
}

fn tests(group: &Value) -> &[Value] {
    group["tests"].as_array().unwrap()
}

/// A session beside the pool, which is logged in already.
fn raw_session(token: &SoftHsm) -> Session {
    let pkcs11 = Pkcs11::new(token.module()).unwrap();
    let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
    pkcs11.open_rw_session(slot).unwrap()
}

/// A key with a value of ours, otherwise as the product makes them.
fn put_key(session: &Session, label: &str, value: Vec<u8>, wraps: bool) -> ObjectHandle {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::KeyType(KeyType::AES),
        Attribute::Value(value),
        Attribute::Label(label.into()),
        Attribute::Token(true),
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Modifiable(false),
        Attribute::Wrap(wraps),
        Attribute::Unwrap(wraps),
        Attribute::Encrypt(!wraps),
        Attribute::Decrypt(!wraps),
        Attribute::Sign(false),
        Attribute::Derive(false),
    ];
    session.create_object(&template).unwrap()
}

/// AES-GCM of the parameters that a seal has: 256-bit key, 96-bit nonce, 128-bit tag. A seal of
/// another nonce's length is another seal's beginning, so the others cannot be put; they are
/// counted.
#[test]
fn wycheproof_aes_gcm_in_the_token() {
    let Some((groups, number)) = vectors("aes_gcm_test.json") else {
        return;
    };
    in_child_with_token("wycheproof_aes_gcm_in_the_token", move |token| {
        let hsm = open(token, 2);
        let session = raw_session(token);
        let (mut valid, mut invalid, mut other) = (0, 0, 0);
        for group in &groups {
            if group["keySize"] != 256 || group["ivSize"] != 96 || group["tagSize"] != 128 {
                other += tests(group).len();
                continue;
            }
            for test in tests(group) {
                let label = format!("wycheproof-{}", test["tcId"]);
                let object = put_key(&session, &label, bytes(&test["key"]), false);
                let key = hsm.find_data_key(&label).unwrap();
                let parts = ["iv", "ct", "tag"].map(|part| bytes(&test[part]));
                let sealed = [vec![1], parts.concat()].concat();
                let opened = key.open(&bytes(&test["aad"]), &sealed);
                if test["result"] == "valid" {
                    assert_eq!(opened.unwrap().as_slice(), bytes(&test["msg"]), "{label}");
                    valid += 1;
                } else {
                    let refused = matches!(opened, Err(HsmError::SealedRefused));
                    assert!(refused, "{label} accepted");
                    invalid += 1;
                }
                session.destroy_object(object).unwrap();
            }
        }
        eprintln!("AES-GCM: {valid} opened, {invalid} refused, {other} of other parameters");
        assert_eq!((valid, invalid, valid + invalid + other), (39, 27, number));
    });
}

/// AES-KWP of every key size, through the token's own unwrapping. What the product unwraps may
/// never be read; here the value is, to compare it.
#[test]
fn wycheproof_aes_kwp_in_the_token() {
    let Some((groups, number)) = vectors("aes_kwp_test.json") else {
        return;
    };
    in_child_with_token("wycheproof_aes_kwp_in_the_token", move |token| {
        let hsm = open(token, 2);
        let session = raw_session(token);
        let (mut valid, mut invalid) = (0, 0);
        for test in groups.iter().flat_map(tests) {
            let label = format!("wycheproof-{}", test["tcId"]);
            let wrapping = put_key(&session, &label, bytes(&test["key"]), true);
            let readable = [
                Attribute::Class(ObjectClass::SECRET_KEY),
                Attribute::KeyType(KeyType::GENERIC_SECRET),
                Attribute::Token(false),
                Attribute::Sensitive(false),
                Attribute::Extractable(true),
            ];
            let blob = bytes(&test["ct"]);
            let unwrapped =
                session.unwrap_key(&Mechanism::AesKeyWrapPad, wrapping, &blob, &readable);
            if test["result"] == "valid" {
                let object = unwrapped.unwrap_or_else(|error| panic!("{label}: {error}"));
                let value = session
                    .get_attributes(object, &[AttributeType::Value])
                    .unwrap();
                assert_eq!(value, [Attribute::Value(bytes(&test["msg"]))], "{label}");
                session.destroy_object(object).unwrap();
                valid += 1;
            } else {
                assert!(unwrapped.is_err(), "{label} accepted");
                invalid += 1;
            }
            session.destroy_object(wrapping).unwrap();
        }
        eprintln!("AES-KWP: {valid} unwrapped, {invalid} refused");
        assert_eq!((valid, invalid, valid + invalid), (77, 177, number));
        drop(hsm);
    });
}
