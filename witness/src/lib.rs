//! A witness of transparency logs ([C2SP tlog-witness]): it remembers the last checkpoint of each
//! log it watches, and cosigns the next one only if the log did nothing but grow. Whoever demands
//! its cosignature cannot be shown a history of their own.
//!
//! | Subject | Where |
//! |---|---|
//! | The decision and the formats | the `ledger` crate |
//! | Its key | [`key_file`] |
//! | What it remembers, and evidence of forks | [`state`], [`evidence`] |
//! | HTTP | [`router`], [`server`] |
//! | The command line | [`cli`], [`commands`] |
//!
//! # What this program does not do
//!
//! - It does not speak TLS: a proxy in front does. Nobody is authenticated; the log's signature on
//!   the checkpoint is all that counts.
//! - It does not read entries, nor fetch anything from anyone.
//! - It cannot know that its own directory was put back to an older state (a restored backup): it
//!   would cosign again what it cosigned before. Never restore one; make a new key instead.
//!
//! [C2SP tlog-witness]: https://c2sp.org/tlog-witness

mod add_checkpoint;
pub mod cli;
pub mod clock;
pub mod commands;
mod durable;
pub mod evidence;
pub mod key_file;
pub mod log_keys;
pub mod router;
pub mod server;
pub mod state;
