//! A whole world on one machine: development PKI, token, seeded prescriptions, the real programs as
//! processes, and the story that `cargo xtask demo` tells with them.
//!
//! ```text
//! World::create ─▶ pki, token, configurations, enrolled prescribers
//!   ├─ start_witnesses() ─▶ witnesses::Witnesses   witness, twice
//!   ├─ start_service() ─▶ processes::Server     rx-service
//!   ├─ client(Who::Ehr) ─▶ client::Client       mutual TLS
//!   └─ counter(1) ─▶ counter::Counter           pharmacy-agent
//! ```
//!
//! The end-to-end tests and the benchmarks use the same world. Nothing here is part of the product.

pub mod activation;
pub mod auditor;
pub mod bench;
pub mod cast;
pub mod cli;
pub mod client;
pub mod clock;
mod configuration;
pub mod counter;
mod interrupt;
pub mod ledger_download;
pub mod map_answer;
pub mod narrate;
pub mod pharmacy_key;
pub mod pki;
mod port;
pub mod processes;
pub mod seed;
pub mod stock;
pub mod story;
mod up;
pub mod witnesses;
mod world;

pub use pki::Who;
pub use world::World;
