//! Starting, stopping, and refusing to start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use ledger::NoteSigner as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::fixture::{
    HONEST, History, NAME, Running, complained, log_key, prepared, run, serve_words, told,
};

fn serve(folder: &std::path::Path) -> std::process::Output {
    let words = serve_words(folder);
    run(&words.each_ref().map(String::as_str))
}

#[test]
fn the_key_is_made_once_and_shown() {
    let (folder, key) = prepared();
    let dir = folder.path().join("witness").to_str().unwrap().to_owned();
    assert_eq!(key.name(), NAME);
    assert_eq!(told(&run(&["key", "--dir", &dir])), format!("{key}\n"));
    let again = complained(&run(&["init", "--name", NAME, "--dir", &dir]));
    assert!(again.contains("Ya hay una llave"), "{again}");
    let nothing = told(&run(&["status", "--dir", &dir]));
    assert!(nothing.contains("Aún no se ha cofirmado nada"), "{nothing}");

    let exposed = folder.path().join("witness/key");
    fs::set_permissions(&exposed, fs::Permissions::from_mode(0o644)).unwrap();
    let refused = complained(&serve(folder.path()));
    assert!(refused.contains("chmod 600"), "{refused}");
}

#[test]
fn a_restart_remembers() {
    let (folder, _) = prepared();
    let mut witness = Running::start(folder.path());
    assert_eq!(witness.add(&HONEST.request(0, 30)).status, 200);
    let pid = Pid::from_child(&witness.child);
    kill_process(pid, Signal::TERM).unwrap();
    assert!(witness.child.wait().unwrap().success(), "a graceful end");

    let witness = Running::start(folder.path());
    assert_eq!(witness.add(&HONEST.request(0, 40)).body, "30\n");
    let lie = History { differs_from: 0 };
    assert_eq!(witness.add(&lie.request(30, 40)).status, 422);
    assert_eq!(witness.add(&HONEST.request(30, 40)).status, 200);
}

#[test]
fn two_processes_on_one_directory_are_refused() {
    let (folder, _) = prepared();
    let witness = Running::start(folder.path());
    let second = complained(&serve(folder.path()));
    assert!(second.contains("Otro proceso ya usa"), "{second}");
    assert_eq!(witness.add(&HONEST.request(0, 3)).status, 200);
}

#[test]
fn a_damaged_memory_does_not_start() {
    let (folder, _) = prepared();
    let witness = Running::start(folder.path());
    assert_eq!(witness.add(&HONEST.request(0, 30)).status, 200);
    drop(witness);
    let logs = folder.path().join("witness/logs");
    let file = fs::read_dir(&logs).unwrap().next().unwrap().unwrap().path();
    let good = fs::read(&file).unwrap();
    for at in 0..good.len() {
        let mut flipped = good.clone();
        flipped[at] ^= 1;
        let key = told(&run(&[
            "key",
            "--dir",
            folder.path().join("witness").to_str().unwrap(),
        ]));
        fs::write(&file, &flipped).unwrap();
        let read = witness::state::read(
            &folder.path().join("witness"),
            &key.trim_end().parse().unwrap(),
        );
        // Only the log's own signature is not covered; it was verified when it came.
        let log_line = String::from_utf8_lossy(&good).find("— ledger").unwrap();
        let own_line = String::from_utf8_lossy(&good).find("— testigo").unwrap();
        assert!(
            read.is_err() || (log_line..own_line).contains(&at),
            "byte {at}"
        );
    }
    fs::write(&file, &good[..good.len() / 2]).unwrap();
    let refused = complained(&serve(folder.path()));
    assert!(refused.contains("está dañado"), "{refused}");
    // Under another name it would speak for another log.
    fs::write(&file, &good).unwrap();
    fs::rename(&file, logs.join("0".repeat(64))).unwrap();
    let refused = complained(&serve(folder.path()));
    assert!(refused.contains("está dañado"), "{refused}");
}

#[test]
fn a_log_that_changes_its_key_stays_one_log() {
    let (folder, _) = prepared();
    let witness = Running::start(folder.path());
    assert_eq!(witness.add(&HONEST.request(0, 30)).status, 200);
    drop(witness);
    let both = format!(
        "log {}\nlog {}\nquorum none\n",
        log_key(1).verifier_key(),
        log_key(2).verifier_key()
    );
    fs::write(folder.path().join("log.vkey"), both).unwrap();
    let witness = Running::start(folder.path());
    let proof = HONEST.request(30, 40).proof().to_vec();
    let by_new = HONEST.checkpoint_by(40, &log_key(2));
    let by_new = ledger::AddCheckpoint::new(30, proof, by_new).unwrap();
    assert_eq!(witness.add(&by_new).status, 200);
    assert_eq!(witness.add(&HONEST.request(0, 40)).body, "40\n");
}
