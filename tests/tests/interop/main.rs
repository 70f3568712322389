//! What the running service gives out, read by programs and code that are not ours.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the functions that tests share fail and tell as tests do"
)]

mod cbor;
mod openssl;
mod program;
mod published_tree;
mod python_verifier;
mod qr_agreement;
mod qr_images;
mod qr_verifier;
mod rfc6962;
mod tlog_client;
