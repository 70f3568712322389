//! What a load on the service came to.

use std::time::Duration;

use anyhow::Result;

use super::figure::{Figure, each, nanos, per_second, share};
use super::load::Outcome;
use super::machine;
use super::percentiles::Summary;
use super::process::{Memory, Spent, memory};
use super::report::Report;

/// Resident memory that the service may take (issue 2).
const MEMORY_AIM: u64 = 200 << 20;
/// Share of the processors, in percent, from which on they are the limit.
const BUSY: u64 = 85;
/// Share of the processors, in percent, from which on other programs spoil the figures.
const DISTURBED: u64 = 10;

/// The figures of a load.
pub(super) struct Measured {
    /// Requests answered as they should.
    pub(super) count: u64,
    times: Summary,
    spent: Spent,
    memory: Memory,
}

impl Measured {
    /// Of a load that has ended on a service that still runs.
    ///
    /// # Errors
    /// The service no longer runs.
    pub(super) fn of<T>(outcome: Outcome<T>, service: u32) -> Result<(Self, Vec<(usize, T)>)> {
        let measured = Self {
            count: outcome.times.count(),
            spent: outcome.spent,
            times: outcome.times.summary(),
            memory: memory(service)?,
        };
        Ok((measured, outcome.results))
    }

    /// Requests per second.
    pub(super) fn rate(&self) -> u64 {
        per_second(self.count, self.spent.wall)
    }

    /// Nanoseconds of the service's processor time for a request.
    pub(super) fn service_cpu(&self) -> u64 {
        each(self.spent.service, self.count)
    }

    /// Adds throughput, latency, processor and memory to a report.
    pub(super) fn rows(&self, report: &mut Report, aim: Option<u64>) {
        report.section("result");
        report.row("requests", Figure::Count(self.count));
        report.row("throughput", Figure::PerSecond(self.rate()));
        if let Some(aim) = aim {
            report.words(format!("aim: {aim}/s"), reached(self.rate() >= aim));
        }
        self.times.rows(report);
        report.row(
            "service's CPU of a request",
            Figure::Time(self.service_cpu()),
        );
        report.row(
            "client's CPU of a request",
            Figure::each(self.spent.client, self.count),
        );
        report.row(
            "processors busy with the service",
            Figure::Percent(self.busy(self.spent.service)),
        );
        report.row(
            "processors busy with the client",
            Figure::Percent(self.busy(self.spent.client)),
        );
        report.row(
            "processors busy with other programs",
            Figure::Percent(self.busy(self.spent.others)),
        );
        report.row("service's memory, resident", Figure::Bytes(self.memory.now));
        report.row("service's memory, peak", Figure::Bytes(self.memory.peak));
        report.words("aim: 200 MiB", reached(self.memory.peak <= MEMORY_AIM));
    }

    /// Share of all processors in percent that `cpu` is.
    fn busy(&self, cpu: Duration) -> u64 {
        let cores = u64::try_from(machine::cores()).unwrap_or(1);
        share(
            nanos(cpu),
            nanos(self.spent.wall).saturating_mul(cores),
            100,
        )
    }

    /// What limits it, from where the processors' time went.
    pub(super) fn limited_by(&self) -> String {
        let Spent {
            service,
            client,
            others,
            ..
        } = self.spent;
        let others = self.busy(others);
        if others >= DISTURBED {
            return format!(
                "other programs, which took {others} % of the processors: run again when idle"
            );
        }
        let busy = self.busy(service + client);
        if busy < BUSY {
            return format!(
                "waiting: the processors are {busy} % busy, the rest is disk and hand-overs"
            );
        }
        let of_service = share(nanos(service), nanos(service + client), 100);
        format!(
            "processors: {busy} % busy, {of_service} % of that the service, {} % this client",
            100_u64.saturating_sub(of_service)
        )
    }
}

/// Whether an aim was reached.
pub(super) fn reached(is: bool) -> &'static str {
    if is { "reached" } else { "NOT reached" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measured(service: u64, client: u64) -> Measured {
        Measured {
            count: 1_000,
            times: Summary {
                p50: 1,
                p99: 2,
                longest: 3,
            },
            spent: Spent {
                wall: Duration::from_secs(2),
                service: Duration::from_millis(service),
                client: Duration::from_millis(client),
                others: Duration::ZERO,
            },
            memory: Memory { now: 1, peak: 2 },
        }
    }

    #[test]
    fn a_rate_is_per_second_and_a_cost_per_request() {
        let measured = measured(1_000, 500);
        assert_eq!((measured.rate(), measured.service_cpu()), (500, 1_000_000));
    }

    #[test]
    fn idle_processors_are_not_the_limit() {
        let cores = u64::try_from(machine::cores()).unwrap();
        let all = 2_000 * cores;
        assert!(
            measured(all / 10, all / 10)
                .limited_by()
                .starts_with("waiting")
        );
        let busy = measured(all * 3 / 4, all / 4).limited_by();
        assert_eq!(
            busy,
            "processors: 100 % busy, 75 % of that the service, 25 % this client"
        );
    }

    #[test]
    fn a_busy_machine_is_named() {
        let mut measured = measured(100, 100);
        measured.spent.others = Duration::from_secs(1);
        assert!(measured.limited_by().starts_with("other programs"));
    }
}
