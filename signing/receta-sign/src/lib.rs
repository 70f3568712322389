//! Signs, outside the service, what `$prepare` answered: with the `.cer` and `.key` of an e.firma, or
//! with a key in a PKCS#11 token.
//!
//! ```text
//! answer of $prepare ──Order::read──▶ what is signed is what is shown ──sign──▶ body of $complete
//! ```
//!
//! Nothing that the service sent is signed unread: the signed attributes must be about the document
//! and this certificate, and the QR must say what the document says.
//!
//! What this crate does not do: HTTP, trust (the service validates the certificate's path and its
//! revocation), PKCS#12, RSA keys in tokens.

pub mod certificate;
pub mod error;
pub mod key;
pub mod order;
pub mod show;

pub use certificate::OwnCertificate;
pub use error::SignError;
pub use key::OwnKey;
pub use order::Order;
