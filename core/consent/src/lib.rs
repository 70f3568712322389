//! What a patient allows, to whom, until when.
//!
//! [`Consent`] is one statement of a patient, permitting or denying; [`evaluate`] weighs all of
//! them against one [`Request`] and answers with a [`Decision`] that names the consent, or the rule
//! of law, that decided. Every transaction is evaluated; nothing is remembered between two.
//!
//! What this crate does *not* do: verify the advanced signature on a consent (see `signing`), store
//! consents or their history, or read a clock.

pub mod consent;
pub mod decision;
pub mod request;
pub mod scope;

pub use consent::{Consent, ConsentId, ConsentRefusal, Effect, Terms};
pub use decision::{Decision, DefaultPolicy, Denial, Permit, evaluate};
pub use request::{Relation, Request};
pub use scope::{DataCategory, Purpose, Recipient, SensitiveKind};
