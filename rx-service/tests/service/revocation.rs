//! Revoked certificates and stolen keys: what becomes of what was signed before and after; and lists
//! that are fetched ahead of time, run out, or never come.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::http::StatusCode;
use jiff::Timestamp;
use rx_service::worker::revocation::{Round, Watch, status};
use serde_json::json;
use signing::trust::TrustError;
use simulators::http::{Response, Server};

use crate::answer::{Answer, codes};
use crate::callers::{Pharmacy, ehr, example, path_of};
use crate::pki::Revoked;
use crate::world::{CEDULA, MORNING, World, with_world};

const HOUR_LATER: &str = "2026-03-02T16:00:00Z";
const NOON: &str = "2026-03-02T18:00:00Z";
/// A list of that morning, good until the next.
const GOOD: (&str, &str) = ("2026-03-02T14:00:00Z", "2026-03-03T14:00:00Z");

/// The serial number of the prescriber's certificate.
async fn serial(world: &World) -> Vec<u8> {
    let stored = world.app.store.prescriber(&CEDULA.parse().unwrap()).await;
    let stored = stored.unwrap().unwrap();
    let der = stored.keys[0].certificate.clone().unwrap();
    let certificate: x509_cert::Certificate = x509_cert::der::Decode::from_der(&der).unwrap();
    let serial = certificate.tbs_certificate().serial_number();
    serial.as_bytes().to_vec()
}

fn load(world: &World, list: &[u8]) -> Result<(), TrustError> {
    world.app.trust.update(|store| store.add_crl(list))
}

pub(crate) async fn revoke(world: &World, at: &'static str, stolen: Option<&'static str>) {
    let revoked = Revoked {
        serial: serial(world).await,
        at,
        stolen,
    };
    load(world, &world.pki.list(2, GOOD, &[revoked])).unwrap();
}

async fn verified(world: &World, pharmacy: &Pharmacy, qr: &str) -> Answer {
    let body = json!({"qr": qr});
    world.post(&pharmacy.caller, "/verifications", &body).await
}

async fn try_issue(world: &World) -> Answer {
    try_issue_of(world, "three-lines").await
}

async fn try_issue_of(world: &World, name: &str) -> Answer {
    let value = example(name);
    world.post(&ehr(), path_of(&value), &value).await
}

#[test]
fn what_was_signed_before_the_revocation_stays_and_nothing_is_signed_after() {
    let name =
        "revocation::what_was_signed_before_the_revocation_stays_and_nothing_is_signed_after";
    with_world(name, async |world| {
        let folio = world.issue(&example("clonazepam")).await;
        let qr = world.qr(&folio).await;
        world.set_time(NOON);
        revoke(&world, HOUR_LATER, None).await;
        let pharmacy = Pharmacy::licensed();
        world.stock(&pharmacy, 1).await;
        let seen = verified(&world, &pharmacy, &qr).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
        let done = world.dispense(&pharmacy, &folio, 1, 1).await;
        assert_eq!(done.status, StatusCode::CREATED, "{}", done.text());
        // The certificate is in the cache of prescribers since the morning: no matter.
        let refused = try_issue(&world).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(codes(&refused), ["prescriber-certificate"]);
    });
}

