//! What the token can do at most. PKCS#11 modules read their configuration from the environment at
//! the first call, so this runs in a process of its own: `sandbox bench token`.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use clap::Args;
use hsm::{Hsm, HsmConfig, HsmError, Secret};
use hsm_config::SoftHsm;
use serde::{Deserialize, Serialize};

use super::figure::nanos;
use super::machine;
use super::process::own_cpu;
use crate::processes::run_ok;

/// Time for each measurement.
const TIME: Duration = Duration::from_millis(1500);
/// Sessions, as the service has them by default.
const SESSIONS: usize = 4;

/// Where the token is.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// The vendor's module
    #[arg(long)]
    pub(super) module: PathBuf,
    /// The token's label
    #[arg(long)]
    pub(super) label: String,
    /// A file with the PIN
    #[arg(long)]
    pub(super) pin_file: PathBuf,
}

/// What the token did.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct TokenRates {
    /// A token object signs a digest (P-256).
    pub(super) sign: Rate,
    /// What a prescription needs: a wrapped key activated, two signatures, the key destroyed.
    pub(super) prescription: Rate,
}

/// Operations, on all cores.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Rate {
    /// How many.
    pub(super) count: u64,
    /// Nanoseconds on the wall, of all of them.
    pub(super) wall: u64,
    /// Nanoseconds of processor, of all of them.
    pub(super) cpu: u64,
}

/// Measures a new SoftHSM token in `folder`.
///
/// # Errors
/// SoftHSM is not installed.
pub(super) fn measure(folder: &Path) -> Result<TokenRates> {
    let token = SoftHsm::create(folder, "receta-bench")?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench", "token", "--label", token.label(), "--module"]);
    command
        .arg(token.module())
        .arg("--pin-file")
        .arg(token.pin_file());
    let answer = run_ok(command.envs([token.environment()]))?;
    Ok(serde_json::from_str(&answer)?)
}

/// The other process: measures and prints [`TokenRates`] as JSON.
///
/// # Errors
/// The token refuses.
pub(super) fn main(arguments: &TokenArguments) -> Result<()> {
    let pin = std::fs::read_to_string(&arguments.pin_file)?;
    let hsm = Hsm::open(&HsmConfig::single(
        arguments.module.clone(),
        arguments.label.clone(),
        Secret::new(pin.trim().to_owned()),
        SESSIONS,
    ))?;
    let object = hsm.ensure_p256("bench-p256")?;
    let wrapping = hsm.ensure_wrapping_key("bench-wrapping")?;
    let (wrapped, _) = wrapping.generate_p256()?;
    let digest = [7; 32];
    let rates = TokenRates {
        sign: on_all_cores(|| object.sign_digest(&digest).map(drop))?,
        prescription: on_all_cores(|| {
            let key = wrapping.activate(&wrapped)?;
            key.sign_digest(&digest)?;
            key.sign_digest(&digest).map(drop)
        })?,
    };
    Ok(serde_json::to_writer(std::io::stdout().lock(), &rates)?)
}

fn on_all_cores(operation: impl Fn() -> Result<(), HsmError> + Sync) -> Result<Rate> {
    let one_core = || {
        let (mut count, begun) = (0, Instant::now());
        while begun.elapsed() < TIME {
            operation()?;
            count += 1;
        }
        Ok::<u64, HsmError>(count)
    };
    let (begun, before) = (Instant::now(), own_cpu());
    let counts: Vec<_> = std::thread::scope(|scope| {
        let cores: Vec<_> = (0..machine::cores())
            .map(|_| scope.spawn(one_core))
            .collect();
        cores
            .into_iter()
            .map(std::thread::ScopedJoinHandle::join)
            .collect()
    });
    let (wall, cpu) = (begun.elapsed(), own_cpu().saturating_sub(before));
    let mut total = 0;
    for count in counts {
        let Ok(count) = count else {
            bail!("a thread panicked")
        };
        total += count?;
    }
    Ok(Rate {
        count: total,
        wall: nanos(wall),
        cpu: nanos(cpu),
    })
}
