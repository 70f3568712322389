//! A running service among people who mean harm, and on a machine that fails. Each test ends with
//! the same sign: the service goes on.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the functions that tests share fail and tell as tests do"
)]

mod body;
mod catalog;
mod connection;
mod counter_images;
mod forged_qr;
mod full_disk;
mod limited_files;
mod no_room;
mod outcome;
mod raw;
mod second_service;
mod tls;
mod token_gone;
