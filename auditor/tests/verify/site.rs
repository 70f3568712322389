//! A ledger on disk with its bodies and pinned keys, and the program run over it.

use std::fs;
use std::path::{Path, PathBuf};

use data_encoding::BASE64;
use ledger::{Log, NoteSigner, SignedCheckpoint, SoftwareSigner};
use serde_json::{Value, json};

use crate::world::{Entry, World};

pub(crate) const ORIGIN: &str = "ledger.example.mx/receta";

impl World {
    /// Writes the ledger, the bodies and the pinned keys.
    pub(crate) fn write(&self) -> Site {
        let leaves: Vec<Vec<u8>> = self
            .entries
            .iter()
            .map(|entry| entry.leaf.encode())
            .collect();
        self.write_with(&leaves)
    }

    /// As [`World::write`], with other bytes in the place of the leaves.
    pub(crate) fn write_with(&self, leaves: &[Vec<u8>]) -> Site {
        let folder = tempfile::tempdir().unwrap();
        let site = Site { folder };
        publish(&site.path("ledger"), leaves);
        fs::write(
            site.path("ledger.vkey"),
            format!("{}\n", log_key(9).verifier_key()),
        )
        .unwrap();
        fs::write(site.path("root.pem"), &self.pki.root).unwrap();
        fs::write(site.path("issuer.pem"), &self.pki.issuing).unwrap();
        fs::write(site.path("clients.pem"), &self.pki.clients_pem).unwrap();
        let records = (0..)
            .zip(&self.entries)
            .map(|(index, entry)| record(index, entry));
        fs::write(site.path("bodies.jsonl"), records.collect::<String>()).unwrap();
        site
    }
}

pub(crate) fn log_key(seed: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[seed; 32]).unwrap()
}

/// One line of the bodies' file.
pub(crate) fn record(index: u64, entry: &Entry) -> String {
    let (salt, body) = (BASE64.encode(&entry.salt), BASE64.encode(&entry.body));
    format!("{}\n", json!({"index": index, "salt": salt, "body": body}))
}

/// Appends `leaves` to the log in `path` and publishes.
pub(crate) fn publish(path: &Path, leaves: &[Vec<u8>]) -> SignedCheckpoint {
    let mut log = Log::open(path, ORIGIN).unwrap();
    let staged = log.stage(leaves).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&log_key(9)).unwrap();
    log.publish(&checkpoint).unwrap();
    checkpoint
}

/// A ledger on disk, and the program run over it.
pub(crate) struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Flips one bit of a file.
    pub(crate) fn flip(&self, name: &str, byte: usize) {
        let mut bytes = fs::read(self.path(name)).unwrap();
        bytes[byte] ^= 1;
        fs::write(self.path(name), bytes).unwrap();
    }

    /// Exit code, standard output and standard error.
    pub(crate) fn run(&self, arguments: &[&str]) -> (u8, String, String) {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        // An argument that is the name of a file here stands for its path.
        let arguments = arguments.iter().map(|argument| match self.path(argument) {
            path if path.exists() => path.into_os_string(),
            _ => (*argument).into(),
        });
        let program = std::iter::once("auditor".into());
        let code = auditor::cli::run(program.chain(arguments), &mut out, &mut err);
        (
            code,
            String::from_utf8(out).unwrap(),
            String::from_utf8(err).unwrap(),
        )
    }

    /// Audits everything with every key pinned, and `more` arguments.
    pub(crate) fn audit(&self, more: &[&str]) -> Value {
        let mut arguments = vec![
            "verify",
            "--ledger",
            "ledger",
            "--key",
            "ledger.vkey",
            "--bodies",
            "bodies.jsonl",
            "--professionals-root",
            "root.pem",
            "--professionals-issuer",
            "issuer.pem",
            "--pharmacy-ca",
            "clients.pem",
            "--json",
        ];
        arguments.extend(more);
        let (code, out, err) = self.run(&arguments);
        assert_eq!(err, "");
        let report: Value = serde_json::from_str(&out).unwrap();
        assert_eq!(code == 0, report["clean"] == true, "{report}");
        report
    }

    /// Codes and entries of what an audit of everything finds.
    pub(crate) fn findings(&self) -> Vec<(String, Option<u64>)> {
        findings(&self.audit(&[]))
    }
}

pub(crate) fn findings(report: &Value) -> Vec<(String, Option<u64>)> {
    let list = report["findings"].as_array().unwrap().iter();
    list.map(|one| {
        (
            one["code"].as_str().unwrap().to_owned(),
            one["entry"].as_u64(),
        )
    })
    .collect()
}

/// One finding about one entry.
pub(crate) fn only(code: &str, entry: u64) -> Vec<(String, Option<u64>)> {
    vec![(code.to_owned(), Some(entry))]
}
