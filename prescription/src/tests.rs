//! What no single file can prove: whole lives of prescriptions. [`fixture`] has the lawful orders
//! and visits that all tests start from.

mod corrupt;
pub(crate) mod every_refusal;
pub(crate) mod fixture;
mod histories;
mod lawful;
mod map_of_lives;
mod orders;
mod refusals;
