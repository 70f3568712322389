//! The prescriber signs in two steps: [`prepare`] decides and says what to sign, [`complete`]
//! decides again on the facts of the moment, and issues. They sign outside, with their own e.firma,
//! and that is verified; or their wrapped key signs in our token, by an activation of the very
//! digests that were handed out.
//!
//! Between the two, the row that the store keeps sealed has the request as received, the folio, the
//! instant and the certificate; everything that is signed follows from those, and its digests are
//! kept too, so that what was signed is what is issued, or nothing is.

mod certificate;
mod complete;
mod draft;
mod error;
mod prepare;
mod remote;
mod signer;

pub use complete::{CompleteOrder, GivenSignature, complete};
pub use error::OwnError;
pub use prepare::{PrepareOrder, Prepared, prepare};

/// Who signs the QR.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QrBy {
    /// The prescriber's P-256 key, own or wrapped, whose certificate names the cédula.
    Prescriber,
    /// The institution's key in our token: the prescriber's is RSA, or the certificate does not
    /// name the cédula that counters compare.
    Institution,
}

impl QrBy {
    /// The code in the answer of `$prepare`.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Prescriber => "prescriber",
            Self::Institution => "institution",
        }
    }
}
