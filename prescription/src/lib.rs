//! The life of a prescription as the law tells it.
//!
//! Everything here is a pure function of its arguments: [`issue::decide`], [`dispense::decide`],
//! [`cancel::decide`], [`suspend::decide`], [`resume::decide`], [`take_back::decide`],
//! [`transfer::decide`], [`expire::decide`] and [`erase::decide`] take a state, a command and the
//! facts somebody else gathered, and answer with an [`Event`] or a [`Refusal`] that names the rule
//! and the article.
//! [`Prescription::apply`] folds events into a state. The service and the counter use the same
//! functions, so that they cannot disagree.
//!
//! What this crate does *not* do: read a clock, draw a random number, open a file or a socket,
//! know FHIR or SQL, or verify a signature.

pub mod blinded;
pub mod body;
pub mod cancel;
pub mod day;
pub mod dispense;
pub mod dosage;
pub mod erase;
pub mod event;
pub mod expire;
pub mod folio;
pub mod fraction;
pub mod identifier;
pub mod issue;
pub mod key;
pub mod law;
pub mod leaf;
pub mod map;
pub mod quantity;
pub mod refusal;
pub mod register;
pub mod resume;
pub mod spanish;
pub mod special_folio;
pub mod state;
pub mod supply;
pub mod suspend;
pub mod take_back;
#[cfg(test)]
mod tests;
pub mod transfer;

pub use blinded::{BlindedKey, MapSecret};
pub use dosage::{Dosage, DoseUnit, Period, Route};
pub use event::{
    Cancelled, Dispensed, DispensedLine, Erased, Event, Expired, Issued, IssuedLine, Resumed,
    Returned, Suspended, Transferred,
};
pub use folio::{Folio, SpecialFolio};
pub use fraction::Fraction;
pub use identifier::{Cedula, Clave, Clues, PatientId};
pub use quantity::Packages;
pub use refusal::Refusal;
pub use state::{LineState, Prescription, Status};
