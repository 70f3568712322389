//! Damage is detected, wherever it is, and named.

use std::fs;
use std::path::Path;

use ledger::{AuditError, DirectoryError, Hash, Log, OpenError, leaf_hash};

use crate::fixture::{ORIGIN, append, audit, files, open, publish};

/// A small directory with full and partial tiles of two levels, and leftovers of an earlier size.
fn small_directory() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 258);
    publish(&mut log);
    append(&mut log, 4);
    publish(&mut log);
    drop(log);
    assert!(folder.path().join("tile/0/001.p/2").is_file());
    audit(folder.path(), &[]).unwrap();
    folder
}

fn with_flip(file: &Path, bit: usize, check: impl FnOnce(u8)) {
    let mut bytes = fs::read(file).unwrap();
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(file, &bytes).unwrap();
    check(bytes[bit / 8]);
    bytes[bit / 8] ^= 1 << (bit % 8);
    fs::write(file, &bytes).unwrap();
}

#[test]
fn every_single_bit_matters() {
    let folder = small_directory();
    for file in files(folder.path()) {
        let bits = fs::metadata(&file).unwrap().len() * 8;
        // Every bit of small files; a prime stride through the large ones, which are repetitive.
        let stride = if bits > 8_000 { 97 } else { 1 };
        for bit in (0..usize::try_from(bits).unwrap()).step_by(stride) {
            with_flip(&file, bit, |_| {
                let found = audit(folder.path(), &[]);
                assert!(
                    found.is_err(),
                    "bit {bit} of {} went unnoticed",
                    file.display()
                );
            });
        }
    }
    audit(folder.path(), &[]).unwrap();
}

#[test]
fn the_damage_is_named() {
    let folder = small_directory();
    let flip = |file: &str, byte: usize| {
        let mut message = String::new();
        with_flip(&folder.path().join(file), byte * 8, |_| {
            message = audit(folder.path(), &[]).unwrap_err().to_string();
        });
        message
    };
    // Entry 257 is the second of its bundle, of 8 * (257 % 7) bytes.
    let in_257 = 2 + 8 * (256 % 7) + 2;
    assert_eq!(
        flip("tile/entries/001.p/6", in_257),
        "the entry 257 in tile/entries/001.p/6 does not hash to tile/0/001.p/6"
    );
    assert_eq!(
        flip("tile/0/000", 32 * 17),
        "the entry 17 in tile/entries/000 does not hash to tile/0/000"
    );
    assert_eq!(
        flip("tile/1/000.p/1", 5),
        "hash 0 of tile/1/000.p/1 is not the root of entries 0 to 255"
    );
    assert_eq!(
        flip("tile/0/001.p/2", 1),
        "tile/0/001.p/2 is not the beginning of tile/0/001.p/6"
    );
    assert_eq!(
        flip("tile/entries/001.p/2", 3),
        "tile/entries/001.p/2 is not the beginning of tile/entries/001.p/6"
    );
    assert!(flip("tile/entries/001.p/6", 0).starts_with("tile/entries/001.p/6 is damaged"));
    assert!(flip("checkpoint", 0).contains("signature"));
}

#[test]
fn missing_files_are_named() {
    let folder = small_directory();
    for name in ["tile/entries/000", "tile/0/001.p/6", "tile/1/000.p/1"] {
        let file = folder.path().join(name);
        let content = fs::read(&file).unwrap();
        fs::remove_file(&file).unwrap();
        let found = audit(folder.path(), &[]).unwrap_err();
        assert!(
            matches!(found, AuditError::Directory(DirectoryError::Missing { .. })),
            "{found}"
        );
        assert!(found.to_string().starts_with(name), "{found}");
        fs::write(&file, content).unwrap();
    }
    fs::remove_file(folder.path().join("checkpoint")).unwrap();
    assert!(matches!(
        audit(folder.path(), &[]),
        Err(AuditError::NoCheckpoint)
    ));
}

#[test]
fn rewritten_history_contradicts_earlier_checkpoints() {
    let (honest, forged) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let mut log = open(honest.path());
    append(&mut log, 10);
    let earlier = publish(&mut log);
    // The same operator, another history: consistent in itself, correctly signed.
    let mut log = open(forged.path());
    let staged = log.stage(&vec![b"forged".to_vec(); 20]).unwrap();
    log.adopt(staged).unwrap();
    publish(&mut log);
    assert!(audit(forged.path(), &[]).is_ok());
    let found = audit(forged.path(), std::slice::from_ref(&earlier)).unwrap_err();
    assert!(
        matches!(found, AuditError::OtherHistory { size: 10 }),
        "{found}"
    );

    let truncated = tempfile::tempdir().unwrap();
    let mut log = open(truncated.path());
    append(&mut log, 4);
    publish(&mut log);
    let found = audit(truncated.path(), &[earlier]).unwrap_err();
    assert!(
        matches!(
            found,
            AuditError::Shrunk {
                earlier: 10,
                size: 4
            }
        ),
        "{found}"
    );
}

/// The writer notices damage of what it builds on before it signs anything.
#[test]
fn a_damaged_right_edge_does_not_open() {
    let folder = small_directory();
    for name in ["tile/0/001.p/6", "tile/1/000.p/1", "tile/entries/001.p/6"] {
        with_flip(&folder.path().join(name), 8 * 12, |_| {
            let refused = Log::open(folder.path(), ORIGIN);
            assert!(
                matches!(
                    refused,
                    Err(OpenError::EdgeRoot { .. } | OpenError::Edge(_))
                ),
                "{name}: {refused:?}"
            );
        });
    }
    assert!(Log::open(folder.path(), ORIGIN).is_ok());
}

/// Tiles and entries forged together still miss the signed root.
#[test]
fn a_consistent_forgery_misses_the_signature() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = open(folder.path());
    append(&mut log, 1);
    publish(&mut log);
    fs::write(
        folder.path().join("tile/entries/000.p/1"),
        b"\x00\x06forged",
    )
    .unwrap();
    let Hash(leaf) = leaf_hash(b"forged");
    fs::write(folder.path().join("tile/0/000.p/1"), leaf).unwrap();
    let found = audit(folder.path(), &[]).unwrap_err();
    assert!(matches!(found, AuditError::Root { size: 1 }), "{found}");
}
