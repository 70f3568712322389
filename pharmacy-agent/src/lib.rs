//! The pharmacy counter: scan, verify, dispense.
//!
//! One verb, one file: [`scan`] reads a QR, [`verify`] checks it without a network, [`status`] asks
//! the service what has become of it, [`dispense`] hands over and [`sync`] reconciles. Whatever is
//! handed over is durable in [`store`] before the service hears of it; [`push`] delivers it, as
//! often as needed, as the same signed bytes. [`book`] is the pharmacy's control book. [`cli`] and
//! [`web`] are two faces of the same verbs. [`witnessed`] holds the ledger against the policy.
//!
//! What this crate does *not* do: decide what the law allows. That is `prescription`, the same code
//! that the service runs; a pharmacy's own policy ([`dispense::offline`]) only narrows it.
//!
//! Texts of errors are Spanish here: the pharmacist reads them.

pub mod book;
pub mod cli;
pub mod clock;
pub mod config;
pub mod counter;
pub mod declare;
pub mod dispense;
pub mod entropy;
#[cfg(test)]
mod fixture;
pub mod identity;
pub mod local_state;
pub mod own_signature;
pub mod push;
pub mod queue;
pub mod run;
pub mod scan;
pub mod service;
mod show;
pub mod status;
pub mod stock;
pub mod store;
pub mod sync;
pub mod take_back;
pub mod transfer;
pub mod trust;
pub mod verify;
pub mod web;
mod wedge;
pub mod witnessed;
