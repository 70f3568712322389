//! CAdES, certificate trust, COSE and the QR.

pub mod cms;
pub mod cose;
pub mod ecdsa;
#[cfg(test)]
mod mutation_tests;
mod nesting;
pub mod ocsp;
#[cfg(test)]
mod python;
pub mod qr;
pub mod timestamp;
pub mod trust;
