//! C2SP tlog-witness, status by status.

use std::sync::Barrier;
use std::thread;

use ledger::{AddCheckpoint, ForkEvidence, NoteSigner as _, WitnessKey, read_answer};

use crate::fixture::{Answer, HONEST, History, ORIGIN, Running, log_key, prepared, run, told};

/// Accepted, with a cosignature that verifies over what was sent.
fn cosigned(answer: &Answer, request: &AddCheckpoint, key: &WitnessKey) -> bool {
    let read = read_answer(answer.body.as_bytes(), request.checkpoint(), key);
    answer.status == 200 && read.is_ok()
}

fn is_conflict(answer: &Answer, size: u64) -> bool {
    answer.status == 409
        && answer.content_type == "text/x.tlog.size"
        && answer.body == format!("{size}\n")
}

#[test]
fn a_log_that_grows_is_cosigned_and_one_that_shrinks_is_not() {
    let (folder, key) = prepared();
    let witness = Running::start(folder.path());
    for (old, new) in [(0, 3), (3, 3), (3, 300), (300, 1000)] {
        let request = HONEST.request(old, new);
        let answer = witness.add(&request);
        assert!(cosigned(&answer, &request, &key), "{answer:?}");
    }
    for (old, new) in [(300, 1000), (0, 1200), (300, 300), (0, 300), (999, 999)] {
        let answer = witness.add(&HONEST.request(old, new));
        assert!(is_conflict(&answer, 1000), "{old} to {new}: {answer:?}");
    }
    assert!(!folder.path().join("witness/evidence").exists());
    let health = witness.get("/health");
    assert_eq!((health.status, health.body), (200, format!("{key}\n")));

    let dir = folder.path().join("witness");
    let status = told(&run(&["status", "--dir", dir.to_str().unwrap()]));
    assert!(
        status.contains(ORIGIN) && status.contains("asientos:  1000"),
        "{status}"
    );
}

#[test]
fn a_fork_is_refused_and_kept_as_evidence() {
    let (folder, key) = prepared();
    let witness = Running::start(folder.path());
    let honest = HONEST.request(0, 500);
    assert!(cosigned(&witness.add(&honest), &honest, &key));
    let lie = History { differs_from: 400 };
    for old in [0, 300, 500, 500] {
        assert!(is_conflict(&witness.add(&lie.request(old, 500)), 500));
    }
    let kept = std::fs::read_dir(folder.path().join("witness/evidence")).unwrap();
    let kept: Vec<_> = kept.map(|entry| entry.unwrap().path()).collect();
    assert_eq!(kept.len(), 1, "{kept:?}");
    let evidence = ForkEvidence::parse(&std::fs::read(&kept[0]).unwrap()).unwrap();
    assert_eq!(
        evidence.verify(&[log_key(1).verifier_key().clone()]),
        Ok(())
    );
    assert_eq!(evidence.second(), &lie.checkpoint(500));
    // The history that was cosigned first goes on.
    let honest = HONEST.request(500, 600);
    assert!(cosigned(&witness.add(&honest), &honest, &key));
}

#[test]
fn forks_without_end_fill_no_disk() {
    let (folder, key) = prepared();
    let witness = Running::start(folder.path());
    let honest = HONEST.request(0, 150);
    assert!(cosigned(&witness.add(&honest), &honest, &key));
    for differs_from in 0..witness::evidence::MAX_PER_LOG as u64 + 10 {
        let lie = History { differs_from };
        assert_eq!(witness.add(&lie.request(150, 150)).status, 409);
    }
    let kept = std::fs::read_dir(folder.path().join("witness/evidence")).unwrap();
    assert_eq!(kept.count(), witness::evidence::MAX_PER_LOG);
}

#[test]
fn what_is_not_proven_is_not_cosigned() {
    let (folder, key) = prepared();
    let witness = Running::start(folder.path());
    let first = HONEST.request(0, 5);
    assert!(cosigned(&witness.add(&first), &first, &key));

    let rewritten = History { differs_from: 2 };
    assert_eq!(witness.add(&rewritten.request(5, 9)).status, 422);
    let proof = HONEST.request(5, 9).proof().to_vec();
    let other_end = AddCheckpoint::new(5, proof, HONEST.checkpoint(10)).unwrap();
    assert_eq!(witness.add(&other_end).status, 422);
    let backwards = AddCheckpoint::new(9, Vec::new(), HONEST.checkpoint(8)).unwrap();
    assert_eq!(witness.add(&backwards).status, 400);

    let stolen_name = HONEST.checkpoint_by(9, &log_key(2));
    let forged = AddCheckpoint::new(5, HONEST.request(5, 9).proof().to_vec(), stolen_name);
    assert_eq!(witness.add(&forged.unwrap()).status, 403);
    let stranger = ledger::SoftwareSigner::from_seed("stranger.example", &[1; 32]).unwrap();
    let unknown = AddCheckpoint::new(0, Vec::new(), HONEST.checkpoint_by(9, &stranger));
    assert_eq!(witness.add(&unknown.unwrap()).status, 404);
    let next = HONEST.request(5, 9);
    assert!(cosigned(&witness.add(&next), &next, &key));
}

#[test]
fn malformed_and_oversized_requests() {
    let (folder, _) = prepared();
    let witness = Running::start(folder.path());
    let good = HONEST.request(0, 5).to_string();
    for bad in [
        "",
        "old 0\n",
        &good.replace("old 0", "old 00"),
        &good[..good.len() - 1],
    ] {
        assert_eq!(witness.post(bad.as_bytes()).unwrap().status, 400, "{bad}");
    }
    // Either the answer arrives, or the connection ends before all of it was sent.
    if let Ok(answer) = witness.post(&vec![b'x'; 1 << 20]) {
        assert_eq!(answer.status, 413);
    }
    assert_eq!(witness.get("/add-checkpoint").status, 405);
    assert_eq!(witness.get("/").status, 404);
    assert_eq!(witness.add(&HONEST.request(0, 5)).status, 200);
}

/// The race of the specification: two requests from one size. One wins; the other is told so, and
/// the memory never goes back.
#[test]
fn racing_requests_never_roll_back() {
    let (folder, _) = prepared();
    let witness = Running::start(folder.path());
    assert_eq!(witness.add(&HONEST.request(0, 10)).status, 200);
    let mut size = 10;
    for _ in 0..20 {
        let start = Barrier::new(2);
        let race = |new: u64| {
            let request = HONEST.request(size, new);
            start.wait();
            (new, witness.add(&request))
        };
        let outcomes = thread::scope(|scope| {
            let other = scope.spawn(|| race(size + 7));
            [race(size + 3), other.join().unwrap()]
        });
        let won: Vec<_> = outcomes
            .iter()
            .filter(|(_, one)| one.status == 200)
            .collect();
        assert_eq!(won.len(), 1, "{outcomes:?}");
        size = won[0].0;
        let lost = outcomes.iter().find(|(_, one)| one.status != 200).unwrap();
        assert!(is_conflict(&lost.1, size), "{lost:?}");
    }
    assert!(is_conflict(&witness.add(&HONEST.request(0, 10)), size));
}
