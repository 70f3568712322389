//! Authorities that others run, simulated: what a test or a sandbox talks to where the country
//! would talk to a real one. Keys come from seeds and are worth nothing.
//!
//! This crate shares no code with `signing`, so that neither hides the other's mistakes, and can
//! be made to lie: [`tsa::Draft`] is an answer with every field open.

pub mod der;
pub mod http;
pub mod key;
pub mod pki;
pub mod tsa;
