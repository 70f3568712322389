//! Who is the patient: CURP, names, matching.
//!
//! A patient is known by a CURP ([`Curp`]) or, until one is found, by a temporary identifier
//! ([`TemporaryId`]). Before somebody is registered, [`matching::compare`] says whether a record
//! may be a person already known, and [`registry::register`] decides what to do with it.
//!
//! What this crate does *not* do: ask RENAPO, store anything, read a clock, or assign a CURP to a
//! real person (NOM-024-SSA3-2012 leaves that to RENAPO). Values that tell who somebody is have a
//! redacted `Debug` and no `Display`, so that they do not end up in a log by accident.

pub mod birth_state;
pub mod check_digit;
pub mod curp;
pub mod curp_prefix;
pub mod demographics;
pub mod matching;
mod normalise;
pub mod person_name;
pub mod registry;
pub mod sex;
pub mod temporary_id;

pub use birth_state::BirthState;
pub use check_digit::expected_check_digit;
pub use curp::{Curp, CurpError};
pub use curp_prefix::{CurpPrefix, curp_prefix};
pub use demographics::{DeclaredMismatch, Demographics};
pub use matching::{Match, MatchRecord, Thresholds, compare};
pub use person_name::{NameError, PersonName};
pub use registry::{Identity, Patient, RegisterDecision, RegisterRefusal, register};
pub use sex::Sex;
pub use temporary_id::{TemporaryId, TemporaryIdError};
