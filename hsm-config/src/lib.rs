//! SoftHSM tokens for development and tests.
//!
//! [`SoftHsm::create`] makes (or reuses) one SoftHSM 2 token inside a directory: its
//! `softhsm2.conf`, its objects, and its random PINs in files of mode 0600. Nothing here links
//! PKCS#11: the token is made by Debian's `softhsm2-util`, and the `hsm` crate opens it.
//!
//! SoftHSM learns where its tokens are from the environment variable [`CONF_VARIABLE`], read once
//! at `C_Initialize`. A program that is to use the token is therefore *spawned* with that variable
//! ([`SoftHsm::environment`]); a test that opens the token in its own process goes through
//! [`test_support::in_child_with_token`].
//!
//! What this crate does not do: real HSMs. Those are configured as `README.md` and `profiles/`
//! describe, and their keys are made in a ceremony, not by a program.

mod backup;
mod error;
mod install;
mod pin;
mod softhsm;
pub mod test_support;
mod twin;

pub use error::SoftHsmError;
pub use softhsm::{CONF_VARIABLE, SoftHsm};
