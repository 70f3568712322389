//! The service, as a counter speaks with it: mTLS, JSON, FHIR.
//!
//! `answer` and `state_answer` read what it says; `client` is the only code of this crate that
//! opens a socket outwards.

mod answer;
mod client;
mod receipt;
mod state_answer;

pub use answer::{Reply, ServiceError};
pub use client::Service;
pub use receipt::{Receipt, ReceiptError};
pub use state_answer::{CancelledAnswer, DispensedAnswer, LineAnswer, StateAnswer};
