//! What COFEPRIS sees of controlled substances: pure functions over a stream of [`Fact`]s.
//!
//! | Question | Where |
//! |---|---|
//! | How much was handed over: of what, where, on whose word, when | [`consumption`] |
//! | Bought, prescribed, dispensed: does it add up | [`balance`] |
//! | What the conventions of 1961 and 1971 ask the country for | [`incb`] |
//! | What a person should look at | [`alerts`] |
//! | All of it for one month | [`report`] |
//!
//! Consumption and balance are one pass with aggregates that merge, so that workers can share the
//! facts ([`aggregate`]); alerts are one pass with windows that end. All numbers are integers:
//! units of the presentation, and nanograms of anhydrous base.
//!
//! What this crate does *not* do: read a ledger, verify a signature, know a person's name, or judge
//! anybody. Whoever makes the facts answers for them; an alert informs a person, who decides.

pub mod aggregate;
pub mod alerts;
pub mod balance;
pub mod catalog;
pub mod code;
pub mod consumption;
pub mod day;
pub mod fact;
#[cfg(test)]
mod fixture;
pub mod from;
pub mod incb;
pub mod place;
pub mod product;
pub mod report;
pub mod synthetic;
pub mod table;

pub use code::{CedulaCode, ClaveCode, CluesCode, PatientCode, RecetaCode};
pub use day::{Day, Period, Span};
pub use fact::{Act, Fact, Flow, Handed, Refused, Source};
pub use place::{Area, Municipality, Places};
pub use product::{Class, Products};
pub use table::{Cell, Table};
