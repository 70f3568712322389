//! Passkeys (W3C Web Authentication Level 2): registration (§7.1) and assertion (§7.2), verified as
//! strictly as a service that knows its authenticators can. ADR 0030 says why this is not
//! `webauthn-rs`.
//!
//! What is *not* done: attestation other than "none" (any authenticator that verifies its user will
//! do), user handles (the credential is looked up by the prescriber, never the other way round),
//! and extensions (they are read over).

mod assertion;
mod authenticator_data;
mod client_data;
mod cose_key;
mod error;
mod registration;

pub use assertion::{Assertion, verify};
pub use client_data::claimed_challenge;
pub use cose_key::PublicKey;
pub use error::WebauthnError;
pub use registration::{Passkey, Registration, register};

/// Whom a passkey answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RelyingParty {
    /// The RP ID: a domain, without scheme or port.
    pub id: String,
    /// The origins whose pages may ask, as browsers write them: `https://expediente.example`.
    pub origins: Vec<String>,
}

#[cfg(test)]
mod tests;
