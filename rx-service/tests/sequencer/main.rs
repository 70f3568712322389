//! The sequencer on its database and its files, with software keys: no token, no HTTP.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot reach its database should stop"
)]

mod append;
mod bit_flips;
mod fixture;
mod map;
mod objects;
mod replicas;
mod shards;
mod witnesses;
