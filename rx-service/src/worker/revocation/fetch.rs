//! One request to one authority: bounded in size and time, no redirects, and believed only when what
//! came verifies under the trust in use.

use std::sync::LazyLock;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use signing::ocsp::{CertIdHash, OcspError, Query};
use signing::trust::{TrustError, TrustStore};
use ureq::Agent;
use ureq::http::Response;

use super::Source;
use crate::entropy::NoEntropy;
use crate::office::Office;
use crate::outbound;
use crate::store::Fetched;

/// A list of 100,000 certificates takes some 4 MB.
const MAX_LIST: u64 = 32 * 1024 * 1024;
const MAX_ANSWER: u64 = 64 * 1024;
/// For the whole exchange.
const PATIENCE: Duration = Duration::from_secs(30);
/// How far an authority's clock may be ahead of ours.
const CLOCK_SKEW: SignedDuration = SignedDuration::from_mins(5);

/// Why nothing was fetched. What was held stays.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No answer in time, or a larger one than is read.
    #[error("the authority does not answer: {0}")]
    Unreachable(String),
    /// Another status than 200 or 304.
    #[error("the authority answered HTTP {0}; check the address")]
    Status(u16),
    /// What came does not verify.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// It is made after now: our clock or theirs is wrong.
    #[error("the list is from the future; check this machine's clock")]
    FromTheFuture,
    /// It had run out when it came.
    #[error("the list had run out when it came; tell the authority")]
    Stale,
    /// The certificate to ask about has no issuer that we know.
    #[error("the certificate's issuer is not configured; nobody can be asked about it")]
    NoIssuer,
    /// No randomness for a nonce.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A defect of ours.
    #[error("internal error: {0}")]
    Defect(String),
}

impl From<OcspError> for FetchError {
    fn from(error: OcspError) -> Self {
        Self::Trust(error.into())
    }
}

static AGENT: LazyLock<Agent> = LazyLock::new(|| outbound::agent(PATIENCE));

/// Fetches `source`; blocks. What came has been verified, and is in the trust in use.
pub(super) fn fetch(
    source: &Source,
    office: &Office,
    known: Option<&Fetched>,
    now: Timestamp,
) -> Result<Fetched, FetchError> {
    let fetched = match source {
        Source::List { url } => list(source, url, office, known, now)?,
        Source::Responder { url, certificate } => answer(source, url, certificate, (office, now))?,
    };
    let add = |store: &mut TrustStore| match source {
        Source::List { .. } => store.add_crl(&fetched.der),
        Source::Responder { .. } => store.add_ocsp(&fetched.der),
    };
    // Unchanged: the trust in use has it.
    if known.is_none_or(|known| known.der != fetched.der) {
        office.trust.update(add)?;
    }
    Ok(fetched)
}

fn list(
    source: &Source,
    url: &str,
    office: &Office,
    known: Option<&Fetched>,
    now: Timestamp,
) -> Result<Fetched, FetchError> {
    let mut request = AGENT.get(url).header("Accept", "application/pkix-crl");
    if let Some(known) = known {
        if !known.etag.is_empty() {
            request = request.header("If-None-Match", &known.etag);
        }
        if !known.last_modified.is_empty() {
            request = request.header("If-Modified-Since", &known.last_modified);
        }
    }
    let mut response = request.call().map_err(unreachable)?;
    let der = match (response.status().as_u16(), known) {
        (304, Some(known)) => known.der.clone(),
        (200, _) => read(&mut response, MAX_LIST)?,
        (status, _) => return Err(FetchError::Status(status)),
    };
    let age = office.trust.current().read_crl(&der)?;
    check_times(age.this_update, age.next_update, now)?;
    let header = |name| {
        let value = response.headers().get(name);
        value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
            .to_owned()
    };
    Ok(Fetched {
        source: source.name(),
        kind: source.kind(),
        der,
        etag: header("etag"),
        last_modified: header("last-modified"),
        this_update: age.this_update,
        next_update: age.next_update,
        fetched_at: now,
    })
}

fn answer(
    source: &Source,
    url: &str,
    certificate: &[u8],
    (office, now): (&Office, Timestamp),
) -> Result<Fetched, FetchError> {
    let trust = office.trust.current();
    let issuer = trust.issuer_of(certificate).ok_or(FetchError::NoIssuer)?;
    let nonce = if office.revocation.ocsp_nonce {
        Some(office.entropy.draw()?.salt)
    } else {
        None
    };
    let query = Query::new(certificate, &issuer, CertIdHash::Sha1, nonce)?;
    let mut response = AGENT
        .post(url)
        .header("Content-Type", "application/ocsp-request")
        .header("Accept", "application/ocsp-response")
        .send(&query.to_der()?[..])
        .map_err(unreachable)?;
    if response.status().as_u16() != 200 {
        return Err(FetchError::Status(response.status().as_u16()));
    }
    let der = read(&mut response, MAX_ANSWER)?;
    let says = query.check(&der, now, |serial, at| trust.listed(&issuer, serial, at))?;
    Ok(Fetched {
        source: source.name(),
        kind: source.kind(),
        der,
        etag: String::new(),
        last_modified: String::new(),
        this_update: says.this_update,
        next_update: says.next_update,
        fetched_at: now,
    })
}

fn check_times(
    this_update: Timestamp,
    next_update: Timestamp,
    now: Timestamp,
) -> Result<(), FetchError> {
    if this_update > now + CLOCK_SKEW {
        return Err(FetchError::FromTheFuture);
    }
    if next_update < now {
        return Err(FetchError::Stale);
    }
    Ok(())
}

fn read(response: &mut Response<ureq::Body>, limit: u64) -> Result<Vec<u8>, FetchError> {
    let body = response.body_mut().with_config().limit(limit);
    body.read_to_vec().map_err(unreachable)
}

#[expect(clippy::needless_pass_by_value, reason = "shape of map_err's function")]
fn unreachable(error: ureq::Error) -> FetchError {
    FetchError::Unreachable(error.to_string())
}
