//! `auditor follow` against a real HTTP server on the loopback, honest and otherwise, with logs made
//! by the real crate.

#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot build its world must fail"
)]

mod bodies;
mod contradictions;
mod flips;
mod growth;
mod interruption;
mod lies;
mod limits;
mod log;
mod manners;
mod policy;
mod server;
mod shards;
