//! What is recorded of each access, and what in it is unusual.
//!
//! [`AccessRecord`] is one line of the trail the citizen can read ("who looked"); it carries
//! pseudonyms and codes, never a CURP or a name. [`detect`] and [`Detector`] look for patterns that
//! a person should see; they inform, they never block.
//!
//! What this crate does *not* do: store the trail or protect it from change (the ledger does),
//! render FHIR `AuditEvent`, read a clock.

pub mod anomaly;
pub mod opaque_id;
pub mod record;

pub use anomaly::{Anomaly, AnomalyKind, Detector, Limit, OutOfOrder, Place, Thresholds, detect};
pub use opaque_id::{OpaqueId, OpaqueIdError};
pub use record::{
    AccessRecord, Action, Actor, Municipality, Outcome, RecordId, Resource, ResourceKind, Role,
    Site,
};
