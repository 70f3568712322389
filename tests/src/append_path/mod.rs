//! Faults under the append path: `strace` makes one system call of the real program fail, or kills
//! it there, for each call in turn; then the program runs once more without faults, and everything
//! that it ever said is held against the tree.
//!
//! [`program`] is what runs under `strace` (`src/bin/append_path.rs`): the service's own store,
//! sequencer and log, with a key in memory instead of the token. It says on its standard output
//! what it signs, before it does, and what it acknowledges. `strace` picks the call, `world` asks
//! the questions.

pub mod program;
mod strace;
mod world;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread::{self, ScopedJoinHandle};

use anyhow::{Context, Result, anyhow, ensure};

pub use strace::{Fault, Injection, is_permitted};
use world::World;

/// Entries that are acknowledged and published before any fault: with the map heads of their
/// batches, the tree is about to fill its first tile.
const BEFORE: u64 = 200;
/// Entries that the program appends under a fault, some of which it had appended before.
const UNDER_FAULT: std::ops::Range<u64> = 190..280;

/// The calls of the append path that change something or make it durable, and those that lead
/// there. The last are tried first: a database that cannot be opened is tried for 10 seconds.
pub const SYSCALLS: [&str; 10] = [
    "write",
    "fsync",
    "fdatasync",
    "rename",
    "openat",
    "unlink",
    "unlinkat",
    "mkdir",
    "pwrite64",
    "ftruncate",
];

/// How much is tried.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The program to run.
    pub program: PathBuf,
    /// Places tried for each call and fault. Where the program has more, half are the first ones
    /// and half are spread evenly.
    pub most: u64,
    /// Programs running at once.
    pub at_once: usize,
}

/// What became of the faults at one system call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Calls of the busiest thread in a run without faults.
    pub calls: u64,
    /// Runs with a fault.
    pub runs: u64,
    /// Runs in which the fault hit.
    pub hit: u64,
    /// Runs that ended well although the fault hit.
    pub shrugged_off: u64,
    /// Entries acknowledged before the end of a run that the fault hit.
    pub acknowledged: u64,
    /// Heads signed in runs that the fault hit.
    pub signed: u64,
}

impl Tally {
    fn add(&mut self, told: &world::Told) {
        self.runs += 1;
        if told.hit {
            self.hit += 1;
            self.shrugged_off += u64::from(told.ended_well);
            self.acknowledged += told.acknowledged;
            self.signed += told.signed;
        }
    }
}

/// Runs the plan. Tells what became of the faults, by system call and fault.
///
/// # Errors
/// The first thing that was lost, doubled, changed or signed twice, with the fault that did it.
pub fn run(plan: &Plan) -> Result<BTreeMap<(&'static str, Fault), Tally>> {
    let mut template = World::create(&plan.program)?;
    template.append(0..BEFORE)?;
    let calls = template.copy()?.count_calls(UNDER_FAULT)?;
    let mut tallies = BTreeMap::new();
    let mut injections = Vec::new();
    for syscall in SYSCALLS {
        let calls = calls.get(syscall).copied().unwrap_or_default();
        for fault in Fault::ALL {
            let tally = Tally {
                calls,
                ..Tally::default()
            };
            tallies.insert((syscall, fault), tally);
            let at = |place| Injection {
                syscall,
                fault,
                place,
            };
            injections.extend(places(calls, plan.most).into_iter().map(at));
        }
    }
    let (injections, tallies) = (Mutex::new(injections), Mutex::new(tallies));
    let work = || -> Result<()> {
        while let Some(injection) = next(&injections) {
            let told = one_fault(&template, injection);
            if told.is_err() {
                // One failure is enough: the others stop after what they are at.
                lock(&injections).clear();
            }
            let told = told.with_context(|| format!("with {injection}"))?;
            let mut tallies = lock(&tallies);
            let tally = tallies.entry((injection.syscall, injection.fault));
            tally.or_default().add(&told);
        }
        Ok(())
    };
    thread::scope(|threads| {
        let workers: Vec<_> = (0..plan.at_once).map(|_| threads.spawn(work)).collect();
        // Every one is waited for, then the first failure counts.
        let ended: Vec<_> = workers.into_iter().map(ScopedJoinHandle::join).collect();
        ended
            .into_iter()
            .try_for_each(|result| result.map_err(|_| anyhow!("a thread of the test panicked"))?)
    })?;
    Ok(tallies.into_inner().unwrap_or_default())
}

fn next(injections: &Mutex<Vec<Injection>>) -> Option<Injection> {
    lock(injections).pop()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

/// Up to `most` of the places 1 to `calls`: half of them from the first on, which most threads get
/// to, and half spread evenly to the last.
fn places(calls: u64, most: u64) -> Vec<u64> {
    if calls <= most {
        return (1..=calls).collect();
    }
    let spread = most / 2;
    let first = most - spread;
    let evenly = (1..=spread).map(|step| first + step * (calls - first) / spread);
    (1..=first).chain(evenly).collect()
}

/// A copy of the world, the fault, the state that readers see then, the restart, everything.
fn one_fault(template: &World, injection: Injection) -> Result<world::Told> {
    let mut world = template.copy()?;
    let told = world.append_under(injection, UNDER_FAULT)?;
    world.check_readers().context("before the restart")?;
    let again = world.append(UNDER_FAULT).context("the restart")?;
    ensure!(
        again.acknowledged == UNDER_FAULT.end - UNDER_FAULT.start,
        "the restart acknowledged {} entries",
        again.acknowledged
    );
    world.check_everything(UNDER_FAULT.end)?;
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_spread() {
        assert_eq!(places(0, 5), [0; 0]);
        assert_eq!(places(3, 5), [1, 2, 3]);
        assert_eq!(places(5, 5), [1, 2, 3, 4, 5]);
        assert_eq!(places(101, 5), [1, 2, 3, 52, 101]);
        assert_eq!(places(9, 1), [1]);
    }
}
