//! The prescription service: FHIR in, signed prescriptions out.
//!
//! A request walks through `api` (parse, authenticate, answer), `flow` (the use case: gather facts,
//! call the rules, sign, commit), `store` (the only SQL) and `worker` (sequencing, expiry). The
//! rules of the law are not here: they live in `prescription`.

pub mod api;
pub mod app;
pub mod auth;
pub mod catalogs;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod entropy;
pub mod fhir;
pub mod flow;
pub mod institution;
pub mod keys;
pub mod ledger_setup;
pub mod live_trust;
pub mod metrics;
pub mod office;
mod outbound;
pub mod paper;
pub mod seal_keys;
pub mod server;
pub mod store;
pub mod timestamp;
pub mod trust_lists;
pub mod worker;
pub mod wrapping;
pub mod zones;
