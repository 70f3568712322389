//! What happens without being asked: sequencing and expiry.

pub mod expire;
pub mod sequence;
