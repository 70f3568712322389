//! Why the token did not do it, and what to do next.

use std::path::PathBuf;

use cryptoki::context::Function;
use cryptoki::error::{Error, RvError};

/// Everything that can go wrong between this process and the token. No variant carries key
/// material, a PIN, or anything about a person.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HsmError {
    /// `sessions` is zero.
    #[error("hsm.sessions must be at least 1")]
    NoSessions,
    /// There is no file at the configured path.
    #[error(
        "the PKCS#11 module {0} does not exist; correct hsm.module, or install the module \
         (development: apt-get install softhsm2)"
    )]
    ModuleMissing(PathBuf),
    /// The file is there and cannot be loaded as a PKCS#11 module.
    #[error("{module} cannot be used as a PKCS#11 module ({detail}); correct hsm.module")]
    ModuleUnusable {
        /// The configured path.
        module: PathBuf,
        /// What the dynamic loader or `C_Initialize` said.
        detail: String,
    },
    /// The module has no token of that label.
    #[error(
        "no token is labelled {label:?}; correct the label in [hsm], connect the token, or make one \
         (hsm-config/README.md). For SoftHSM check that SOFTHSM2_CONF names its softhsm2.conf"
    )]
    TokenNotFound {
        /// The configured label.
        label: String,
    },
    /// Two tokens have that label: which one holds the keys is not ours to guess.
    #[error("several tokens are labelled {label:?}; give each token its own label")]
    TokenAmbiguous {
        /// The configured label.
        label: String,
    },
    /// `C_Login` refused the PIN. It is not tried again by this process, so that a wrong PIN
    /// cannot lock the token.
    #[error(
        "the token {label:?} refused the PIN; correct it and restart (it is not tried again, \
         so that the token does not lock)"
    )]
    WrongPin {
        /// The configured label.
        label: String,
    },
    /// Too many wrong PINs.
    #[error("the PIN of token {label:?} is locked; the security officer must set a new one")]
    PinLocked {
        /// The configured label.
        label: String,
    },
    /// The token stopped answering, and starting the module again did not bring it back.
    #[error(
        "the token {label:?} is gone ({detail}); check that the HSM is powered, reachable and \
         unlocked. The next call tries again by itself"
    )]
    TokenGone {
        /// The configured label.
        label: String,
        /// What was observed last.
        detail: String,
    },
    /// None of the configured tokens works.
    #[error(
        "none of the tokens answers ({details}); check that the HSMs are powered, reachable and \
         unlocked. The next call tries again by itself"
    )]
    AllTokensGone {
        /// What each answered last, in order of preference.
        details: String,
    },
    /// A token of the configuration does not hold the same keys as the first.
    #[error(
        "the token {token:?} does not hold the same key {label:?} as the others; clone it from \
         the first, or take it out of hsm.tokens"
    )]
    CloneDiffers {
        /// The token's label.
        token: String,
        /// The key's label.
        label: String,
    },
    /// The session of an activated key is gone; the key is activated again where it is used.
    #[error("the token was lost or restarted while the key was active")]
    ActivationLost,
    /// All sessions were at work for the whole wait.
    #[error("all {sessions} HSM sessions stayed busy for {waited_s} s; raise hsm.sessions")]
    PoolExhausted {
        /// The configured number.
        sessions: usize,
        /// How long the caller waited, in seconds.
        waited_s: u64,
    },
    /// A key label that could not be found again on every token.
    #[error("a key label must have 1 to 64 characters out of A-Z a-z 0-9 . _ -")]
    BadKeyLabel,
    /// No such key on the token.
    #[error("the token has no key labelled {label:?}; make it in the key ceremony")]
    KeyMissing {
        /// The key's label.
        label: String,
    },
    /// More than one object of that class and label.
    #[error("the token has several keys labelled {label:?}; remove the wrong one by hand")]
    KeyDuplicated {
        /// The key's label.
        label: String,
    },
    /// The key exists with attributes that let it leak or be misused.
    #[error("the key {label:?} must not be used: {attribute}; make a new one in the ceremony")]
    KeyWeak {
        /// The key's label.
        label: String,
        /// The attribute that is wrong, and what it must be.
        attribute: String,
    },
    /// After a restart the token has another key under the same label.
    #[error("the key {label:?} is not the key it was; is this the right token?")]
    KeyChanged {
        /// The key's label.
        label: String,
    },
    /// The token handed out an unwrapped key that could be read or exported.
    #[error(
        "the token does not enforce CKA_UNWRAP_TEMPLATE of wrapping key {label:?}: unwrapped \
         keys would be readable. Do not use this token for prescriber keys"
    )]
    UnwrapTemplateIgnored {
        /// The wrapping key's label.
        label: String,
    },
    /// The token does not keep what `CKA_TRUSTED` and `CKA_WRAP_WITH_TRUSTED` promise.
    #[error(
        "the token does not enforce trust on wrapping key {label:?}: {what}. Do not use this \
         token for prescriber keys"
    )]
    TrustIgnored {
        /// The wrapping key's label.
        label: String,
        /// What was possible and must not be.
        what: &'static str,
    },
    /// Keys wrapped under a plain wrapping key cannot be re-wrapped: it was made without the
    /// security officer, and what it unwraps never leaves the token again.
    #[error(
        "what is wrapped under {label:?} cannot be re-wrapped, because that key was not made \
         trusted by two persons; rotate these prescriber keys instead (docs/KEYS.md)"
    )]
    NotRewrappable {
        /// The present wrapping key's label.
        label: String,
    },
    /// The new wrapping key was not made trusted.
    #[error(
        "{label:?} was not made trusted by the security officer; make the new wrapping key in \
         the two-person ceremony (hsm-config/README.md)"
    )]
    NotTrusted {
        /// The new wrapping key's label.
        label: String,
    },
    /// The two wrapping keys come from different [`crate::Hsm`]s.
    #[error("both wrapping keys must be on the same open token")]
    OtherToken,
    /// Wrapped again under the old key, the bytes were not those they had been.
    #[error(
        "the re-wrapped key did not prove to be the same key; keep the old one, and do not \
         re-wrap on this token before that is understood"
    )]
    RewrapUnproven,
    /// No token is configured.
    #[error("hsm.tokens must name at least one token")]
    NoTokens,
    /// A step of the ceremony found the process logged in as somebody else.
    #[error(
        "another login is open in this process; run each step of the ceremony in a process of \
         its own, with no service on the token"
    )]
    LoginTaken,
    /// The ceremony would make a key that exists.
    #[error("the token already has a key labelled {label:?}; choose another label")]
    KeyExists {
        /// The key's label.
        label: String,
    },
    /// The token lacks a mechanism that is needed.
    #[error(
        "C_{function:?}: the token lacks the mechanism; hsm-config/README.md lists what is needed"
    )]
    MechanismMissing {
        /// The PKCS#11 function that asked for it.
        function: Function,
    },
    /// Stored bytes that are not a wrapped key of ours.
    #[error("the stored wrapped key is malformed; restore it from a backup")]
    WrappedKeyMalformed,
    /// The token's integrity check failed.
    #[error(
        "the token refused the wrapped key: it was altered, or wrapped under another wrapping key"
    )]
    WrappedKeyRefused,
    /// Bytes that are not a sealed secret of ours, or a secret too long to seal.
    #[error("the sealed secret is malformed or longer than 4096 bytes")]
    SealedMalformed,
    /// The token's integrity check failed.
    #[error("the token refused the sealed secret: altered, another key, or another context")]
    SealedRefused,
    /// An answer that cannot be right, for example a point that is not on the curve.
    #[error("the token answered with a malformed {0}; do not use it before that is understood")]
    MalformedAnswer(&'static str),
    /// Any other refusal.
    #[error("C_{function:?} failed: {code:?}")]
    Pkcs11 {
        /// The PKCS#11 function.
        function: Function,
        /// Its return value (`CKR_…`).
        code: RvError,
    },
    /// A fault on this side of the interface.
    #[error("PKCS#11 binding: {0}")]
    Binding(String),
}

