//! The server of a log over HTTP: bounded in time and size, believed in nothing.

use std::io::Read;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::http::{HeaderMap, Response};
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

/// Longest response header accepted, in bytes.
const MAX_HEADER: usize = 16 << 10;
/// What an answer is expected to need at first; it grows as bytes arrive, never as announced.
const FIRST_CAPACITY: usize = 16 << 10;

/// Where the log is served, and who asks.
#[derive(Debug, Clone, Copy)]
pub struct Connection<'a> {
    /// Prefix of the log, such as `https://host/ledger`.
    pub url: &'a str,
    /// Authorities of the server's certificate, PEM. Required for `https`.
    pub authorities: Option<&'a [u8]>,
    /// The client's certificate and private key, PEM.
    pub client: Option<(&'a [u8], &'a [u8])>,
    /// Longest time for one answer, from the connection to its last byte.
    pub timeout: Duration,
    /// Connections kept open.
    pub connections: usize,
}

/// Why there can be no connection.
#[derive(Debug, thiserror::Error)]
pub enum ConnectionError {
    /// Neither `http://` nor `https://`.
    #[error("la dirección del registro debe empezar con http:// o https://")]
    Scheme,
    /// `https` without a pinned authority.
    #[error("una dirección https requiere --ca, la autoridad del certificado del servidor")]
    NoAuthority,
    /// A PEM file has no certificate or key.
    #[error("el archivo PEM de {0} no sirve")]
    Pem(&'static str),
}

/// Why one request brought nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FetchError {
    /// No connection, an answer cut short, or none in time.
    NoAnswer(String),
    /// The server said that it cannot now.
    Busy {
        /// HTTP status.
        status: u16,
        /// When to come back (RFC 9110 §10.2.3, in seconds; dates are not understood).
        retry_after: Option<Duration>,
    },
    /// The server refused.
    Refused {
        /// HTTP status.
        status: u16,
    },
    /// More bytes than the file can have.
    TooLarge {
        /// Path below the log's prefix.
        path: String,
        /// Most bytes that it can have.
        limit: usize,
    },
    /// The run was interrupted.
    Stopped,
}

impl FetchError {
    /// What happened, in one sentence.
    #[must_use]
    pub fn in_spanish(&self) -> String {
        match self {
            Self::NoAnswer(detail) => format!("el servidor no respondió (detalle: {detail})"),
            Self::Busy {
                status,
                retry_after: None,
            } => {
                format!("el servidor no puede atender ahora (HTTP {status})")
            }
            Self::Busy {
                status,
                retry_after: Some(after),
            } => format!(
                "el servidor pide volver en {} segundos (HTTP {status})",
                after.as_secs()
            ),
            Self::Refused { status } => format!("el servidor se negó (HTTP {status})"),
            Self::TooLarge { path, limit } => format!(
                "el servidor mandó para {path} más de los {limit} bytes que puede tener: se cortó"
            ),
            Self::Stopped => "interrumpido".to_owned(),
        }
    }
}

/// One log's server.
#[derive(Debug, Clone)]
pub(super) struct Source {
    agent: Agent,
    base: String,
}

impl Source {
    pub(super) fn new(connection: &Connection<'_>) -> Result<Self, ConnectionError> {
        let base = connection.url.trim_end_matches('/');
        let secure = base.starts_with("https://");
        if !secure && !base.starts_with("http://") {
            return Err(ConnectionError::Scheme);
        }
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .max_response_header_size(MAX_HEADER)
            .max_idle_connections(connection.connections)
            .max_idle_connections_per_host(connection.connections)
            .user_agent("receta-auditor")
            .timeout_global(Some(connection.timeout));
        if secure {
            config = config.tls_config(tls(connection)?);
        }
        Ok(Self {
            agent: config.build().new_agent(),
            base: base.to_owned(),
        })
    }

    /// `GET <prefix>/<path>`: the whole body, at most `limit` bytes. `None` when there is no such
    /// file.
    pub(super) fn get(&self, path: &str, limit: usize) -> Result<Option<Vec<u8>>, FetchError> {
        let Some(mut response) = self.open(path)? else {
            return Ok(None);
        };
        let mut body = Vec::with_capacity(FIRST_CAPACITY.min(limit));
        let cap = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
        response
            .body_mut()
            .as_reader()
            .take(cap)
            .read_to_end(&mut body)
            .map_err(|error| FetchError::NoAnswer(error.to_string()))?;
        if body.len() > limit {
            let path = path.to_owned();
            return Err(FetchError::TooLarge { path, limit });
        }
        Ok(Some(body))
    }

    /// `GET <prefix>/<path>`, its body yet unread.
    pub(super) fn open(&self, path: &str) -> Result<Option<Response<Body>>, FetchError> {
        let response = self.agent.get(format!("{}/{path}", self.base)).call();
        let response = response.map_err(|error| FetchError::NoAnswer(error.to_string()))?;
        match response.status().as_u16() {
            200 => Ok(Some(response)),
            404 | 410 => Ok(None),
            status @ (408 | 425 | 429 | 500..=599) => Err(FetchError::Busy {
                status,
                retry_after: retry_after(response.headers()),
            }),
            status => Err(FetchError::Refused { status }),
        }
    }
}

fn tls(connection: &Connection<'_>) -> Result<TlsConfig, ConnectionError> {
    let authorities = connection.authorities.ok_or(ConnectionError::NoAuthority)?;
    let authorities = certificates(authorities, "la autoridad")?;
    let client = match connection.client {
        Some((certificate, key)) => {
            let key =
                PrivateKey::from_pem(key).map_err(|_| ConnectionError::Pem("la llave privada"))?;
            let chain = certificates(certificate, "su certificado")?;
            Some(ClientCert::new_with_certs(&chain, key))
        }
        None => None,
    };
    Ok(TlsConfig::builder()
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()))
        .root_certs(RootCerts::new_with_certs(&authorities))
        .client_cert(client)
        .build())
}

fn certificates(
    pem: &[u8],
    whose: &'static str,
) -> Result<Vec<Certificate<'static>>, ConnectionError> {
    let mut found = Vec::new();
    for item in parse_pem(pem) {
        match item {
            Ok(PemItem::Certificate(certificate)) => found.push(certificate),
            Ok(_) => {}
            Err(_) => return Err(ConnectionError::Pem(whose)),
        }
    }
    if found.is_empty() {
        return Err(ConnectionError::Pem(whose));
    }
    Ok(found)
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get("retry-after")?.to_str().ok()?;
    seconds.trim().parse().ok().map(Duration::from_secs)
}
