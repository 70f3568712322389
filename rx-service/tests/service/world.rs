//! A running service with a fixed clock, its callers, and the requests they send.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use hsm_config::SoftHsm;
use hsm_config::test_support::in_child_with_token;
use ledger::{NoteSigner, TlogProof, VerifierKey};
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;
use rx_service::api;
use rx_service::app::App;
use rx_service::auth::{Caller, CallerError, Role};
use rx_service::clock::FixedClock;
use rx_service::config::{Config, HsmSection, LedgerSection, TlsConfig, TrustSection};
use rx_service::flow::enrol::{self, NewPrescriber};
use rx_service::server::Origin;
use serde_json::{Value, json};
use tower::ServiceExt;

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
    router: Router,
    config: Config,
    stop: tokio::sync::watch::Sender<()>,
    sequencing: tokio::task::JoinHandle<()>,
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    /// Codes and elements of an `OperationOutcome`.
    pub(crate) fn issues(&self) -> Vec<(String, String)> {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        outcome["issue"]
            .as_array()
            .unwrap()
            .iter()
            .map(|issue| {
                (
                    text(&issue["details"]["coding"][0]["code"]),
                    text(&issue["expression"][0]),
                )
            })
            .collect()
    }
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

impl World {
    async fn create(token: &SoftHsm) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let pki = Pki::create(folder.path());
        let config = config(folder.path(), token, &pki);
        let clock = Arc::new(FixedClock::new(MORNING.parse().unwrap()));
        let (app, router, stop, sequencing) = start(&config, &clock).await;
        for cedula in [CEDULA, "1234567"] {
            enrol_prescriber(&app, &pki, cedula).await;
        }
        let token = token.tokens_dir().clone();
        Self {
            folder,
            token,
            clock,
            app,
            router,
            config,
            stop,
            sequencing,
        }
    }

    /// Stops the service as SIGTERM would, and starts it again on the same data.
    pub(crate) async fn restart(self) -> Self {
        let Self {
            folder,
            token,
            clock,
            app,
            router,
            config,
            stop,
            sequencing,
        } = self;
        drop(stop);
        sequencing.await.unwrap();
        drop((app, router));
        let (app, router, stop, sequencing) = start(&config, &clock).await;
        Self {
            folder,
            token,
            clock,
            app,
            router,
            config,
            stop,
            sequencing,
        }
    }

    /// Stops the service; what it wrote stays until the folder is dropped.
    pub(crate) async fn stop(self) -> tempfile::TempDir {
        let Self {
            folder,
            stop,
            sequencing,
            ..
        } = self;
        drop(stop);
        sequencing.await.unwrap();
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
        let response = self.router.clone().oneshot(request).await.unwrap();
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
        let json = [("content-type", "application/fhir+json")];
        self.send(caller, "POST", path, &json, value.to_string())
            .await
    }

    /// Issues an example and returns its folio.
    pub(crate) async fn issue(&self, value: &Value) -> String {
        let answer = self.post(&ehr(), path_of(value), value).await;
        assert_eq!(answer.status, StatusCode::CREATED, "{}", answer.text());
        answer.header("receta-folio")
    }

    pub(crate) async fn qr(&self, folio: &str) -> String {
        let answer = self
            .get(&ehr(), &format!("/prescriptions/{folio}/qr.txt"))
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
        let signature = pharmacy.sign(act);
        let headers = [
            ("content-type", "application/json"),
            ("receta-signature", signature.as_str()),
        ];
        let body = act.to_string();
        self.send(
            &pharmacy.caller,
            "POST",
            "/fhir/r4/MedicationDispense",
            &headers,
            body,
        )
        .await
    }

    pub(crate) fn ledger_key(&self) -> VerifierKey {
        self.app.keys.ledger.verifier_key().clone()
    }

    /// The receipt in an answer verifies over the leaf that the database holds.
    pub(crate) async fn check_receipt(&self, answer: &Answer) {
        let text = BASE64
            .decode(answer.header("receta-receipt").as_bytes())
            .unwrap();
        let index: u64 = answer.header("receta-ledger-index").parse().unwrap();
        let leaves = self.app.store.sequenced_leaves(index, 1).await.unwrap();
        let proof = TlogProof::parse(&text).unwrap();
        let receipt = proof.verify(&leaves[0], &self.ledger_key()).unwrap();
        assert_eq!(receipt.index(), index);
    }
}

