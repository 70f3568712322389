//! SIGKILL at random moments under load; nothing acknowledged is lost, changed or doubled.
//!
//! `RECETA_CRASH_KILLS` and `RECETA_CRASH_SEED` change the run; the seed is printed.

use receta_tests::crash::{self, Plan};
use sandbox::World;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where this test is configured"
)]
fn setting(name: &str) -> Option<u64> {
    std::env::var(name)
        .ok()
        .map(|text| text.parse().expect("a number"))
}

#[test]
fn nothing_acknowledged_is_lost_however_often_the_service_is_killed() {
    let kills = setting("RECETA_CRASH_KILLS")
        .unwrap_or(50)
        .try_into()
        .unwrap();
    let clock = sandbox::clock::now().as_millisecond().unsigned_abs();
    let seed = setting("RECETA_CRASH_SEED").unwrap_or(clock);
    println!("RECETA_CRASH_SEED={seed}");
    let folder = tempfile::tempdir().unwrap();
    let world = World::create(&folder.path().join("world")).unwrap();
    let outcome = match crash::run(
        &world,
        &Plan {
            kills,
            seed,
            clerks: 4,
        },
        &mut |_| {},
    ) {
        Ok(outcome) => outcome,
        Err(error) => panic!("seed {seed}: {error:#}; {}", folder.keep().display()),
    };
    println!("{kills} kills: {outcome:?}");
    // The load was real, and the kills hit it.
    assert!(outcome.issued > 20 && outcome.dispensed > 5, "{outcome:?}");
    assert!(outcome.lost_answers > 0, "{outcome:?}");
}
