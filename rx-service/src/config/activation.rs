//! How prescribers activate their keys.

use activation::Policy;
use activation::webauthn::RelyingParty;
use serde::Deserialize;

use super::Config;

/// `[activation]`: limits, and whom passkeys answer. `docs/ACTIVATION.md` explains each line.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ActivationSection {
    /// The `WebAuthn` relying party: a domain that is a suffix of every origin's. Absent: the host of
    /// `public_url`.
    pub rp_id: Option<String>,
    /// Origins of the pages that may ask a passkey, such as those of each clinical record. Absent:
    /// `public_url`.
    pub origins: Vec<String>,
    /// Limits.
    pub limits: Policy,
}

/// The section with its defaults filled in.
#[derive(Debug, Clone)]
pub struct Activation {
    /// Limits.
    pub policy: Policy,
    /// Whom passkeys answer.
    pub relying_party: RelyingParty,
}

impl Activation {
    /// What a configuration says.
    #[must_use]
    pub fn of(config: &Config) -> Self {
        let section = &config.activation;
        let url = config.public_url();
        let origins = if section.origins.is_empty() {
            vec![url.clone()]
        } else {
            section.origins.clone()
        };
        let id = section.rp_id.clone().unwrap_or_else(|| host(&url));
        Self {
            policy: section.limits,
            relying_party: RelyingParty { id, origins },
        }
    }
}

/// The host of a URL, without scheme, port and path.
fn host(url: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split('/').next().unwrap_or(rest);
    let host = authority
        .rsplit_once(':')
        .map_or(authority, |(host, _)| host);
    host.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_what_passkeys_are_for() {
        for url in [
            "https://receta.example",
            "https://receta.example:8443",
            "https://receta.example/path",
        ] {
            assert_eq!(host(url), "receta.example", "{url}");
        }
        assert_eq!(host("https://127.0.0.1:8443"), "127.0.0.1");
    }
}
