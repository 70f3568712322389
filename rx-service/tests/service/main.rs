//! The service in one process, from the router to the database and a real token, with the clock in
//! the test's hand. TLS and the wire are tested end to end elsewhere.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test fails by panicking; its helpers too"
)]

mod activation;
mod answer;
mod attacks;
mod bad_input;
mod callers;
mod catalog;
mod consent;
mod csc;
mod erase;
mod extension;
mod failure;
mod keys;
mod keys_rewrap;
mod life;
mod lifetime;
mod movements;
mod overlaps;
mod own_pki;
mod own_refusals;
mod own_signature;
mod pki;
mod proofs;
mod publisher;
mod remote_prepared;
mod replay;
mod revocation;
mod roles;
mod stock;
mod stock_room;
mod trust_list;
mod trust_list_command;
mod whole_path;
mod world;
