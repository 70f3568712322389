//! Project Wycheproof's Ed25519 vectors against the check that notes, checkpoints and receipts rest
//! on.

use data_encoding::HEXLOWER;
use serde_json::Value;

use crate::VerifierKey;

#[test]
fn wycheproof_ed25519() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../shared/vectors/wycheproof/ed25519_test.json"
    );
    let Ok(text) = std::fs::read_to_string(path) else {
        eprintln!("SKIPPED: {path} is missing");
        return;
    };
    let vectors: Value = serde_json::from_str(&text).unwrap();
    let bytes = |value: &Value| HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
    let (mut valid, mut invalid) = (0, 0);
    for group in vectors["testGroups"].as_array().unwrap() {
        let public = bytes(&group["publicKey"]["pk"]).try_into().unwrap();
        let key = VerifierKey::new("wycheproof.example", public).unwrap();
        for test in group["tests"].as_array().unwrap() {
            let verdict = key.check(&bytes(&test["msg"]), &bytes(&test["sig"]));
            let expected = test["result"] == "valid";
            assert_eq!(verdict.is_ok(), expected, "case {}", test["tcId"]);
            valid += usize::from(expected);
            invalid += usize::from(!expected);
        }
    }
    assert!(valid > 50 && invalid > 30, "{valid} and {invalid}");
}
