//! Many callers at once: each a thread with its own connection, which sends the next request as
//! soon as the last is answered.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::percentiles::Times;
use super::process::{Meter, Spent};
use crate::World;
use crate::client::Client;
use crate::pki::Who;
use crate::processes::Server;

/// What came of a load.
pub(super) struct Outcome<T> {
    /// How long each request took.
    pub(super) times: Times,
    /// What all of them took.
    pub(super) spent: Spent,
    /// What each gave, with its number.
    pub(super) results: Vec<(usize, T)>,
}

/// How much is sent.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Requests.
    pub(super) count: usize,
    /// Time after which no more are begun.
    pub(super) time: Duration,
}

/// `count` clients, each with a certificate that `who` chooses and a connection that is open
/// already.
///
/// # Errors
/// The service does not answer.
pub(super) fn connect(
    world: &World,
    count: usize,
    who: impl Fn(usize) -> Who,
) -> Result<Vec<Client>> {
    let clients = (0..count).map(|number| {
        let client = world.client(who(number))?;
        client.fetch("/livez")?;
        Ok(client)
    });
    clients.collect()
}

/// Sends requests 0 to `bounds.count`: number `n` through client `n` modulo the number of clients.
/// Stops at the first failure.
///
/// # Errors
/// The first failure, with the end of the service's log.
pub(super) fn run<T: Send>(
    service: &Server,
    clients: &[Client],
    bounds: Bounds,
    request: impl Fn(&Client, usize) -> Result<T> + Sync,
) -> Result<Outcome<T>> {
    let ready = Barrier::new(clients.len() + 1);
    let failed = AtomicBool::new(false);
    let one_caller = |first: usize| -> Result<(Times, Vec<(usize, T)>)> {
        let (mut times, mut results) = (Times::default(), Vec::new());
        ready.wait();
        let begun = Instant::now();
        for number in (first..bounds.count).step_by(clients.len()) {
            if failed.load(Ordering::Relaxed) || begun.elapsed() > bounds.time {
                break;
            }
            let sent = Instant::now();
            let result = request(&clients[first], number);
            times.push(sent.elapsed());
            failed.fetch_or(result.is_err(), Ordering::Relaxed);
            results.push((number, result.with_context(|| format!("request {number}"))?));
        }
        Ok((times, results))
    };
    std::thread::scope(|scope| {
        let one_caller = &one_caller;
        let callers: Vec<_> = (0..clients.len())
            .map(|first| scope.spawn(move || one_caller(first)))
            .collect();
        let meter = Meter::start(service.pid());
        ready.wait();
        let (mut times, mut results) = (Times::default(), Vec::new());
        for caller in callers {
            let caller = caller
                .join()
                .map_err(|_| anyhow::anyhow!("a caller panicked"))?;
            let (its_times, mut its_results) = caller.with_context(|| service.log_tail())?;
            times.append(its_times);
            results.append(&mut its_results);
        }
        let spent = meter?.stop()?;
        Ok(Outcome {
            times,
            spent,
            results,
        })
    })
}
