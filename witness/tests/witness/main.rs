//! The real program, over real HTTP, against a log that is honest, and against one that is not.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the functions that tests share fail as tests do"
)]

mod crash;
mod fixture;
mod memory;
mod protocol;
mod start;
