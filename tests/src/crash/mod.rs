//! Kills the real service with SIGKILL at random moments while clerks issue and dispense, starts it
//! again, and then holds everything that was acknowledged against database, tree and proofs.
//!
//! `load` is what the clerks do, `watch` keeps every checkpoint that was public in between, `check`
//! asks the questions at the end, and `books` holds the control books against the ledger. SIGKILL loses the process, not the machine: what a power cut does
//! to a disk is not tested here.

mod books;
mod check;
mod load;
mod watch;

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use sandbox::World;
use sandbox::processes::Server;

use crate::random::Random;
use load::{Clerk, Records, Shift};
use watch::Watcher;

/// Packages of each controlled medicine on the shelf: more than any run hands over.
pub(crate) const PACKAGES: u32 = 1_000_000;
/// Kills that hit a service at work: once in so many, one that is still starting.
const STARTING: u64 = 6;
/// Longest run between two kills, and shortest, in milliseconds.
const RUN: (u64, u64) = (100, 800);
/// Longest time that a start is given before its kill, in milliseconds.
const START: u64 = 250;

/// How a run goes.
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    /// Kills.
    pub kills: u32,
    /// What the moments, medicines and retries are drawn from.
    pub seed: u64,
    /// Clerks at work at once.
    pub clerks: u64,
}

/// What happened in a run in which nothing acknowledged was lost.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Prescriptions that were acknowledged.
    pub issued: usize,
    /// Dispensings that were acknowledged.
    pub dispensed: usize,
    /// Requests whose answer a kill took away, and which were sent again.
    pub lost_answers: u64,
    /// Answers that a retry got for a step which had been recorded before.
    pub repeated: u64,
    /// Entries of the ledger.
    pub entries: usize,
    /// Different checkpoints that were public at some time.
    pub checkpoints: usize,
}

/// Runs the plan on a fresh world whose programs are stopped; `progress` hears of each kill. The
/// witnesses are programs of others: no kill hits them.
///
/// # Errors
/// The service does not start again, refuses what it must accept, or has lost, changed or doubled
/// something that it acknowledged.
pub fn run(world: &World, plan: &Plan, progress: &mut dyn FnMut(u32)) -> Result<Outcome> {
    let witnesses = world.start_witnesses()?;
    let server = world.start_service()?;
    sandbox::stock::open(world, PACKAGES)?;
    server.stop()?;
    let mut random = Random::new(plan.seed);
    let shift = Shift::default();
    let watcher = Watcher::new(world)?;
    let clerks: Vec<Clerk<'_>> = (0..plan.clerks)
        .map(|_| Clerk::new(world, plan.seed, random.fork(), &shift))
        .collect::<Result<_>>()?;
    thread::scope(|scope| {
        let watching = scope.spawn(|| watcher.run(&shift));
        let working: Vec<_> = clerks
            .into_iter()
            .map(|clerk| scope.spawn(move || clerk.work()))
            .collect();
        let killed = kill_repeatedly(world, plan, &mut random, &shift, progress);
        // The service runs: the clerks end what they are at. Or it does not, and they give up.
        if killed.is_ok() {
            shift.end();
        } else {
            shift.abandon();
        }
        let mut records = Records::default();
        let mut failed = None;
        for clerk in working {
            match clerk
                .join()
                .map_err(|_| anyhow!("a clerk panicked"))
                .flatten()
            {
                Ok(more) => records.append(more),
                Err(error) => failed = Some(error),
            }
        }
        let checkpoints = watching
            .join()
            .map_err(|_| anyhow!("the watcher panicked"))?;
        let server = killed?;
        if let Some(error) = failed {
            return Err(error.context(format!("end of the log:\n{}", server.log_tail())));
        }
        let outcome = check::check(world, &records, &checkpoints)?;
        server.stop()?;
        witnesses.stop()?;
        Ok(outcome)
    })
}

/// Kills as often as the plan says; returns the service that runs at the end.
fn kill_repeatedly(
    world: &World,
    plan: &Plan,
    random: &mut Random,
    shift: &Shift,
    progress: &mut dyn FnMut(u32),
) -> Result<Server> {
    for kill in 1..=plan.kills {
        let server = if random.one_in(STARTING) {
            let server = start_without_waiting(world)?;
            thread::sleep(Duration::from_millis(random.below(START)));
            server
        } else {
            let server = world
                .start_service()
                .with_context(|| format!("after {} kills", kill - 1))?;
            thread::sleep(Duration::from_millis(RUN.0 + random.below(RUN.1 - RUN.0)));
            server
        };
        server.kill()?;
        progress(kill);
        if shift.is_abandoned() {
            break;
        }
    }
    world.start_service().context("after the last kill")
}

fn start_without_waiting(world: &World) -> Result<Server> {
    let log = world.folder().join("service/log.jsonl");
    Server::start(world.service_command()?.arg("serve"), &log)
}
