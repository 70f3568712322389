//! The files of a log in an object store: [`ObjectTileStore`] is what the sequencer writes,
//! [`ObjectTileSource`] what anybody reads. The layout below the prefix is C2SP tlog-tiles, as in
//! a directory: a bucket that is served over HTTP is a log.
//!
//! | Promise of [`TileStore`](ledger::TileStore) | Kept by |
//! |---|---|
//! | A published tile is never altered | `PUT` with `If-None-Match: *` |
//! | The checkpoint is compared and set | `PUT` with `If-Match: <etag of what was compared>` |
//! | Durable on return | the store's own promise when it answers 200 |
//!
//! A server that lacks these conditions is refused when the store is opened; see
//! [`ConditionalPuts`] for what is lost by using one nevertheless.
//!
//! The methods block. Call them from threads that may (`tokio::task::spawn_blocking`), or at worst
//! from a task of a multi-threaded runtime, which then moves its other tasks elsewhere; from a task
//! of a current-thread runtime they panic.
//!
//! # What this crate does not do
//!
//! - It takes no lock. Electing one sequencer is the database's work; should two publish all the
//!   same, the conditions above stop the one that comes second.
//! - It does not bound the body of an error answer: `object_store` reads it whole, within the time
//!   limit of a request. Bodies of objects are bounded by
//!   [`LogFile::max_bytes`](ledger::LogFile::max_bytes).
//! - It sets no lifecycle, versioning or retention of the bucket. An object lock against the
//!   operator's own hand is worth having on tiles; the checkpoint must stay replaceable.

mod connect;
mod open;
mod source;
mod store;

pub use connect::{S3Settings, connect};
pub use open::{ConditionalPuts, OpenStoreError};
pub use source::ObjectTileSource;
pub use store::ObjectTileStore;
