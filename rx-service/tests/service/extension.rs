//! Signatures that last: the authority is asked after the issue, may be down, may lie; what is kept
//! verifies with the network off.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use axum::http::StatusCode;
use jiff::Timestamp;
use rx_service::config::TimestampSection;
use rx_service::store::ExtensionBacklog;
use rx_service::worker::extend::run_once;
use signing::cms::cades::{
    Existence, Level, LongTermCades, LongTermTrust, Moment, verify_long_term,
};
use signing::timestamp::{AcceptedPolicies, TimestampTrust};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};
use simulators::http::{Request, Response, Server};
use simulators::tsa::{Asked, POLICY, Tsa};

use crate::callers::{ehr, example, other_ehr};
use crate::world::{World, with_world};

/// What the authority does next.
#[derive(Clone, Copy)]
enum Mood {
    Honest,
    Down,
    OtherPolicy,
    OldAnswer,
    Html,
}

/// A timestamp authority over HTTP whose clock is the test's.
struct Authority {
    server: Server,
    tsa: Arc<Tsa>,
    state: Arc<Mutex<(Mood, Timestamp)>>,
}

impl Authority {
    fn start() -> Self {
        let tsa = Arc::new(Tsa::new().unwrap());
        let state = Arc::new(Mutex::new((Mood::Honest, Timestamp::UNIX_EPOCH)));
        let (answering, shared) = (Arc::clone(&tsa), Arc::clone(&state));
        let handler = move |request: &Request| {
            let (mood, now) = *shared.lock().unwrap();
            let asked = Asked::read(&request.body).unwrap();
            let mut draft = answering.draft(&asked, now, 1).unwrap();
            match mood {
                Mood::Honest => {}
                Mood::Down => return Response::empty(503),
                Mood::OtherPolicy => "1.2.3.4".clone_into(&mut draft.policy),
                Mood::OldAnswer => draft.nonce = None,
                Mood::Html => return Response::ok("text/html", b"<p>portal</p>".to_vec()),
            }
            let answer = answering.respond(&draft).unwrap();
            Response::ok("application/timestamp-reply", answer)
        };
        let server = Server::start("127.0.0.1:0", Arc::new(handler)).unwrap();
        Self { server, tsa, state }
    }

    fn set(&self, mood: Mood, now: &str) {
        *self.state.lock().unwrap() = (mood, now.parse().unwrap());
    }

    /// What the configuration says of it, with a list of each of its CAs made at `made`.
    fn section(&self, folder: &Path) -> TimestampSection {
        let anchor = folder.join("tsa-root.der");
        std::fs::write(&anchor, self.tsa.root().der()).unwrap();
        let issuer = folder.join("tsa-issuing.der");
        std::fs::write(&issuer, self.tsa.issuing().der()).unwrap();
        let section = TimestampSection {
            url: self.server.url(),
            anchors: vec![anchor],
            issuers: vec![issuer],
            crls: vec![folder.join("tsa-root.crl"), folder.join("tsa-issuing.crl")],
            policies: vec![POLICY.to_owned()],
            ask_policy: None,
            hash: "sha256".to_owned(),
        };
        self.publish_lists(&section.crls, 1);
        section
    }

    fn publish_lists(&self, paths: &[PathBuf], day: u8) {
        for (path, ca) in paths.iter().zip([self.tsa.root(), self.tsa.issuing()]) {
            let list = crate::pki::list(day, ca.key_id());
            let list = list.signed_by(ca.issuer()).unwrap();
            std::fs::write(path, list.der()).unwrap();
        }
    }

    fn trust(&self) -> TimestampTrust {
        let mut authorities = TrustStore::new(RevocationPolicy::Required);
        authorities
            .add_anchor(self.tsa.root().der(), AnchorPolicy::Timestamp)
            .unwrap();
        TimestampTrust {
            authorities,
            policies: AcceptedPolicies::Any,
        }
    }
}

async fn signature(world: &World, folio: &str, query: &str) -> Vec<u8> {
    let path = format!("/prescriptions/{folio}/signature{query}");
    let answer = world.get(&ehr(), &path).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert_eq!(answer.header("content-type"), "application/pkcs7-signature");
    answer.body
}

async fn backlog(world: &World) -> ExtensionBacklog {
    world.app.store.extension_backlog().await.unwrap()
}

/// What a court has: the document, the signature, two pinned roots, and no network.
async fn in_court(world: &World, authority: &Authority, folio: &str, now: &str) -> LongTermCades {
    let p7s = signature(world, folio, "").await;
    let path = format!("/prescriptions/{folio}/document");
    let document = world.get(&ehr(), &path).await.body;
    let mut signers = TrustStore::new(RevocationPolicy::Required);
    let root = std::fs::read(&world.config().professionals.anchors[0]).unwrap();
    signers
        .add_anchor(&root, AnchorPolicy::Professional)
        .unwrap();
    let timestamps = authority.trust();
    let trust = LongTermTrust {
        signers: &signers,
        timestamps: Some(&timestamps),
    };
    let when = Moment {
        ledger: None,
        now: now.parse().unwrap(),
    };
    verify_long_term(&document, &p7s, &trust, when).unwrap()
}

