//! Controlled substances in double entry, and the control books.
//!
//! Every unit of a medicine of fractions I to III, and of an antibiotic, is always somewhere: in
//! an establishment, between two of them, or outside of the system. A [`Movement`] says from where
//! to where units went; [`postings`] writes it as pairs that balance by construction; [`Balances`]
//! folds them and never lets a stock go below zero. [`decide()`] answers an order with the movement
//! or with every reason against it, each with its article.
//!
//! A dispensing is not ordered here: it is derived from the prescription's own event
//! ([`of_dispensing`]), and so is what comes back ([`of_return`]).
//!
//! What this crate does *not* do: read a clock, open a file or a socket, know FHIR or SQL, look up
//! a catalog (the caller brings [`MedicineFacts`]), or sign.

pub mod account;
pub mod balances;
pub mod book;
pub mod conservation;
pub mod count;
pub mod decide;
pub mod dispensing;
pub mod facts;
pub mod grams;
pub mod law;
pub mod movement;
pub mod order;
pub mod posting;
pub mod refusal;
pub mod supplier;
#[cfg(test)]
mod tests;
pub mod units;

pub use account::{Account, Lot, Outside, Party, PartyRef};
pub use balances::Balances;
pub use book::{Book, BookLine, Books, Finding, Logged, Shown, verify_book};
pub use conservation::{Leak, Whereabouts, conservation};
pub use count::CountReason;
pub use decide::decide;
pub use dispensing::{of_dispensing, of_return};
pub use facts::{
    EarlierFacts, EstablishmentFacts, EstablishmentKind, MedicineFacts, MovementFacts,
};
pub use grams::Nanograms;
pub use movement::{
    Counted, Counterpart, Movement, MovementKind, MovementLine, Origin, ShipmentRef,
};
pub use order::{MovementOrder, OrderLine};
pub use posting::{Posting, postings};
pub use refusal::Refusal;
pub use supplier::Rfc;
pub use units::Units;
