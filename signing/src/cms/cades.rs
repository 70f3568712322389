//! CAdES-B-B: [`build`] a detached signature with a key in the HSM; [`prepare`] one for a signer
//! outside and [`complete`] it with what they return; [`verify`] one strictly.

pub use super::build::{SigningChain, build};
pub use super::prepare::{Prepared, complete, prepare};
pub use super::verify::{VerifiedCades, verify};
