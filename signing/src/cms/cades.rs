//! CAdES-B-B: [`build`] a detached signature with a key held elsewhere, [`verify`] one strictly.

pub use super::build::{SigningChain, build};
pub use super::verify::{VerifiedCades, verify};
