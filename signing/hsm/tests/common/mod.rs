//! Opening a development token in a test, and verifying with `ring` what it signed.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a panic is how a test fails"
)]
#![allow(
    dead_code,
    reason = "each test file is its own crate and uses a part of this"
)]

use hsm::{Hsm, HsmConfig, P256Signature, Secret};
use hsm_config::SoftHsm;
use ring::signature::{ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use sha2::{Digest, Sha256};

/// The configuration of a development token, with `sessions` sessions.
pub(crate) fn config(token: &SoftHsm, sessions: usize) -> HsmConfig {
    let pin = Secret::new(token.pin().to_owned());
    HsmConfig::single(
        token.module().to_owned(),
        token.label().to_owned(),
        pin,
        sessions,
    )
}

/// Opens a development token.
pub(crate) fn open(token: &SoftHsm, sessions: usize) -> Hsm {
    Hsm::open(&config(token, sessions)).unwrap_or_else(|error| panic!("{error}"))
}

/// The trusted wrapping key `label`, made by the ceremony. Nobody may be logged in in this process.
pub(crate) fn trusted(token: &SoftHsm, label: &str) {
    let so_pin = Secret::new(token.so_pin().unwrap());
    let pin = Secret::new(token.pin().to_owned());
    hsm::ceremony::make_for_development(token.module(), token.label(), &so_pin, &pin, label)
        .unwrap_or_else(|error| panic!("{error}"));
}

/// SHA-256.
pub(crate) fn digest(message: &[u8]) -> [u8; 32] {
    Sha256::digest(message).into()
}

/// Asserts that `signature` is over `message`, low-S, in both encodings. The last 65 bytes of a
/// P-256 `SubjectPublicKeyInfo` are the uncompressed point.
pub(crate) fn assert_verifies(spki: &[u8], message: &[u8], signature: &P256Signature) {
    let point = &spki[spki.len() - 65..];
    let fixed = signature.to_bytes();
    let verify = |key: UnparsedPublicKey<_>, bytes: &[u8]| key.verify(message, bytes);
    verify(
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
        &fixed,
    )
    .unwrap();
    verify(
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, point),
        &signature.to_der(),
    )
    .unwrap();
    assert!(
        fixed[32..] <= HALF_ORDER[..],
        "high-S: {:02x?}",
        &fixed[32..]
    );
}

/// (n − 1) / 2 of P-256.
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0, 0, 0, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xde,
    0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];
