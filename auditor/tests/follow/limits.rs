//! Memory under a hostile server.

use std::fs;
use std::process::Child;
use std::time::Duration;

use crate::log::Site;
use crate::server::Reply;

/// Most memory that the auditor may ever use, in kilobytes.
const MOST: u64 = 256 << 10;

/// Waits for the end of the program; its peak of resident memory in kilobytes.
fn peak(mut child: Child) -> (Option<i32>, u64) {
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    loop {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let found = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
        peak = peak.max(found.unwrap_or(0));
        if let Some(status) = child.try_wait().unwrap() {
            return (status.code(), peak);
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn memory_is_bounded_whatever_the_server_sends() {
    let big = vec![0_u8; 64 << 20];
    for (prefix, reply, code) in [
        ("checkpoint", Reply::Endless, 1),
        ("checkpoint", Reply::Bytes(big.clone()), 1),
        ("checkpoint", Reply::EndlessHeader, 2),
        ("tile/0/", Reply::Endless, 1),
        // Four at a time, each as large as a bundle can be at most, and larger.
        ("tile/entries/", Reply::Endless, 1),
        ("tile/entries/", Reply::Bytes(big.clone()), 1),
        ("shards", Reply::Endless, 1),
        ("shards", Reply::Bytes(big.clone()), 1),
        ("bodies", Reply::Endless, 1),
        ("bodies", Reply::Bytes(big), 1),
    ] {
        let site = Site::new(5000);
        site.server.tell_all(prefix, reply.clone());
        let mut arguments = vec!["--once", "--attempts", "1", "--timeout", "20"];
        if prefix == "bodies" {
            arguments.push("--bodies");
        }
        let child = site.start(&arguments);
        let (exit, peak) = peak(child);
        assert_eq!(exit, Some(code), "{prefix}");
        assert!(peak > 0 && peak < MOST, "{prefix}: {peak} kB");
    }
}

/// Bundles of the largest entries, all valid.
#[test]
fn memory_is_bounded_with_the_largest_honest_entries() {
    let site = Site::new(0);
    let mut log = ledger::Log::open(site.server.root(), crate::log::ORIGIN).unwrap();
    for _ in 0..5 {
        let entries = vec![vec![7_u8; 65_535]; 256];
        let staged = log.stage(&entries).unwrap();
        log.adopt(staged).unwrap();
    }
    let checkpoint = log.sign(&crate::log::key(9)).unwrap();
    log.publish(&checkpoint).unwrap();
    drop(log);
    let (exit, peak) = peak(site.start(&["--once"]));
    assert_eq!(exit, Some(0));
    assert!(peak > 0 && peak < MOST, "{peak} kB");
    assert_eq!(site.verified().size(), 1280);
}
