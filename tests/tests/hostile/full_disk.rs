//! A disk that fills up: a small tmpfs under the service's data. Needs root.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;

use receta_tests::running::Running;

use crate::no_room::{all_is_there, ask_again, issue_until_refused};

/// A tmpfs, until it is dropped.
struct Mounted(PathBuf);

impl Mounted {
    /// None where we may not mount.
    fn over(folder: &Path, size: &str) -> Option<Self> {
        let mut mount = Command::new("mount");
        mount.args([
            "-t",
            "tmpfs",
            "-o",
            &format!("size={size},mode=0700"),
            "receta-test",
        ]);
        let mounted = mount
            .arg(folder)
            .output()
            .is_ok_and(|output| output.status.success());
        mounted.then(|| Self(folder.to_owned()))
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        // Lazily: the service may hold files still.
        let unmounted = Command::new("umount").arg("-l").arg(&self.0).output();
        if unmounted.is_err() {
            eprintln!("{} stays mounted", self.0.display());
        }
    }
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp")
        .arg("-a")
        .arg(from.join("."))
        .arg(to)
        .status()
        .unwrap();
    assert!(status.success());
}

/// Writes until there is no more room, and gives `left` bytes back.
fn fill(path: &Path, left: u64) {
    let mut ballast = File::create(path).unwrap();
    for piece in [64 * 1024, 4096, 1] {
        while ballast.write_all(&vec![0; piece]).is_ok() {}
    }
    let length = ballast.metadata().unwrap().len();
    ballast.set_len(length.saturating_sub(left)).unwrap();
}

/// Bytes that are left when the disk "is full": nothing for anybody, something for the database
/// but not for the ledger's files, and in between.
const LEFT: [u64; 5] = [0, 8 << 10, 40 << 10, 200 << 10, 1 << 20];

#[test]
fn on_a_full_disk_nothing_is_half_written_and_all_is_there_afterwards() {
    let mut running = Running::start().unwrap();
    running.goes_on(1).unwrap();
    running.stop().unwrap();
    let data = running.world.service_data();
    let aside = running.folder().join("aside");
    std::fs::create_dir(&aside).unwrap();
    copy(&data, &aside);
    let Some(_mounted) = Mounted::over(&data, "24m") else {
        eprintln!("SKIPPED: only root mounts a tmpfs; limited_files does the same without");
        return;
    };
    copy(&aside, &data);
    running.restart().unwrap();
    running.goes_on(2).unwrap();

    let ballast = data.join("ballast");
    let mut all = Vec::new();
    for (left, first) in LEFT.into_iter().zip((1000..).step_by(10_000)) {
        fill(&ballast, left);
        let mut tried = issue_until_refused(&mut running, first);
        std::fs::remove_file(&ballast).unwrap();
        println!(
            "{left} bytes left: ledger stopped: {}",
            tried.ledger_stopped
        );
        if tried.ledger_stopped {
            running.restart().unwrap();
        }
        ask_again(&mut running, &mut tried);
        all.push(tried);
    }
    running.restart().unwrap();
    all_is_there(&running, 2, &all);
    running.stop().unwrap();
}
