//! Whose certificates count, and how revocation is watched.

use std::path::PathBuf;

use jiff::SignedDuration;
use serde::Deserialize;
use signing::trust::{RevocationPolicy, TrustStore};

/// Trust anchors of prescribers.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrustSection {
    /// Root certificates, PEM.
    pub anchors: Vec<PathBuf>,
    /// Issuing authorities, PEM.
    #[serde(default)]
    pub issuers: Vec<PathBuf>,
    /// Revocation lists, PEM or DER.
    #[serde(default)]
    pub crls: Vec<PathBuf>,
}

/// `[revocation]`: what is fetched ahead of time, and what happens when it cannot be.
/// `docs/TRUST.md` explains each line.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct RevocationSection {
    /// `when-listed`: a CA about which nothing is held passes. `required`: it does not.
    pub policy: Policy,
    /// Minutes for which a list or answer counts beyond its `nextUpdate`.
    pub grace_minutes: u32,
    /// URLs of lists, besides those that the certificates name.
    pub crls: Vec<String>,
    /// Whether the OCSP responder that a prescriber's certificate names is asked about it.
    pub ocsp: bool,
    /// Whether answers must carry our nonce. Responders that sign ahead of time cannot.
    pub ocsp_nonce: bool,
    /// Whether anything is fetched. `false` where another program loads the lists.
    pub fetch: bool,
    /// Hours before a list or answer runs out at which the log warns.
    pub warn_hours: u32,
}

/// What to do about a CA of which nothing is held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Policy {
    /// It passes.
    WhenListed,
    /// It does not.
    Required,
}

impl Default for RevocationSection {
    fn default() -> Self {
        Self {
            policy: Policy::WhenListed,
            grace_minutes: 0,
            crls: vec![],
            ocsp: false,
            ocsp_nonce: false,
            fetch: true,
            warn_hours: 6,
        }
    }
}

impl RevocationSection {
    /// An empty store that judges by this section.
    #[must_use]
    pub fn store(&self) -> TrustStore {
        let mut store = TrustStore::new(match self.policy {
            Policy::WhenListed => RevocationPolicy::WhenListed,
            Policy::Required => RevocationPolicy::Required,
        });
        store.set_grace(SignedDuration::from_mins(i64::from(self.grace_minutes)));
        store
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_out_has_a_default_and_what_is_misspelt_is_told() {
        let section: RevocationSection =
            toml::from_str("policy = \"required\"\ngrace_minutes = 30").unwrap();
        assert_eq!(section.policy, Policy::Required);
        assert_eq!((section.grace_minutes, section.fetch), (30, true));
        let store = section.store();
        assert_eq!(store.revocation_policy(), RevocationPolicy::Required);
        assert!(toml::from_str::<RevocationSection>("grace = 30").is_err());
    }
}
