//! The counter's stock, books, returns and transfers, against the real service.

mod care;
mod room;
mod screen;
mod stock;
