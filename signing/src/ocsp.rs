//! OCSP (RFC 6960, RFC 9654): what a CA says of one certificate.
//!
//! [`Query`] asks, [`BasicAnswer::verify`] reads an answer strictly, and
//! [`crate::trust::TrustStore::add_ocsp`] keeps it. Nothing here speaks over a network or reads a
//! clock. The types are our own because `x509-ocsp` stands on another version of `der`.
//!
//! An answer is believed for as long as it says itself (`nextUpdate`, which we require), when the
//! CA signed it, or a responder whose certificate the same CA issued for that purpose.

mod error;
mod request;
mod respond;
mod responder;
pub(crate) mod types;
mod verify;

#[cfg(test)]
mod openssl_tests;
#[cfg(test)]
mod verify_tests;

pub use error::OcspError;
pub use request::{CertIdHash, Query};
pub use respond::{Asked, NewAnswer, RespondError, asked, refuse, respond};
pub use verify::{BasicAnswer, CertificateAnswer, Status, basic_response};
pub(crate) use verify::{speaks_of, without_envelope};
