//! A power cut during publication: any subset of the new files may have reached the disk, the
//! checkpoint only with all of them.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

use proptest::prelude::*;

use crate::fixture::{append, audit, copy_file, entries, files, open, publish};

/// A directory published at `before` entries, and the same published again at `after`.
fn two_states(before: u64, after: u64) -> [tempfile::TempDir; 2] {
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (folder, stops) in states.iter().zip([vec![before], vec![before, after]]) {
        let mut log = open(folder.path());
        for stop in stops {
            let missing = stop - log.size();
            append(&mut log, missing);
            publish(&mut log);
        }
    }
    states
}

fn recover(folder: &Path, before: u64, after: u64) {
    let mut log = open(folder);
    assert_eq!(log.size(), before);
    log.replay(before, &entries(before..after)).unwrap();
    publish(&mut log);
    assert_eq!(audit(folder, &[]).unwrap().size(), after);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn tiles_without_their_checkpoint_do_no_harm(
        before in 0_u64..600, more in 1_u64..600, survived: u64,
    ) {
        let after = before + more;
        let [old, new] = two_states(before, after);
        let known: HashSet<_> = files(old.path())
            .into_iter()
            .map(|file| file.strip_prefix(old.path()).unwrap().to_owned())
            .collect();
        let written = files(new.path()).into_iter().filter(|file| {
            let name = file.strip_prefix(new.path()).unwrap();
            !known.contains(name) && !name.ends_with("checkpoint")
        });
        for (number, file) in written.enumerate() {
            if (survived >> (number % 64)) & 1 == 1 {
                copy_file(&file, new.path(), old.path());
            }
        }
        // Readers still see the old log, whole.
        prop_assert_eq!(audit(old.path(), &[]).unwrap().size(), before);
        recover(old.path(), before, after);
    }
}

#[test]
fn half_written_temporary_files_are_replaced() {
    let [old, new] = two_states(100, 300);
    for file in files(new.path()) {
        let half = fs::read(&file).unwrap();
        let name = file.strip_prefix(new.path()).unwrap().with_extension("tmp");
        let target = old.path().join(name);
        fs::create_dir_all(target.parent().unwrap()).unwrap();
        fs::write(target, &half[..half.len() / 2]).unwrap();
    }
    recover(old.path(), 100, 300);
}

#[test]
fn a_crash_before_partial_tiles_are_removed() {
    let [old, new] = two_states(100, 300);
    for file in files(old.path()) {
        if !file.ends_with("checkpoint") {
            copy_file(&file, old.path(), new.path());
        }
    }
    assert!(new.path().join("tile/0/000.p/100").is_file());
    assert_eq!(audit(new.path(), &[]).unwrap().size(), 300);
    recover(new.path(), 300, 301);
}
