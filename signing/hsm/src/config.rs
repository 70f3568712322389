//! Which token to open, and how.

use std::collections::BTreeSet;
use std::fmt;
use std::path::PathBuf;

use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

use crate::HsmError;

/// A PIN: wiped from memory when dropped, never shown by `Debug`.
#[derive(Clone)]
pub struct Secret(Zeroizing<String>);

impl Secret {
    /// Takes the PIN over. Leading and trailing white space belongs to it: trim what you read from
    /// a file.
    #[must_use]
    pub fn new(pin: String) -> Self {
        Self(Zeroizing::new(pin))
    }

    /// In the form `C_Login` wants; `AuthPin` wipes its copy too.
    pub(crate) fn to_auth_pin(&self) -> AuthPin {
        AuthPin::from(self.0.as_str())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(<redacted>)")
    }
}

/// The token to open, and the ones that hold the same keys. `hsm-config/profiles/` has one per
/// vendor.
#[derive(Clone, Debug)]
pub struct HsmConfig {
    /// The vendor's PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// At least one token. The first is preferred; the others are clones of it, used while it does
    /// not answer.
    pub tokens: Vec<TokenConfig>,
    /// How many sessions may work at once on each token, at least 1. One more (the sentinel) stays
    /// open, and making a token object opens another for a moment: keep the token's limit above
    /// this + 2.
    pub sessions: usize,
}

/// One token of an [`HsmConfig`].
#[derive(Clone, Debug)]
pub struct TokenConfig {
    /// `CK_TOKEN_INFO.label` of the token, without the padding. Each token has its own.
    pub label: String,
    /// The PIN of the token's normal user (`CKU_USER`).
    pub pin: Secret,
}

/// One token with all that its pool needs.
#[derive(Clone, Debug)]
pub(crate) struct OneToken {
    pub(crate) module: PathBuf,
    pub(crate) token: TokenConfig,
    pub(crate) sessions: usize,
}

impl HsmConfig {
    /// The configuration of one token without a clone.
    #[must_use]
    pub fn single(module: PathBuf, label: String, pin: Secret, sessions: usize) -> Self {
        let tokens = vec![TokenConfig { label, pin }];
        Self {
            module,
            tokens,
            sessions,
        }
    }

    /// The tokens one by one, in order of preference.
    ///
    /// # Errors
    /// [`HsmError::NoTokens`], and [`HsmError::TokenAmbiguous`] for a label named twice.
    pub(crate) fn each(&self) -> Result<Vec<OneToken>, HsmError> {
        let mut labels = BTreeSet::new();
        if let Some(twice) = self
            .tokens
            .iter()
            .find(|token| !labels.insert(&token.label))
        {
            return Err(HsmError::TokenAmbiguous {
                label: twice.label.clone(),
            });
        }
        if labels.is_empty() {
            return Err(HsmError::NoTokens);
        }
        let one = |token: &TokenConfig| OneToken {
            module: self.module.clone(),
            token: token.clone(),
            sessions: self.sessions,
        };
        Ok(self.tokens.iter().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_pin() {
        let pin = Secret::new("12345678".into());
        let config = HsmConfig::single("/m.so".into(), "t".into(), pin, 1);
        let shown = format!("{config:?}");
        assert!(!shown.contains("12345678"), "{shown}");
        assert!(shown.contains("<redacted>"), "{shown}");
    }
}