#[test]
fn a_signature_becomes_long_term_and_stands_in_court_ten_years_later() {
    with_world(
        "extension::a_signature_becomes_long_term_and_stands_in_court_ten_years_later",
        async |world| {
            let authority = Authority::start();
            let world = world
                .with_timestamps(&authority.section(world_folder()))
                .await;
            world.publish_lists(1);
            authority.set(Mood::Honest, "2026-03-02T15:00:01Z");
            let folio = world.issue(&example("clonazepam")).await;
            let original = signature(&world, &folio, "?level=b").await;
            assert_eq!(
                signature(&world, &folio, "").await,
                original,
                "not extended yet"
            );

            assert_eq!(run_once(&world.app).await.unwrap(), 1);
            let stamped = signature(&world, &folio, "").await;
            assert!(stamped.len() > original.len());
            assert_eq!(signature(&world, &folio, "?level=b").await, original);
            // The lists of the first of March are older than the timestamp: they prove nothing.
            assert_eq!(backlog(&world).await.without_evidence, 1);
            let metrics = world.get(&ehr(), "/metrics").await.text();
            let line = "receta_signature_extension_backlog{waiting_for=\"revocation\"} 1";
            assert!(metrics.contains(line), "{metrics}");

            world.set_time("2026-03-03T15:00:00Z");
            world.publish_lists(3);
            authority.publish_lists(&world.config().timestamp.as_ref().unwrap().crls, 3);
            assert_eq!(run_once(&world.app).await.unwrap(), 1);
            assert_eq!(backlog(&world).await, ExtensionBacklog::default());

            let judged = in_court(&world, &authority, &folio, "2034-06-01T00:00:00Z").await;
            assert_eq!(judged.level(), Level::BaselineLt);
            let stamped = "2026-03-02T15:00:01Z".parse().unwrap();
            assert_eq!(judged.timestamp().unwrap().gen_time(), stamped);
            assert!(matches!(judged.existence(), Existence::Timestamp(at) if at >= stamped));
            assert!(judged.evidence_made_at().unwrap() > stamped);

            for path in [
                "signature?level=x",
                "signature-b",
                "signature?level=b&level=b",
            ] {
                let path = format!("/prescriptions/{folio}/{path}");
                assert_eq!(world.get(&ehr(), &path).await.status, StatusCode::NOT_FOUND);
            }
            let path = format!("/prescriptions/{folio}/signature");
            let stranger = world.get(&other_ehr(), &path).await;
            assert_eq!(stranger.status, StatusCode::NOT_FOUND);
        },
    );
}

#[test]
fn an_authority_that_is_down_or_lies_stops_nobody() {
    with_world(
        "extension::an_authority_that_is_down_or_lies_stops_nobody",
        async |world| {
            let authority = Authority::start();
            let world = world
                .with_timestamps(&authority.section(world_folder()))
                .await;
            let folio = {
                authority.set(Mood::Down, "2026-03-02T15:00:01Z");
                world.issue(&example("clonazepam")).await
            };
            let original = signature(&world, &folio, "").await;
            // Ten seconds, twenty, forty, eighty after each failure.
            for (mood, at) in [
                (Mood::Down, "2026-03-02T15:00:00Z"),
                (Mood::OtherPolicy, "2026-03-02T15:00:10Z"),
                (Mood::OldAnswer, "2026-03-02T15:00:30Z"),
                (Mood::Html, "2026-03-02T15:01:10Z"),
            ] {
                world.set_time(at);
                authority.set(mood, at);
                assert_eq!(run_once(&world.app).await.unwrap(), 0);
                assert_eq!(signature(&world, &folio, "").await, original);
            }
            assert_eq!(backlog(&world).await.without_timestamp, 1);
            let metrics = world.get(&ehr(), "/metrics").await.text();
            let line = "receta_signature_extension_oldest_seconds 70";
            assert!(metrics.contains(line), "{metrics}");
            // It is back, but the pause is not over.
            authority.set(Mood::Honest, "2026-03-02T15:02:29Z");
            world.set_time("2026-03-02T15:02:29Z");
            assert_eq!(run_once(&world.app).await.unwrap(), 0);
            authority.set(Mood::Honest, "2026-03-02T15:02:30Z");
            world.set_time("2026-03-02T15:02:30Z");
            assert_eq!(run_once(&world.app).await.unwrap(), 1);
            assert_eq!(backlog(&world).await.without_timestamp, 0);
            assert_ne!(signature(&world, &folio, "").await, original);
        },
    );
}

/// Where the authority's files are kept: beside the test, as its folder is moved into the world.
fn world_folder() -> &'static Path {
    static FOLDER: std::sync::LazyLock<tempfile::TempDir> =
        std::sync::LazyLock::new(|| tempfile::tempdir().unwrap());
    FOLDER.path()
}
