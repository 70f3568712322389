//! A running service with a fixed clock, its callers, and the requests they send.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use data_encoding::BASE64;
use hsm::Secret;
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;
use ledger::{TlogProof, VerifierKey};
use rx_service::api;
use rx_service::app::App;
use rx_service::auth::{Caller, CallerError, Role};
use rx_service::clock::FixedClock;
use rx_service::config::{
    Config, HsmSection, LedgerSection, OwnSignatureSection, TimestampSection, TlsConfig,
    TrustSection,
};
use rx_service::flow::enrol::{self, NewPrescriber};
use rx_service::office::Office;
use rx_service::server::Origin;
use serde_json::Value;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tower::ServiceExt;

use crate::answer::Answer;
use crate::callers::{BORDER, Pharmacy, TIJUANA, ehr, ehr_of, path_of};
use crate::consent;
use crate::pki::Pki;

pub(crate) const CLUES: &str = "HGIMB000163";
pub(crate) const CEDULA: &str = "7654321";
/// The day of the example documents, in the morning in Hidalgo.
pub(crate) const MORNING: &str = "2026-03-02T15:00:00Z";

pub(crate) struct World {
    pub(crate) folder: tempfile::TempDir,
    pub(crate) token: PathBuf,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) app: App,
    /// Entries of the ledger before the test begins: the enrolments, and their batches' map heads.
    pub(crate) begun: u64,
    pub(crate) pki: Pki,
    pub(crate) config: Config,
    running: Running,
}

/// The parts of a started service that end with it.
struct Running {
    router: Router,
    stop: watch::Sender<()>,
    sequencing: JoinHandle<()>,
}

/// Runs `body` against a fresh service, in a child process with a token of its own.
pub(crate) fn with_world<F>(test: &str, body: impl FnOnce(World) -> F)
where
    F: Future<Output = ()>,
{
    in_child_with_token(test, |token| {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { body(World::create(token).await).await });
    });
}

/// The same with wrapping keys that two persons made, `receta-wrapping` among `labels`.
pub(crate) fn with_ceremony<F>(test: &str, labels: &[&str], body: impl FnOnce(World) -> F)
where
    F: Future<Output = ()>,
{
    in_child_with_token(test, |token| {
        for label in labels {
            let so_pin = Secret::new(token.so_pin().unwrap());
            let pin = Secret::new(token.pin().to_owned());
            let (module, name) = (token.module(), token.label());
            hsm::ceremony::make_for_development(module, name, &so_pin, &pin, label).unwrap();
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async { body(World::create(token).await).await });
    });
}

impl World {
    async fn create(token: &SoftHsm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::create(folder.path());
        let config = config(folder.path(), token, &pki);
        let clock = Arc::new(FixedClock::new(MORNING.parse().unwrap()));
        let (app, running) = start(&config, &clock).await;
        for cedula in [CEDULA, "1234567"] {
            enrol_prescriber(&app, &pki, cedula, 2026).await;
        }
        while !app.store.waiting_entries(1).await.unwrap().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let begun = app.store.shards("receta.example/pruebas", [0; 32]).await;
        let begun = begun.unwrap()[0].head.size;
        let token = token.tokens_dir().clone();
        Self {
            folder,
            token,
            clock,
            app,
            begun,
            pki,
            config,
            running,
        }
    }

    /// Enrols a professional whose certificate is of the years from `from` on.
    pub(crate) async fn enrol(&self, cedula: &str, from: i32) {
        enrol_prescriber(&self.app, &self.pki, cedula, from).await;
    }

    /// The authority's certificate over a key of `cedula`, of this year.
    pub(crate) fn certificate(&self, cedula: &str, spki: &[u8]) -> Vec<u8> {
        self.pki.certify(cedula, 2026, spki)
    }

    /// What an officer's command opens beside the service that runs: the same database and token,
    /// nothing else in common.
    pub(crate) async fn beside(&self) -> Office {
        let clock: Arc<dyn rx_service::clock::Clock> = self.clock.clone();
        Office::open(&self.config, clock).await.unwrap()
    }

