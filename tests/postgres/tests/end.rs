//! However a test process ends, it leaves no cluster behind.

#![expect(
    clippy::unwrap_used,
    reason = "a test whose processes cannot be started should stop"
)]

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Not a test: the process that the tests below start and end. It prints the directory of its
/// cluster, then ends when its standard input does.
#[test]
#[ignore = "the tests below run it in a process of its own"]
fn process_with_a_cluster() {
    let url = throwaway_postgres::fresh_database();
    println!("\nurl {url}");
    std::io::stdin().read_line(&mut String::new()).unwrap();
}

fn start() -> (Child, PathBuf) {
    let mut process = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "process_with_a_cluster",
            "--ignored",
            "--nocapture",
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(process.stdout.as_mut().unwrap()).lines();
    let url = lines
        .map(Result::unwrap)
        .find(|line| line.starts_with("url "))
        .unwrap();
    let dir = PathBuf::from(url.split("?host=").nth(1).unwrap());
    assert!(
        dir.join(".s.PGSQL.5432").exists(),
        "the cluster listens in {}",
        dir.display()
    );
    (process, dir)
}

fn assert_gone(dir: &Path, postmaster: &Path) {
    let start = Instant::now();
    while dir.exists() || postmaster.exists() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{} is still there",
            dir.display()
        );
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The cluster's main process, as `/proc` shows it.
fn postmaster(dir: &Path) -> PathBuf {
    let pid = std::fs::read_to_string(dir.join("data/postmaster.pid")).unwrap();
    let process = Path::new("/proc").join(pid.lines().next().unwrap());
    assert!(process.exists());
    process
}

#[test]
fn a_process_that_returns_leaves_nothing_behind() {
    let (mut process, dir) = start();
    let postmaster = postmaster(&dir);
    drop(process.stdin.take());
    assert!(process.wait().unwrap().success());
    assert_gone(&dir, &postmaster);
}

#[test]
fn a_process_that_is_killed_leaves_nothing_behind() {
    let (mut process, dir) = start();
    let postmaster = postmaster(&dir);
    process.kill().unwrap();
    process.wait().unwrap();
    assert_gone(&dir, &postmaster);
}
