//! CAdES, certificate trust, COSE and the QR.

pub mod cms;
pub mod cose;
pub mod ecdsa;
pub mod ocsp;
pub mod qr;
pub mod trust;
