//! COFEPRIS's program: verifies the ledger, and trusts nobody but the keys pinned on its command
//! line.
//!
//! | Subject | Where |
//! |---|---|
//! | A verified mirror of a server's log, and evidence against it | [`follow`] |
//! | The ledger, its leaves, the bodies and signatures behind them | [`verify`] |
//! | One receipt | [`receipt`] |
//! | Proofs for a machine without network, and their meaning for a court | [`bundle`] |
//! | Consumption, balances, INCB forms, alerts, control books | [`substances`] |
//! | Whose checkpoints are believed | [`trust`] |
//! | Which logs a mirror holds, one shard after the other | [`shards`] |
//! | The command line | [`cli`] |
//!
//! Only [`follow`] speaks to a network, and writes nothing but its mirror; everything else reads
//! files. There is no database, and no clock but for the names of
//! evidence and for whether a certificate still holds.

pub mod bundle;
pub mod cli;
mod clock;
pub mod follow;
mod map;
pub mod receipt;
pub mod shards;
pub mod substances;
pub mod trust;
pub mod verify;
