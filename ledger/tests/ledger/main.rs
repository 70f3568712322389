//! The log as its users see it: third-party vectors, other implementations as oracles, and what
//! must hold whatever happens to the directory.

#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share fail as tests do"
)]

mod arbitrary_bytes;
mod bit_flips;
mod cose_receipts;
mod crash;
mod differential;
mod faults;
mod faulty_store;
mod fixture;
mod follower;
mod interop;
mod log_properties;
mod map_hostile;
mod map_oracle;
mod prefix_map;
mod publication;
mod rfc6962_vectors;
mod scrub;
mod tlog_sample;
