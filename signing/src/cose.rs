//! `COSE_Sign1` (RFC 9052 §4.2) in the one form this system accepts.
//!
//! ES256 only (RFC 9053 §2.1), tag 18 required, algorithm in the protected header, low-S
//! signatures, deterministic CBOR throughout. What is not needed is refused, so that a message has
//! exactly one encoding and a verifier has nothing to interpret.
//!
//! [`Sign1`] carries its payload (the QR); [`sign_detached`] and [`verify_detached`] sign a
//! document that travels beside the signature (the evidence of a pharmacy).
//!
//! Not done here: certificates, their validity, revocation ([`crate::trust`]).

mod detached;
pub(crate) mod deterministic;
mod error;
mod key;
mod sign1;
#[cfg(test)]
mod sign1_tests;
#[cfg(test)]
pub(crate) mod test_signer;
#[cfg(test)]
mod wycheproof;

pub use detached::{VerifiedDetached, sign_detached, verify_detached};
pub use deterministic::CborError;
pub use error::{CoseError, SignError};
pub use key::Kid;
pub use sign1::{EMPTY_MAP, MAX_LEN, Sign1, VerifiedPayload};