impl HsmError {
    /// True when another session, or the module started again, may help.
    pub(crate) fn is_token_loss(&self) -> bool {
        matches!(self, Self::TokenGone { .. } | Self::TokenNotFound { .. })
    }

    /// True when another token that holds the same keys may do it.
    pub(crate) fn concerns_one_token(&self) -> bool {
        self.is_token_loss()
            || matches!(
                self,
                Self::WrongPin { .. }
                    | Self::PinLocked { .. }
                    | Self::TokenAmbiguous { .. }
                    | Self::KeyMissing { .. }
                    | Self::KeyChanged { .. }
            )
    }

    /// What happened to a token, without its name.
    pub(crate) fn loss(&self) -> String {
        if let Self::TokenGone { detail, .. } = self {
            detail.clone()
        } else {
            self.to_string()
        }
    }

    /// One answer out of what each token answered, in order of preference.
    pub(crate) fn all_gone(mut losses: Vec<Self>) -> Self {
        let missing = losses
            .iter()
            .all(|loss| matches!(loss, Self::KeyMissing { .. }));
        if losses.len() == 1 || (missing && !losses.is_empty()) {
            return losses.swap_remove(0);
        }
        let details: Vec<_> = losses.iter().map(ToString::to_string).collect();
        Self::AllTokensGone {
            details: details.join("; "),
        }
    }

