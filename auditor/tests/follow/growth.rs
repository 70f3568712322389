//! An honest server.

use std::fs;

use crate::log::{Site, files};

/// The files that the log published and a tlog-tiles client needs for its checkpoint.
fn published(site: &Site) -> Vec<(std::path::PathBuf, Vec<u8>)> {
    files(site.server.root())
}

#[test]
fn the_mirror_is_the_published_directory() {
    for size in [0, 1, 255, 256, 257, 700, 65_536, 65_800] {
        let site = Site::new(size);
        let outcome = site.follow();
        assert_eq!(outcome.code, Some(0), "{size}: {outcome:?}");
        assert_eq!(files(&site.mirror()), published(&site), "{size}");
        assert_eq!(site.verified().size(), size);
        assert!(
            outcome.out.contains(&format!("{size} entradas")),
            "{outcome:?}"
        );
    }
}

#[test]
fn only_what_is_new_is_fetched() {
    let site = Site::new(600);
    assert_eq!(site.follow().code, Some(0));
    site.server.asked();
    assert_eq!(site.follow().code, Some(0));
    assert_eq!(site.server.asked(), ["shards", "checkpoint"]);
    site.grow(1100);
    assert_eq!(site.follow().code, Some(0));
    let asked = site.server.asked();
    for (path, times) in [
        ("tile/0/000", 0),
        ("tile/0/001", 0),
        ("tile/entries/001", 0),
        ("tile/0/002", 1),
        ("tile/entries/003", 1),
        ("tile/entries/004.p/76", 1),
    ] {
        let count = asked.iter().filter(|asked| *asked == path).count();
        assert_eq!(count, times, "{path} in {asked:?}");
    }
    assert_eq!(site.verified().size(), 1100);
}

#[test]
fn partial_tiles_go_once_the_full_ones_exist() {
    let site = Site::new(1);
    for size in [1, 2, 200, 255, 256, 300, 511, 512, 513, 1024] {
        site.grow(size);
        let outcome = site.follow();
        assert_eq!(outcome.code, Some(0), "{outcome:?}");
        assert_eq!(site.verified().size(), size);
    }
    assert_eq!(files(&site.mirror()), published(&site));
    assert!(!site.mirror().join("tile/0/000.p").exists());
    assert!(!site.mirror().join("tile/entries/001.p").exists());
}

/// The server goes on between checkpoint and tiles, and deletes the partial ones.
#[test]
fn a_full_tile_stands_in_for_a_partial_one_that_is_gone() {
    let site = Site::new(300);
    let early = fs::read(site.server.root().join("checkpoint")).unwrap();
    site.grow(600);
    assert!(!site.server.root().join("tile/0/001.p").exists());
    site.server
        .tell("checkpoint", crate::server::Reply::Bytes(early));
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(site.verified().size(), 300);
    assert!(site.mirror().join("tile/entries/001.p/44").exists());
    site.server.be_honest();
    assert_eq!(site.follow().code, Some(0));
    assert_eq!(site.verified().size(), 600);
}

#[test]
fn the_mirror_follows_while_the_log_grows() {
    let site = Site::new(10);
    let mut follower = site.start(&["--every", "1"]);
    let mut total = 10;
    let mirrored = || {
        let text = fs::read_to_string(site.mirror().join("checkpoint")).unwrap_or_default();
        text.lines()
            .nth(1)
            .and_then(|size| size.parse::<u64>().ok())
    };
    while mirrored() < Some(1500) {
        assert!(total < 60_000, "the mirror stays at {:?}", mirrored());
        total += 50;
        site.grow(total);
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    follower.kill().unwrap();
    follower.wait().unwrap();
    assert!(site.verified().size() >= 1500);
}

#[test]
fn the_program_verifies_its_own_mirror() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.args(["verify", "--json", "--ledger"]);
    command.arg(site.mirror());
    command.arg("--key").arg(site.path("ledger.vkey"));
    let output = command.output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // The entries of this log are not leaves of prescriptions; its tree is in order.
    assert_eq!(report["ledger"]["size"], 300, "{report}");
}

#[test]
fn damage_is_repaired_when_asked() {
    let site = Site::new(700);
    assert_eq!(site.follow().code, Some(0));
    for (name, byte) in [
        ("tile/0/001", 40),
        ("tile/entries/000", 9),
        ("tile/entries/002.p/188", 5),
    ] {
        let path = site.mirror().join(name);
        let mut bytes = fs::read(&path).unwrap();
        bytes[byte] ^= 1;
        fs::write(path, bytes).unwrap();
    }
    fs::remove_file(site.mirror().join("tile/entries/001")).unwrap();
    site.server.asked();
    let outcome = site.follow_with(&["--repair"]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert_eq!(
        site.server.asked().len(),
        6,
        "checkpoint, shards and what was damaged"
    );
    assert_eq!(files(&site.mirror()), published(&site));
}
