//! EIO and SIGKILL at the system calls of the append path: nothing acknowledged is lost, and no
//! size is signed with two roots.
//!
//! `RECETA_FAULTS_MOST` says how many places of each call are tried; every one of them, if it is
//! larger than their number.

use std::path::Path;
use std::time::Instant;

use receta_tests::append_path::{self, Plan};

/// Places of each call and fault: what fits a minute on two processors.
const MOST: u64 = 16;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this test is configured"
)]
fn most() -> u64 {
    std::env::var("RECETA_FAULTS_MOST").map_or(MOST, |text| text.parse().expect("a number"))
}

#[test]
fn nothing_acknowledged_is_lost_whichever_call_fails() {
    if let Err(why) = append_path::is_permitted() {
        eprintln!("SKIPPED: no system call was made to fail: {why}");
        return;
    }
    let plan = Plan {
        program: Path::new(env!("CARGO_BIN_EXE_append_path")).to_owned(),
        most: most(),
        at_once: 8,
    };
    let begun = Instant::now();
    let tallies = match append_path::run(&plan) {
        Ok(tallies) => tallies,
        Err(error) => panic!("{error:#}"),
    };
    for ((syscall, fault), tally) in &tallies {
        println!("{syscall} {fault:?}: {tally:?}");
    }
    println!("{} s", begun.elapsed().as_secs());
    // What a log on a disk cannot do without was there to be hit, and was.
    for syscall in ["write", "pwrite64", "fsync", "rename", "openat", "unlinkat"] {
        for fault in append_path::Fault::ALL {
            let tally = tallies[&(syscall, fault)];
            assert!(tally.hit > 0, "{syscall} {fault:?}: {tally:?}");
            // How many calls a thread makes varies a little: only the last places may be missed.
            assert!(
                3 * tally.hit >= tally.runs,
                "{syscall} {fault:?}: {tally:?}"
            );
            // Some came after signatures and acknowledgements.
            assert!(
                tally.signed > 0 && tally.acknowledged > 0,
                "{syscall} {fault:?}: {tally:?}"
            );
        }
    }
}
