//! Witnesses, a log that changes its key, and the quorum's age.

use std::fs;

use ledger::{Log, NoteSigner, SignedCheckpoint, SoftwareSigner, WitnessKey, cosign};

use crate::log::{ORIGIN, Outcome, Site, entry, key};

fn witness(n: u8) -> SoftwareSigner {
    SoftwareSigner::from_seed(&format!("witness.example/{n}"), &[100 + n; 32]).unwrap()
}

/// Two of three witnesses, and these keys of the log.
fn write_policy(site: &Site, keys: &[u8]) {
    let logs = keys
        .iter()
        .map(|seed| format!("log {}\n", key(*seed).verifier_key()));
    let witnesses = (1..=3).map(|n| {
        let key = WitnessKey::of(witness(n).verifier_key());
        format!("witness w{n} {key}\n")
    });
    let policy = logs.chain(witnesses).collect::<String>();
    let policy = policy + "group all 2 w1 w2 w3\nquorum all\n";
    fs::write(site.path("policy"), policy).unwrap();
}

/// Adds cosignatures to the published checkpoint: witness and time.
fn cosigned(site: &Site, by: &[(u8, u64)]) {
    let path = site.server.root().join("checkpoint");
    let mut signed = SignedCheckpoint::parse(&fs::read(&path).unwrap()).unwrap();
    for (n, time) in by {
        let line = cosign(&signed, *time, &witness(*n)).unwrap();
        signed.attach(line).unwrap();
    }
    fs::write(path, signed.to_string()).unwrap();
}

fn follow(site: &Site, more: &[&str]) -> Outcome {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.args(["follow", "--once", "--url", &site.server.url, "--mirror"]);
    command
        .arg(site.mirror())
        .arg("--policy")
        .arg(site.path("policy"));
    command.args(more);
    Outcome::of(&mut command)
}

#[test]
fn a_quorum_is_enough_and_less_is_not() {
    let site = Site::new(300);
    write_policy(&site, &[9]);
    cosigned(&site, &[(2, 1_700_000_000)]);
    let outcome = follow(&site, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome
            .out
            .contains("faltan testigos: no se reúne «all» (lo cofirmó: w2)"),
        "{outcome:?}"
    );
    assert!(!site.mirror().join("tile").exists());
    cosigned(&site, &[(3, 1_700_000_000)]);
    let outcome = follow(&site, &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    assert!(
        outcome
            .out
            .contains("con cofirma de witness.example/2, witness.example/3"),
        "{outcome:?}"
    );
    // The mirror's own checkpoint carries them: it verifies against the same policy.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command
        .args(["verify", "--json", "--ledger"])
        .arg(site.mirror());
    command.arg("--policy").arg(site.path("policy"));
    let outcome = Outcome::of(&mut command);
    assert!(outcome.out.contains("\"size\":300"), "{outcome:?}");
    // Taken away, they are missed.
    let bare = site.grow(300).to_string();
    fs::write(site.mirror().join("checkpoint"), bare).unwrap();
    let outcome = Outcome::of(&mut command);
    assert_eq!(outcome.code, Some(1));
    assert!(outcome.out.contains("faltan testigos"), "{outcome:?}");
}

#[test]
fn a_word_of_long_ago_is_refused_where_asked() {
    let site = Site::new(300);
    write_policy(&site, &[9]);
    cosigned(&site, &[(1, 1_700_000_000), (2, 4_000_000_000)]);
    let outcome = follow(&site, &["--max-age", "3600"]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(
        outcome
            .out
            .contains("los testigos cofirmaron ese estado hace"),
        "{outcome:?}"
    );
    cosigned(&site, &[(3, 4_000_000_000)]);
    assert_eq!(follow(&site, &["--max-age", "3600"]).code, Some(0));
}

/// What the log alone signed binds it: a fork is kept though no witness cosigned it.
#[test]
fn a_fork_that_no_witness_saw_is_evidence_too() {
    let site = Site::new(300);
    write_policy(&site, &[9]);
    cosigned(&site, &[(1, 1), (2, 1)]);
    assert_eq!(follow(&site, &[]).code, Some(0));
    let other = site.other_history(300, 10);
    site.serve_instead(&other);
    let outcome = follow(&site, &[]);
    assert_eq!(outcome.code, Some(1), "{outcome:?}");
    assert!(outcome.out.contains("BIFURCACIÓN"), "{outcome:?}");
    assert_eq!(site.evidence_folders().len(), 1);
}

/// A witness that signs the smaller tree after the larger one has rolled back with the log.
#[test]
fn a_rollback_with_a_witness_is_proven_by_its_times() {
    let site = Site::new(300);
    write_policy(&site, &[9]);
    let early = site.path("early");
    crate::log::copy(site.server.root(), &early);
    site.grow(500);
    cosigned(&site, &[(1, 1000), (2, 1000)]);
    assert_eq!(follow(&site, &[]).code, Some(0));
    site.serve_instead(&early);
    cosigned(&site, &[(1, 900), (3, 2000), (2, 2000)]);
    let outcome = follow(&site, &[]);
    assert!(
        outcome.out.contains("RETROCESO")
            && outcome
                .out
                .contains("más tarde que el mayor: witness.example/2."),
        "{outcome:?}"
    );
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.arg("evidence").arg(site.mirror());
    command.arg("--policy").arg(site.path("policy"));
    let outcome = Outcome::of(&mut command);
    assert!(outcome.out.contains("PROBADO. RETROCESO"), "{outcome:?}");
}

#[test]
fn a_log_may_change_its_key() {
    let site = Site::new(300);
    write_policy(&site, &[9, 8]);
    cosigned(&site, &[(1, 1), (2, 1)]);
    assert_eq!(follow(&site, &[]).code, Some(0));
    let kept = site.mirror().join("checkpoint.before");
    fs::copy(site.mirror().join("checkpoint"), &kept).unwrap();
    let mut log = Log::open(site.server.root(), ORIGIN).unwrap();
    let entries: Vec<_> = (300..400).map(|n| entry(0, n)).collect();
    let staged = log.stage(&entries).unwrap();
    log.adopt(staged).unwrap();
    let checkpoint = log.sign(&key(8)).unwrap();
    log.publish(&checkpoint).unwrap();
    drop(log);
    cosigned(&site, &[(1, 2), (2, 2)]);
    let outcome = follow(&site, &[]);
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
    // The checkpoint kept from before is signed with the old key, and the tree still continues it.
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command
        .args(["verify", "--json", "--ledger"])
        .arg(site.mirror());
    command.arg("--policy").arg(site.path("policy"));
    let outcome = Outcome::of(&mut command);
    assert!(
        outcome.out.contains("\"earlier_checkpoints\":1"),
        "{outcome:?}"
    );
}

#[test]
fn machines_read_json() {
    let site = Site::new(300);
    let outcome = site.follow_with(&["--json"]);
    let told: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(
        (&told["event"], &told["size"], &told["new"], &told["files"]),
        (&"mirror".into(), &300.into(), &300.into(), &5.into())
    );
    site.server
        .tell("checkpoint", crate::server::Reply::Bytes(Vec::new()));
    let outcome = site.follow_with(&["--json"]);
    let told: serde_json::Value = serde_json::from_str(&outcome.out).unwrap();
    assert_eq!(told["event"], "finding");
}
