//! One token whose module fails in every way that PKCS#11 has a word for, under parallel load: no
//! request may notice.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "helpers of tests; a panic is how a test fails"
)]

mod common;
mod faults;

use std::sync::atomic::{AtomicUsize, Ordering};

use common::{assert_verifies, digest, trusted};
use faults::{ALL, Fault, Faulty};
use hsm::{Hsm, HsmError, TokenEd25519, WrappedKey, WrappingKey};
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;

const DEVICE_ERROR: u32 = 0x30;
const DEVICE_REMOVED: u32 = 0x32;
const GENERAL_ERROR: u32 = 0x05;
const FUNCTION_FAILED: u32 = 0x06;
const KEY_HANDLE_INVALID: u32 = 0x60;
const SESSION_CLOSED: u32 = 0xb0;
const SESSION_HANDLE_INVALID: u32 = 0xb3;
const NOT_INITIALIZED: u32 = 0x190;

const THREADS: usize = 6;
const REQUESTS: usize = 50;

/// What the service does for one prescription, and for the ledger.
struct Work {
    wrapping: WrappingKey,
    wrapped: WrappedKey,
    spki: Vec<u8>,
    ledger: TokenEd25519,
    expected: [u8; 64],
}

impl Work {
    fn new(hsm: &Hsm) -> Self {
        let wrapping = hsm.find_wrapping_key("wrapping").unwrap();
        let (wrapped, spki) = wrapping.generate_p256().unwrap();
        let ledger = hsm.ensure_ed25519("ledger").unwrap();
        let expected = ledger.sign(b"checkpoint").unwrap();
        Self {
            wrapping,
            wrapped,
            spki,
            ledger,
            expected,
        }
    }

    fn request(&self, number: usize) -> Result<(), HsmError> {
        let message = number.to_le_bytes();
        let key = self.wrapping.activate(&self.wrapped)?;
        for _ in 0..2 {
            assert_verifies(&self.spki, &message, &key.sign_digest(&digest(&message))?);
        }
        drop(key);
        assert_eq!(self.ledger.sign(b"checkpoint")?, self.expected);
        Ok(())
    }

    /// Every request is counted once, whatever happens to the token.
    fn under_load(&self) {
        let good = AtomicUsize::new(0);
        std::thread::scope(|scope| {
            for thread in 0..THREADS {
                let good = &good;
                scope.spawn(move || {
                    for number in 0..REQUESTS {
                        match self.request(thread * REQUESTS + number) {
                            Ok(()) => good.fetch_add(1, Ordering::Relaxed),
                            Err(error) => panic!("request {thread}/{number} was lost: {error}"),
                        };
                    }
                });
            }
        });
        assert_eq!(good.into_inner(), THREADS * REQUESTS);
    }
}

fn with_faults(name: &str, body: impl Fn(&SoftHsm, &Faulty, &Hsm, &Work)) {
    in_child_with_token(name, |token| {
        let Some(faulty) = Faulty::build(token) else {
            return;
        };
        trusted(token, "wrapping");
        let hsm = Hsm::open(&faulty.config(token, &[token.label()], 4)).unwrap();
        let work = Work::new(&hsm);
        body(token, &faulty, &hsm, &work);
        faulty.heal();
        hsm.health().unwrap();
        work.request(0).unwrap();
    });
}

#[test]
fn no_request_is_lost_when_calls_are_refused() {
    with_faults(
        "no_request_is_lost_when_calls_are_refused",
        |_, faulty, _, work| {
            for code in [
                DEVICE_REMOVED,
                DEVICE_ERROR,
                SESSION_HANDLE_INVALID,
                SESSION_CLOSED,
                KEY_HANDLE_INVALID,
                NOT_INITIALIZED,
                GENERAL_ERROR,
                FUNCTION_FAILED,
            ] {
                let before = faulty.faults();
                faulty.set(Fault::Refused, 211, code, ALL);
                work.under_load();
                assert!(faulty.faults() > before, "{code:#x}: nothing was tested");
            }
        },
    );
}

/// The token did it, and the answer was lost: done again, and nothing of the first time is left.
#[test]
fn no_request_is_lost_when_answers_are() {
    with_faults(
        "no_request_is_lost_when_answers_are",
        |_, faulty, _, work| {
            for code in [DEVICE_ERROR, DEVICE_REMOVED] {
                faulty.set(Fault::AnswerLost, 211, code, ALL);
                work.under_load();
            }
            assert!(faulty.faults() > 10);
        },
    );
}

#[test]
fn no_request_is_lost_when_sessions_are_closed() {
    with_faults(
        "no_request_is_lost_when_sessions_are_closed",
        |_, faulty, _, work| {
            for code in [SESSION_HANDLE_INVALID, SESSION_CLOSED] {
                faulty.set(Fault::SessionClosed, 101, code, ALL);
                work.under_load();
            }
            assert!(faulty.faults() > 20);
        },
    );
}

/// The module is of no use until it is finalised and initialised again, ten times in a row.
#[test]
fn no_request_is_lost_when_the_module_crashes() {
    with_faults(
        "no_request_is_lost_when_the_module_crashes",
        |_, faulty, _, work| {
            let before = faulty.initialized();
            for code in [NOT_INITIALIZED, DEVICE_ERROR, GENERAL_ERROR] {
                faulty.set(Fault::Crash, 997, code, ALL);
                work.under_load();
            }
            let restarts = faulty.initialized() - before;
            assert!(restarts >= 3, "{restarts} restarts");
        },
    );
}
