//! A log identity, entries and the sequencer's usual round, shared by the tests.

use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};

use ledger::{
    AuditError, Log, NoteSigner, SignedCheckpoint, SoftwareSigner, TileDirectory, VerifiedTree,
    verify_directory,
};

pub(crate) const ORIGIN: &str = "ledger.example.mx/receta";

pub(crate) fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(ORIGIN, &[42; 32]).unwrap()
}

/// Entries that differ in content and in length, the empty one included.
pub(crate) fn entry(index: u64) -> Vec<u8> {
    let length = usize::try_from(index % 7).unwrap();
    index.to_be_bytes().repeat(length)
}

pub(crate) fn entries(range: Range<u64>) -> Vec<Vec<u8>> {
    range.map(entry).collect()
}

pub(crate) fn open(path: &Path) -> Log {
    Log::open(path, ORIGIN).unwrap()
}

/// Stage and adopt: what happens around the database's commit.
pub(crate) fn append(log: &mut Log, count: u64) {
    let first = log.size();
    let staged = log.stage(&entries(first..first + count)).unwrap();
    assert_eq!(
        (staged.first_index(), staged.size()),
        (first, first + count)
    );
    log.adopt(staged).unwrap();
}

pub(crate) fn publish(log: &mut Log) -> SignedCheckpoint {
    let checkpoint = log.sign(&signer()).unwrap();
    log.publish(&checkpoint).unwrap();
    checkpoint
}

pub(crate) fn audit(path: &Path, earlier: &[SignedCheckpoint]) -> Result<VerifiedTree, AuditError> {
    let directory = TileDirectory::open(path).unwrap();
    verify_directory(&directory, signer().verifier_key(), earlier, &mut |_| {})
}

/// Every regular file below a directory, in order of path, without the lock.
pub(crate) fn files(path: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for item in fs::read_dir(path).unwrap() {
        let path = item.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if !path.ends_with("lock") {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// A copy of the files of a log, as a restored backup would be.
pub(crate) fn copy_file(file: &Path, from: &Path, to: &Path) {
    let target = to.join(file.strip_prefix(from).unwrap());
    fs::create_dir_all(target.parent().unwrap()).unwrap();
    fs::copy(file, target).unwrap();
}

/// Where third-party vectors are, outside the repository; `None`, said aloud, where they are not.
pub(crate) fn vectors(name: &str) -> Option<PathBuf> {
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/vectors")).join(name);
    if path.is_dir() {
        Some(path)
    } else {
        eprintln!("SKIPPED: {} is missing", path.display());
        None
    }
}
