//! Killed at any point, the next run goes on from there.

use std::fs;
use std::process::Command;
use std::time::Duration;

use crate::log::{Site, files};

/// Hash tiles and bundles in the mirror so far.
fn kept(site: &Site) -> usize {
    let all = files(&site.mirror()).into_iter();
    all.filter(|(name, _)| name.starts_with("tile") && name.extension().is_none())
        .count()
}

#[test]
fn killed_again_and_again_it_arrives_and_fetches_nothing_twice() {
    let site = Site::new(20_000);
    site.server.delay(Duration::from_millis(4));
    let mut kills = 0;
    let mut asked = Vec::new();
    while !site.mirror().join("checkpoint").exists() {
        let before = kept(&site);
        let mut child = site.start(&["--once"]);
        // Until a few more files are there, or it has ended.
        while kept(&site) < before + 12 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
        asked.extend(site.server.asked());
        assert!(kills < 200, "no progress");
    }
    assert!(
        kills >= 5,
        "killed only {kills} times: the test proves little"
    );
    assert_eq!(site.verified().size(), 20_000);
    assert_eq!(files(&site.mirror()), files(site.server.root()));
    // A kill may lose the files on their way, at most one pair for each of the four connections.
    let bundles = asked
        .iter()
        .filter(|path| path.starts_with("tile/entries/"));
    let bundles = bundles.count();
    assert!(
        bundles <= 79 + 4 * kills,
        "{bundles} bundles fetched in {kills} runs"
    );
}

#[test]
fn the_checkpoint_is_never_ahead_of_the_files() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    site.server.delay(Duration::from_millis(3));
    for round in 1..=12_u64 {
        site.grow(300 + round * 700);
        let mut child = site.start(&["--once"]);
        std::thread::sleep(Duration::from_millis(7 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        // Whatever the moment, the mirror is a valid log.
        assert!(site.verified().size() >= 300);
    }
    site.server.be_honest();
    assert_eq!(site.follow().code, Some(0));
    assert_eq!(site.verified().size(), 300 + 12 * 700);
}

/// An interrupted round has seen a signed tree: a server that denies it is caught.
#[test]
fn what_an_interrupted_round_saw_is_remembered() {
    let site = Site::new(5000);
    let other = site.other_history(5000, 4990);
    site.server.delay(Duration::from_millis(20));
    let mut child = site.start(&["--once"]);
    while kept(&site) < 4 {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    site.server.be_honest();
    assert!(!site.mirror().join("checkpoint").exists());
    site.serve_instead(&other);
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains("BIFURCACIÓN"), "{outcome:?}");
    assert_eq!(site.evidence_folders().len(), 1);
}

#[test]
fn ctrl_c_is_answered_and_nothing_is_lost() {
    let site = Site::new(20_000);
    site.server.delay(Duration::from_millis(10));
    let child = site.start(&["--every", "5"]);
    while kept(&site) < 6 {
        std::thread::sleep(Duration::from_millis(1));
    }
    let killed = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status();
    assert!(killed.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("Interrumpido"), "{text}");
    assert!(fs::exists(site.mirror().join("follow.target")).unwrap());
    let before = kept(&site);
    assert!(before < 160, "it was interrupted too late");
    site.server.be_honest();
    site.server.asked();
    assert_eq!(site.follow().code, Some(0));
    let fetched = site.server.asked().len();
    assert!(
        fetched <= 2 + 160 - before + 1,
        "{fetched} fetched, {before} were there"
    );
    assert_eq!(site.verified().size(), 20_000);
}
