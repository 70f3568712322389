//! A token for a test that opens PKCS#11 in its own process.
//!
//! SoftHSM finds its tokens through an environment variable, and setting one inside a running
//! process is `unsafe` in edition 2024 (another thread may read the environment). So the test
//! starts *itself* again: [`in_child_with_token`] makes a token in a temporary directory and runs
//! the test binary once more with [`CONF_VARIABLE`] set and a filter that selects this one test.
//! In that child the same call finds the token and runs the body.
//!
//! This works the same under `cargo test` (threads) and `cargo nextest` (processes), gives every
//! test its own token and its own `C_Initialize`, and a module that crashes takes down one test.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::{CONF_VARIABLE, SoftHsm};

/// Tells the child which test it is for; its value is the test's name.
const CHILD_VARIABLE: &str = "RECETA_TOKEN_CHILD";
/// Tells the child where its token is.
const DIRECTORY_VARIABLE: &str = "RECETA_TOKEN_DIR";
/// The child leaves this file when its body has ended well.
const BODY_RAN: &str = "body-ran";
/// The label of every token made here.
const TOKEN_LABEL: &str = "receta-test";

/// Runs `body` in a child process in which SoftHSM sees one fresh token.
///
/// `test_name` is the test's full path as the harness prints it: `wrong_pin` for a function at the
/// top of `tests/x.rs`, `pool::tests::wrong_pin` for one inside a crate. Statements outside the
/// body run in parent and child alike, so put everything inside.
///
/// ```no_run
/// // #[test]
/// fn signs() {
///     hsm_config::test_support::in_child_with_token("signs", |token| {
///         assert_eq!(token.label(), "receta-test"); // open token.module() here
///     });
/// }
/// ```
///
/// # Panics
/// When SoftHSM is not installed (the message names the package), when the child fails (its output
/// is repeated), and when `test_name` selects no test, because then nothing was tested.
pub fn in_child_with_token(test_name: &str, body: impl FnOnce(&SoftHsm)) {
    if std::env::var_os(CHILD_VARIABLE).is_some_and(|name| name == *test_name) {
        run_body(body);
    } else {
        run_child(test_name);
    }
}

#[expect(
    clippy::panic,
    reason = "called from tests only; a panic is how a test fails"
)]
fn run_body(body: impl FnOnce(&SoftHsm)) {
    let Some(directory) = std::env::var_os(DIRECTORY_VARIABLE) else {
        panic!("{CHILD_VARIABLE} is set without {DIRECTORY_VARIABLE}");
    };
    let token = create(Path::new(&directory));
    body(&token);
    if let Err(error) = fs::write(Path::new(&directory).join(BODY_RAN), []) {
        panic!("cannot mark the test as run: {error}");
    }
}

#[expect(
    clippy::panic,
    reason = "called from tests only; a panic is how a test fails"
)]
fn run_child(test_name: &str) {
    let directory = tempfile::tempdir().unwrap_or_else(|error| panic!("temporary dir: {error}"));
    let token = create(directory.path());
    let binary = std::env::current_exe().unwrap_or_else(|error| panic!("test binary: {error}"));
    let output = Command::new(binary)
        .args([test_name, "--exact", "--nocapture", "--include-ignored"])
        .env(CONF_VARIABLE, token.conf_path())
        .env(CHILD_VARIABLE, test_name)
        .env(DIRECTORY_VARIABLE, directory.path())
        .output()
        .unwrap_or_else(|error| panic!("cannot start the test binary again: {error}"));
    let report = || {
        let (out, err) = (&output.stdout, &output.stderr);
        format!(
            "{}{}",
            String::from_utf8_lossy(out),
            String::from_utf8_lossy(err)
        )
    };
    assert!(
        output.status.success(),
        "in the child ({}):\n{}",
        output.status,
        report()
    );
    assert!(
        directory.path().join(BODY_RAN).exists(),
        "no test is called {test_name:?}, so nothing ran; pass the name the harness prints\n{}",
        report()
    );
}

#[expect(
    clippy::panic,
    reason = "called from tests only; a panic is how a test fails"
)]
fn create(directory: &Path) -> SoftHsm {
    SoftHsm::create(directory, TOKEN_LABEL).unwrap_or_else(|error| panic!("{error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_child_sees_the_token() {
        in_child_with_token("test_support::tests::the_child_sees_the_token", |token| {
            let conf = std::env::var_os(CONF_VARIABLE).unwrap();
            assert_eq!(Path::new(&conf), token.conf_path());
            assert!(token.tokens_dir().is_dir());
        });
    }

    #[test]
    #[should_panic(expected = "this body fails")]
    fn a_failing_body_fails_the_test() {
        in_child_with_token(
            "test_support::tests::a_failing_body_fails_the_test_child",
            |_| {},
        );
    }

    /// The body that [`a_failing_body_fails_the_test`] starts.
    #[test]
    #[ignore = "the child of a_failing_body_fails_the_test; does nothing by itself"]
    fn a_failing_body_fails_the_test_child() {
        assert!(
            std::env::var_os(CHILD_VARIABLE).is_none(),
            "this body fails"
        );
    }

    #[test]
    #[should_panic(expected = "nothing ran")]
    fn a_misspelt_name_fails_the_test() {
        in_child_with_token("test_support::tests::no_such_test", |_| {});
    }
}