async fn start(
    config: &Config,
    clock: &Arc<FixedClock>,
) -> (
    App,
    Router,
    tokio::sync::watch::Sender<()>,
    tokio::task::JoinHandle<()>,
) {
    let clock: Arc<dyn rx_service::clock::Clock> = clock.clone();
    let app = App::open(config, clock).await.unwrap();
    let (stop, mut stopped) = tokio::sync::watch::channel(());
    let shutdown = async move { while stopped.changed().await.is_ok() {} };
    let sequencing = tokio::spawn(
        app.sequencer
            .clone()
            .run(Duration::from_millis(20), shutdown),
    );
    (app.clone(), api::router(app), stop, sequencing)
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
            token_label: token.label().to_owned(),
            pin_file: token.pin_file(),
            sessions: 4,
        },
        ledger: LedgerSection {
            origin: "receta.example/pruebas".to_owned(),
            publish_every_ms: 20,
        },
        professionals: TrustSection {
            anchors: vec![pki.root.clone()],
            issuers: vec![pki.issuing.clone()],
            crls: Vec::new(),
        },
        law: prescription::law::Parameters::default(),
    }
}

async fn enrol_prescriber(app: &App, pki: &Pki, cedula: &str) {
    let new = NewPrescriber {
        cedula: cedula.parse().unwrap(),
        profession: "physician".to_owned(),
        establishments: vec![CLUES.parse().unwrap()],
    };
    let spki = enrol::enrol(app, new).await.unwrap();
    let certificate = pki.certify(cedula, &spki);
    enrol::install_certificate(app, cedula.parse().unwrap(), &certificate)
        .await
        .unwrap();
}

/// Where a resource is posted.
pub(crate) fn path_of(value: &Value) -> &'static str {
    if value["resourceType"] == "Bundle" {
        "/fhir/r4"
    } else {
        "/fhir/r4/MedicationRequest"
    }
}

pub(crate) fn example(name: &str) -> Value {
    let path = format!(
        "{}/src/fhir/examples/{name}.json",
        env!("CARGO_MANIFEST_DIR")
    );
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn caller(role: Role, clues: &str, spki: Vec<u8>) -> Caller {
    let fingerprint = format!("{}-{clues}", role.code());
    Caller {
        role,
        clues: clues.parse().unwrap(),
        fingerprint,
        certificate: b"certificate of the test".to_vec(),
        spki,
    }
}

pub(crate) fn ehr() -> Caller {
    caller(Role::Ehr, CLUES, Vec::new())
}

pub(crate) fn other_ehr() -> Caller {
    caller(Role::Ehr, "HGIMB000180", Vec::new())
}

pub(crate) fn auditor() -> Caller {
    caller(Role::Auditor, "DFSSA000001", Vec::new())
}

/// A pharmacy with its key.
pub(crate) struct Pharmacy {
    pub(crate) caller: Caller,
    key: SigningKey,
}

impl Pharmacy {
    pub(crate) fn new(clues: &str, licence: Option<&str>) -> Self {
        let seed = format!("{clues:0<32}").into_bytes();
        let key = SigningKey::from_slice(&seed[..32]).unwrap();
        let spki = p256::PublicKey::from(key.verifying_key())
            .to_public_key_der()
            .unwrap()
            .to_vec();
        let role = Role::Pharmacy {
            licence: licence.map(str::to_owned),
        };
        Self {
            caller: caller(role, clues, spki),
            key,
        }
    }

    pub(crate) fn licensed() -> Self {
        Self::new("HGIMB000064", Some("LS-HGO-0417"))
    }

    fn sign(&self, act: &Value) -> String {
        let bytes = serde_json_canonicalizer::to_vec(act).unwrap();
        let kid = signing::cose::Kid::of_spki(&self.caller.spki);
        let sign = |digest: [u8; 32]| {
            let signature: Signature = self.key.sign_prehash(&digest)?;
            Ok::<[u8; 64], p256::ecdsa::Error>(signature.to_bytes().into())
        };
        let cose = signing::cose::sign_detached(&bytes, kid, sign).unwrap();
        BASE64URL_NOPAD.encode(&cose)
    }

    /// The `MedicationDispense` of one line.
    pub(crate) async fn act(&self, world: &World, folio: &str, line: u8, packages: u32) -> Value {
        let stored = world
            .app
            .store
            .prescription(folio.parse().unwrap())
            .await
            .unwrap()
            .unwrap();
        let clave = stored.state.line(line).map_or_else(
            || "040.000.2612.00".to_owned(),
            |(line, _)| line.clave.to_string(),
        );
        let qr = world.qr(folio).await;
        let digest = *signing::qr::read(&qr).unwrap().qr_digest();
        let at = world.app.now().0;
        let mut act = example("dispense");
        act["contained"][0]["code"]["coding"] =
            json!([{"system": "urn:oid:2.16.840.1.113883.3.215.12.8", "code": clave}]);
        act["identifier"][0]["value"] = json!(BASE64URL_NOPAD.encode(&digest));
        let id = format!("{}-{line}", folio.replace('-', ""));
        act["authorizingPrescription"][0]["reference"] = json!(format!("MedicationRequest/{id}"));
        act["quantity"]["value"] = json!(packages);
        act["whenHandedOver"] = json!(at.to_string());
        act
    }
}
