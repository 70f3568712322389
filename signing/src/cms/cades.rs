//! CAdES-B-B: [`build`] a detached signature with a key in the HSM; [`prepare`] one for a signer
//! outside and [`complete`] it with what they return; [`verify`] one strictly. [`extend`] it with
//! a timestamp and revocation data, and [`verify_long_term`] whatever has become of it.

pub use super::build::{SigningChain, build};
pub use super::extend;
pub use super::long_term::{
    Existence, Level, LongTermCades, LongTermTrust, Moment, claimed_digest, verify_long_term,
    verify_long_term_digest,
};
pub use super::prepare::{Prepared, complete, prepare};
pub use super::verify::{VerifiedCades, verify};
