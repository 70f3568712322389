//! The QR of a prescription: what the patient carries and the counter reads.
//!
//! ```text
//! Payload ──to_cbor──▶ Sign1::sign ──▶ seal::attach ──▶ text::encode ──▶ QrSymbol::draw
//!                      (prescriber)     (ledger)         RX1…             svg, png, modules
//! VerifiedPrescription ◀── verify ◀── read ◀── RX1… ◀── image_reader::read_image
//! ```
//!
//! Verification works offline: it needs the certificates of the prescribers and the public key of
//! the ledger. It says what was prescribed, by whom and since when; whether it has been dispensed
//! or cancelled since, only the service knows. A QR is not a bearer token.

pub mod draw;
mod error;
#[cfg(test)]
mod fixture;
pub use qr_image as image_reader;
mod packed;
pub mod payload;
mod payload_cbor;
#[cfg(test)]
mod payload_properties;
#[cfg(test)]
mod payload_tests;
pub mod seal;
pub mod text;
pub mod verify;
#[cfg(test)]
mod verify_tests;

pub use draw::QrSymbol;
pub use error::QrError;
pub use payload::{Payload, PayloadLine, QrSigner};
pub use qr_image::read_image;
pub use seal::Seal;
pub use verify::{
    KeyHolder, ParsedQr, PrescriberKey, VerifiedPrescription, qr_digest, read, verify,
};
