//! Which token to open, and how.

use std::fmt;
use std::path::PathBuf;

use cryptoki::types::AuthPin;
use zeroize::Zeroizing;

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

/// The token to open. `hsm-config/profiles/` has one per vendor.
#[derive(Clone, Debug)]
pub struct HsmConfig {
    /// The vendor's PKCS#11 module, a shared library.
    pub module: PathBuf,
    /// `CK_TOKEN_INFO.label` of the token, without the padding.
    pub token_label: String,
    /// The PIN of the token's normal user (`CKU_USER`).
    pub pin: Secret,
    /// How many sessions may work at once, at least 1. One more (the sentinel) stays open, and
    /// making a token object opens another for a moment: keep the token's limit above this + 2.
    pub sessions: usize,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_never_shows_the_pin() {
        let config = HsmConfig {
            module: "/m.so".into(),
            token_label: "t".into(),
            pin: Secret::new("12345678".into()),
            sessions: 1,
        };
        let shown = format!("{config:?}");
        assert!(!shown.contains("12345678"), "{shown}");
        assert!(shown.contains("<redacted>"), "{shown}");
    }
}
