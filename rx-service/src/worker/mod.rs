//! What happens without being asked: sequencing, expiry, and new catalogs.

pub mod catalog;
pub mod expire;
pub mod sequence;
