//! Dispense: acts per second of pharmacies that hold the QR, each signed by the pharmacy.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use jiff::Timestamp;

use super::figure::Figure;
use super::limits::{Limits, RoundTrips};
use super::load::{self, Bounds};
use super::measured::Measured;
use super::orders::{self, Issued};
use super::receipts::{self, Claim};
use super::report::Report;
use super::{ServiceArguments, scratch};
use crate::client::Client;
use crate::pharmacy_key::PharmacyKey;
use crate::pki::Who;
use crate::processes::Server;
use crate::seed::{HandOver, Line};
use crate::{World, clock};

/// Acts before the clock starts.
const WARM_UP: usize = 100;
/// Longest time for issuing what is to be dispensed.
const PREPARATION: Duration = Duration::from_secs(15);

/// A signed document, ready to be posted.
struct Act {
    document: Vec<u8>,
    signature: String,
}

/// Measures and reports.
///
/// # Errors
/// An answer other than 201 with a true receipt, or the sandbox does not start.
pub(super) fn main(arguments: &ServiceArguments) -> Result<Report> {
    let wanted = WARM_UP + arguments.requests.unwrap_or(2_500);
    let folder = scratch()?;
    let limits = Limits::measure(&folder.path().join("limits"))?;
    let world = World::create(&folder.path().join("world"))?;
    let witnesses = world.start_witnesses()?;
    let service = world.start_service()?;
    let acts = prepare(&world, &service, arguments.threads, wanted)?;
    let (first, acts) = acts
        .split_at_checked(WARM_UP)
        .context("nothing was issued in time")?;

    let clients = load::connect(&world, arguments.threads, pharmacy)?;
    let round_trips = RoundTrips::measure(&service, &clients)?;
    let bounds = |acts: &[Act]| Bounds {
        count: acts.len(),
        time: Duration::from_secs(arguments.seconds),
    };
    load::run(&service, &clients, bounds(first), |client, n| {
        post(client, n, &first[n])
    })?;
    let outcome = load::run(&service, &clients, bounds(acts), |client, n| {
        post(client, n, &acts[n])
    })?;
    let (measured, answers) = Measured::of(outcome, service.pid())?;

    let claims: Vec<_> = answers
        .iter()
        .map(|(_, (index, receipt))| Claim {
            index: *index,
            receipt: receipt.as_deref(),
        })
        .collect();
    let verified = receipts::verify(&world, &clients[0], &claims)?;
    service.stop()?;
    witnesses.stop()?;

    let mut report = Report::new("dispense");
    report.section("load");
    report.row(
        "callers, each with its connection",
        Figure::Count(arguments.callers()),
    );
    report.words(
        "request",
        "a signed MedicationDispense, each of another prescription",
    );
    report.row("receipts verified, a sample", Figure::Count(verified));
    measured.rows(&mut report, None);
    limits.rows(&mut report, &round_trips, measured.rate());
    report.section("what limits it");
    report.words("limit", measured.limited_by());
    Ok(report)
}

/// The pharmacy of a caller.
fn pharmacy(caller: usize) -> Who {
    if caller.is_multiple_of(2) {
        Who::Pharmacy1
    } else {
        Who::Pharmacy2
    }
}

/// Issues prescriptions, reads their QR, and signs an act for each by the pharmacy that will send
/// it.
fn prepare(world: &World, service: &Server, callers: usize, count: usize) -> Result<Vec<Act>> {
    let [doctor, _] = world.prescribers.clone();
    let bodies = orders::write(count, &doctor, clock::today()?)?;
    let clients = load::connect(world, callers, |_| Who::Ehr)?;
    let bounds = Bounds {
        count,
        time: PREPARATION,
    };
    let issued = load::run(service, &clients, bounds, |client, n| {
        let issued = orders::post(client, n, &bodies[n])?;
        let digest = qr_digest(client, &issued)?;
        Ok((issued, digest))
    })?;
    let key = |who| PharmacyKey::load(&world.pki.client(who).1);
    let keys = [key(pharmacy(0))?, key(pharmacy(1))?];
    let at = clock::now();
    // The callers split acts like `load::run` does: number n belongs to caller n modulo callers,
    // and the warm-up is a run of its own.
    let caller = |n: usize| n.checked_sub(WARM_UP).unwrap_or(n) % callers;
    let results = issued.results.iter().enumerate();
    results
        .map(|(n, (_, (issued, digest)))| sign(issued, *digest, at, &keys[caller(n) % 2]))
        .collect()
}

fn qr_digest(client: &Client, issued: &Issued) -> Result<[u8; 32]> {
    let text = client.fetch(&format!("/prescriptions/{}/qr.txt", issued.folio))?;
    let qr = signing::qr::read(&String::from_utf8(text)?)?;
    Ok(*qr.qr_digest())
}

fn sign(issued: &Issued, qr_digest: [u8; 32], at: Timestamp, key: &PharmacyKey) -> Result<Act> {
    let line = Line::losartan();
    let hand_over = HandOver {
        request_id: &issued.request_id,
        clave: &line.clave,
        packages: line.packages,
        lot: ("BENCH-1", "2031-12"),
        qr_digest,
        at,
    };
    let document = serde_json_canonicalizer::to_vec(&hand_over.to_resource())?;
    let signature = key.sign(&document)?;
    Ok(Act {
        document,
        signature,
    })
}

/// Posts one, which must be answered with 201 and a receipt.
fn post(client: &Client, number: usize, act: &Act) -> Result<(u64, Option<String>)> {
    let headers = [("receta-signature", act.signature.as_str())];
    let path = "/fhir/r4/MedicationDispense";
    let answer = client.post_bytes(path, act.document.clone(), &headers)?;
    ensure!(answer.status == 201, "{}", answer.describe());
    Ok((
        answer.ledger_index()?,
        orders::sampled_receipt(&answer, number)?,
    ))
}
