//! A log that grows, its server, and the mirror of whoever follows it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use ledger::{Log, NoteSigner, SignedCheckpoint, SoftwareSigner, VerifiedTree};

use crate::server::Server;

pub(crate) const ORIGIN: &str = "ledger.example.mx/receta";

pub(crate) fn key(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

/// Entry `n` of a log; another `salt` is another history.
pub(crate) fn entry(salt: u8, n: u64) -> Vec<u8> {
    let length = 20 + usize::try_from(n % 40).unwrap();
    let mut entry = vec![salt; length];
    entry[..8].copy_from_slice(&n.to_be_bytes());
    entry
}

/// Grows the log in `path` to `size` entries of the history that is `salt` from entry `from` on,
/// and 0 before, and publishes.
pub(crate) fn grow(path: &Path, size: u64, salt: u8, from: u64) -> SignedCheckpoint {
    let mut log = Log::open(path, ORIGIN).unwrap();
    let entries = log.size()..size;
    let entries = entries.map(|n| entry(if n < from { 0 } else { salt }, n));
    let staged = log.stage(&entries.collect::<Vec<_>>()).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&key(9)).unwrap();
    log.publish(&checkpoint).unwrap();
    checkpoint
}

/// A folder with a log of `size` entries, served.
pub(crate) struct Site {
    folder: tempfile::TempDir,
    pub(crate) server: Server,
}

/// What one run of the program said.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Outcome {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Site {
    pub(crate) fn new(size: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        grow(&log, size, 0, 0);
        let vkey = format!("{}\n", key(9).verifier_key());
        fs::write(folder.path().join("ledger.vkey"), vkey).unwrap();
        let server = Server::new(&log);
        Self { folder, server }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn mirror(&self) -> PathBuf {
        self.path("mirror")
    }

    /// Lets the served log grow honestly.
    pub(crate) fn grow(&self, size: u64) -> SignedCheckpoint {
        grow(self.server.root(), size, 0, 0)
    }

    /// Another log of the same key whose entries differ from `from` on.
    pub(crate) fn other_history(&self, size: u64, from: u64) -> PathBuf {
        let path = self.path(&format!("other-{size}-{from}"));
        grow(&path, size, 1, from);
        path
    }

    /// Puts the files of another log in the place of the served one.
    pub(crate) fn serve_instead(&self, other: &Path) {
        fs::remove_dir_all(self.server.root()).unwrap();
        copy(other, self.server.root());
    }

    pub(crate) fn command(&self, more: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
        command.args(["follow", "--url", &self.server.url, "--mirror"]);
        command.arg(self.mirror());
        command.arg("--key").arg(self.path("ledger.vkey"));
        command.args(more);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    pub(crate) fn start(&self, more: &[&str]) -> Child {
        self.command(more).spawn().unwrap()
    }

    /// Follows until the mirror is up to date.
    pub(crate) fn follow(&self) -> Outcome {
        self.follow_with(&[])
    }

    pub(crate) fn follow_with(&self, more: &[&str]) -> Outcome {
        let mut arguments = vec!["--once"];
        for usual in [["--attempts", "2"], ["--timeout", "5"]] {
            if !more.contains(&usual[0]) {
                arguments.extend(usual);
            }
        }
        arguments.extend(more);
        Outcome::of(&mut self.command(&arguments))
    }

    /// The real program verifies evidence.
    pub(crate) fn evidence(&self, directory: &Path) -> Outcome {
        let mut command = Command::new(env!("CARGO_BIN_EXE_auditor"));
        command.arg("evidence").arg(directory);
        command.arg("--key").arg(self.path("ledger.vkey"));
        Outcome::of(&mut command)
    }

    /// Verifies the whole mirror with the ledger crate, which knows nothing of followers.
    pub(crate) fn verified(&self) -> VerifiedTree {
        verified(&self.mirror())
    }

    pub(crate) fn evidence_folders(&self) -> Vec<PathBuf> {
        let listing = fs::read_dir(self.mirror().join("evidence"));
        let mut folders: Vec<_> = listing
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        folders.sort();
        folders
    }
}

pub(crate) fn verified(path: &Path) -> VerifiedTree {
    let directory = ledger::TileDirectory::open(path).unwrap();
    ledger::verify_directory(&directory, key(9).verifier_key(), &[], &mut |_| {}).unwrap()
}

/// Every file below a directory with its content, but not locks.
pub(crate) fn files(path: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let entry = entry.unwrap().path();
            if entry.is_dir() {
                folders.push(entry);
            } else if entry.file_name().unwrap() != "lock" {
                let name = entry.strip_prefix(path).unwrap().to_owned();
                // A file that a writer has just renamed is listed under its new name next time.
                found.extend(fs::read(&entry).ok().map(|bytes| (name, bytes)));
            }
        }
    }
    found.sort();
    found
}

/// Whether a mirror has every file of a published log; it may have partial tiles besides.
pub(crate) fn has_all(mirror: &Path, log: &Path) -> bool {
    let kept = files(mirror);
    files(log).iter().all(|file| kept.contains(file))
}

pub(crate) fn copy(from: &Path, to: &Path) {
    for (name, bytes) in files(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}