    /// Stops the service as SIGTERM would, and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        self.restart_with(|_| {}).await
    }

    /// The same with another configuration.
    pub(crate) async fn restart_with(self, change: impl FnOnce(&mut Config)) -> Self {
        let Self {
            folder,
            token,
            clock,
            app,
            begun,
            pki,
            mut config,
            running,
        } = self;
        change(&mut config);
        drop(app);
        running.end().await;
        let (app, running) = start(&config, &clock).await;
        Self {
            folder,
            token,
            clock,
            app,
            begun,
            pki,
            config,
            running,
        }
    }

    /// The same service with a timestamp authority.
    pub(crate) async fn with_timestamps(mut self, section: &TimestampSection) -> Self {
        self.config.timestamp = Some(section.clone());
        self.restart().await
    }

    /// The professional CAs publish their lists of this day of March, and the service takes them
    /// in.
    pub(crate) fn publish_lists(&self, day: u8) {
        let mut trust = (*self.app.trust.current()).clone();
        for list in self.pki.lists(day) {
            trust.add_crl(&list).unwrap();
        }
        self.app.trust.replace(trust);
    }

    /// The authorities of the professionals.
    pub(crate) fn pki(&self) -> &Pki {
        &self.pki
    }

    /// Stops the service; what it wrote stays until the folder is dropped.
    pub(crate) async fn stop(self) -> tempfile::TempDir {
        let Self {
            folder, running, ..
        } = self;
        running.end().await;
        folder
    }

    pub(crate) fn config(&self) -> &Config {
        &self.config
    }

    pub(crate) fn set_time(&self, at: &str) {
        self.clock.set(at.parse().unwrap());
    }

    pub(crate) async fn send(
        &self,
        caller: &Caller,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Body>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut request = request.body(body.into()).unwrap();
        request
            .extensions_mut()
            .insert(Ok::<_, CallerError>(caller.clone()));
        request
            .extensions_mut()
            .insert(Origin("192.0.2.7:4711".parse().unwrap()));
        let response = self.running.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX)
            .await
            .unwrap()
            .to_vec();
        Answer {
            status: parts.status,
            headers: parts.headers,
            body,
        }
    }

    pub(crate) async fn get(&self, caller: &Caller, path: &str) -> Answer {
        self.send(caller, "GET", path, &[], Body::empty()).await
    }

    pub(crate) async fn post(&self, caller: &Caller, path: &str, value: &Value) -> Answer {
        let body = value.to_string();
        let token = self.consent(caller, path, value, body.as_bytes()).await;
        let mut headers = vec![("content-type", "application/fhir+json")];
        headers.extend(token.as_deref().map(|token| ("receta-activation", token)));
        self.send(caller, "POST", path, &headers, body).await
    }

    /// The activation of an act, given by the passkey of whoever the request names; none for
    /// whoever has no passkey, and for what is no act of a prescriber.
    async fn consent(
        &self,
        caller: &Caller,
        path: &str,
        value: &Value,
        body: &[u8],
    ) -> Option<String> {
        if caller.role != Role::Ehr || !software_authenticator::needs_activation(path) {
            return None;
        }
        let cedula = software_authenticator::requester(value)?;
        let whose = cedula.parse().ok()?;
        if self.app.store.factors(&whose).await.unwrap().is_empty() {
            return None;
        }
        let digest = Sha256::digest(body).into();
        Some(consent::token(&self.app, cedula, &caller.fingerprint, &[digest]).await)
    }

    /// The same without an activation.
    pub(crate) async fn post_bare(&self, caller: &Caller, path: &str, value: &Value) -> Answer {
        let json = [("content-type", "application/fhir+json")];
        self.send(caller, "POST", path, &json, value.to_string())
            .await
    }

    /// Issues an example and returns its folio.
    pub(crate) async fn issue(&self, value: &Value) -> String {
        self.issue_at(&ehr(), value).await
    }

    /// Issues an example at the establishment of `ehr` and returns its folio.
    pub(crate) async fn issue_at(&self, ehr: &Caller, value: &Value) -> String {
        let answer = self.post(ehr, path_of(value), value).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.header("receta-folio")
    }

    /// The QR, as the establishment that wrote it prints it.
    pub(crate) async fn qr(&self, folio: &str) -> String {
        let stored = self.app.store.prescription(folio.parse().unwrap()).await;
        let written_at = stored.unwrap().unwrap().state.issued.establishment;
        let ehr = ehr_of(written_at.as_str());
        let answer = self
            .get(&ehr, &format!("/prescriptions/{folio}/qr.txt"))
            .await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.text()
    }

    /// A pharmacy hands over `packages` of `line`.
    pub(crate) async fn dispense(
        &self,
        pharmacy: &Pharmacy,
        folio: &str,
        line: u8,
        packages: u32,
    ) -> Answer {
        let act = pharmacy.act(self, folio, line, packages).await;
        self.post_signed(pharmacy, &act).await
    }

    pub(crate) async fn post_signed(&self, pharmacy: &Pharmacy, act: &Value) -> Answer {
        let path = "/fhir/r4/MedicationDispense";
        self.post_signed_to(pharmacy, path, act).await
    }

    pub(crate) async fn post_signed_to(
        &self,
        pharmacy: &Pharmacy,
        path: &str,
        act: &Value,
    ) -> Answer {
        let signature = pharmacy.sign(act);
        let headers = [
            ("content-type", "application/json"),
            ("receta-signature", signature.as_str()),
        ];
        let body = act.to_string();
        self.send(&pharmacy.caller, "POST", path, &headers, body)
            .await
    }

    pub(crate) fn ledger_key(&self) -> VerifierKey {
        self.app.seals.known()[0].clone()
    }

    /// The receipt in an answer verifies over the leaf that the database holds.
    pub(crate) async fn check_receipt(&self, answer: &Answer) {
        let text = BASE64
            .decode(answer.header("receta-receipt").as_bytes())
            .unwrap();
        let index: u64 = answer.header("receta-ledger-index").parse().unwrap();
        let entries = self.app.store.sequenced_entries(index, 1).await.unwrap();
        let proof = TlogProof::parse(&text).unwrap();
        let receipt = proof.verify(&entries[0].leaf, &self.ledger_key()).unwrap();
        assert_eq!(receipt.index(), index);
    }
}

