//! A small ledger made with the real crates: clean, it verifies; every kind of tampering yields
//! the finding that names the entry.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot build its world must fail"
)]

mod after_issue;
mod bodies;
mod bundle;
mod bundle_altered;
mod clean;
mod command_line;
mod erasure;
mod evidence;
mod evidence_files;
mod identity;
mod keys;
mod leaves;
mod map;
mod own_signature;
mod pki;
mod shards;
mod shards_bundle;
mod signature;
mod signatures;
mod site;
mod substances;
mod tree;
mod world;
