//! Project Wycheproof's vectors against the very function that verifies legal signatures,
//! [`super::SignerKey::verify`]: ECDSA P-256 in DER, RSA-2048 PKCS#1 v1.5, and PSS, which is refused.

use data_encoding::HEXLOWER;
use der::Decode;
use ring::signature::{RSA_PSS_2048_8192_SHA256, UnparsedPublicKey};
use serde::Deserialize;
use spki::SubjectPublicKeyInfoOwned;

use super::key::{KeyError, SignatureScheme, SignerKey};
use crate::ecdsa::{self, EcdsaError};

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
    flags: Vec<String>,
}

fn bytes(hex: &str) -> Vec<u8> {
    HEXLOWER.decode(hex.as_bytes()).unwrap()
}

/// How the vectors of a file came out.
#[derive(Default)]
struct Counts {
    accepted: usize,
    /// Valid, but with a high S: refused by our rule.
    high_s: usize,
    refused: usize,
}

fn read(file: &str) -> Option<Vectors> {
    let path = format!(
        "{}/../../shared/vectors/wycheproof/{file}",
        env!("CARGO_MANIFEST_DIR")
    );
    let Ok(text) = std::fs::read_to_string(&path) else {
        eprintln!("SKIPPED: {path} is missing");
        return None;
    };
    Some(serde_json::from_str(&text).unwrap())
}

/// Runs a file. `must_refuse` says which valid signatures we refuse all the same, for their high
/// S. `None` where the file is missing.
fn run(file: &str, scheme: SignatureScheme, must_refuse: fn(&[u8]) -> bool) -> Option<Counts> {
    let vectors = read(file)?;
    let mut counts = Counts::default();
    for group in &vectors.test_groups {
        let spki = SubjectPublicKeyInfoOwned::from_der(&bytes(&group.public_key_der)).unwrap();
        let key = SignerKey::from_spki(&spki).unwrap();
        for test in &group.tests {
            let signature = bytes(&test.sig);
            let verdict = key.verify(scheme, &bytes(&test.msg), &signature);
            match test.result.as_str() {
                "valid" if must_refuse(&signature) => {
                    let high_s = Err(KeyError::Ecdsa(EcdsaError::HighS));
                    assert_eq!(verdict, high_s, "{}", test.tc_id);
                    counts.high_s += 1;
                    continue;
                }
                "valid" => assert!(verdict.is_ok(), "valid {} refused", test.tc_id),
                // Legacy encodings: either answer is lawful.
                "acceptable" => {}
                _ => assert!(verdict.is_err(), "invalid {} accepted", test.tc_id),
            }
            counts.accepted += usize::from(verdict.is_ok());
            counts.refused += usize::from(verdict.is_err());
        }
    }
    let counted = counts.accepted + counts.high_s + counts.refused;
    assert_eq!(counted, vectors.number_of_tests);
    eprintln!(
        "{file}: {} accepted, {} valid but high S (refused), {} refused",
        counts.accepted, counts.high_s, counts.refused
    );
    Some(counts)
}

/// A high S is valid by FIPS 186-5; its twin is the one that we accept.
fn is_high_s(signature: &[u8]) -> bool {
    ecdsa::from_der(signature).is_ok_and(|signature| !ecdsa::is_low_s(&signature))
}

#[test]
fn wycheproof_ecdsa_der() {
    let file = "ecdsa_secp256r1_sha256_test.json";
    let counts = run(file, SignatureScheme::EcdsaP256Sha256, is_high_s);
    // Were the rule for S switched off, no vector would count as high.
    assert!(counts.is_none_or(|n| n.accepted > 50 && n.high_s > 50 && n.refused > 200));
}

#[test]
fn wycheproof_rsa_pkcs1() {
    let file = "rsa_signature_2048_sha256_test.json";
    let counts = run(file, SignatureScheme::RsaPkcs1Sha256, |_| false);
    assert!(counts.is_none_or(|n| n.accepted > 5 && n.refused > 200));
}

/// RSASSA-PSS is none of our schemes: no certificate of the SAT asks for it. Each of its vectors,
/// the valid ones too, must be refused by the one RSA scheme that we have; `ring` tells that the
/// valid ones are.
#[test]
fn wycheproof_rsa_pss_is_refused() {
    let file = "rsa_pss_2048_sha256_mgf1_32_test.json";
    let scheme = SignatureScheme::RsaPkcs1Sha256;
    let Some(vectors) = read(file) else {
        return;
    };
    let (mut accepted, mut valid, mut invalid) = (0, 0, 0);
    for group in &vectors.test_groups {
        let spki = SubjectPublicKeyInfoOwned::from_der(&bytes(&group.public_key_der)).unwrap();
        let key = SignerKey::from_spki(&spki).unwrap();
        let SignerKey::Rsa(rsa) = &key else {
            panic!("not an RSA key")
        };
        for test in &group.tests {
            let (message, signature) = (bytes(&test.msg), bytes(&test.sig));
            let verdict = key.verify(scheme, &message, &signature);
            // The one that is no PSS but a PKCS#1 v1.5 signature: ours.
            let expected = if test.flags == ["WrongPrimitive"] {
                Ok(())
            } else {
                Err(KeyError::BadRsaSignature)
            };
            assert_eq!(verdict, expected, "{}", test.tc_id);
            accepted += usize::from(verdict.is_ok());
            let pss = UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, rsa);
            let is_pss = pss.verify(&message, &signature).is_ok();
            assert_eq!(is_pss, test.result == "valid", "{}", test.tc_id);
            valid += usize::from(is_pss);
            invalid += usize::from(!is_pss);
        }
    }
    eprintln!("{file}: {valid} valid and {invalid} invalid as PSS; {accepted} accepted, as PKCS#1");
    assert_eq!(
        (accepted, valid, invalid, valid + invalid),
        (1, 63, 45, vectors.number_of_tests)
    );
}
