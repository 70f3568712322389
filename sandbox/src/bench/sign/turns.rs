//! Operations on all cores in short slices, in turn with each other: a machine that is busy with
//! something else slows them all alike.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use serde::{Deserialize, Serialize};

use super::super::figure::{Figure, each, nanos, per_second};
use super::super::machine;
use super::super::percentiles::{Summary, Times};
use super::super::process::own_cpu;
use super::super::report::Report;

const SLICE: Duration = Duration::from_millis(200);
const ROUNDS: usize = 12;

/// Makes the operation for one thread, which then repeats it.
pub(super) type Operation<'a> = Box<dyn Fn() -> Result<Repeat<'a>> + Sync + 'a>;
pub(super) type Repeat<'a> = Box<dyn FnMut() -> Result<()> + 'a>;

/// One operation, measured.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Turn {
    count: u64,
    /// Nanoseconds on the wall, of all slices.
    wall: u64,
    /// Nanoseconds of processor, of all slices.
    cpu: u64,
    times: Summary,
}

impl Turn {
    /// Operations per second on the wall.
    pub(super) fn rate(&self) -> u64 {
        per_second(self.count, Duration::from_nanos(self.wall))
    }

    /// Operations per second of processor: what one core does that has nothing else to do.
    pub(super) fn rate_by_cpu(&self) -> u64 {
        per_second(self.count, Duration::from_nanos(self.cpu))
    }

    /// Its rows of a report.
    pub(super) fn rows(&self, report: &mut Report) {
        report.row("throughput, all cores", Figure::PerSecond(self.rate()));
        let by_cpu = Figure::PerSecond(self.rate_by_cpu());
        report.row("for each second of CPU", by_cpu);
        self.times.rows(report);
        let cpu = Figure::Time(each(Duration::from_nanos(self.cpu), self.count));
        report.row("CPU", cpu);
    }
}

#[derive(Default)]
struct Sum {
    times: Times,
    wall: Duration,
    cpu: Duration,
}

/// Measures `operations`, in their order.
///
/// # Errors
/// The first error of an operation.
pub(super) fn measure<const N: usize>(operations: &[Operation<'_>; N]) -> Result<[Turn; N]> {
    let mut sums: [Sum; N] = std::array::from_fn(|_| Sum::default());
    for _ in 0..ROUNDS {
        for (operation, sum) in operations.iter().zip(&mut sums) {
            let (begun, before) = (Instant::now(), own_cpu());
            let slices: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..machine::cores())
                    .map(|_| scope.spawn(|| slice(operation)))
                    .collect();
                let joined = threads.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined.collect()
            });
            sum.wall += begun.elapsed();
            sum.cpu += own_cpu().saturating_sub(before);
            for slice in slices {
                let Ok(slice) = slice else {
                    bail!("a thread panicked")
                };
                sum.times.append(slice?);
            }
        }
    }
    Ok(sums.map(|sum| Turn {
        count: sum.times.count(),
        wall: nanos(sum.wall),
        cpu: nanos(sum.cpu),
        times: sum.times.summary(),
    }))
}

fn slice(operation: &Operation<'_>) -> Result<Times> {
    let mut repeat = operation()?;
    let (begun, mut times) = (Instant::now(), Times::default());
    while begun.elapsed() < SLICE {
        let once = Instant::now();
        repeat()?;
        times.push(once.elapsed());
    }
    Ok(times)
}
