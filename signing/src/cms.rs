//! The legal signature of a prescription: CAdES-B-B (ETSI EN 319 122-1 §6), detached.
//!
//! The signature is a CMS `SignedData` (RFC 5652) without content, over the stored bytes of the
//! document, with four signed attributes that must all be there: `content-type`,
//! `message-digest`, `signing-time` and `signing-certificate-v2` (RFC 5035).
//!
//! This module does not make or check timestamps, and holds no private key.

pub mod ber;
pub mod cades;

#[cfg(test)]
mod attribute_tests;
pub(crate) mod attributes;
#[cfg(test)]
mod ber_tests;
mod build;
mod error;
#[cfg(test)]
mod openssl_tests;
mod prepare;
#[cfg(test)]
mod prepare_tests;
#[cfg(test)]
mod pyhanko_tests;
pub(crate) mod signed_data;
#[cfg(test)]
mod structure_tests;
#[cfg(test)]
mod test_signer;
mod verify;

pub use ber::BerError;
pub use error::{Attribute, BuildError, CmsError};
