//! What happens without being asked: sequencing, expiry, new catalogs, and what authorities say of revocation.

pub mod catalog;
pub mod expire;
pub mod revocation;
pub mod sequence;
