//! The limits of the same machine in the same run, and how near to them the service comes. A
//! figure alone says how fast the machine is; the ratio says how good the service is.

use std::path::Path;
use std::time::Duration;

use anyhow::Result;

use super::durable::{self, DurableRates};
use super::figure::{Figure, each, per_second};
use super::load::{self, Bounds};
use super::report::Report;
use super::token::{self, Rate, TokenRates};
use crate::client::Client;
use crate::processes::Server;

/// Bare round trips at most.
const ROUND_TRIPS: Bounds = Bounds {
    count: 20_000,
    time: Duration::from_millis(1500),
};

/// Label of [`DurableRates::grouped`].
const GROUPED: &str = "disk: durable rows, 32 a commit";

/// What nothing on this machine can exceed.
pub(super) struct Limits {
    token: TokenRates,
    durable: DurableRates,
}

/// `GET /livez` by the same callers over the same connections.
pub(super) struct RoundTrips {
    rate: u64,
    service_cpu: u64,
    client_cpu: u64,
}

impl Limits {
    /// Measures token and disk, in a folder on the file system of the service's data. The service
    /// must not be running.
    ///
    /// # Errors
    /// SoftHSM or the disk refuses.
    pub(super) fn measure(folder: &Path) -> Result<Self> {
        std::fs::create_dir_all(folder)?;
        Ok(Self {
            token: token::measure(&folder.join("token"))?,
            durable: durable::measure(folder)?,
        })
    }

    /// Nanoseconds of processor that the token's part of a prescription takes.
    pub(super) fn token_cpu(&self) -> u64 {
        let Rate { count, cpu, .. } = self.token.prescription;
        each(Duration::from_nanos(cpu), count)
    }

    /// Adds the limits to a report, and what part of each `measured` per second is.
    pub(super) fn rows(&self, report: &mut Report, round_trips: &RoundTrips, measured: u64) {
        report.section("limits, measured in the same run");
        let of_token = |rate: Rate| per_second(rate.count, Duration::from_nanos(rate.wall));
        let token = &self.token;
        let rows = [
            ("token: one signature", of_token(token.sign)),
            (
                "token: activate, sign twice, destroy",
                of_token(token.prescription),
            ),
            ("disk: one durable row", self.durable.single),
            (GROUPED, self.durable.grouped),
            ("network: GET /livez", round_trips.rate),
        ];
        for (label, rate) in rows {
            report.row(label, Figure::Limit { rate, measured });
        }
        report.row(
            "token's CPU of a prescription",
            Figure::Time(self.token_cpu()),
        );
        report.row(
            "service's CPU of a GET /livez",
            Figure::Time(round_trips.service_cpu),
        );
        report.row(
            "client's CPU of a GET /livez",
            Figure::Time(round_trips.client_cpu),
        );
    }
}

impl RoundTrips {
    /// Measures with the callers of the benchmark.
    ///
    /// # Errors
    /// The service does not answer.
    pub(super) fn measure(service: &Server, clients: &[Client]) -> Result<Self> {
        let outcome = load::run(service, clients, ROUND_TRIPS, |client, _| {
            client.fetch("/livez")
        })?;
        let (count, spent) = (outcome.times.count(), outcome.spent);
        Ok(Self {
            rate: per_second(count, spent.wall),
            service_cpu: each(spent.service, count),
            client_cpu: each(spent.client, count),
        })
    }
}
