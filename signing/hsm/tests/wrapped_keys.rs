//! Prescriber keys: wrapped, activated, and never readable.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;

use common::{assert_verifies, digest, open};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{
    Attribute, AttributeInfo, AttributeType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use hsm::{HsmError, WrappedKey};
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;

/// A session beside the pool, as an intruder in the process would open one; the process is logged
/// in already.
fn raw_session(token: &SoftHsm) -> Session {
    let pkcs11 = Pkcs11::new(token.module()).unwrap();
    let slot = pkcs11.get_slots_with_initialized_token().unwrap()[0];
    pkcs11.open_rw_session(slot).unwrap()
}

fn secret_key(session: &Session, label: &str) -> ObjectHandle {
    let template = [
        Attribute::Class(ObjectClass::SECRET_KEY),
        Attribute::Label(label.into()),
    ];
    session.find_objects(&template).unwrap()[0]
}

/// A request to unwrap that asks for these attributes.
fn request(sensitive: bool, extractable: bool) -> Vec<Attribute> {
    vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(false),
        Attribute::Derive(false),
        Attribute::Sensitive(sensitive),
        Attribute::Extractable(extractable),
    ]
}

#[test]
fn a_wrapped_key_signs_after_storage() {
    in_child_with_token("a_wrapped_key_signs_after_storage", |token| {
        let wrapping = open(token, 2).ensure_wrapping_key("wrapping").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let stored = wrapped.as_bytes().to_vec();
        assert_eq!(stored.len(), 81, "size per prescriber in the database");
        let key = wrapping
            .activate(&WrappedKey::from_bytes(stored).unwrap())
            .unwrap();
        for number in 0..200_u8 {
            let signature = key.sign_digest(&digest(&[number])).unwrap();
            assert_verifies(&spki, &[number], &signature);
        }
        let (_, other_spki) = wrapping.generate_p256().unwrap();
        assert_ne!(other_spki, spki);
    });
}

#[test]
fn every_flipped_bit_is_refused() {
    in_child_with_token("every_flipped_bit_is_refused", |token| {
        let hsm = open(token, 2);
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let (wrapped, _) = wrapping.generate_p256().unwrap();
        let untouched = wrapping.activate(&wrapped).unwrap();
        for index in 1..wrapped.as_bytes().len() {
            let mut bytes = wrapped.as_bytes().to_vec();
            bytes[index] ^= 1 << (index % 8);
            let altered = WrappedKey::from_bytes(bytes).unwrap();
            let error = wrapping.activate(&altered).err().unwrap();
            assert!(
                matches!(error, HsmError::WrappedKeyRefused),
                "byte {index}: {error}"
            );
        }
        // A bad row in the database must not restart the module under everybody else.
        untouched.sign_digest(&[1; 32]).unwrap();
    });
}

#[test]
fn another_wrapping_key_does_not_unwrap() {
    in_child_with_token("another_wrapping_key_does_not_unwrap", |token| {
        let hsm = open(token, 2);
        let (ours, theirs) = (
            hsm.ensure_wrapping_key("a").unwrap(),
            hsm.ensure_wrapping_key("b").unwrap(),
        );
        let (wrapped, _) = ours.generate_p256().unwrap();
        let error = theirs.activate(&wrapped).err().unwrap();
        assert!(matches!(error, HsmError::WrappedKeyRefused), "{error}");
        ours.activate(&wrapped).unwrap();
    });
}

