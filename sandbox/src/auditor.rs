//! The real `auditor`, run as a program over downloaded files.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};
use serde_json::Value;

use crate::World;
use crate::processes::{program, run};

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
