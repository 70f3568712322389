//! The real `auditor`, run as a program: it mirrors the ledger, audits the mirror, and proves what
//! it holds.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::processes::{program, run, run_ok};
use crate::{Who, World};

/// What `auditor follow` mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    /// Size of the tree.
    pub size: u64,
    /// Root, base64.
    pub root: String,
    /// Number of tiles and entry bundles.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Runs `auditor follow --once --bodies` as the authority: a verified mirror of the service's
/// ledger in `mirror`, and the bodies beside it.
///
/// # Errors
/// The program is not built, found something wrong, or could not reach the service.
pub fn follow(world: &World, mirror: &Path) -> Result<Mirrored> {
    let (certificate, key) = world.pki.client(Who::Auditor);
    let mut command = Command::new(program("auditor")?);
    command.args(["follow", "--once", "--bodies", "--json", "--url"]);
    command.arg(format!("{}/ledger", world.base()));
    command.arg("--mirror").arg(mirror);
    command.arg("--key").arg(world.ledger_vkey());
    command.arg("--ca").arg(world.pki.tls_ca());
    command.arg("--cert").arg(certificate);
    command.arg("--client-key").arg(key);
    let output = run(&mut command)?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let why = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "auditor follow: {text}{why}");
    let first = text.lines().next().context("auditor follow said nothing")?;
    let told: Value = serde_json::from_str(first)?;
    let number = |name: &str| {
        told[name]
            .as_u64()
            .with_context(|| format!("no {name}: {told}"))
    };
    Ok(Mirrored {
        size: number("size")?,
        root: told["root"].as_str().context("no root")?.to_owned(),
        files: number("files")?,
        bytes: number("bytes")?,
    })
}

/// What an audit is given: files only, no network and no database.
#[derive(Debug, Clone)]
pub struct Audit {
    /// Directory of the published ledger.
    pub ledger: PathBuf,
    /// Bodies, one JSON object a line.
    pub bodies: PathBuf,
    /// A checkpoint that was kept from before.
    pub earlier_checkpoint: Option<PathBuf>,
}

/// What the auditor answered.
#[derive(Debug)]
pub struct AuditReport {
    /// Nothing wrong was found (exit code 0).
    pub clean: bool,
    /// The report for machines.
    pub json: Value,
}

impl Audit {
    /// Runs `auditor verify` with the keys that the world pins.
    ///
    /// # Errors
    /// The program is not built, or examined nothing (exit code 2).
    pub fn run(&self, world: &World) -> Result<AuditReport> {
        let mut command = Command::new(program("auditor")?);
        command.args(["verify", "--json"]);
        command.arg("--ledger").arg(&self.ledger);
        command.arg("--bodies").arg(&self.bodies);
        command.arg("--key").arg(world.ledger_vkey());
        command
            .arg("--professionals-root")
            .arg(world.pki.professionals_root());
        command
            .arg("--professionals-issuer")
            .arg(world.pki.professionals_issuing());
        command.arg("--pharmacy-ca").arg(world.pki.tls_ca());
        if let Some(checkpoint) = &self.earlier_checkpoint {
            command.arg("--checkpoint").arg(checkpoint);
        }
        let output = run(&mut command)?;
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the auditor examined nothing: {why}"))?;
        Ok(AuditReport {
            clean: output.status.success(),
            json,
        })
    }
}

impl Audit {
    /// Proves one prescription from the mirror with its bodies, then has the file checked by itself.
    /// Returns the first line of what the check says.
    ///
    /// # Errors
    /// The proof cannot be made, or does not hold.
    pub fn prove_and_check(&self, world: &World, folio: &str, file: &Path) -> Result<String> {
        let mut prove = Command::new(program("auditor")?);
        prove.args(["prove", folio, "--mirror"]).arg(&self.ledger);
        prove.arg("--key").arg(world.ledger_vkey());
        prove.arg("--bodies").arg(&self.bodies);
        prove.arg("--out").arg(file);
        run_ok(&mut prove)?;
        let mut check = Command::new(program("auditor")?);
        check.arg("check").arg(file);
        check.arg("--key").arg(world.ledger_vkey());
        check
            .arg("--professionals-root")
            .arg(world.pki.professionals_root());
        check
            .arg("--professionals-issuer")
            .arg(world.pki.professionals_issuing());
        check.arg("--pharmacy-ca").arg(world.pki.tls_ca());
        let said = run_ok(&mut check)?;
        Ok(said.lines().next().unwrap_or_default().to_owned())
    }
}

impl AuditReport {
    /// The findings: the entry, where there is one, and the text.
    #[must_use]
    pub fn findings(&self) -> Vec<(Option<u64>, String)> {
        let findings = self.json["findings"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let read = |finding: &Value| {
            let text = finding["message"].as_str().unwrap_or_default().to_owned();
            (finding["entry"].as_u64(), text)
        };
        findings.iter().map(read).collect()
    }
}
