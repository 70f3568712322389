//! Any single flipped byte in any served file is harmless or found.

use std::fs;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use auditor::follow::{Connection, Follower, MirrorError, OpenError, Options, RoundError};
use auditor::trust::LogTrust;
use jiff::Timestamp;
use ledger::NoteSigner;
use proptest::prelude::*;

use crate::log::{Site, files, has_all, key, verified};
use crate::server::Reply;

fn follow(url: &str, mirror: &Path) -> Result<u64, RoundError> {
    let connection = Connection {
        url,
        authorities: None,
        client: None,
        timeout: Duration::from_secs(10),
        connections: 2,
    };
    let options = Options {
        connection,
        attempts: 1,
        repair: false,
        max_age: None,
        jitter: 1,
    };
    let trust = LogTrust::of_key(key(9).verifier_key().clone());
    let stop = AtomicBool::new(false);
    // Another test may just be starting a process, which holds every lock until it executes.
    let follower = loop {
        match Follower::open(mirror, &options, &stop) {
            Err(OpenError::Mirror(MirrorError::Held(_))) => std::thread::yield_now(),
            other => break other.unwrap(),
        }
    };
    let round = follower.round(&trust, Timestamp::UNIX_EPOCH, &|_| {})?;
    Ok(round.checkpoint.head().size)
}

#[test]
fn every_flipped_byte_is_harmless_or_found() {
    let site = Site::new(520);
    // Half of it is mirrored already in every second case.
    let half = site.path("half");
    {
        let early = Site::new(300);
        follow(&early.server.url, &half).unwrap();
    }
    let served: Vec<_> = files(site.server.root())
        .into_iter()
        .filter(|(_, bytes)| !bytes.is_empty())
        .collect();
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(400)
    };
    let mut runner = proptest::test_runner::TestRunner::new(config);
    let strategy = (
        0..served.len(),
        any::<prop::sample::Index>(),
        1_u8..=255,
        any::<bool>(),
    );
    let found = std::cell::Cell::new(0);
    let result = runner.run(&strategy, |(file, byte, flip, from_half)| {
        let (name, honest) = &served[file];
        let mut bytes = honest.clone();
        let byte = byte.index(bytes.len());
        bytes[byte] ^= flip;
        site.server.be_honest();
        site.server
            .tell(&name.display().to_string(), Reply::Bytes(bytes));
        let folder = tempfile::tempdir().unwrap();
        let mirror = folder.path().join("mirror");
        if from_half {
            crate::log::copy(&half, &mirror);
        }
        match follow(&site.server.url, &mirror) {
            Ok(mirrored) => {
                prop_assert_eq!(mirrored, 520);
                prop_assert!(has_all(&mirror, site.server.root()), "{}", name.display());
            }
            Err(RoundError::Lie(_)) => {
                found.set(found.get() + 1);
                if from_half {
                    prop_assert_eq!(verified(&mirror).size(), 300);
                }
                // Nothing altered was kept: with an honest server the mirror becomes whole.
                site.server.be_honest();
                prop_assert_eq!(follow(&site.server.url, &mirror).ok(), Some(520));
                prop_assert!(has_all(&mirror, site.server.root()), "{}", name.display());
                prop_assert_eq!(verified(&mirror).size(), 520);
            }
            Err(other) => prop_assert!(false, "{}: {other}", name.display()),
        }
        Ok(())
    });
    result.unwrap();
    let found = found.get();
    assert!(found > 200, "only {found} of 400 were found");
    assert!(fs::exists(half.join("checkpoint")).unwrap());
}
