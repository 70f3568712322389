//! Signing: what the token does bare, what of it comes through our pool, wrapped keys, re-wrapping,
//! and the whole legal signature. PKCS#11 modules read their configuration from the environment at
//! the first call, so the token's part runs in a process of its own: `sandbox bench sign-token`.

mod bare;
mod build;
mod token;
mod turns;

use std::process::Command;

use anyhow::Result;
use hsm_config::SoftHsm;
use serde::{Deserialize, Serialize};

use super::bare::{Bare, ratio};
use super::figure::{Figure, share};
use super::measured::reached;
use super::part::Part;
use super::report::Report;
use super::scratch;
use crate::processes::run_ok;
pub(super) use token::main as token;
use turns::Turn;

/// Least share of the bare token's rate that comes through the pool, in percent (issue 5).
const POOL_AIM: u64 = 80;
/// Least wrapped-key prescriptions per second (issue 5).
const WRAPPED_AIM: u64 = 1_500;
/// Most processor time of building a CAdES-B signature, in nanoseconds (issue 5).
const BUILD_AIM: u64 = 150_000;

/// What the other process tells.
#[derive(Debug, Serialize, Deserialize)]
struct OnToken {
    /// `C_SignInit` and `C_Sign` on a session of each thread, without anything of ours.
    raw: Turn,
    /// The same through the pool.
    pool: Turn,
    /// What a prescription needs: a wrapped key activated, two signatures, the key destroyed.
    wrapped: Turn,
    /// The same on a session of each thread.
    raw_wrapped: Turn,
    /// A wrapped key under another wrapping key, and the proof that it is the same.
    rewrap: Turn,
    /// Building CAdES-B with a key of the token.
    build: Part,
    /// Building CAdES-B with a wrapped key: activated, one signature, destroyed.
    build_wrapped: Part,
    /// Percent of the processors that other programs took meanwhile.
    others: u64,
}

/// Measures and reports.
///
/// # Errors
/// SoftHSM is not installed, or a signature does not come to be.
pub(super) fn main() -> Result<Report> {
    let bare = Bare::new()?;
    let (verification, signature) = (bare.time_verify()?, bare.time_sign()?);
    let (without, in_memory) = (build::without_signing()?, build::in_memory(&bare)?);
    let folder = scratch()?;
    let measured = on_token(&folder.path().join("token"))?;

    let mut report = Report::new("sign");
    token_rows(&mut report, &measured);
    verification.section(&mut report, "limit: bare P-256 verification, ring");
    signature.section(&mut report, "limit: bare P-256 signature, ring");
    let builds = [
        ("CAdES-B build without the token's part", without),
        ("CAdES-B build, key in memory (ring)", in_memory),
        ("CAdES-B build, key of the token", measured.build),
        (
            "CAdES-B build, wrapped key: activate, sign, destroy",
            measured.build_wrapped,
        ),
    ];
    for (title, part) in builds {
        part.section(&mut report, title);
        report.words("aim: 150 µs of CPU", reached(part.cpu <= BUILD_AIM));
        ratio(
            &mut report,
            "one bare P-256 verification",
            &part,
            &verification,
        );
        ratio(&mut report, "one bare P-256 signature", &part, &signature);
    }
    report.section("what limits it");
    report.row(
        "processors busy with other programs",
        Figure::Percent(measured.others),
    );
    let limit = "the token itself (SoftHSM unwraps by OpenSSL, which looks for a decoder each time); \
                 in a build, the check of what the token answered";
    report.words("limit", limit);
    Ok(report)
}

fn on_token(folder: &std::path::Path) -> Result<OnToken> {
    let token = SoftHsm::create(folder, "receta-bench")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "sign-token", "--label", token.label(), "--module"]);
    command.arg(token.module()).arg("--pin-file");
    command.arg(token.pin_file());
    let answer = run_ok(command.envs([token.environment()]))?;
    Ok(serde_json::from_str(&answer)?)
}

fn token_rows(report: &mut Report, measured: &OnToken) {
    let raw = &measured.raw;
    let raw_wrapped = &measured.raw_wrapped;
    let turns = [
        ("token, bare: one P-256 signature", raw, raw),
        ("through the pool: one P-256 signature", &measured.pool, raw),
        (
            "token, bare: unwrap, sign twice, destroy",
            raw_wrapped,
            raw_wrapped,
        ),
        (
            "wrapped key: activate, sign twice, destroy",
            &measured.wrapped,
            raw_wrapped,
        ),
        (
            "re-wrap under another key, proven",
            &measured.rewrap,
            raw_wrapped,
        ),
    ];
    for (title, turn, limit) in turns {
        report.section(title);
        turn.rows(report);
        let of_limit = share(turn.rate(), limit.rate(), 100);
        report.row("rate / bare token's", Figure::Percent(of_limit));
        let of_limit = share(turn.rate_by_cpu(), limit.rate_by_cpu(), 100);
        report.row("rate by CPU / bare token's", Figure::Percent(of_limit));
    }
    report.section("aims");
    let pool = share(measured.pool.rate(), raw.rate(), 100);
    report.words("pool: 80 % of the bare token", reached(pool >= POOL_AIM));
    let wrapped = &measured.wrapped;
    let words = "wrapped keys: 1,500/s on the wall";
    report.words(words, reached(wrapped.rate() >= WRAPPED_AIM));
    let words = "wrapped keys: 1,500 per second of CPU";
    report.words(words, reached(wrapped.rate_by_cpu() >= WRAPPED_AIM));
}
