//! What happens without being asked: sequencing, expiry, new catalogs, and making
//! signatures last.

pub mod catalog;
pub mod expire;
pub mod extend;
pub mod sequence;
