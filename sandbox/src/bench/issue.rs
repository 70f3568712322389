//! Issue: prescriptions per second, each durable, signed twice in the token, and under a signed
//! tree head before it is answered.

use std::time::Duration;

use anyhow::Result;

use super::figure::{Figure, share};
use super::limits::{Limits, RoundTrips};
use super::load::{self, Bounds};
use super::measured::Measured;
use super::receipts::{self, Claim};
use super::report::Report;
use super::{ServiceArguments, orders, scratch};
use crate::pki::Who;
use crate::{World, clock};

/// Prescriptions per second that we aim for on two cores, client included (issue 2).
const AIM: u64 = 500;
/// Prescriptions before the clock starts.
const WARM_UP: usize = 200;

/// Measures and reports.
///
/// # Errors
/// An answer other than 201 with a true receipt, or the sandbox does not start.
pub(super) fn main(arguments: &ServiceArguments) -> Result<Report> {
    let bounds = Bounds {
        count: arguments.requests.unwrap_or(6_000),
        time: Duration::from_secs(arguments.seconds),
    };
    let folder = scratch()?;
    let limits = Limits::measure(&folder.path().join("limits"))?;
    let world = World::create(&folder.path().join("world"))?;
    let [doctor, _] = world.prescribers.clone();
    let bodies = orders::write(WARM_UP + bounds.count, &doctor, clock::today()?)?;
    let (first, bodies) = bodies.split_at(WARM_UP);

    let witnesses = world.start_witnesses()?;
    let service = world.start_service()?;
    let clients = load::connect(&world, arguments.threads, |_| Who::Ehr)?;
    let round_trips = RoundTrips::measure(&service, &clients)?;
    let warm_up = Bounds {
        count: WARM_UP,
        ..bounds
    };
    load::run(&service, &clients, warm_up, |client, n| {
        orders::post(client, n, &first[n])
    })?;
    let outcome = load::run(&service, &clients, bounds, |client, n| {
        orders::post(client, n, &bodies[n])
    })?;
    let (measured, issued) = Measured::of(outcome, service.pid())?;

    let claims: Vec<_> = issued
        .iter()
        .map(|(_, issued)| Claim {
            index: issued.index,
            receipt: issued.receipt.as_deref(),
        })
        .collect();
    let verified = receipts::verify(&world, &clients[0], &claims)?;
    service.stop()?;
    witnesses.stop()?;

    let mut report = Report::new("issue");
    report.section("load");
    report.row(
        "callers, each with its connection",
        Figure::Count(arguments.callers()),
    );
    report.words(
        "request",
        "a MedicationRequest of one medicine, each of another patient",
    );
    report.row("receipts verified, a sample", Figure::Count(verified));
    measured.rows(&mut report, Some(AIM));
    limits.rows(&mut report, &round_trips, measured.rate());
    report.section("what limits it");
    report.words("limit", measured.limited_by());
    let of_token = share(limits.token_cpu(), measured.service_cpu(), 100);
    report.row(
        "token's share of the service's CPU",
        Figure::Percent(of_token),
    );
    Ok(report)
}
