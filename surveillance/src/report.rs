//! All of it for one month.
