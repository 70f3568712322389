//! PKCS#11: the keys that sign and the keys that wrap, and the sessions to reach them.
//!
//! | Key | Where it lives | Type |
//! |---|---|---|
//! | ledger | token object, Ed25519 | [`TokenEd25519`] |
//! | institution | token object, P-256 | [`TokenP256`] |
//! | wrapping | token object, AES-256, never leaves | [`WrappingKey`] |
//! | prescriber (300,000 of them) | wrapped in the database; inside the token only while it signs | [`WrappedKey`], [`ActiveKey`] |
//! | data key's seal | token object, AES-256, never leaves | [`DataKey`] |
//!
//! Tokens do not scale to 300,000 objects (lookup is linear), hence the wrapped keys.
//!
//! Where several tokens hold the same keys, a call that loses its token is made again on another:
//! see [`HsmConfig::tokens`] and [`Hsm::status`]. A key is used only where it is the same key.
//!
//! All calls block: use `spawn_blocking` or a thread of your own. [`Hsm`] is cheap to clone and
//! may be shared by any number of threads; it never has more than `sessions` sessions
//! at work on a token.
//!
//! What this crate does not do: certificates, CMS, COSE (crate `signing`); deciding who may
//! activate a key (the service); initialising tokens (`hsm-config`, or the vendor's tool). It is a
//! crate of its own so that the auditor and the counter never link PKCS#11.

mod active;
pub mod ceremony;
mod config;
mod context;
mod ec_point;
mod error;
mod gate;
mod handles;
mod keys_ed25519;
mod keys_p256;
mod lease;
mod login;
mod permits;
mod pool;
mod proof;
mod rewrap;
mod seal;
mod signature;
mod token;
mod token_object;
mod token_pair;
mod token_secret;
mod tokens;
mod unwrap_template;
mod watch;
mod wrapped;
mod wrapping_key;

pub use active::ActiveKey;
pub use config::{HsmConfig, Secret, TokenConfig};
pub use error::HsmError;
pub use keys_ed25519::TokenEd25519;
pub use keys_p256::TokenP256;
pub use seal::DataKey;
pub use signature::P256Signature;
pub use token::Hsm;
pub use tokens::TokenStatus;
pub use wrapped::WrappedKey;
pub use wrapping_key::WrappingKey;