impl Running {
    async fn end(self) {
        drop((self.router, self.stop));
        self.sequencing.await.unwrap();
    }
}

async fn start(config: &Config, clock: &Arc<FixedClock>) -> (App, Running) {
    let clock: Arc<dyn rx_service::clock::Clock> = clock.clone();
    let app = App::open(config, clock).await.unwrap();
    let (stop, mut stopped) = watch::channel(());
    let shutdown = async move { while stopped.changed().await.is_ok() {} };
    let publish_every = Duration::from_millis(20);
    let sequencing = tokio::spawn(app.sequencer.clone().run(publish_every, shutdown));
    let router = api::router(app.clone());
    (
        app,
        Running {
            router,
            stop,
            sequencing,
        },
    )
}

fn config(folder: &std::path::Path, token: &SoftHsm, pki: &Pki) -> Config {
    Config {
        listen: "127.0.0.1:0".parse().unwrap(),
        public_url: Some("https://receta.example".to_owned()),
        data_dir: folder.join("data"),
        database: None,
        time_zone: "America/Mexico_City".to_owned(),
        tls: TlsConfig {
            certificate: PathBuf::new(),
            key: PathBuf::new(),
            client_ca: PathBuf::new(),
        },
        hsm: HsmSection {
            module: token.module().to_owned(),
            token_label: Some(token.label().to_owned()),
            tokens: Vec::new(),
            pin_file: token.pin_file(),
            sessions: 4,
        },
        ledger: LedgerSection {
            origin: "receta.example/pruebas".to_owned(),
            publish_every_ms: 20,
            keys: vec!["receta-ledger".to_owned()],
            policy: None,
            public_listen: None,
            store: None,
        },
        professionals: TrustSection {
            anchors: vec![pki.root.clone()],
            issuers: vec![pki.issuing.clone()],
            crls: Vec::new(),
        },
        revocation: rx_service::config::RevocationSection::default(),
        efirma: TrustSection::default(),
        institution: None,
        own_signature: OwnSignatureSection::default(),
        activation: activation(),
        establishment_time_zones: zones(),
        law: prescription::law::Parameters::default(),
        timestamp: None,
        stock: substances::law::Parameters::default(),
    }
}

/// As many authorisations as a test likes.
fn activation() -> rx_service::config::ActivationSection {
    let mut section = rx_service::config::ActivationSection::default();
    section.limits.per_hour = u32::MAX;
    section
}

/// An establishment on the border that the catalog does not have.
fn zones() -> std::collections::BTreeMap<prescription::Clues, String> {
    let clues = BORDER.parse().unwrap();
    std::collections::BTreeMap::from([(clues, "America/Ciudad_Juarez".to_owned())])
}

async fn enrol_prescriber(app: &App, pki: &Pki, cedula: &str, from: i32) {
    let new = NewPrescriber {
        cedula: cedula.parse().unwrap(),
        profession: "physician".to_owned(),
        establishments: [CLUES, TIJUANA, BORDER].map(|c| c.parse().unwrap()).into(),
        curp: None,
    };
    let spki = enrol::enrol(app, new).await.unwrap();
    let certificate = pki.certify(cedula, from, &spki);
    enrol::install_certificate(app, cedula.parse().unwrap(), &certificate)
        .await
        .unwrap();
    consent::enrol(app, cedula).await;
}
