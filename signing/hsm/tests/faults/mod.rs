//! SoftHSM behind a module that fails on command: `faulty.c`, built here with the system's `cc`.

#![allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
#![allow(
    dead_code,
    reason = "each test file is its own crate and uses a part of this"
)]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::process::Command;

use hsm::{HsmConfig, Secret, TokenConfig};
use hsm_config::SoftHsm;

/// The module and its control block.
pub(crate) struct Faulty {
    pub(crate) module: PathBuf,
    control: File,
}

/// What the module does.
#[derive(Clone, Copy)]
pub(crate) enum Fault {
    /// Nothing.
    None = 0,
    /// Every nth call is refused.
    Refused = 1,
    /// Every nth call is done and its answer lost.
    AnswerLost = 2,
    /// Every call is refused.
    Dead = 3,
    /// After n calls every call is refused, until `C_Finalize` and `C_Initialize`.
    Crash = 4,
    /// `C_Sign` takes n milliseconds.
    Hang = 5,
    /// Every nth call the session is closed with all that is in it.
    SessionClosed = 6,
}

/// For [`Faulty::set`]: on every token.
pub(crate) const ALL: u32 = 9;

impl Faulty {
    /// Builds the module beside the token; `None`, said aloud, without a compiler.
    pub(crate) fn build(token: &SoftHsm) -> Option<Self> {
        let folder = token.tokens_dir().with_file_name("faulty");
        std::fs::create_dir_all(&folder).unwrap();
        let module = folder.join("libfaulty.so");
        // A copy of SoftHSM is another library to the loader, with a state of its own: what the
        // test does through the real one does not count.
        let softhsm = folder.join("libsofthsm2-copy.so");
        std::fs::copy(token.module(), &softhsm).unwrap();
        let source = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/faults/faulty.c");
        let built = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-Wall", "-o"])
            .arg(&module)
            .arg(format!("-DSOFTHSM=\"{}\"", softhsm.display()))
            .args([source, "-ldl", "-lpthread"])
            .status();
        match built {
            Ok(status) => assert!(status.success(), "cc refuses faulty.c"),
            Err(error) => {
                eprintln!("SKIPPED: no C compiler ({error}); apt-get install gcc libc6-dev");
                return None;
            }
        }
        let control = File::options()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(folder.join("libfaulty.so.control"))
            .unwrap();
        control.set_len(4096).unwrap();
        Some(Self { module, control })
    }

    /// From now on: this fault, on every `every`th call (or after so many milliseconds), answered
    /// with `code` (`CKR_…`), on the token number `slot` in the order of labels.
    pub(crate) fn set(&self, fault: Fault, every: u32, code: u32, slot: u32) {
        // The mode last: the module reads without a lock.
        for (index, word) in [(1, every), (2, code), (3, slot), (0, fault as u32)] {
            self.control
                .write_all_at(&word.to_ne_bytes(), index * 4)
                .unwrap();
        }
    }

    /// No more faults.
    pub(crate) fn heal(&self) {
        self.control.write_all_at(&0_u32.to_ne_bytes(), 0).unwrap();
    }

    fn word(&self, index: u64) -> u32 {
        let mut bytes = [0; 4];
        self.control.read_exact_at(&mut bytes, index * 4).unwrap();
        u32::from_ne_bytes(bytes)
    }

    /// Calls that were made to fail.
    pub(crate) fn faults(&self) -> u32 {
        self.word(4)
    }

    /// Calls that reached the token number `slot`.
    pub(crate) fn calls(&self, slot: u64) -> u32 {
        self.word(5 + slot)
    }

    /// How often the module was initialised.
    pub(crate) fn initialized(&self) -> u32 {
        self.word(11)
    }

    /// The configuration of these tokens behind this module, the first preferred.
    pub(crate) fn config(&self, token: &SoftHsm, labels: &[&str], sessions: usize) -> HsmConfig {
        let named = |label: &&str| TokenConfig {
            label: (*label).to_owned(),
            pin: Secret::new(token.pin().to_owned()),
        };
        HsmConfig {
            module: self.module.clone(),
            tokens: labels.iter().map(named).collect(),
            sessions,
        }
    }
}