    /// True when the answer may mean "your request is bad" or "I am dying"; the pool then asks the
    /// token which it is. A missing key is one of them: a store that is gone finds nothing.
    pub(crate) fn is_ambiguous(&self) -> bool {
        matches!(
            self,
            Self::KeyMissing { .. }
                | Self::Pkcs11 {
                    code: RvError::GeneralError | RvError::FunctionFailed,
                    ..
                }
        )
    }
}

/// The function and its return value. cryptoki's own text for a code is a paragraph of the
/// specification.
pub(crate) fn describe(error: &Error) -> String {
    if let Error::Pkcs11(code, function) = error {
        format!("C_{function:?}: {code:?}")
    } else {
        error.to_string()
    }
}

impl From<Error> for HsmError {
    fn from(error: Error) -> Self {
        let detail = describe(&error);
        let Error::Pkcs11(code, function) = error else {
            return Self::Binding(detail);
        };
        if is_device_loss(code) {
            // The pool fills the label in; it knows which token it talks to.
            return Self::TokenGone {
                label: String::new(),
                detail,
            };
        }
        if code == RvError::MechanismInvalid {
            return Self::MechanismMissing { function };
        }
        Self::Pkcs11 { function, code }
    }
}

/// Return values after which the session, and perhaps the module, is of no more use. A handle that
/// turned invalid is one of them: token objects only lose their handle when the token went away.
fn is_device_loss(code: RvError) -> bool {
    matches!(
        code,
        RvError::CryptokiNotInitialized
            | RvError::DeviceError
            | RvError::DeviceMemory
            | RvError::DeviceRemoved
            | RvError::KeyHandleInvalid
            | RvError::ObjectHandleInvalid
            | RvError::SessionClosed
            | RvError::SessionHandleInvalid
            | RvError::SlotIdInvalid
            | RvError::TokenNotPresent
            | RvError::TokenNotRecognized
            | RvError::UnwrappingKeyHandleInvalid
            | RvError::UserNotLoggedIn
            | RvError::WrappingKeyHandleInvalid
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_removed_token_is_told_apart_from_a_refused_request() {
        let removed = HsmError::from(Error::Pkcs11(RvError::DeviceRemoved, Function::Sign));
        assert!(removed.is_token_loss());
        let refused = HsmError::from(Error::Pkcs11(RvError::TemplateInconsistent, Function::Sign));
        assert!(!refused.is_token_loss() && !refused.is_ambiguous());
        let either = HsmError::from(Error::Pkcs11(RvError::GeneralError, Function::UnwrapKey));
        assert!(!either.is_token_loss() && either.is_ambiguous());
    }

    #[test]
    fn a_missing_mechanism_names_the_function() {
        let error = Error::Pkcs11(RvError::MechanismInvalid, Function::WrapKey);
        assert!(HsmError::from(error).to_string().contains("C_WrapKey"));
    }
}
