//! Bringing prescriber keys under a new wrapping key, and every way a thief would like to use it.

#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;

use common::{assert_verifies, digest, open, trusted};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{
    Attribute, AttributeInfo, AttributeType, KeyType, ObjectClass, ObjectHandle,
};
use cryptoki::session::Session;
use hsm::ceremony::Ceremony;
use hsm::{HsmError, Secret, WrappedKey};
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;

/// A session beside the pool, as an intruder in the process would open one.
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

fn confined(extra: &[Attribute]) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(false),
        Attribute::Derive(false),
        Attribute::Sensitive(true),
        Attribute::Extractable(true),
        Attribute::WrapWithTrusted(true),
    ];
    template.extend_from_slice(extra);
    template
}

#[test]
fn a_rewrapped_key_is_the_same_key() {
    in_child_with_token("a_rewrapped_key_is_the_same_key", |token| {
        trusted(token, "old");
        trusted(token, "new");
        let hsm = open(token, 2);
        let old = hsm.find_wrapping_key("old").unwrap();
        let new = hsm.find_wrapping_key("new").unwrap();
        assert!(old.is_trusted() && new.is_trusted());
        assert_eq!((old.label(), new.label()), ("old", "new"));
        let (wrapped, spki) = old.generate_p256().unwrap();
        let moved = old.rewrap(&wrapped, &new).unwrap();
        assert_ne!(moved, wrapped);
        let message = b"signed after the move";
        let key = new.activate(&moved).unwrap();
        assert_verifies(&spki, message, &key.sign_digest(&digest(message)).unwrap());
        drop(key);
        // The old wrapping stays good until it is destroyed, and each opens under its own only.
        old.activate(&wrapped).unwrap();
        for (key, wrapping) in [(&moved, &old), (&wrapped, &new)] {
            let error = wrapping.activate(key).err().unwrap();
            assert!(matches!(error, HsmError::WrappedKeyRefused), "{error}");
        }
        let session = raw_session(token);
        let left = session.find_objects(&[Attribute::Token(false)]).unwrap();
        assert!(left.is_empty(), "nothing stays in the token");
    });
}

#[test]
fn altered_and_foreign_keys_are_not_rewrapped() {
    in_child_with_token("altered_and_foreign_keys_are_not_rewrapped", |token| {
        trusted(token, "old");
        trusted(token, "new");
        let hsm = open(token, 2);
        let old = hsm.find_wrapping_key("old").unwrap();
        let new = hsm.find_wrapping_key("new").unwrap();
        let (wrapped, _) = old.generate_p256().unwrap();
        for index in 1..wrapped.as_bytes().len() {
            let mut bytes = wrapped.as_bytes().to_vec();
            bytes[index] ^= 1 << (index % 8);
            let altered = WrappedKey::from_bytes(bytes).unwrap();
            let error = old.rewrap(&altered, &new).err().unwrap();
            assert!(
                matches!(error, HsmError::WrappedKeyRefused),
                "{index}: {error}"
            );
        }
        let error = new.rewrap(&wrapped, &old).err().unwrap();
        assert!(matches!(error, HsmError::WrappedKeyRefused), "{error}");
        old.rewrap(&wrapped, &new).unwrap();
    });
}

/// What the user alone made takes no part: neither as the source nor as the destination.
#[test]
fn a_plain_wrapping_key_takes_no_part() {
    in_child_with_token("a_plain_wrapping_key_takes_no_part", |token| {
        trusted(token, "trusted");
        let hsm = open(token, 2);
        let strong = hsm.find_wrapping_key("trusted").unwrap();
        let plain = hsm.ensure_wrapping_key("plain").unwrap();
        assert!(!plain.is_trusted());
        let (under_strong, _) = strong.generate_p256().unwrap();
        let (under_plain, spki) = plain.generate_p256().unwrap();
        let error = strong.rewrap(&under_strong, &plain).err().unwrap();
        assert!(matches!(&error, HsmError::NotTrusted { label } if label == "plain"));
        assert!(error.to_string().contains("ceremony"), "{error}");
        let error = plain.rewrap(&under_plain, &strong).err().unwrap();
        assert!(matches!(&error, HsmError::NotRewrappable { label } if label == "plain"));
        assert!(error.to_string().contains("rotate"), "{error}");
        // The migration path: what is under a plain key goes on signing until it is rotated.
        let key = plain.activate(&under_plain).unwrap();
        assert_verifies(&spki, b"m", &key.sign_digest(&digest(b"m")).unwrap());
        let other = open(token, 1).find_wrapping_key("trusted").unwrap();
        assert!(matches!(
            strong.rewrap(&under_strong, &other),
            Err(HsmError::OtherToken)
        ));
    });
}

/// It cannot be turned into one that decrypts.
fn the_wrapping_key_stays_what_it_is(session: &Session, wrapping: ObjectHandle, blob: &[u8]) {
    for change in [
        Attribute::Decrypt(true),
        Attribute::Modifiable(true),
        Attribute::Extractable(true),
    ] {
        let change = [change];
        assert!(session.update_attributes(wrapping, &change).is_err());
        assert!(session.copy_object(wrapping, &change).is_err());
    }
    assert!(session.decrypt(&Mechanism::AesEcb, wrapping, blob).is_err());
}

