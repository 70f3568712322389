//! Tokens made by the real `softhsm2-util`.

#![expect(
    clippy::panic,
    reason = "helpers of tests; a panic is how a test fails"
)]

use std::fs;
use std::os::unix::fs::PermissionsExt;

use hsm_config::{SoftHsm, SoftHsmError};

fn create(directory: &std::path::Path, label: &str) -> SoftHsm {
    SoftHsm::create(directory, label).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn a_second_run_reuses_the_token() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("hsm");
    let first = create(&directory, "receta-dev");
    let objects = |hsm: &SoftHsm| {
        let entries = fs::read_dir(hsm.tokens_dir()).unwrap();
        entries
            .map(|entry| entry.unwrap().file_name())
            .collect::<Vec<_>>()
    };
    let tokens = objects(&first);
    assert_eq!(tokens.len(), 1, "one token");
    let second = create(&directory, "receta-dev");
    assert_eq!(objects(&second), tokens, "no second token");
    assert_eq!(second.pin(), first.pin());
    assert_eq!(fs::read_to_string(second.pin_file()).unwrap(), first.pin());
}

#[test]
fn what_is_secret_is_readable_by_its_owner_only() {
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("hsm");
    let hsm = create(&directory, "receta-dev");
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&directory), 0o700);
    assert_eq!(mode(&hsm.tokens_dir()), 0o700);
    assert_eq!(mode(&hsm.pin_file()), 0o600);
    assert_eq!(mode(&directory.join("so.pin")), 0o600);
    assert!(
        !format!("{hsm:?}").contains(hsm.pin()),
        "Debug must not show the PIN"
    );
}

#[test]
fn another_label_is_refused() {
    let home = tempfile::tempdir().unwrap();
    create(home.path(), "receta-dev");
    let error = SoftHsm::create(home.path(), "other").unwrap_err();
    assert!(matches!(&error, SoftHsmError::OtherToken { found, .. } if found == "receta-dev"));
}

#[test]
fn a_token_without_its_pin_is_reported_not_replaced() {
    let home = tempfile::tempdir().unwrap();
    let hsm = create(home.path(), "receta-dev");
    fs::remove_file(hsm.pin_file()).unwrap();
    let error = SoftHsm::create(home.path(), "receta-dev").unwrap_err();
    assert!(matches!(error, SoftHsmError::PinMissing(_)), "{error}");
}

#[test]
fn pins_left_by_a_crash_are_used() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("user.pin"), "87654321").unwrap();
    fs::write(home.path().join("so.pin"), "12345678").unwrap();
    assert_eq!(create(home.path(), "receta-dev").pin(), "87654321");
}

#[test]
fn labels_that_would_not_be_found_again_are_refused() {
    let home = tempfile::tempdir().unwrap();
    for label in ["", "trailing ", "ñ", "a label", &"x".repeat(33)] {
        let error = SoftHsm::create(home.path(), label).unwrap_err();
        assert!(
            matches!(error, SoftHsmError::BadLabel),
            "{label:?}: {error}"
        );
    }
}

#[test]
fn parallel_calls_make_one_token() {
    let home = tempfile::tempdir().unwrap();
    let pins: Vec<String> = std::thread::scope(|scope| {
        let calls: Vec<_> = (0..4)
            .map(|_| scope.spawn(|| create(home.path(), "receta-dev").pin().to_owned()))
            .collect();
        calls.into_iter().map(|call| call.join().unwrap()).collect()
    });
    assert!(pins.iter().all(|pin| *pin == pins[0]));
    assert_eq!(fs::read_dir(home.path().join("tokens")).unwrap().count(), 1);
}
