//! The real `auditor`, run as a program: it mirrors the ledger, audits the mirror, and proves what
//! it holds. It believes what the world's policy believes: the ledger's key, and its witnesses.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::counter::Said;
use crate::processes::{program, run, run_ok};
use crate::{Who, World};

/// What `auditor follow` mirrored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mirrored {
    /// Size of the tree.
    pub size: u64,
    /// Entries that the mirror did not have before.
    pub new: u64,
    /// Root, base64.
    pub root: String,
    /// Number of tiles and entry bundles that were fetched.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// The witnesses that cosigned it.
    pub cosigned: Vec<String>,
}

/// Runs `auditor follow --once` over the public ledger, as anybody can: without a certificate.
///
/// # Errors
/// The program is not built, found something wrong, or could not reach the ledger.
pub fn follow_publicly(world: &World, mirror: &Path) -> Result<Mirrored> {
    follow(world, mirror, &world.public_ledger(), &[])
}

/// Runs `auditor follow --once --bodies` as the authority: a verified mirror of the service's
/// ledger in `mirror`, and the bodies beside it.
///
/// # Errors
/// The program is not built, found something wrong, or could not reach the service.
pub fn follow_with_bodies(world: &World, mirror: &Path) -> Result<Mirrored> {
    let (certificate, key) = world.pki.client(Who::Auditor);
    let authority = world.pki.tls_ca();
    let arguments: [&OsStr; 7] = [
        "--bodies".as_ref(),
        "--ca".as_ref(),
        authority.as_ref(),
        "--cert".as_ref(),
        certificate.as_ref(),
        "--client-key".as_ref(),
        key.as_ref(),
    ];
    let url = format!("{}/ledger", world.base());
    follow(world, mirror, &url, &arguments)
}

fn follow(world: &World, mirror: &Path, url: &str, arguments: &[&OsStr]) -> Result<Mirrored> {
    let mut command = Command::new(program("auditor")?);
    command.args(["follow", "--once", "--json", "--url", url]);
    command.arg("--mirror").arg(mirror);
    command.arg("--policy").arg(world.policy()).args(arguments);
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
    let names = told["cosigned"].as_array().context("no cosigned")?;
    let names = names.iter().filter_map(Value::as_str);
    Ok(Mirrored {
        size: number("size")?,
        new: number("new")?,
        root: told["root"].as_str().context("no root")?.to_owned(),
        files: number("files")?,
        bytes: number("bytes")?,
        cosigned: names.map(str::to_owned).collect(),
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
    /// Runs `auditor verify` with what the world pins.
    ///
    /// # Errors
    /// The program is not built, or examined nothing (exit code 2).
    pub fn run(&self, world: &World) -> Result<AuditReport> {
        let mut command = Command::new(program("auditor")?);
        command.args(["verify", "--json"]);
        command.arg("--ledger").arg(&self.ledger);
        command.arg("--bodies").arg(&self.bodies);
        if let Some(checkpoint) = &self.earlier_checkpoint {
            command.arg("--checkpoint").arg(checkpoint);
        }
        let output = run(pin(&mut command, world))?;
        let why = String::from_utf8_lossy(&output.stderr).into_owned();
        let json = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("the auditor examined nothing: {why}"))?;
        Ok(AuditReport {
            clean: output.status.success(),
            json,
        })
    }

    /// Runs `auditor prove`: one prescription of the mirror with its bodies, in one file.
    ///
    /// # Errors
    /// The proof cannot be made.
    pub fn prove(&self, world: &World, folio: &str, file: &Path) -> Result<()> {
        let mut command = Command::new(program("auditor")?);
        command.args(["prove", folio, "--bodies"]).arg(&self.bodies);
        self.write_proof(world, command, file)
    }

    /// Runs `auditor absence`: no active prescription holds the place of this blinded key (32
    /// hexadecimal digits).
    ///
    /// # Errors
    /// One does, or the proof cannot be made.
    pub fn prove_absence(&self, world: &World, blinded_key: &str, file: &Path) -> Result<()> {
        let mut command = Command::new(program("auditor")?);
        command.args(["absence", "--blinded-key", blinded_key]);
        self.write_proof(world, command, file)
    }

    /// Runs `auditor substances` with what the world pins.
    ///
    /// # Errors
    /// The program is not built.
    pub fn substances(&self, world: &World, asked: &[&str]) -> Result<Said> {
        let mut command = Command::new(program("auditor")?);
        command.arg("substances").args(asked);
        command.arg("--ledger").arg(&self.ledger);
        command.arg("--bodies").arg(&self.bodies);
        Ok(Said::of(&run(pin(&mut command, world))?))
    }

    fn write_proof(&self, world: &World, mut command: Command, file: &Path) -> Result<()> {
        command.arg("--mirror").arg(&self.ledger);
        command.arg("--policy").arg(world.policy());
        run_ok(command.arg("--out").arg(file)).map(drop)
    }
}

/// Runs `auditor check` on a proof, with what the world pins.
///
/// # Errors
/// The program is not built.
pub fn check(world: &World, proof: &Path) -> Result<Said> {
    let mut command = Command::new(program("auditor")?);
    command.arg("check").arg(proof);
    Ok(Said::of(&run(pin(&mut command, world))?))
}

/// Runs `auditor explain` on a proof; the text, or a page where `html` is wanted.
///
/// # Errors
/// The program is not built, or the proof does not hold.
pub fn explain(world: &World, proof: &Path, html: bool) -> Result<String> {
    let mut command = Command::new(program("auditor")?);
    command.arg("explain").arg(proof);
    if html {
        command.arg("--html");
    }
    run_ok(pin(&mut command, world))
}

/// The policy, and the authorities of those who sign.
fn pin<'c>(command: &'c mut Command, world: &World) -> &'c mut Command {
    let pki = &world.pki;
    command.arg("--policy").arg(world.policy());
    command
        .arg("--professionals-root")
        .arg(pki.professionals_root());
    command
        .arg("--professionals-issuer")
        .arg(pki.professionals_issuing());
    command.arg("--pharmacy-ca").arg(pki.tls_ca())
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
