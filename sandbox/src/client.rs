//! An HTTP client, blocking: TLS 1.3 with a certificate and one authority, or plain without.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use crate::activation::{Activator, Consent};
use anyhow::{Context, Result, bail};
use data_encoding::BASE64;
use rustls::crypto::ring;
use serde_json::Value;
use ureq::http::{HeaderMap, Request};
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Largest answer that is read, in bytes.
const MOST: u64 = 64 << 20;
/// Longest wait for an answer.
const PATIENCE: Duration = Duration::from_mins(1);

/// A client of the service, as one caller.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
    activator: Option<Arc<Activator>>,
}

/// An answer, whatever its status.
#[derive(Debug, Clone)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: Vec<u8>,
}

impl Client {
    /// A client for `base` (`https://host:port`) with the certificate and key of two PEM files.
    ///
    /// # Errors
    /// A file is missing or not PEM.
    pub fn new(base: &str, authority: &Path, certificate: &Path, key: &Path) -> Result<Self> {
        let read = |path: &Path| {
            std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))
        };
        let authority = Certificate::from_pem(&read(authority)?)?;
        let certificate = Certificate::from_pem(&read(certificate)?)?;
        let key = PrivateKey::from_pem(&read(key)?)?;
        let tls = TlsConfig::builder()
            .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
            .root_certs(RootCerts::new_with_certs(&[authority]))
            .client_cert(Some(ClientCert::new_with_certs(&[certificate], key)))
            .build();
        let agent = ureq::Agent::config_builder()
            .tls_config(tls)
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Ok(Self {
            agent,
            base: base.to_owned(),
            activator: None,
        })
    }

    /// A client for what anybody may read, over plain HTTP.
    #[must_use]
    pub fn without_certificate(base: &str) -> Self {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(PATIENCE))
            .build()
            .new_agent();
        Self {
            agent,
            base: base.to_owned(),
            activator: None,
        }
    }

    /// The same client, which asks the prescriber's factor before each act of a prescriber.
    #[must_use]
    pub fn with_activator(mut self, activator: Arc<Activator>) -> Self {
        self.activator = Some(activator);
        self
    }

    /// The same client, which asks nobody.
    #[must_use]
    pub fn without_activator(mut self) -> Self {
        self.activator = None;
        self
    }

    /// `GET path`.
    ///
    /// # Errors
    /// No answer.
    pub fn get(&self, path: &str) -> Result<Answer> {
        let request = Request::get(self.url(path)).body(Vec::new())?;
        self.send(request).with_context(|| format!("GET {path}"))
    }

    /// `GET path`, which must be answered with 200.
    ///
    /// # Errors
    /// Another status.
    pub fn fetch(&self, path: &str) -> Result<Vec<u8>> {
        let answer = self.get(path)?;
        if answer.status != 200 {
            bail!("GET {path}: {}", answer.describe());
        }
        Ok(answer.body)
    }

    /// `POST path` with a FHIR body.
    ///
    /// # Errors
    /// No answer.
    pub fn post(&self, path: &str, body: &Value) -> Result<Answer> {
        self.post_bytes(path, serde_json::to_vec(body)?, &[])
    }

    /// `POST path` with any bytes, announced as FHIR JSON, and more headers. Where it is an act of
    /// a prescriber, and no header activates the key, the prescriber is asked first.
    ///
    /// # Errors
    /// No answer.
    pub fn post_bytes(
        &self,
        path: &str,
        body: Vec<u8>,
        headers: &[(&str, &str)],
    ) -> Result<Answer> {
        let mut headers = headers.to_vec();
        let token = match &self.activator {
            Some(activator) if !headers.iter().any(|(name, _)| *name == "receta-activation") => {
                match activator.consent(self, path, &body)? {
                    Consent::Token(token) => Some(token),
                    Consent::Nobody => None,
                    Consent::Unable(answer) => return Ok(*answer),
                }
            }
            Some(_) | None => None,
        };
        headers.extend(token.as_deref().map(|token| ("receta-activation", token)));
        let mut request =
            Request::post(self.url(path)).header("content-type", "application/fhir+json");
        for (name, value) in headers {
            request = request.header(name, value);
        }
        self.send(request.body(body)?)
            .with_context(|| format!("POST {path}"))
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    fn send(&self, request: Request<Vec<u8>>) -> Result<Answer> {
        let mut response = self.agent.run(request)?;
        let body = response
            .body_mut()
            .with_config()
            .limit(MOST)
            .read_to_vec()?;
        let (parts, _) = response.into_parts();
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}

impl Answer {
    /// The body as JSON; `null` where it is not.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    /// A header's text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Folio of the prescription (`Receta-Folio`).
    ///
    /// # Errors
    /// The header is missing.
    pub fn folio(&self) -> Result<&str> {
        self.header("receta-folio")
            .with_context(|| format!("no Receta-Folio: {}", self.describe()))
    }

    /// Index of the ledger entry (`Receta-Ledger-Index`).
    ///
    /// # Errors
    /// The header is missing.
    pub fn ledger_index(&self) -> Result<u64> {
        let text = self
            .header("receta-ledger-index")
            .context("no Receta-Ledger-Index")?;
        Ok(text.parse()?)
    }

    /// The receipt (`Receta-Receipt`): a C2SP tlog-proof.
    ///
    /// # Errors
    /// The header is missing or not base64 of text.
    pub fn receipt(&self) -> Result<String> {
        let text = self.header("receta-receipt").context("no Receta-Receipt")?;
        Ok(String::from_utf8(BASE64.decode(text.as_bytes())?)?)
    }

    /// Target of the `Link` with this relation (RFC 8288).
    #[must_use]
    pub fn link(&self, relation: &str) -> Option<String> {
        let wanted = format!("rel=\"{relation}\"");
        let links = self
            .headers
            .get_all("link")
            .iter()
            .filter_map(|link| link.to_str().ok());
        links
            .flat_map(|link| link.split(','))
            .find(|link| link.contains(&wanted))
            .and_then(|link| {
                let (target, _) = link.trim().strip_prefix('<')?.split_once('>')?;
                Some(target.to_owned())
            })
    }

    /// The issues of an `OperationOutcome`.
    #[must_use]
    pub fn issues(&self) -> Vec<Refusal> {
        let json = self.json();
        let issues = json["issue"].as_array().cloned().unwrap_or_default();
        issues.iter().map(Refusal::of).collect()
    }

    /// Status and texts, for a message.
    #[must_use]
    pub fn describe(&self) -> String {
        let texts: Vec<_> = self.issues().into_iter().map(|issue| issue.text).collect();
        if texts.is_empty() {
            return format!("HTTP {}", self.status);
        }
        format!("HTTP {}: {}", self.status, texts.join(" "))
    }
}

/// One issue of an `OperationOutcome`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// `error`, `warning` or `information`.
    pub severity: String,
    /// Code in `urn:receta:refusal`.
    pub code: String,
    /// What the person reads.
    pub text: String,
    /// `FHIRPath` of the element.
    pub expression: Option<String>,
    /// Symbol and citation of the article.
    pub law: Option<(String, String)>,
}

