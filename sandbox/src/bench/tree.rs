//! The bare tree: appending batches durably, proving, verifying a whole directory.

use std::fs::File;
use std::hint::black_box;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use ledger::{
    Log, NoteSigner, PublishedTree, SoftwareSigner, TileDirectory, leaf_hash, node_hash,
    verify_directory,
};

use super::LedgerArguments;
use super::figure::{Figure, each, per_second};
use super::percentiles::Times;
use super::process::own_cpu;
use super::report::Report;
use crate::processes::interrupted;

const ORIGIN: &str = "receta.bench/tree";
/// Entries of a batch; each batch is signed and published.
const BATCH: u64 = 500;
/// Bytes of an entry: about a leaf.
const ENTRY: usize = 200;
/// Proofs that are timed, after as many that are not.
const PROOFS: u64 = 2_000;

/// A part that has ended.
struct Part {
    count: u64,
    wall: Duration,
    cpu: Duration,
}

impl Part {
    /// `work` says how many things it did.
    fn of(work: impl FnOnce() -> Result<u64>) -> Result<Self> {
        let (begun, before) = (Instant::now(), own_cpu());
        let count = work()?;
        let (wall, cpu) = (begun.elapsed(), own_cpu().saturating_sub(before));
        Ok(Self { count, wall, cpu })
    }

    fn rate(&self) -> u64 {
        per_second(self.count, self.wall)
    }
}

/// What a bare tree came to: the files of a log, without callers and without a database.
pub(super) struct Bare {
    append: Part,
    verify: Part,
    proofs: Times,
    batches: Times,
    hashing: Part,
    writing: Part,
}

impl Bare {
    /// Appends, proves and verifies in `folder`.
    ///
    /// # Errors
    /// The disk refuses, or the tree does not verify.
    pub(super) fn measure(folder: &Path, arguments: &LedgerArguments) -> Result<Self> {
        let tree = folder.join("tree");
        let signer = SoftwareSigner::from_seed(ORIGIN, &[1; 32])?;
        let mut batches = Times::default();
        let append = Part::of(|| append(&tree, &signer, arguments, &mut batches))?;
        let entries = append.count;
        let proofs = prove(&tree, entries)?;
        let verify = Part::of(|| {
            let directory = TileDirectory::open(&tree)?;
            let verified = verify_directory(&directory, signer.verifier_key(), &[], &mut |_| {})?;
            ensure!(verified.size() == entries, "entries are missing");
            Ok(entries)
        })?;
        Ok(Self {
            append,
            verify,
            proofs,
            batches,
            hashing: Part::of(|| Ok(hash_alone(entries)))?,
            writing: Part::of(|| write_alone(&folder.join("bytes"), entries))?,
        })
    }

    /// Entries hashed alone, per second: a leaf hash and a node hash each.
    pub(super) fn hashing_rate(&self) -> u64 {
        self.hashing.rate()
    }

    /// Adds its rows to a report.
    pub(super) fn rows(self, report: &mut Report) {
        let entries = self.append.count;
        report.section("the bare tree: stage, adopt, sign, publish durably");
        report.row("entries", Figure::Count(entries));
        report.row("entries of a batch", Figure::Count(BATCH));
        report.row("throughput", Figure::PerSecond(self.append.rate()));
        report.row(
            "CPU of an entry",
            Figure::Time(each(self.append.cpu, entries)),
        );
        report.words("times of", "a batch");
        self.batches.summary().rows(report);
        report.section("inclusion proof from warm tiles (aim: 20 µs)");
        self.proofs.summary().rows(report);
        report.section("verify the whole directory (aim: 500,000/s)");
        report.row("throughput", Figure::PerSecond(self.verify.rate()));
        report.row(
            "CPU of an entry",
            Figure::Time(each(self.verify.cpu, entries)),
        );
        report.section("limits of the bare tree, measured in the same run");
        for (part, what) in [(&self.append, "append"), (&self.verify, "verify")] {
            let (rate, measured) = (self.hashing.rate(), part.rate());
            let label = format!("{what}: a leaf hash and a node hash");
            report.row(label, Figure::Limit { rate, measured });
        }
        let (rate, measured) = (self.writing.rate(), self.append.rate());
        let label = "append: write and fdatasync the same batches";
        report.row(label, Figure::Limit { rate, measured });
    }
}

fn append(
    tree: &Path,
    signer: &SoftwareSigner,
    arguments: &LedgerArguments,
    times: &mut Times,
) -> Result<u64> {
    let mut log = Log::open(tree, ORIGIN)?;
    let limit = Duration::from_secs(arguments.seconds);
    let begun = Instant::now();
    while log.size() < arguments.entries && begun.elapsed() < limit {
        ensure!(!interrupted(), "interrupted");
        let end = arguments.entries.min(log.size() + BATCH);
        let leaves: Vec<_> = (log.size()..end).map(entry).collect();
        let batch = Instant::now();
        let staged = log.stage(&leaves)?;
        log.adopt(staged)?;
        let checkpoint = log.sign(signer)?;
        log.publish(&checkpoint)?;
        times.push(batch.elapsed());
    }
    Ok(log.size())
}

/// Entry number `index`: its number, and filling.
fn entry(index: u64) -> Vec<u8> {
    let mut entry = vec![0x5a; ENTRY];
    entry[..8].copy_from_slice(&index.to_be_bytes());
    entry
}

/// Times of proofs for entries all over the tree, each checked.
fn prove(tree: &Path, entries: u64) -> Result<Times> {
    let published = PublishedTree::new(TileDirectory::open(tree)?, entries);
    let root = published.root(entries)?;
    let mut times = Times::default();
    for round in 0..2 {
        for number in 0..PROOFS {
            // A large odd step goes all over the tree, the same way each time.
            let index = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) % entries.max(1);
            let begun = Instant::now();
            let proof = published.inclusion_proof(index, entries)?;
            if round == 1 {
                times.push(begun.elapsed());
            }
            proof
                .verify(leaf_hash(&entry(index)), root)
                .context("a proof of our own")?;
        }
    }
    Ok(times)
}

/// What a tree cannot do without: a leaf hash and, on average, a node hash for each entry.
fn hash_alone(entries: u64) -> u64 {
    let mut last = leaf_hash(&[]);
    for index in 0..entries {
        last = node_hash(last, leaf_hash(black_box(&entry(index))));
    }
    black_box(last);
    entries
}

/// The bytes of the entries, made durable batch by batch in one file.
fn write_alone(path: &Path, entries: u64) -> Result<u64> {
    let mut file = File::create(path)?;
    let mut written = 0;
    while written < entries {
        let end = entries.min(written + BATCH);
        let bytes: Vec<u8> = (written..end).flat_map(entry).collect();
        file.write_all(&bytes)?;
        file.sync_data()?;
        written = end;
    }
    Ok(written)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_appended_verifies() {
        let folder = tempfile::tempdir().unwrap();
        let signer = SoftwareSigner::from_seed(ORIGIN, &[1; 32]).unwrap();
        let arguments = LedgerArguments {
            entries: 1_100,
            seconds: 60,
            grow: 0,
            keys: 1000,
            output: super::super::Output { json: false },
        };
        let mut times = Times::default();
        let appended = append(folder.path(), &signer, &arguments, &mut times).unwrap();
        assert_eq!((appended, times.count()), (1_100, 3));
        assert_eq!(prove(folder.path(), 1_100).unwrap().count(), PROOFS);
    }
}
