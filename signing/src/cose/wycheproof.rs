//! Project Wycheproof's vectors for ECDSA over P-256 with SHA-256 in `r ‖ s` form, run against the
//! primitive that [`super::Sign1`] verifies with.

use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::key::p256_point;
use crate::ecdsa::{EcdsaError, P256Signature, is_low_s, verify_p256};

const FILE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../shared/vectors/wycheproof/ecdsa_secp256r1_sha256_p1363_test.json"
);

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Vectors {
    number_of_tests: usize,
    test_groups: Vec<Group>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Group {
    public_key_der: String,
    tests: Vec<Test>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Test {
    tc_id: u32,
    msg: String,
    sig: String,
    result: String,
}

/// What we owe to one vector.
#[derive(Debug, PartialEq, Eq)]
enum Expected {
    Valid,
    /// Valid by FIPS 186-5, refused here because its twin is the one we accept.
    HighS,
    Invalid,
}

fn verdict(spki: &[u8], test: &Test) -> Result<(), Option<EcdsaError>> {
    let message = HEXLOWER.decode(test.msg.as_bytes()).unwrap();
    let signature = HEXLOWER.decode(test.sig.as_bytes()).unwrap();
    let signature = P256Signature::try_from(signature).map_err(|_| None)?;
    verify_p256(p256_point(spki).unwrap(), &message, &signature).map_err(Some)
}

#[test]
fn wycheproof_p1363() {
    let Ok(text) = std::fs::read_to_string(FILE) else {
        eprintln!("SKIPPED: wycheproof_p1363: {FILE} is missing");
        return;
    };
    let vectors: Vectors = serde_json::from_str(&text).unwrap();
    let (mut valid, mut high, mut invalid) = (0, 0, 0);
    for group in &vectors.test_groups {
        let spki = HEXLOWER.decode(group.public_key_der.as_bytes()).unwrap();
        for test in &group.tests {
            let signature = HEXLOWER.decode(test.sig.as_bytes()).unwrap();
            let low =
                P256Signature::try_from(signature).is_ok_and(|signature| is_low_s(&signature));
            let expected = match (test.result.as_str(), low) {
                ("valid", true) => Expected::Valid,
                ("valid", false) => Expected::HighS,
                _ => Expected::Invalid,
            };
            let verdict = verdict(&spki, test);
            match expected {
                Expected::Valid => valid += usize::from(verdict.is_ok()),
                Expected::HighS => high += usize::from(verdict == Err(Some(EcdsaError::HighS))),
                Expected::Invalid => invalid += usize::from(verdict.is_err()),
            }
            assert_eq!(
                verdict.is_ok(),
                expected == Expected::Valid,
                "vector {}",
                test.tc_id
            );
        }
    }
    assert_eq!(valid + high + invalid, vectors.number_of_tests);
    eprintln!("{valid} valid, {high} valid but high S (refused), {invalid} invalid");
    assert!(valid > 0 && high > 0 && invalid > 0);
}