impl Refusal {
    fn of(issue: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let codings = issue["details"]["coding"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let of_system = |system: &str| codings.iter().find(|coding| coding["system"] == system);
        Self {
            severity: text(&issue["severity"]),
            code: of_system("urn:receta:refusal")
                .map(|c| text(&c["code"]))
                .unwrap_or_default(),
            text: text(&issue["details"]["text"]),
            expression: issue["expression"][0].as_str().map(str::to_owned),
            law: of_system("urn:receta:law").map(|c| (text(&c["code"]), text(&c["display"]))),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_links_receipts_and_refusals() {
        let mut headers = HeaderMap::new();
        for link in [
            "</p/A/qr.svg>; rel=\"qr-svg\"",
            "</p/A/receipt>; rel=\"receipt\"; type=\"t\"",
        ] {
            headers.append("link", link.parse().unwrap());
        }
        headers.insert("receta-receipt", "aG9sYQ==".parse().unwrap());
        headers.insert("receta-ledger-index", "7".parse().unwrap());
        let body = json!({"resourceType": "OperationOutcome", "issue": [{
            "severity": "error",
            "details": {"text": "No.", "coding": [
                {"system": "urn:receta:refusal", "code": "x"},
                {"system": "urn:receta:law", "code": "LGS_226_II", "display": "LGS art. 226"},
            ]},
            "expression": ["A.b"],
        }]});
        let answer = Answer {
            status: 422,
            headers,
            body: body.to_string().into_bytes(),
        };
        assert_eq!(answer.link("receipt").as_deref(), Some("/p/A/receipt"));
        assert_eq!(answer.link("nothing"), None);
        assert_eq!(answer.receipt().unwrap(), "hola");
        assert_eq!(answer.ledger_index().unwrap(), 7);
        assert!(answer.folio().is_err());
        assert_eq!(answer.describe(), "HTTP 422: No.");
        let refusal = &answer.issues()[0];
        assert_eq!(
            (refusal.code.as_str(), refusal.expression.as_deref()),
            ("x", Some("A.b"))
        );
        assert_eq!(refusal.law.as_ref().unwrap().1, "LGS art. 226");
    }
}
