//! When a prescriber's remote key may be used (EN 419 241-1 SCAL2; CSC API v2 "SAD").
//!
//! A key in the institution's HSM is under its owner's sole control only if nothing signs without
//! the owner's fresh consent to *these* bytes. [`Grant`] is that consent: made with a second factor
//! ([`totp`], [`webauthn`]), for a list of digests, for seconds, one use per digest, for one client.
//! [`Grant::redeem`] decides whether it covers an act.
//!
//! What this crate does *not* do: store grants or factors, count uses across processes (the store
//! asserts rows), read a clock, draw randomness, or know what the digests are of.

mod grant;
mod lockout;
mod refusal;
mod token;
pub mod totp;
pub mod webauthn;

pub use grant::{Grant, GrantedDigest, Policy, Use};
pub use lockout::Attempts;
pub use refusal::Refusal;
pub use token::{Token, challenge, officer_digest, registration_challenge};

/// SHA-256 of what is to be signed, or of the request that asks for it.
pub type Digest = [u8; 32];
