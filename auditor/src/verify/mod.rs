//! `auditor verify`: the whole ledger, from the pinned keys upward.
//!
//! `tree` establishes what was published and signed; only then is anything else examined.
//! `chain` follows each prescription through the leaves. Where bodies are given, `bodies`
//! reads them, `fold` holds them against leaf and law, and `signatures` asks who took each
//! step, with `document` for what was signed and `pharmacy` for who a pharmacy is.
//!
//! One pass, one bundle and one body at a time. What stays in memory is 40 bytes a prescription,
//! and with bodies the state of each prescription that is not at its end.

pub(crate) mod bodies;
mod chain;
mod document;
mod finding;
mod fold;
mod pharmacy;
mod report;
pub(crate) mod selection;
mod signatures;
mod spanish;
mod tree;

use std::io::{self, BufRead};

use ledger::{TileDirectory, VerifiedTree};
use prescription::leaf::Leaf;

pub use self::bodies::LineProblem;
pub use self::document::DocumentField;
pub use self::finding::Finding;
pub use self::fold::LeafField;
pub use self::pharmacy::{PharmacyAuthority, PharmacyCertificateError, VerifiedPharmacy};
pub use self::report::{Balance, BodyTally, Findings, Kinds, LedgerSummary, Report, Summary};
pub use self::signatures::{SignatureTally, Signers};
pub(crate) use self::spanish::checkpoint as checkpoint_in_spanish;

use self::bodies::{Bodies, BodyRecord};
use self::chain::Chains;
use self::fold::{Folds, Step};
use crate::trust::LogTrust;

/// A checkpoint that the log published before.
#[derive(Debug, Clone)]
pub struct EarlierCheckpoint {
    /// Its file, for findings.
    pub file: String,
    /// Its content.
    pub bytes: Vec<u8>,
}

/// What is examined, and whom to believe.
pub struct Inputs {
    /// The published files.
    pub directory: TileDirectory,
    /// Whose checkpoints are believed.
    pub trust: LogTrust,
    /// Checkpoints seen before.
    pub earlier: Vec<EarlierCheckpoint>,
    /// The bodies' file, if there is one.
    pub bodies: Option<Box<dyn BufRead>>,
    /// The pinned authorities of the signers.
    pub signers: Signers,
}

/// Which pass is under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Hashing the tree.
    Tree,
    /// Examining the entries.
    Entries,
}

/// How far a pass is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// The pass.
    pub stage: Stage,
    /// Entries done.
    pub entries: u64,
    /// Entries in all.
    pub size: u64,
}

/// Audits a ledger.
///
/// # Errors
/// The bodies' file could not be read to its end. Everything else is a finding.
pub fn verify(inputs: Inputs, progress: &mut dyn FnMut(Progress)) -> io::Result<Report> {
    let Inputs {
        directory,
        trust,
        earlier,
        bodies,
        signers,
    } = inputs;
    let mut findings = Findings::default();
    let summary = Summary::default();
    let Some(tree) = tree::verify(&directory, &trust, &earlier, &mut findings, progress) else {
        return Ok(Report {
            ledger: None,
            summary,
            findings,
        });
    };
    let refused = findings.total();
    let ledger = LedgerSummary {
        origin: tree.origin().to_owned(),
        size: tree.size(),
        root: tree.root().to_base64(),
        earlier_checkpoints: (earlier.len() as u64).saturating_sub(refused),
    };
    let mut pass = Pass {
        signers: &signers,
        bodies: bodies.map(Bodies::new),
        tally: BodyTally::default(),
        chains: Chains::default(),
        folds: Folds::default(),
        summary,
        findings,
    };
    pass.run(&directory, &tree, progress)?;
    let Pass {
        summary, findings, ..
    } = pass;
    Ok(Report {
        ledger: Some(ledger),
        summary,
        findings,
    })
}

/// The state of the pass over the entries.
struct Pass<'p> {
    signers: &'p Signers,
    bodies: Option<Bodies<Box<dyn BufRead>>>,
    tally: BodyTally,
    chains: Chains,
    folds: Folds,
    summary: Summary,
    findings: Findings,
}

impl Pass<'_> {
    fn run(
        &mut self,
        directory: &TileDirectory,
        tree: &VerifiedTree,
        progress: &mut dyn FnMut(Progress),
    ) -> io::Result<()> {
        let mut failed = None;
        let read = tree::each_entry(directory, tree, &mut |index, entry| {
            if failed.is_none() {
                failed = self.entry(index, entry).err();
            }
            progress(Progress {
                stage: Stage::Entries,
                entries: index + 1,
                size: tree.size(),
            });
        });
        if let Some(error) = failed {
            return Err(error);
        }
        if let Err(finding) = read {
            self.findings.push(finding);
        }
        self.summary.prescriptions = self.chains.prescriptions();
        if let Some(bodies) = self.bodies.take() {
            bodies.finish(&mut self.findings)?;
            self.summary.bodies = Some(self.tally);
        }
        Ok(())
    }

    fn entry(&mut self, index: u64, entry: &[u8]) -> io::Result<()> {
        let body = match &mut self.bodies {
            Some(bodies) => Some(bodies.of(index, &mut self.findings)?),
            None => None,
        };
        let leaf = match Leaf::decode(entry) {
            Ok(leaf) => leaf,
            Err(reason) => {
                self.findings.push(Finding::NotALeaf { index, reason });
                return Ok(());
            }
        };
        self.chains.follow(index, &leaf, &mut self.findings);
        self.summary.count(&leaf);
        match body {
            Some(Some(record)) => self.body(index, &leaf, &record),
            Some(None) => {
                self.tally.missing += 1;
                // The rest of its history cannot be folded any more.
                drop(self.folds.take(leaf.pseudonym));
            }
            None => {}
        }
        Ok(())
    }

    fn body(&mut self, index: u64, leaf: &Leaf, record: &BodyRecord) {
        self.tally.present += 1;
        let known = self.folds.take(leaf.pseudonym);
        let Some(body) = fold::open_body(index, leaf, record, &mut self.findings) else {
            return;
        };
        let step = Step {
            index,
            leaf,
            body: &body,
        };
        let tally = &mut self.summary.signatures;
        signatures::check(
            self.signers,
            &step,
            known.as_ref(),
            tally,
            &mut self.findings,
        );
        let qr_digest = signatures::qr_digest_of(&body.evidence);
        if !self.folds.step(&step, known, qr_digest, &mut self.findings) {
            self.tally.unfolded += 1;
        }
    }
}
