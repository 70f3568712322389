//! The witnesses of the world's ledger: the real `witness`, each with a key, a memory and a port of
//! its own; and the policy that says how many of them a public checkpoint needs.
//!
//! One of two is enough, so that one may be away. They are programs of others: nothing that happens
//! to the service stops them.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Result, ensure};
use ledger::VerifierKey;

use crate::processes::{Server, program, run_ok};

/// The name of each in the policy, and the name of its key.
const NAMES: [(&str, &str); 2] = [
    ("cofepris", "testigo.cofepris.sandbox"),
    ("universidad", "testigo.universidad.sandbox"),
];
/// The quorum's name.
const QUORUM: &str = "uno-de-dos";

/// One witness of the world.
pub struct Witness {
    folder: PathBuf,
    /// Its name in the policy.
    short_name: &'static str,
    name: &'static str,
    port: u16,
}

/// The programs of both witnesses at work. Dropping them kills them.
pub struct Witnesses(Vec<Server>);

impl Witness {
    /// Both, in a world's folder, on two consecutive ports.
    pub(crate) fn both(world: &Path, first_port: u16) -> [Self; 2] {
        let witness = |(number, port)| {
            let (short_name, name) = NAMES[number];
            Self {
                folder: world.join(format!("witness-{short_name}")),
                short_name,
                name,
                port,
            }
        };
        [(0, first_port), (1, first_port + 1)].map(witness)
    }

    /// Makes its key.
    ///
    /// # Errors
    /// The program is not built, or there is a key.
    pub(crate) fn init(&self) -> Result<()> {
        let mut command = self.command("init")?;
        run_ok(command.args(["--name", self.name])).map(drop)
    }

    /// The name of its key.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Where it answers: `http://127.0.0.1:PORT`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its key, its memory, and its evidence of forks.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Its public key, as policies name it.
    ///
    /// # Errors
    /// The program is not built, or there is no key.
    pub fn vkey(&self) -> Result<String> {
        Ok(run_ok(&mut self.command("key")?)?.trim().to_owned())
    }

    /// What it remembers of each log, as it tells people. It need not run.
    ///
    /// # Errors
    /// The program is not built, or its memory is damaged.
    pub fn status(&self) -> Result<String> {
        run_ok(&mut self.command("status")?)
    }

    /// Starts it and waits until it answers.
    ///
    /// # Errors
    /// It does not start; the end of its log.
    pub(crate) fn start(&self, ledger_vkey: &Path) -> Result<Server> {
        let mut command = self.command("serve")?;
        command.arg("--log").arg(ledger_vkey);
        command.args(["--listen", &format!("127.0.0.1:{}", self.port)]);
        command.args(["--verbosity", "warn"]);
        let mut server = Server::start(&mut command, &self.folder.join("log.jsonl"))?;
        let url = server.wait_for_line("escuchando en ")?;
        ensure!(url == self.url(), "the witness answers at {url}");
        Ok(server)
    }

    /// `witness` with a subcommand, and this one's folder.
    fn command(&self, subcommand: &str) -> Result<Command> {
        let mut command = Command::new(program("witness")?);
        command.arg(subcommand).arg("--dir").arg(&self.folder);
        Ok(command)
    }
}

impl Witnesses {
    pub(crate) fn start(witnesses: &[Witness], ledger_vkey: &Path) -> Result<Self> {
        let start = |witness: &Witness| witness.start(ledger_vkey);
        witnesses.iter().map(start).collect::<Result<_>>().map(Self)
    }

    /// Whether both still run.
    ///
    /// # Errors
    /// The operating system does not say.
    pub fn are_running(&mut self) -> Result<bool> {
        for server in &mut self.0 {
            if !server.is_running()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Stops both gracefully.
    ///
    /// # Errors
    /// One does not stop, or ends with an error.
    pub fn stop(self) -> Result<()> {
        self.0.into_iter().try_for_each(Server::stop)
    }
}

/// The policy (C2SP tlog-policy) of a ledger with these witnesses.
///
/// # Errors
/// A witness has no key.
pub(crate) fn policy(
    ledger: &VerifierKey,
    public_ledger: &str,
    witnesses: &[Witness],
) -> Result<String> {
    let mut lines = vec![format!("log {ledger} {public_ledger}")];
    for witness in witnesses {
        let (name, vkey, url) = (witness.short_name, witness.vkey()?, witness.url());
        lines.push(format!("witness {name} {vkey} {url}"));
    }
    let names: Vec<_> = witnesses.iter().map(|witness| witness.short_name).collect();
    lines.push(format!("group {QUORUM} any {}", names.join(" ")));
    lines.push(format!("quorum {QUORUM}\n"));
    Ok(lines.join("\n"))
}
