//! Times an operation of this process, on one core.

use std::hint::black_box;
use std::time::{Duration, Instant};

use anyhow::Result;
use serde::{Deserialize, Serialize};

use super::figure::{Figure, each, per_second};
use super::percentiles::{Summary, Times};
use super::process::own_cpu;
use super::report::Report;

/// Bounds of each part.
const COUNT: u64 = 5_000;
const TIME: Duration = Duration::from_secs(3);
/// How many are prepared at once where each needs something of its own.
const BATCH: usize = 16;

/// A part that has ended.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct Part {
    /// Each operation, on the wall.
    pub(super) times: Summary,
    /// Operations per second, on the wall.
    pub(super) rate: u64,
    /// Nanoseconds of processor for one.
    pub(super) cpu: u64,
}

impl Part {
    /// A section of a report.
    pub(super) fn section(&self, report: &mut Report, title: &'static str) {
        report.section(title);
        report.row("throughput, one core", Figure::PerSecond(self.rate));
        self.times.rows(report);
        report.row("CPU", Figure::Time(self.cpu));
    }
}

/// Times `work` again and again, within the bounds.
///
/// # Errors
/// The first error of `work`.
pub(super) fn time<T>(work: impl Fn() -> Result<T>) -> Result<Part> {
    time_of(|| Ok(()), |()| work())
}

/// Times `work` on things that `prepare` makes, each used once; making them is not timed.
///
/// # Errors
/// The first error of either.
pub(super) fn time_of<S, T>(
    prepare: impl Fn() -> Result<S>,
    work: impl Fn(S) -> Result<T>,
) -> Result<Part> {
    black_box(work(prepare()?)?);
    let mut times = Times::default();
    let (mut wall, mut cpu) = (Duration::ZERO, Duration::ZERO);
    let begun = Instant::now();
    while times.count() < COUNT && begun.elapsed() < TIME {
        let batch: Vec<S> = (0..BATCH).map(|_| prepare()).collect::<Result<_>>()?;
        let (started, before) = (Instant::now(), own_cpu());
        for one in batch {
            let once = Instant::now();
            black_box(work(one)?);
            times.push(once.elapsed());
        }
        wall += started.elapsed();
        cpu += own_cpu().saturating_sub(before);
    }
    let count = times.count();
    Ok(Part {
        rate: per_second(count, wall),
        cpu: each(cpu, count),
        times: times.summary(),
    })
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use anyhow::bail;

    use super::*;

    #[test]
    fn each_thing_is_used_once_and_making_it_is_not_timed() {
        let (made, used) = (Cell::new(0_u32), Cell::new(0_u32));
        let slow = || {
            made.set(made.get() + 1);
            std::thread::sleep(Duration::from_millis(5));
            Ok(())
        };
        let part = time_of(slow, |()| {
            used.set(used.get() + 1);
            Ok(())
        });
        let part = part.unwrap();
        assert_eq!(made.get(), used.get());
        assert!(part.times.p50 < 5_000_000 && part.cpu < 5_000_000);
        assert!(part.rate > 200);
    }

    #[test]
    fn an_error_ends_it() {
        assert!(time(|| -> Result<()> { bail!("no") }).is_err());
    }
}
