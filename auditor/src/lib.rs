//! COFEPRIS's program: verifies the ledger, and trusts nobody but the keys pinned on its command
//! line.
//!
//! | Subject | Where |
//! |---|---|
//! | The ledger, its leaves, the bodies and signatures behind them | [`verify`] |
//! | One receipt | [`receipt`] |
//! | The command line | [`cli`] |
//!
//! It reads files. It has no database, no network, no clock, and no way to write.

pub mod cli;
mod clock;
pub mod receipt;
pub mod trust;
pub mod verify;