/// The thief has the user's PIN and the process: every way out that PKCS#11 offers.
#[test]
fn a_confined_key_leaves_only_under_a_trusted_key() {
    in_child_with_token("a_confined_key_leaves_only_under_a_trusted_key", |token| {
        trusted(token, "w");
        let hsm = open(token, 2);
        let (wrapped, _) = hsm.find_wrapping_key("w").unwrap().generate_p256().unwrap();
        let session = raw_session(token);
        let wrapping = secret_key(&session, "w");
        let mechanism = Mechanism::AesKeyWrapPad;
        let blob = &wrapped.as_bytes()[1..];
        let unwrap =
            |template: &[Attribute]| session.unwrap_key(&mechanism, wrapping, blob, template);
        let key = unwrap(&confined(&[])).unwrap();
        // Reading it.
        let value = session.get_attribute_info(key, &[AttributeType::Value]);
        assert!(matches!(value.unwrap()[0], AttributeInfo::Sensitive));
        // Wrapping it under a key of the thief's own.
        let own = [
            Attribute::Token(false),
            Attribute::ValueLen(32.into()),
            Attribute::Wrap(true),
            Attribute::Decrypt(true),
        ];
        let own = session.generate_key(&Mechanism::AesKeyGen, &own).unwrap();
        assert!(session.wrap_key(&mechanism, own, key).is_err());
        // Making that key trusted.
        assert!(
            session
                .update_attributes(own, &[Attribute::Trusted(true)])
                .is_err()
        );
        assert!(
            session
                .copy_object(own, &[Attribute::Trusted(true)])
                .is_err()
        );
        // Taking the confinement off, or asking for less of it.
        for weaker in [
            Attribute::WrapWithTrusted(false),
            Attribute::Sensitive(false),
        ] {
            let weaker = [weaker];
            assert!(session.update_attributes(key, &weaker).is_err());
            assert!(session.copy_object(key, &weaker).is_err());
        }
        for bad in [
            confined(&[])[..6].to_vec(),
            [&confined(&[])[..6], &[Attribute::WrapWithTrusted(false)]].concat(),
            [
                &confined(&[])[..4],
                &[
                    Attribute::Sensitive(false),
                    Attribute::WrapWithTrusted(true),
                ],
            ]
            .concat(),
        ] {
            assert!(unwrap(&bad).is_err(), "{bad:?}");
        }
        // As another kind of key, whose use would tell of its bytes.
        for kind in [KeyType::AES, KeyType::GENERIC_SECRET] {
            let mut other = confined(&[]);
            other[0] = Attribute::Class(ObjectClass::SECRET_KEY);
            other[1] = Attribute::KeyType(kind);
            assert!(unwrap(&other).is_err(), "{kind:?}");
        }
        the_wrapping_key_stays_what_it_is(&session, wrapping, blob);
        // Trusting is the security officer's alone.
        assert!(
            session.wrap_key(&mechanism, wrapping, key).is_ok(),
            "the control"
        );
    });
}

#[test]
fn one_person_alone_cannot_make_a_trusted_key() {
    in_child_with_token("one_person_alone_cannot_make_a_trusted_key", |token| {
        let ceremony = Ceremony::open(token.module(), token.label()).unwrap();
        let user = Secret::new(token.pin().to_owned());
        let officer = Secret::new(token.so_pin().unwrap());
        // The user without the officer, and each with the other's PIN.
        let missing = ceremony.seal(&user, "w").err().unwrap();
        assert!(matches!(missing, HsmError::KeyMissing { .. }), "{missing}");
        let swapped = [
            ceremony.draft(&user, "w").map(drop),
            ceremony.seal(&officer, "w").map(drop),
        ];
        for refused in swapped {
            assert!(matches!(refused, Err(HsmError::WrongPin { .. })));
        }
        // The officer without the user: a draft, which the service does not take.
        let draft = ceremony.draft(&officer, "w").unwrap();
        assert!(draft.trusted && draft.check_value.len() == 3);
        assert_eq!(ceremony.draft(&officer, "w").unwrap(), draft, "repeatable");
        let hsm = open(token, 1);
        let error = hsm.find_wrapping_key("w.draft").err().unwrap();
        assert!(matches!(error, HsmError::KeyWeak { .. }), "{error}");
        let taken = ceremony.seal(&user, "w").err().unwrap();
        assert!(matches!(taken, HsmError::LoginTaken), "{taken}");
        drop(hsm);
        let keys = ceremony.seal(&user, "w").unwrap();
        assert_eq!(keys.len(), 1, "the draft is gone: {keys:?}");
        assert_eq!((&*keys[0].label, keys[0].trusted), ("w", true));
        assert_eq!(keys[0].check_value, draft.check_value, "the same key");
        assert_eq!(ceremony.seal(&user, "w").unwrap(), keys, "repeatable");
        // A second draft of a label in use is another key.
        ceremony.draft(&officer, "w").unwrap();
        let error = ceremony.seal(&user, "w").err().unwrap();
        assert!(matches!(error, HsmError::KeyExists { .. }), "{error}");
        assert!(open(token, 1).find_wrapping_key("w").unwrap().is_trusted());
    });
}

/// A draft that somebody made by hand with a decrypting twin in mind is not sealed.
#[test]
fn a_weak_draft_is_not_sealed() {
    in_child_with_token("a_weak_draft_is_not_sealed", |token| {
        let ceremony = Ceremony::open(token.module(), token.label()).unwrap();
        let user = Secret::new(token.pin().to_owned());
        drop(open(token, 1));
        let hsm = open(token, 1);
        let session = raw_session(token);
        let by_hand = [
            Attribute::Token(true),
            Attribute::Private(false),
            Attribute::Label("w.draft".into()),
            Attribute::ValueLen(32.into()),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Wrap(true),
            Attribute::Unwrap(true),
            Attribute::Decrypt(true),
        ];
        session
            .generate_key(&Mechanism::AesKeyGen, &by_hand)
            .unwrap();
        drop((session, hsm));
        let error = ceremony.seal(&user, "w").err().unwrap();
        assert!(matches!(error, HsmError::KeyWeak { .. }), "{error}");
    });
}
