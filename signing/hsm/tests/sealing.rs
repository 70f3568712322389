//! Sealing the service's data-encryption key.

mod common;

use common::open;
use hsm::HsmError;
use hsm_config::test_support::in_child_with_token;

#[test]
fn what_is_sealed_opens_for_its_context_only() {
    in_child_with_token("what_is_sealed_opens_for_its_context_only", |token| {
        let hsm = open(token, 1);
        let key = hsm.ensure_data_key("data").unwrap();
        for secret in [b"".as_slice(), &[7; 32], &[9; 4096]] {
            for context in [b"".as_slice(), b"dek/2026"] {
                let sealed = key.seal(context, secret).unwrap();
                assert_eq!(key.open(context, &sealed).unwrap().as_slice(), secret);
                let error = key.open(b"dek/2027", &sealed).unwrap_err();
                assert!(matches!(error, HsmError::SealedRefused), "{error}");
            }
        }
        let (first, second) = (
            key.seal(b"c", &[7; 32]).unwrap(),
            key.seal(b"c", &[7; 32]).unwrap(),
        );
        assert_ne!(first[1..13], second[1..13], "nonces must not repeat");
        let other = hsm.ensure_data_key("other").unwrap();
        assert!(matches!(
            other.open(b"c", &first),
            Err(HsmError::SealedRefused)
        ));
        assert!(matches!(
            key.seal(b"c", &[0; 4097]),
            Err(HsmError::SealedMalformed)
        ));
    });
}

#[test]
fn every_flipped_bit_is_refused() {
    in_child_with_token("every_flipped_bit_is_refused", |token| {
        let key = open(token, 1).ensure_data_key("data").unwrap();
        let sealed = key.seal(b"dek", &[7; 32]).unwrap();
        for index in 0..sealed.len() {
            let mut altered = sealed.clone();
            altered[index] ^= 1 << (index % 8);
            let error = key.open(b"dek", &altered).unwrap_err();
            let expected = if index == 0 {
                matches!(error, HsmError::SealedMalformed)
            } else {
                matches!(error, HsmError::SealedRefused)
            };
            assert!(expected, "byte {index}: {error}");
        }
    });
}

#[test]
fn a_key_serves_one_purpose() {
    in_child_with_token("a_key_serves_one_purpose", |token| {
        let hsm = open(token, 1);
        hsm.ensure_data_key("data").unwrap();
        hsm.ensure_wrapping_key("wrapping").unwrap();
        assert!(matches!(
            hsm.find_wrapping_key("data"),
            Err(HsmError::KeyWeak { .. })
        ));
        assert!(matches!(
            hsm.find_data_key("wrapping"),
            Err(HsmError::KeyWeak { .. })
        ));
        assert!(matches!(
            hsm.find_data_key("none"),
            Err(HsmError::KeyMissing { .. })
        ));
    });
}
