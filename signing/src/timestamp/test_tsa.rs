//! The simulated authority, and whoever trusts it.

use jiff::Timestamp;
use simulators::tsa::{Asked, Draft, POLICY, Tsa};

use super::{AcceptedPolicies, ObjectIdentifier, TimestampError, TimestampTrust};
use super::{TimestampRequest, VerifiedTimestamp};
use crate::trust::{AnchorPolicy, RevocationPolicy, TrustStore};

pub(crate) const MESSAGE: &[u8] = b"lo que existia";

/// Within the validity of everything.
pub(crate) fn at() -> Timestamp {
    "2026-06-01T12:00:30Z".parse().unwrap()
}

pub(crate) struct Stamps {
    pub(crate) tsa: Tsa,
    pub(crate) trust: TimestampTrust,
}

impl Stamps {
    pub(crate) fn new() -> Self {
        Self::of(Tsa::new().unwrap())
    }

    pub(crate) fn with_params(params: &rcgen::CertificateParams) -> Self {
        Self::of(Tsa::with_params(params).unwrap())
    }

    fn of(tsa: Tsa) -> Self {
        let mut authorities = TrustStore::new(RevocationPolicy::WhenListed);
        authorities
            .add_anchor(tsa.root().der(), AnchorPolicy::Timestamp)
            .unwrap();
        let policies = vec![ObjectIdentifier::new_unwrap(POLICY)];
        let policies = AcceptedPolicies::Listed(policies);
        Self {
            tsa,
            trust: TimestampTrust {
                authorities,
                policies,
            },
        }
    }

    /// An honest draft at [`at`], not yet signed.
    pub(crate) fn draft(&self, message: &[u8]) -> Draft {
        self.tsa
            .draft(&Asked::of(message).unwrap(), at(), 77)
            .unwrap()
    }

    /// An honest token at `at`.
    pub(crate) fn token_at(&self, message: &[u8], at: Timestamp) -> Vec<u8> {
        let draft = self.tsa.draft(&Asked::of(message).unwrap(), at, 78);
        self.tsa.token(&draft.unwrap()).unwrap()
    }

    /// What becomes of a token with something changed.
    pub(crate) fn changed(
        &self,
        change: impl FnOnce(&mut Draft),
    ) -> Result<VerifiedTimestamp, TimestampError> {
        let mut draft = self.draft(MESSAGE);
        change(&mut draft);
        let token = self.tsa.token(&draft).unwrap();
        self.trust.verify_token(&token, MESSAGE)
    }
}

pub(crate) fn request() -> TimestampRequest {
    let digest = super::ImprintHash::Sha256.digest(MESSAGE);
    TimestampRequest::new(digest.try_into().unwrap(), [5; 16], None)
}
