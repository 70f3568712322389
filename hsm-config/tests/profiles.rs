//! The profiles are complete, honest about what was tried, and free of secrets.

#![expect(
    clippy::panic,
    reason = "helpers of tests; a panic is how a test fails"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

/// What the `hsm` crate asks of a token (`README.md`).
const NEEDED: [&str; 9] = [
    "CKA_UNWRAP_TEMPLATE",
    "CKA_WRAP_WITH_TRUSTED",
    "CKM_AES_GCM",
    "CKM_AES_KEY_GEN",
    "CKM_AES_KEY_WRAP_PAD",
    "CKM_ECDSA",
    "CKM_EC_EDWARDS_KEY_PAIR_GEN",
    "CKM_EC_KEY_PAIR_GEN",
    "CKM_EDDSA",
];

fn profiles() -> BTreeMap<String, Table> {
    let directory = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles"));
    let read = |path: &Path| {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        text.parse()
            .unwrap_or_else(|e| panic!("{}: {e}", path.display()))
    };
    fs::read_dir(directory)
        .unwrap_or_else(|e| panic!("{}: {e}", directory.display()))
        .map(|entry| entry.unwrap_or_else(|e| panic!("{e}")).path())
        .map(|path| (path.display().to_string(), read(&path)))
        .collect()
}

fn text<'t>(table: &'t Table, section: &str, key: &str) -> &'t str {
    let value = table
        .get(section)
        .and_then(|section| section.get(key))
        .and_then(Value::as_str);
    value.unwrap_or_else(|| panic!("[{section}] {key} is missing"))
}

#[test]
fn every_profile_answers_every_question() {
    let profiles = profiles();
    assert!(profiles.len() >= 5);
    for (path, profile) in &profiles {
        for key in ["module", "token_label", "pin_file"] {
            assert!(!text(profile, "hsm", key).is_empty(), "{path}: {key}");
        }
        let sessions = profile["hsm"]["sessions"].as_integer();
        assert!(sessions.is_some_and(|count| count > 0), "{path}: sessions");
        for needed in NEEDED {
            assert!(
                !text(profile, "support", needed).is_empty(),
                "{path}: {needed}"
            );
        }
    }
}

#[test]
fn what_was_not_tried_is_marked() {
    for (path, profile) in profiles() {
        match text(&profile, "support", "status") {
            "measured" => assert!(path.ends_with("softhsm.toml"), "{path} claims measurements"),
            "background" => {
                for needed in NEEDED {
                    let claim = text(&profile, "support", needed);
                    assert!(claim.starts_with("[B]"), "{path}: {needed} = {claim}");
                }
            }
            other => panic!("{path}: status {other:?}"),
        }
    }
}

#[test]
fn a_profile_names_a_pin_file_and_never_a_pin() {
    for (path, profile) in profiles() {
        let hsm = profile["hsm"].as_table().unwrap();
        let allowed = ["module", "token_label", "pin_file", "sessions"];
        assert!(
            hsm.keys().all(|key| allowed.contains(&key.as_str())),
            "{path}: {hsm:?}"
        );
    }
}
