//! When something existed, by the word of an authority: RFC 3161 requests, strict verification of
//! responses and tokens, and the constancias of NOM-151-SCFI-2016.
//!
//! A token is a CMS `SignedData` around a `TSTInfo`: a digest and a time. It proves that whoever
//! holds it had the bytes by then; it says nothing of who wrote them. It holds as long as the
//! authority's certificate does: see [`crate::cms::cades::verify_long_term`] for what follows then.
//!
//! This module opens no connection and reads no clock.

mod error;
mod ess;
mod hash;
mod info;
pub mod nom151;
mod request;
mod response;
mod time;
mod token;
mod verify;

#[cfg(test)]
pub(crate) mod openssl_tests;
#[cfg(test)]
mod pyhanko_tests;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
pub(crate) mod test_tsa;

pub use error::TimestampError;
pub use hash::ImprintHash;
pub use request::TimestampRequest;
pub(crate) use token::certificates;
pub use verify::{AcceptedPolicies, TimestampTrust, VerifiedTimestamp};

/// An OID as policies and configuration name them.
pub use const_oid::ObjectIdentifier;
