//! Other people's programs.

use std::process::{Command, Output, Stdio};

/// Runs a program that `cargo xtask test` installs.
pub(crate) fn run(command: &mut Command) -> Output {
    let name = command.get_program().to_string_lossy().into_owned();
    let started = command.stdin(Stdio::null()).output();
    started.unwrap_or_else(|error| panic!("{name}: {error}; `cargo xtask test` installs it"))
}

/// Whether a program is installed, for those that need not be.
pub(crate) fn is_installed(name: &str) -> bool {
    Command::new(name).arg("-v").output().is_ok()
}
