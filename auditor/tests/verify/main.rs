//! A small ledger made with the real crates: clean, it verifies; every kind of tampering yields
//! the finding that names the entry.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot build its world must fail"
)]

mod bodies;
mod bundle;
mod bundle_altered;
mod clean;
mod command_line;
mod evidence;
mod leaves;
mod pki;
mod signatures;
mod tree;
mod world;
