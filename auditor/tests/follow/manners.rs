//! A server that is slow, busy or not there: asked again, not too often, and not for ever.

use std::time::{Duration, Instant};

use crate::log::Site;
use crate::server::Reply;

#[test]
fn a_busy_server_is_asked_again() {
    let site = Site::new(300);
    for status in [429, 500, 503] {
        let busy = Reply::Status(status, String::new());
        site.server
            .tell("checkpoint", Reply::Once(Box::new(busy.clone())));
        site.server.tell("tile/0/000", Reply::Once(Box::new(busy)));
    }
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(0), "{outcome:?}");
}

#[test]
fn retry_after_is_respected() {
    let site = Site::new(300);
    let busy = Reply::Status(429, "retry-after: 2\r\n".to_owned());
    site.server.tell("checkpoint", Reply::Once(Box::new(busy)));
    let started = Instant::now();
    assert_eq!(site.follow().code, Some(0));
    assert!(started.elapsed() >= Duration::from_secs(2));

    // Nobody waits an hour for one file.
    let busy = Reply::Status(503, "retry-after: 3600\r\n".to_owned());
    site.server.tell("checkpoint", busy);
    site.server.asked();
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(2));
    assert!(outcome.out.contains("3600 segundos"), "{outcome:?}");
    assert_eq!(site.server.asked(), ["shards", "checkpoint"]);
}

#[test]
fn a_server_that_does_not_answer() {
    let site = Site::new(300);
    for (reply, attempts) in [
        (Reply::Status(500, String::new()), 3),
        (Reply::Cut(b"half".to_vec(), 200), 3),
        (Reply::Drip, 3),
        (Reply::EndlessHeader, 3),
        (Reply::Status(403, String::new()), 1),
        (Reply::Status(302, "location: /elsewhere\r\n".to_owned()), 1),
        (Reply::Status(404, String::new()), 1),
    ] {
        site.server.tell("checkpoint", reply.clone());
        site.server.asked();
        let outcome = site.follow_with(&["--attempts", "3", "--timeout", "1"]);
        assert_eq!(outcome.code, Some(2), "{reply:?}: {outcome:?}");
        assert!(
            outcome.out.contains("No se pudo poner al día"),
            "{outcome:?}"
        );
        let asked = site.server.asked();
        let asked = asked.iter().filter(|path| *path == "checkpoint");
        assert_eq!(asked.count(), attempts, "{reply:?}");
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.args([
        "follow",
        "--once",
        "--attempts",
        "1",
        "--url",
        "http://127.0.0.1:1/ledger",
    ]);
    command.arg("--mirror").arg(site.mirror());
    command.arg("--key").arg(site.path("ledger.vkey"));
    assert_eq!(command.output().unwrap().status.code(), Some(2));
}

#[test]
fn unusable_arguments() {
    let site = Site::new(1);
    for more in [
        &["--ca", "/nowhere"][..],
        &["--cert", "/nowhere"],
        &["--every", "0"],
        &["--connections", "9"],
        &["--once", "--every", "5"],
    ] {
        let output = site.command(more).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{more:?}");
        assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 1);
    }
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_auditor"));
    command.args(["follow", "--once", "--url", "https://127.0.0.1:1/ledger"]);
    command.arg("--mirror").arg(site.mirror());
    command.arg("--key").arg(site.path("ledger.vkey"));
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("--ca"), "{text}");
}

#[test]
fn two_followers_of_one_mirror() {
    let site = Site::new(300);
    site.server.delay(Duration::from_millis(300));
    let mut first = site.start(&["--every", "60"]);
    while !site.mirror().join("follow.target").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    let outcome = site.follow();
    assert_eq!(outcome.code, Some(2), "{outcome:?}");
    assert!(outcome.err.contains("otro proceso"), "{outcome:?}");
    first.kill().unwrap();
    first.wait().unwrap();
}
