//! The counter's stock, books, returns and transfers, against the real service.

#![expect(
    clippy::unwrap_used,
    reason = "the functions that tests share fail and tell as tests do"
)]

mod care;
mod room;
mod screen;
mod stock;
