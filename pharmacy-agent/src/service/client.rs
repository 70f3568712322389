//! The HTTP client: TLS 1.3, the pharmacy's certificate, one pinned authority.

use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, Body, Error, http};

use super::answer::judge;
use super::{Reply, ServiceError, StateAnswer};
use crate::config::Config;
use crate::identity::PharmacyIdentity;
use crate::own_signature::SignatureAnswer;
use crate::store::Submission;
use crate::trust::{PinError, certificates};

/// A dispensing answers when its entry is under a signed tree head: well under a second.
const CALL_TIMEOUT: Duration = Duration::from_secs(15);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// The certificates of all prescribers may be many.
const CERTIFICATES_TIMEOUT: Duration = Duration::from_mins(5);
/// Longest answer, in bytes.
pub(super) const MAX_ANSWER: u64 = 1024 * 1024;
/// Longest bundle of certificates, in bytes: about 300,000 prescribers.
const MAX_CERTIFICATES: u64 = 512 * 1024 * 1024;

const FHIR_JSON: &str = "application/fhir+json";

/// The service. Calls block.
pub struct Service {
    pub(super) agent: Agent,
    pub(super) url: String,
}

impl Service {
    /// A client for the configured service. Nothing is sent yet.
    ///
    /// # Errors
    /// [`PinError`] when the pinned authority cannot be read.
    pub fn new(config: &Config, identity: &PharmacyIdentity) -> Result<Self, PinError> {
        let roots: Vec<_> = certificates(&config.server_ca)?
            .iter()
            .map(|root| Certificate::from_der(root).to_owned())
            .collect();
        let chain: Vec<_> = identity
            .chain
            .iter()
            .map(|one| Certificate::from_der(one).to_owned())
            .collect();
        let key = PrivateKey::from_pem(identity.key_pem.as_bytes());
        let key = key.map_err(|_| PinError::NotPem(config.client_key.clone()))?;
        let tls = TlsConfig::builder()
            .provider(TlsProvider::Rustls)
            .unversioned_rustls_crypto_provider(Arc::new(tls13_only()))
            .root_certs(RootCerts::new_with_certs(&roots))
            .client_cert(Some(ClientCert::new_with_certs(&chain, key)))
            .build();
        let agent = Agent::config_builder()
            .tls_config(tls)
            .https_only(true)
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            // The counter speaks to its service alone, whatever the environment says.
            .proxy(None)
            .user_agent("pharmacy-agent")
            .timeout_global(Some(CALL_TIMEOUT))
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            url: config.service_url.clone(),
        })
    }

    /// What has become of the prescription of a QR.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn state(&self, qr: &str) -> Result<StateAnswer, ServiceError> {
        let request = self
            .agent
            .post(format!("{}/verifications", self.url))
            .content_type("application/json")
            .header("Accept", "application/json");
        let question = json!({ "qr": qr }).to_string();
        let reply = read(request.send(question), MAX_ANSWER)?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| ServiceError::Unintelligible(format!("/verifications: {error}")))
    }

    /// The prescriber's own signature over the prescription of a QR that the institution signed.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn own_signature(&self, qr: &str) -> Result<SignatureAnswer, ServiceError> {
        let path = "/verifications/signature";
        let request = self
            .agent
            .post(format!("{}{path}", self.url))
            .content_type("application/json")
            .header("Accept", "application/json");
        let question = json!({ "qr": qr }).to_string();
        let reply = read(request.send(question), MAX_ANSWER)?;
        serde_json::from_slice(&reply.body)
            .map_err(|error| ServiceError::Unintelligible(format!("{path}: {error}")))
    }

    /// The prescribers' certificates, PEM.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn certificates(&self) -> Result<Vec<u8>, ServiceError> {
        let request = self
            .agent
            .get(format!("{}/certificates", self.url))
            .config()
            .timeout_global(Some(CERTIFICATES_TIMEOUT))
            .build()
            .header("Accept", "application/x-pem-file");
        Ok(read(request.call(), MAX_CERTIFICATES)?.body)
    }

    /// The ledger's public state, as bytes of a C2SP checkpoint; `None` while it has published none.
    ///
    /// # Errors
    /// [`ServiceError`].
    pub fn checkpoint(&self) -> Result<Option<Vec<u8>>, ServiceError> {
        let request = self
            .agent
            .get(format!("{}/ledger/newest/checkpoint", self.url));
        let response = request.call();
        let none_yet = response.as_ref().is_ok_and(|answer| answer.status() == 404);
        if none_yet {
            return Ok(None);
        }
        Ok(Some(read(response, MAX_ANSWER)?.body))
    }

    /// Delivers an act of `lines` lines.
    ///
    /// # Errors
    /// [`ServiceError`]. Unless it is [`ServiceError::Refused`], the act may have been recorded:
    /// deliver the same bytes again.
    pub fn dispense(&self, submission: &Submission, lines: usize) -> Result<Reply, ServiceError> {
        let request = self
            .agent
            .post(format!("{}{}", self.url, dispense_path(lines)))
            .content_type(FHIR_JSON)
            .header("Accept", FHIR_JSON)
            .header("Receta-Signature", &submission.signature);
        read(request.send(&submission.document), MAX_ANSWER)
    }
}

