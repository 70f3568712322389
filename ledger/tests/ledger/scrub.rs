//! The scrub finds a flipped bit in any file within one round, and names the file.

use std::fs;
use std::path::Path;

use ledger::{DirectoryError, Log, Scrub, ScrubError, ScrubProgress};
use proptest::prelude::*;

use crate::fixture::{append, files, open, publish};

/// One full round.
fn round(log: &Log) -> Result<ScrubProgress, ScrubError> {
    Scrub::new().step(&log.scrub_base()?, u64::MAX)
}

fn flip(file: &Path, bit: usize) {
    let mut bytes = fs::read(file).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(file, &bytes).unwrap();
}

/// Flips the bit, expects the round to name the file, and flips it back.
fn finds(log: &Log, folder: &Path, name: &Path, bit: usize) {
    let file = folder.join(name);
    flip(&file, bit);
    let found = round(log).expect_err(&format!("bit {bit} of {}", name.display()));
    let message = found.to_string();
    assert!(
        message.contains(&name.display().to_string()),
        "bit {bit} of {}: {message}",
        name.display()
    );
    flip(&file, bit);
}

/// Full and partial tiles of two levels, and leftovers that a crash kept from being removed.
fn published() -> (tempfile::TempDir, Log) {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 100);
    publish(&mut log);
    let leftovers = files(folder.path());
    let leftovers = leftovers
        .into_iter()
        .filter(|file| !file.ends_with("checkpoint"));
    let leftovers: Vec<_> = leftovers
        .map(|file| (fs::read(&file).unwrap(), file))
        .collect();
    append(&mut log, 158);
    publish(&mut log);
    append(&mut log, 4);
    publish(&mut log);
    for (content, file) in leftovers {
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, content).unwrap();
    }
    assert!(folder.path().join("tile/0/001.p/2").is_file());
    assert!(folder.path().join("tile/entries/000.p/100").is_file());
    (folder, log)
}

#[test]
fn every_file_is_vouched_for() {
    let (folder, log) = published();
    let progress = round(&log).unwrap();
    assert_eq!(
        (progress.verified, progress.bundles, progress.rounds),
        (2, 2, 1)
    );
    for file in files(folder.path()) {
        let name = file.strip_prefix(folder.path()).unwrap();
        let bits = usize::try_from(fs::metadata(&file).unwrap().len() * 8).unwrap();
        // A prime stride, so that every byte and bit position comes up; the last bit too.
        for bit in (0..bits).step_by(499).chain([bits - 1]) {
            finds(&log, folder.path(), name, bit);
        }
    }
    // What was adopted since is not published, and no file of it is missed.
    let mut log = log;
    append(&mut log, 1000);
    assert_eq!(round(&log).unwrap().bundles, 2);
}

#[test]
fn missing_files_are_named() {
    let (folder, log) = published();
    for name in ["tile/entries/000", "tile/0/001.p/6", "tile/1/000.p/1"] {
        let file = folder.path().join(name);
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let found = round(&log).unwrap_err();
        assert!(
            matches!(found, ScrubError::Read(DirectoryError::Missing { .. })),
            "{found}"
        );
        assert!(found.to_string().starts_with(name), "{found}");
        fs::write(&file, content).unwrap();
    }
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    assert!(matches!(round(&log), Err(ScrubError::Checkpoint)));
}

#[test]
fn three_levels() {
    const SIZE: u64 = 256 * 256 + 300;
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, SIZE);
    publish(&mut log);
    assert_eq!(round(&log).unwrap().verified, 258);
    for name in [
        "tile/2/000.p/1",
        "tile/1/000",
        "tile/1/001.p/1",
        "tile/0/000",
        "tile/0/131",
        "tile/0/256",
        "tile/0/257.p/44",
        "tile/entries/255",
        "tile/entries/257.p/44",
    ] {
        finds(&log, folder.path(), Path::new(name), 200);
    }
}

/// A tile and its parent damaged alike, as a forger would: memory does not agree.
#[test]
fn a_consistent_forgery_is_found() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 300);
    publish(&mut log);
    let other = tempfile::tempdir().unwrap();
    let mut forger = open(other.path());
    forger.replay(0, &vec![b"forged".to_vec(); 300]).unwrap();
    publish(&mut forger);
    for name in ["tile/0/000", "tile/1/000.p/1", "tile/entries/000"] {
        fs::copy(other.path().join(name), folder.path().join(name)).unwrap();
    }
    let found = round(&log).unwrap_err();
    assert_eq!(
        found.to_string(),
        "tile/1/000.p/1 is damaged: its hashes are not those of the tree; restore it from a copy"
    );
}

#[test]
fn it_stays_at_the_damage_and_goes_round_after_repair() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 1000);
    publish(&mut log);
    let base = log.scrub_base().unwrap();
    let mut scrub = Scrub::new();
    flip(&folder.path().join("tile/0/002"), 9);
    assert_eq!(scrub.step(&base, 2).unwrap().verified, 2);
    for _ in 0..2 {
        let found = scrub.step(&base, 2).unwrap_err();
        assert!(matches!(found, ScrubError::Tile { .. }), "{found}");
    }
    flip(&folder.path().join("tile/0/002"), 9);
    let progress = scrub.step(&base, 10).unwrap();
    assert_eq!((progress.verified, progress.rounds), (4, 1));
    // The next step is of the next round, and so finds what was verified before.
    flip(&folder.path().join("tile/entries/000"), 9);
    scrub.step(&base, 1).unwrap_err();
}

#[test]
fn the_empty_log_has_nothing_to_scrub() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    assert_eq!(round(&log).unwrap().rounds, 1);
    publish(&mut log);
    assert_eq!(round(&log).unwrap().bundles, 0);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 30, ..ProptestConfig::default() })]

    /// The log grows, publishes and forgets while the scrub goes on with old and new bases.
    #[test]
    fn a_growing_log_is_never_found_damaged(
        steps in prop::collection::vec((1_u64..700, 1_u64..4, any::<bool>()), 1..12),
    ) {
        let folder = tempfile::tempdir().unwrap();
        let mut log = open(folder.path());
        let mut scrub = Scrub::new();
        let mut base = log.scrub_base().unwrap();
        for (more, bundles, fresh) in steps {
            append(&mut log, more);
            publish(&mut log);
            if fresh {
                base = log.scrub_base().unwrap();
            }
            scrub.step(&base, bundles).unwrap();
        }
        round(&log).unwrap();
    }
}
