//! The use cases, one verb per file: gather facts, call the rules, sign, commit, wait for the
//! receipt.

mod access;
mod cancel;
pub mod catalog;
mod dispense;
pub mod enrol;
mod erase;
mod error;
mod expire;
mod issue;
mod licence;
mod page;
mod patient;
mod prescriber;
mod print;
mod profession;
mod prove;
mod read;
mod record;
mod register;
mod seal;
mod sign;
mod special_folio;
pub mod stock;
mod verify;

pub use access::Visitor;
pub use cancel::{Cancellation, cancel};
pub use dispense::{DispenseDone, DispenseOrder, dispense};
pub use erase::{DueErasure, ErasureOrder, erase, erasure_due, erasures_due};
pub use error::FlowError;
pub use expire::expire_due;
pub use issue::{IssueDone, IssueOrder, issue};
pub use prescriber::PrescriberCache;
pub use print::print;
pub use prove::{ProvenState, ProvenSubstance, prove_state, prove_substance};
pub use read::{Found, read_own, search_own};
pub use seal::sealed_qr;
pub use special_folio::{FolioOrder, FolioProblem, FolioVerb, SpecialFolioAct, act_on_folios};
pub use verify::{Verification, verify};
