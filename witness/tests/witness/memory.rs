//! The memory by itself: a clock that goes backwards, and a disk that fails.

use ledger::{NoteSigner as _, SoftwareSigner, WitnessKey};
use witness::state::{AddError, State, StateError};

use crate::fixture::{HONEST, NAME, log_key};

fn signer() -> SoftwareSigner {
    SoftwareSigner::from_seed(NAME, &[9; 32]).unwrap()
}

/// A program that another test starts holds our files, and with them the lock, from its fork until
/// it is itself: a moment after the memory was let go.
fn open(folder: &std::path::Path) -> State {
    for _ in 0..1000 {
        match State::open(folder, &WitnessKey::of(signer().verifier_key())) {
            Err(StateError::Held(_)) => {
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
            opened => return opened.unwrap(),
        }
    }
    panic!("the memory stays held");
}

/// The time of the cosignature for growing from `old` to `new` at `now`.
fn grow(state: &State, old: u64, new: u64, now: u64) -> Result<u64, AddError> {
    let request = HONEST.request(old, new);
    let log_keys = [log_key(1).verifier_key().clone()];
    let line = state.add(&request, &log_keys, now, &signer())?;
    let key = WitnessKey::of(signer().verifier_key());
    Ok(key.verify_line(request.checkpoint(), &line).unwrap().time())
}

#[test]
fn a_clock_that_goes_backwards_makes_no_contradiction() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(folder.path());
    assert_eq!(grow(&state, 0, 3, 1_000).unwrap(), 1_000);
    // A little, as clocks are corrected: never a time before the last one.
    assert_eq!(grow(&state, 3, 4, 950).unwrap(), 1_000);
    let behind = grow(&state, 4, 5, 900);
    assert!(
        matches!(
            behind,
            Err(AddError::ClockBehind {
                now: 900,
                last: 1_000
            })
        ),
        "{behind:?}"
    );
    drop(state);
    let state = open(folder.path());
    assert!(matches!(
        grow(&state, 4, 5, 900),
        Err(AddError::ClockBehind { .. })
    ));
    assert_eq!(grow(&state, 4, 5, 1_100).unwrap(), 1_100);
}

#[test]
fn after_a_failed_write_nothing_is_cosigned_until_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let state = open(folder.path());
    grow(&state, 0, 3, 1_000).unwrap();
    let (logs, away) = (folder.path().join("logs"), folder.path().join("away"));
    std::fs::rename(&logs, &away).unwrap();
    assert!(matches!(
        grow(&state, 3, 4, 1_001),
        Err(AddError::Broken(_))
    ));
    std::fs::rename(&away, &logs).unwrap();
    // Nobody knows what reached the disk: good again is not good enough.
    assert!(matches!(
        grow(&state, 3, 4, 1_002),
        Err(AddError::Broken(_))
    ));
    assert!(state.broken().is_some());
    drop(state);
    let state = open(folder.path());
    assert_eq!(grow(&state, 3, 4, 1_003).unwrap(), 1_003);
}