#[test]
fn an_unwrapped_key_cannot_be_read_even_on_request() {
    in_child_with_token("an_unwrapped_key_cannot_be_read_even_on_request", |token| {
        let hsm = open(token, 2);
        let (wrapped, _) = hsm
            .ensure_wrapping_key("wrapping")
            .unwrap()
            .generate_p256()
            .unwrap();
        let session = raw_session(token);
        let wrapping = secret_key(&session, "wrapping");
        let blob = &wrapped.as_bytes()[1..];
        let unwrap = |template: &[Attribute]| {
            session.unwrap_key(&Mechanism::AesKeyWrapPad, wrapping, blob, template)
        };
        for (sensitive, extractable) in [(false, true), (true, true), (false, false)] {
            assert!(unwrap(&request(sensitive, extractable)).is_err());
        }
        let honest = unwrap(&request(true, false)).unwrap();
        let value = session
            .get_attribute_info(honest, &[AttributeType::Value])
            .unwrap();
        assert!(matches!(value[0], AttributeInfo::Sensitive), "{value:?}");
        assert!(
            session
                .wrap_key(&Mechanism::AesKeyWrapPad, wrapping, honest)
                .is_err()
        );
        // Neither can it be made readable afterwards, nor the wrapping key made to decrypt.
        let weaker = [Attribute::Sensitive(false)];
        assert!(session.update_attributes(honest, &weaker).is_err());
        assert!(
            session
                .update_attributes(honest, &[Attribute::Extractable(true)])
                .is_err()
        );
        assert!(
            session
                .update_attributes(wrapping, &[Attribute::Decrypt(true)])
                .is_err()
        );
    });
}

/// The control: without the template the same request reads the private key, and our own proof
/// finds such a wrapping key.
#[test]
fn a_wrapping_key_without_the_template_is_refused() {
    in_child_with_token("a_wrapping_key_without_the_template_is_refused", |token| {
        let hsm = open(token, 2);
        let (wrapped, _) = hsm
            .ensure_wrapping_key("good")
            .unwrap()
            .generate_p256()
            .unwrap();
        let session = raw_session(token);
        let make = |label: &str, decrypt: bool| {
            let template = [
                Attribute::Token(true),
                Attribute::Label(label.into()),
                Attribute::ValueLen(32.into()),
                Attribute::Private(true),
                Attribute::Sensitive(true),
                Attribute::Extractable(false),
                Attribute::Modifiable(false),
                Attribute::Wrap(true),
                Attribute::Unwrap(true),
                Attribute::Encrypt(false),
                Attribute::Decrypt(decrypt),
                Attribute::Sign(false),
                Attribute::Derive(false),
            ];
            session
                .generate_key(&Mechanism::AesKeyGen, &template)
                .unwrap();
        };
        make("no-template", false);
        let error = hsm.ensure_wrapping_key("no-template").err().unwrap();
        assert!(
            matches!(error, HsmError::UnwrapTemplateIgnored { .. }),
            "{error}"
        );
        make("decrypts", true);
        let error = hsm.ensure_wrapping_key("decrypts").err().unwrap();
        assert!(matches!(error, HsmError::KeyWeak { .. }), "{error}");
        let good = secret_key(&session, "good");
        let blob = &wrapped.as_bytes()[1..];
        let decrypted = session.decrypt(&Mechanism::AesEcb, good, &blob[..80]);
        assert!(decrypted.is_err(), "a wrapping key must not decrypt");
    });
}

#[test]
fn nothing_stays_on_the_token() {
    in_child_with_token("nothing_stays_on_the_token", |token| {
        let hsm = open(token, 2);
        let wrapping = hsm.ensure_wrapping_key("wrapping").unwrap();
        let session = raw_session(token);
        let session_objects = || {
            session
                .find_objects(&[Attribute::Token(false)])
                .unwrap()
                .len()
        };
        let (wrapped, _) = wrapping.generate_p256().unwrap();
        assert_eq!(session_objects(), 0, "generation and its proof clean up");
        let key = wrapping.activate(&wrapped).unwrap();
        assert_eq!(session_objects(), 1, "active");
        drop(key);
        assert_eq!(session_objects(), 0, "destroyed when dropped");
        let token_objects = session.find_objects(&[Attribute::Token(true)]).unwrap();
        assert_eq!(token_objects.len(), 1, "the wrapping key alone");
    });
}
