//! What happens without being asked: sequencing, expiry, new catalogs, what authorities say of
//! revocation, and making signatures last.

pub mod catalog;
pub mod expire;
pub mod extend;
pub mod revocation;
pub mod sequence;
