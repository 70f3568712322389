//! Two signed checkpoints that cannot both be true: kept, and checked again offline.

use std::fs;
use std::path::Path;

use crate::log::{Site, files};

const EVIDENCE: [&str; 4] = [
    "LEEME.txt",
    "a.checkpoint",
    "b.checkpoint",
    "subarboles.txt",
];

/// Follows a server that has turned to `other`, and returns the folder of evidence.
fn turned(site: &Site, other: &Path, words: &str) -> std::path::PathBuf {
    let before = files(&site.mirror());
    site.serve_instead(other);
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains(words), "{words}: {outcome:?}");
    let folders = site.evidence_folders();
    assert_eq!(folders.len(), 1);
    let kept = files(&site.mirror());
    let apart = kept
        .into_iter()
        .filter(|(name, _)| !name.starts_with("evidence"));
    assert_eq!(
        apart.collect::<Vec<_>>(),
        before,
        "nothing but evidence enters"
    );
    // The same again is the same evidence.
    assert_eq!(site.follow().code, Some(1));
    assert_eq!(site.evidence_folders(), folders);
    folders[0].clone()
}

fn names(folder: &Path) -> Vec<String> {
    let names = files(folder).into_iter();
    names.map(|(name, _)| name.display().to_string()).collect()
}

#[test]
fn a_fork() {
    let site = Site::new(700);
    assert_eq!(site.follow().code, Some(0));
    let other = site.other_history(700, 690);
    let folder = turned(&site, &other, "BIFURCACIÓN");
    assert_eq!(names(&folder), EVIDENCE[..3]);
    for directory in [&folder, &site.mirror()] {
        let outcome = site.evidence(directory);
        assert_eq!(outcome.code, Some(1), "{outcome:?}");
        assert!(outcome.out.contains("PROBADO. BIFURCACIÓN"), "{outcome:?}");
    }
    let readme = fs::read_to_string(folder.join("LEEME.txt")).unwrap();
    assert!(
        readme.contains("QUÉ PRUEBA") && readme.contains("CÓMO VERIFICARLO"),
        "{readme}"
    );
}

#[test]
fn a_larger_tree_that_does_not_continue() {
    for (known, larger, from) in [(700, 900, 690), (512, 700, 0), (1, 2, 0), (600, 70_000, 3)] {
        let site = Site::new(known);
        assert_eq!(site.follow().code, Some(0));
        let other = site.other_history(larger, from);
        let folder = turned(&site, &other, "REESCRITURA");
        assert_eq!(names(&folder), EVIDENCE);
        let outcome = site.evidence(&folder);
        assert!(outcome.out.contains("PROBADO. REESCRITURA"), "{outcome:?}");
    }
}

#[test]
fn a_smaller_tree_of_another_history() {
    let site = Site::new(700);
    assert_eq!(site.follow().code, Some(0));
    let other = site.other_history(300, 299);
    let folder = turned(&site, &other, "REESCRITURA");
    let outcome = site.evidence(&folder);
    assert!(outcome.out.contains("PROBADO. REESCRITURA"), "{outcome:?}");
}

#[test]
fn a_rollback() {
    for size in [1, 256, 699] {
        let site = Site::new(size);
        let early = site.path("early");
        crate::log::copy(site.server.root(), &early);
        site.grow(700);
        assert_eq!(site.follow().code, Some(0));
        let folder = turned(&site, &early, "RETROCESO");
        let outcome = site.evidence(&folder);
        assert!(
            outcome.out.contains("COHERENTE") && outcome.out.contains("no basta"),
            "{outcome:?}"
        );
    }
}

/// No change of evidence passes for evidence.
#[test]
fn altered_evidence_proves_nothing() {
    let site = Site::new(300);
    assert_eq!(site.follow().code, Some(0));
    let other = site.other_history(301, 100);
    let folder = turned(&site, &other, "REESCRITURA");
    let mut tried = 0;
    for name in &EVIDENCE[1..] {
        let path = folder.join(name);
        let honest = fs::read(&path).unwrap();
        for byte in (0..honest.len()).step_by(5) {
            let mut altered = honest.clone();
            altered[byte] ^= 1 << (byte % 8);
            fs::write(&path, &altered).unwrap();
            let trust = auditor::trust::LogTrust::of_key(
                ledger::NoteSigner::verifier_key(&crate::log::key(9)).clone(),
            );
            let judged = auditor::follow::evidence::verify(&folder, &trust);
            assert!(judged.is_err(), "{name}, byte {byte}: {judged:?}");
            tried += 1;
        }
        fs::write(&path, honest).unwrap();
    }
    assert!(tried > 100);
    fs::remove_file(folder.join("subarboles.txt")).unwrap();
    let outcome = site.evidence(&folder);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.out.contains("NO PRUEBA NADA"), "{outcome:?}");
}

#[test]
fn a_mirror_without_evidence_is_clean() {
    let site = Site::new(3);
    assert_eq!(site.follow().code, Some(0));
    assert_eq!(site.evidence(&site.mirror()).code, Some(0));
    assert_eq!(site.evidence(&site.path("nowhere")).code, Some(2));
}