/// One line is posted as itself, several as a transaction.
fn dispense_path(lines: usize) -> &'static str {
    if lines == 1 {
        "/fhir/r4/MedicationDispense"
    } else {
        "/fhir/r4"
    }
}

/// ring's provider with the cipher suites of TLS 1.3 alone: earlier versions are not offered.
fn tls13_only() -> rustls::crypto::CryptoProvider {
    let mut provider = rustls::crypto::ring::default_provider();
    provider
        .cipher_suites
        .retain(|suite| suite.version().version == rustls::ProtocolVersion::TLSv1_3);
    provider
}

pub(super) fn read(
    response: Result<http::Response<Body>, Error>,
    limit: u64,
) -> Result<Reply, ServiceError> {
    let mut response = response.map_err(|error| failure(&error))?;
    let status = response.status().as_u16();
    let receipt = response.headers().get("Receta-Receipt");
    let receipt = receipt.and_then(|value| value.to_str().ok().map(str::to_owned));
    let body = response.body_mut().with_config().limit(limit).read_to_vec();
    judge(status, receipt, body.map_err(|error| failure(&error))?)
}

#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "ureq's errors are an open set; whatever is not a network error is reported as it is"
)]
fn failure(error: &Error) -> ServiceError {
    match error {
        // rustls reports a failed handshake as invalid data.
        Error::Io(io) if io.kind() == ErrorKind::InvalidData => ServiceError::Tls(io.to_string()),
        Error::Tls(reason) => ServiceError::Tls((*reason).to_owned()),
        Error::Rustls(reason) => ServiceError::Tls(reason.to_string()),
        Error::Io(io) => ServiceError::Unreachable(io.kind().to_string()),
        Error::Timeout(_) => ServiceError::Unreachable("no responde a tiempo".to_owned()),
        Error::HostNotFound => ServiceError::Unreachable("no se encuentra el servidor".to_owned()),
        Error::ConnectionFailed => ServiceError::Unreachable("conexión fallida".to_owned()),
        other => ServiceError::Unintelligible(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn only_tls_13_is_offered() {
        let provider = tls13_only();
        assert!(!provider.cipher_suites.is_empty());
        let tls12 = |suite: &rustls::SupportedCipherSuite| suite.tls13().is_none();
        assert!(!provider.cipher_suites.iter().any(tls12));
    }

    #[test]
    fn a_stranger_in_the_place_of_the_service_is_no_outage() {
        let bad_certificate = io::Error::new(ErrorKind::InvalidData, "UnknownIssuer");
        assert!(!failure(&Error::Io(bad_certificate)).is_outage());
        let refused = io::Error::from(ErrorKind::ConnectionRefused);
        assert!(failure(&Error::Io(refused)).is_outage());
        assert!(failure(&Error::HostNotFound).is_outage());
        assert!(!failure(&Error::BodyExceedsLimit(9)).is_outage());
    }

    #[test]
    fn one_line_is_posted_as_itself_and_several_as_a_transaction() {
        assert_eq!(dispense_path(1), "/fhir/r4/MedicationDispense");
        assert_eq!(dispense_path(2), "/fhir/r4");
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod wire_tests;
