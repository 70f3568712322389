//! A passkey and a one-time-password app in software, for tests and the sandbox: no product links
//! it. It knows nothing of the verifier in `activation`, so that an error there is not repeated
//! here.

mod otp;
mod passkey;
mod requester;

pub use otp::OtpApp;
pub use passkey::{Answer, Created, SoftwareError, SoftwarePasskey, VERIFIED, attestation};
pub use requester::{answer_json, created_json, needs_activation, requester};
