//! The legal signature of a prescription: CAdES-B-B (ETSI EN 319 122-1 §6), detached.
//!
//! The signature is a CMS `SignedData` (RFC 5652) without content, over the stored bytes of the
//! document, with four signed attributes that must all be there: `content-type`,
//! `message-digest`, `signing-time` and `signing-certificate-v2` (RFC 5035).
//!
//! [`cades::extend`] adds what makes it last: a timestamp over the signature (B-T), and the
//! revocation data of the paths (B-LT); [`cades::verify_long_term`] judges all three.
//!
//! This module asks no authority for anything, and holds no private key.

pub mod ber;
pub mod cades;

#[cfg(test)]
mod attribute_tests;
pub(crate) mod attributes;
#[cfg(test)]
mod ber_tests;
mod build;
#[cfg(test)]
mod clock_tests;
mod error;
pub mod extend;
#[cfg(test)]
mod extended_openssl_tests;
mod long_term;
#[cfg(test)]
pub(crate) mod long_term_tests;
#[cfg(test)]
mod openssl_tests;
mod prepare;
#[cfg(test)]
mod prepare_tests;
#[cfg(test)]
mod pyhanko_tests;
mod revocation;
pub(crate) mod signed_data;
#[cfg(test)]
mod structure_tests;
#[cfg(test)]
pub(crate) mod test_signer;
mod verify;

pub use ber::BerError;
pub use error::{Attribute, BuildError, CmsError};
