//! A log on a server that speaks S3: `s3s-fs`, in this process, over TCP, with signed requests.

#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share fail as tests do"
)]

mod conditions;
mod death;
mod publication;
mod server;
