//! Keys of prescribers at the scale of the country: enrolment, lookup behind all of them, and how
//! long a re-wrapping of all of them takes.
//!
//! A first part of the keys is made in the token, as an enrolment is. The others get the wrapped
//! bytes of those again, so that the table has its size and a run its bound; each is enrolled by a
//! transaction with its act all the same.

mod work;

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;
use clap::Args;
use hsm_config::SoftHsm;
use serde::{Deserialize, Serialize};

use super::figure::{Figure, SECOND};
use super::report::Report;
use super::{Output, scratch};
use crate::processes::run_ok;

/// Of the benchmark of keys.
#[derive(Debug, Args)]
pub struct KeysArguments {
    /// Keys
    #[arg(long, default_value_t = 300_000, value_parser = clap::value_parser!(u64).range(1_000..=3_000_000))]
    keys: u64,
    /// Seconds of each measurement at most; the table is filled for as long as it takes
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Works here, with the token of the environment (the benchmark calls this)
    #[arg(long, hide = true)]
    inside: Option<PathBuf>,
    /// The token's module
    #[arg(long, hide = true)]
    module: Option<PathBuf>,
    #[command(flatten)]
    pub(super) output: Output,
}

/// What was measured. Times are nanoseconds.
#[derive(Debug, Serialize, Deserialize)]
struct Measured {
    /// Keys in the end.
    keys: u64,
    /// Enrolments with a key from the token, per second.
    enrolled: u64,
    /// Enrolments without the token's part, per second.
    filled: u64,
    /// A prescriber by cédula.
    lookup_p50: u64,
    /// The same.
    lookup_p99: u64,
    /// Keys re-wrapped in the token alone, per second.
    in_token: u64,
    /// Keys re-wrapped, written and committed to, per second.
    rewrapped: u64,
    /// Bytes of the database.
    bytes: u64,
}

/// Measures in a process of its own: a PKCS#11 module reads its environment at the first call.
///
/// # Errors
/// SoftHSM is not installed, or token or database refuse.
pub(super) fn main(arguments: &KeysArguments) -> Result<Option<Report>> {
    if let (Some(folder), Some(module)) = (&arguments.inside, &arguments.module) {
        let measured = work::measure(folder, module, arguments.keys, arguments.seconds)?;
        serde_json::to_writer(std::io::stdout().lock(), &measured)?;
        return Ok(None);
    }
    let folder = scratch()?;
    let token = SoftHsm::create(folder.path(), work::TOKEN)?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "keys", "--keys", &arguments.keys.to_string()]);
    command.args(["--seconds", &arguments.seconds.to_string(), "--inside"]);
    command
        .arg(folder.path())
        .arg("--module")
        .arg(token.module());
    let answer = run_ok(command.envs([token.environment()]))?;
    Ok(Some(report(&serde_json::from_str(&answer)?)))
}

fn report(measured: &Measured) -> Report {
    let mut report = Report::new("keys");
    report.section("keys of prescribers, SQLite and SoftHSM");
    report.row("keys", Figure::Count(measured.keys));
    report.row("enrolments", Figure::PerSecond(measured.enrolled));
    report.row(
        "enrolments without the token's part",
        Figure::PerSecond(measured.filled),
    );
    report.row(
        "a prescriber by cédula, p50",
        Figure::Time(measured.lookup_p50),
    );
    report.row(
        "a prescriber by cédula, p99",
        Figure::Time(measured.lookup_p99),
    );
    report.row(
        "re-wrapped, in the token alone",
        Figure::PerSecond(measured.in_token),
    );
    report.row(
        "re-wrapped, with row and act",
        Figure::PerSecond(measured.rewrapped),
    );
    let all = u128::from(measured.keys) * SECOND / u128::from(measured.rewrapped.max(1));
    let all = u64::try_from(all).unwrap_or(u64::MAX);
    report.row("all of them, projected", Figure::Time(all));
    report.row("database", Figure::Bytes(measured.bytes));
    report
}