#[test]
fn what_a_thief_signed_counts_nowhere() {
    with_world(
        "revocation::what_a_thief_signed_counts_nowhere",
        async |world| {
            let folio = world.issue(&example("clonazepam")).await;
            let qr = world.qr(&folio).await;
            world.set_time(NOON);
            // The CA hears of it at 16:00; the key was stolen the night before the issue.
            revoke(&world, HOUR_LATER, Some("2026-03-02T03:00:00Z")).await;
            let pharmacy = Pharmacy::licensed();
            let act = pharmacy.act(&world, &folio, 1, 1).await;
            let dispensed = world.post_signed(&pharmacy, &act).await;
            assert_eq!(dispensed.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(codes(&dispensed), ["signature-distrusted"]);
            let seen = verified(&world, &pharmacy, &qr).await;
            assert_eq!(seen.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_eq!(codes(&seen), ["signature-distrusted"]);
        },
    );
}

#[test]
fn a_list_that_ran_out_stops_issuing_and_not_what_was_issued() {
    let name = "revocation::a_list_that_ran_out_stops_issuing_and_not_what_was_issued";
    with_world(name, async |world| {
        let list = world.pki.list(1, (GOOD.0, HOUR_LATER), &[]);
        load(&world, &list).unwrap();
        let folio = world.issue(&example("clonazepam")).await;
        let qr = world.qr(&folio).await;
        world.set_time(NOON);
        let refused = try_issue(&world).await;
        assert_eq!(refused.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(codes(&refused), ["revocation-unknown"]);
        let text = refused.text();
        assert!(text.contains("venció la lista de revocación"), "{text}");
        let pharmacy = Pharmacy::licensed();
        let seen = verified(&world, &pharmacy, &qr).await;
        assert_eq!(seen.status, StatusCode::OK, "{}", seen.text());
        // The next list comes, and issuing goes on.
        load(&world, &world.pki.list(2, GOOD, &[])).unwrap();
        assert_eq!(try_issue(&world).await.status, StatusCode::CREATED);
    });
}

/// Serves `list` with an `ETag`, and counts the answers with and without content.
fn authority(list: Vec<u8>) -> (Server, Arc<[AtomicUsize; 2]>) {
    let counts = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
    let counted = Arc::clone(&counts);
    let handler = move |request: &simulators::http::Request| {
        if request.header("if-none-match") == Some("\"one\"") {
            counted[1].fetch_add(1, Ordering::Relaxed);
            return Response::empty(304);
        }
        counted[0].fetch_add(1, Ordering::Relaxed);
        let mut response = Response::ok("application/pkix-crl", list.clone());
        let etag = ("ETag".to_owned(), "\"one\"".to_owned());
        response.headers.push(etag);
        response
    };
    let server = Server::start("127.0.0.1:0", Arc::new(handler)).unwrap();
    (server, counts)
}

async fn round(world: &World, watch: &mut Watch, all: bool) -> Round {
    let now = world.app.now().0;
    watch.round(&world.app, now, all).await.unwrap()
}

#[test]
fn lists_are_fetched_ahead_kept_over_a_restart_and_asked_for_only_when_due() {
    let name =
        "revocation::lists_are_fetched_ahead_kept_over_a_restart_and_asked_for_only_when_due";
    with_world(name, async |mut world| {
        let (server, counts) = authority(world.pki.list(1, GOOD, &[]));
        world.config.revocation.crls = vec![format!("{}/ac.crl", server.url())];
        let world = world.restart().await;
        let mut watch = Watch::default();
        let nothing = Round::default();
        let fetched = Round {
            fetched: 1,
            ..nothing
        };
        assert_eq!(round(&world, &mut watch, false).await, fetched);
        assert_eq!(round(&world, &mut watch, false).await, nothing);
        let unchanged = Round {
            unchanged: 1,
            ..nothing
        };
        assert_eq!(round(&world, &mut watch, true).await, unchanged);
        assert_eq!(
            (
                counts[0].load(Ordering::Relaxed),
                counts[1].load(Ordering::Relaxed)
            ),
            (1, 1)
        );
        // Another replica on this database has it without asking.
        assert_eq!(round(&world, &mut Watch::default(), false).await, nothing);

        // The authority is gone and the service restarts: what was fetched is there.
        drop(server);
        let world = world.restart().await;
        let held = status(&world.app);
        assert_eq!(held.len(), 1);
        assert_eq!(held[0].2, GOOD.1.parse::<Timestamp>().unwrap());
        assert_eq!(try_issue(&world).await.status, StatusCode::CREATED);
        // Due at three quarters of its life; unreachable: tried again a minute later, not at once.
        world.set_time("2026-03-03T08:00:01Z");
        let failed = Round {
            failed: 1,
            ..nothing
        };
        let mut watch = Watch::default();
        assert_eq!(round(&world, &mut watch, false).await, failed);
        assert_eq!(round(&world, &mut watch, false).await, nothing);
        world.set_time("2026-03-03T08:01:01Z");
        assert_eq!(round(&world, &mut watch, false).await, failed);
        // And at its end nothing more is signed; who asks again for what was issued gets it.
        world.set_time("2026-03-03T14:00:01Z");
        let refused = try_issue_of(&world, "clonazepam").await;
        assert_eq!(codes(&refused), ["revocation-unknown"]);
        assert_eq!(try_issue(&world).await.status, StatusCode::OK);
    });
}

#[test]
fn what_an_authority_must_not_send_is_not_believed() {
    let name = "revocation::what_an_authority_must_not_send_is_not_believed";
    with_world(name, async |mut world| {
        let stale = world
            .pki
            .list(1, ("2026-02-01T00:00:00Z", "2026-02-02T00:00:00Z"), &[]);
        let future = world.pki.list(1, ("2026-03-02T15:06:00Z", GOOD.1), &[]);
        let foreign = tempfile::tempdir().unwrap();
        let foreign = crate::pki::Pki::create(foreign.path()).list(1, GOOD, &[]);
        let good = world.pki.list(1, GOOD, &[]);
        let (honest, _) = authority(good);
        let elsewhere = honest.url();
        let handler = move |request: &simulators::http::Request| {
            let list = |der: &Vec<u8>| Response::ok("application/pkix-crl", der.clone());
            match request.target.as_str() {
                "/stale" => list(&stale),
                "/future" => list(&future),
                "/foreign" => list(&foreign),
                "/large" => list(&vec![0x30; 33 << 20]),
                "/garbage" => list(&b"<html>mantenimiento</html>".to_vec()),
                "/redirect" => Response {
                    headers: vec![("Location".to_owned(), elsewhere.clone())],
                    ..Response::empty(302)
                },
                _ => Response::empty(404),
            }
        };
        let server = Server::start("127.0.0.1:0", Arc::new(handler)).unwrap();
        let paths = [
            "stale", "future", "foreign", "large", "garbage", "redirect", "none",
        ];
        let urls = paths.map(|path| format!("{}/{path}", server.url()));
        world.config.revocation.crls = urls.to_vec();
        let world = world.restart().await;
        let seen = round(&world, &mut Watch::default(), false).await;
        assert_eq!(
            seen,
            Round {
                failed: 7,
                ..Round::default()
            }
        );
        assert!(status(&world.app).is_empty());
        assert_eq!(world.app.now().0, MORNING.parse::<Timestamp>().unwrap());
    });
}
