//! The only SQL of the house, one file per verb. One schema and one set of statements serve SQLite
//! (embedded) and PostgreSQL (scale).
//!
//! The store distrusts what it reads: rows are private structs, a row that does not parse is
//! [`StoreError::Inconsistent`] with table, column and row, and every update asserts how many rows
//! it changed.

mod access;
mod activation;
mod advance;
mod bodies;
mod catalog;
mod challenge;
mod connect;
mod consent;
#[cfg(test)]
mod disk_full_tests;
mod enrol;
mod entry;
mod erase;
mod error;
mod expire;
mod extension;
mod factor;
mod issue;
mod key;
mod leader;
mod migrate;
mod patient;
mod prepared;
mod professional;
mod record;
mod register;
mod revocation;
mod sealed;
mod search;
mod sequence;
mod shard;
mod special_folio;
mod stock;
mod stock_books;
mod stock_movement;
mod stock_read;
mod stock_sums;
mod supply;
mod transaction;

pub use self::activation::{FactorProof, NewActivation};
pub use advance::NextStep;
pub use bodies::{OpenedBody, StoredBody};
pub use catalog::{AppliedVersion, NewVersion};
pub use challenge::{ChallengePurpose, GivenChallenge};
pub use connect::{Backend, Locked, Store};
pub use enrol::{Enrolment, NewKey, StoredPrescriber};
pub use entry::{Appended, Identity, NewEntry};
pub use erase::{Ended, Erasure};
pub use error::{Conflict, StoreError};
pub use extension::{DueExtension, ExtensionBacklog, StoredExtension};
pub use factor::{FactorKind, FactorOrder, StoredFactor};
pub use issue::{NewPrescription, RequestKey};
pub use key::{
    BornKey, DecidedKeyAct, KeyChange, KeyRef, KeyTimes, KeyUnder, RewrapBatch, StoredKey,
};
pub use leader::Leadership;
pub use patient::PatientRecord;
pub use prepared::{OwnSignature, PreparedRecord, QrCertificate};
pub use professional::LicenceChange;
pub use record::{EventRecord, StoredPrescription};
pub use register::{ActRecord, StoredAct};
pub use revocation::{Fetched, RevocationKind};
pub use sealed::DataKey;
pub use search::SearchFilter;
pub use sequence::{Batch, CommittedHead, SequencedEntry};
pub use shard::Shard;
pub use special_folio::{AssignedRange, DecidedFolioAct, FolioChange, FolioFate, PrescriberFolios};
pub use stock::{PostedLine, Posting, Side, StockProblem};
pub use stock_books::{BookEntry, BookRange, PageBalance};
pub use stock_movement::{MovedLine, NewMovement, Taken};
pub use stock_read::{Keeper, LotBalance, OpenShipment};
pub use stock_sums::{MonthSum, SumFilter};
pub use supply::{SUPPLIES, Supply};
