//! Asking a timestamp authority (RFC 3161 over HTTP, §3.4).
//!
//! Nobody waits for it: only [`crate::worker::extend`] asks, after the prescription is issued.

use std::time::Duration;

use anyhow::{Context, ensure};
use jiff::Timestamp;
use signing::timestamp::{
    AcceptedPolicies, ObjectIdentifier, TimestampError, TimestampRequest, TimestampTrust,
    VerifiedTimestamp,
};
use signing::trust::{AnchorPolicy, RevocationPolicy, TrustStore};
use ureq::Agent;

use crate::config::{TimestampSection, read_file};
use crate::outbound;

/// Time that an authority has for one answer.
const PATIENCE: Duration = Duration::from_secs(10);
/// Longest answer, in bytes.
const MAX_ANSWER: u64 = 64 * 1024;

/// The authority that this service asks, and what it believes of it.
pub struct Stamper {
    agent: Agent,
    section: TimestampSection,
    policies: Vec<ObjectIdentifier>,
    ask_policy: Option<ObjectIdentifier>,
    /// Anchors and issuers, without revocation lists.
    authorities: TrustStore,
}

/// Why there is no timestamp.
#[derive(Debug, thiserror::Error)]
pub enum StampError {
    /// It does not answer, or not over HTTP.
    #[error("the timestamp authority does not answer: {0}")]
    Unreachable(String),
    /// It answers with an error.
    #[error("the timestamp authority answered HTTP {0}")]
    Status(u16),
    /// It answers something else.
    #[error("the timestamp authority answered {0:?}, not application/timestamp-reply")]
    MediaType(Option<String>),
    /// The answer is refused.
    #[error(transparent)]
    Refused(#[from] TimestampError),
    /// The request could not be written.
    #[error("the request could not be encoded: {0}")]
    Encoding(#[from] x509_cert::der::Error),
}

impl Stamper {
    /// Reads what the configuration names. Nobody is asked yet.
    ///
    /// # Errors
    /// A file, an OID or the hash that cannot be used.
    pub fn open(section: &TimestampSection) -> anyhow::Result<Self> {
        ensure!(
            section.hash == "sha256",
            "[timestamp] hash = {:?}: only \"sha256\" is asked with (NOM-151-SCFI-2016)",
            section.hash
        );
        let oid = |text: &String| {
            ObjectIdentifier::new(text).with_context(|| format!("[timestamp]: {text} is no OID"))
        };
        let policies: Vec<_> = section.policies.iter().map(oid).collect::<Result<_, _>>()?;
        let ask_policy = section.ask_policy.as_ref().map(oid).transpose()?;
        ensure!(
            !policies.is_empty() && ask_policy.is_none_or(|asked| policies.contains(&asked)),
            "[timestamp] policies: list what is accepted, ask_policy included"
        );
        let mut authorities = TrustStore::new(RevocationPolicy::WhenListed);
        for path in &section.anchors {
            authorities
                .add_anchor(&read_file(path)?, AnchorPolicy::Timestamp)
                .with_context(|| path.display().to_string())?;
        }
        for path in &section.issuers {
            let issuer = read_file(path)?;
            authorities
                .add_issuer(&issuer)
                .with_context(|| path.display().to_string())?;
        }
        Ok(Self {
            agent: outbound::agent(PATIENCE),
            section: section.clone(),
            policies,
            ask_policy,
            authorities,
        })
    }

    /// Whom to believe about time now, with the revocation lists as their files are. A list that
    /// cannot be read or does not verify is left out, and said so.
    #[must_use]
    pub fn trust(&self) -> TimestampTrust {
        let mut authorities = self.authorities.clone();
        for path in &self.section.crls {
            let added = read_file(path)
                .map_err(anyhow::Error::from)
                .and_then(|bytes| Ok(authorities.add_crl(&bytes)?));
            if let Err(error) = added {
                tracing::warn!(path = %path.display(), %error, "a list of the authority's CA");
            }
        }
        TimestampTrust {
            authorities,
            policies: AcceptedPolicies::Listed(self.policies.clone()),
        }
    }

    /// A timestamp over the message with this SHA-256. Blocks for [`PATIENCE`] at most.
    ///
    /// # Errors
    /// [`StampError`].
    pub fn stamp(
        &self,
        digest: [u8; 32],
        nonce: [u8; 16],
        trust: &TimestampTrust,
        now: Timestamp,
    ) -> Result<VerifiedTimestamp, StampError> {
        let request = TimestampRequest::new(digest, nonce, self.ask_policy);
        let unreachable = |error: ureq::Error| StampError::Unreachable(error.to_string());
        let mut response = self
            .agent
            .post(&self.section.url)
            .content_type("application/timestamp-query")
            .send(request.to_der()?)
            .map_err(unreachable)?;
        if response.status().as_u16() != 200 {
            return Err(StampError::Status(response.status().as_u16()));
        }
        let media = response.body().mime_type().map(str::to_owned);
        if media.as_deref() != Some("application/timestamp-reply") {
            return Err(StampError::MediaType(media));
        }
        let body = response
            .body_mut()
            .with_config()
            .limit(MAX_ANSWER)
            .read_to_vec()
            .map_err(unreachable)?;
        Ok(trust.verify_response(&body, &request, now)?)
    }
}
