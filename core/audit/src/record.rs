//! One access, as the trail keeps it (7 years, national guide).

use std::net::IpAddr;
use std::str::FromStr;

use jiff::Timestamp;
use prescription::{Clues, PatientId};
use serde::{Deserialize, Serialize};

use crate::opaque_id::{OpaqueId, OpaqueIdError};

/// Number of a record in the trail, given by the store; unique and increasing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecordId(pub u64);

/// Who did what to which resource, when, from where, and how it ended. The fields are those the
/// national guide lists: user or system, resource, time, origin IP, result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccessRecord {
    /// Number in the trail.
    pub id: RecordId,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What they did or tried.
    pub action: Action,
    /// To what.
    pub resource: Resource,
    /// Whose data it is, when it is one patient's.
    pub patient: Option<PatientId>,
    /// From which address.
    pub origin: IpAddr,
    /// How it ended.
    pub outcome: Outcome,
}

/// Who acted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Actor {
    /// The person's or system's identifier in the authorisation server.
    pub id: OpaqueId,
    /// In which capacity.
    pub role: Role,
    /// Where they act from; none for a patient at home.
    pub site: Option<Site>,
}

/// An establishment and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Site {
    /// Its CLUES.
    pub establishment: Clues,
    /// Its municipality, from the catalogue of establishments.
    pub municipality: Municipality,
}

/// INEGI's code of a municipality: two digits of the entity, three of the municipality.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Municipality(String);

impl Municipality {
    /// The five digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Municipality {
    type Err = OpaqueIdError;

    fn from_str(text: &str) -> Result<Self, OpaqueIdError> {
        let valid = text.len() == 5 && text.bytes().all(|c| c.is_ascii_digit());
        if valid {
            Ok(Self(text.to_owned()))
        } else {
            Err(OpaqueIdError::Shape)
        }
    }
}

impl TryFrom<String> for Municipality {
    type Error = OpaqueIdError;

    fn try_from(text: String) -> Result<Self, OpaqueIdError> {
        text.parse()
    }
}

impl From<Municipality> for String {
    fn from(municipality: Municipality) -> String {
        municipality.0
    }
}

/// In which capacity somebody acts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Role {
    /// A physician or another authorised prescriber.
    Prescriber,
    /// A pharmacist.
    Pharmacist,
    /// The patient, or who represents them.
    Patient,
    /// The authority's inspector.
    Auditor,
    /// Whoever runs the service.
    Administrator,
    /// A program: a hospital's record system, a job. It may serve many places at once.
    System,
}

/// What was done or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Issued a prescription.
    Issue,
    /// Verified a prescription.
    Verify,
    /// Dispensed a prescription.
    Dispense,
    /// Cancelled a prescription.
    Cancel,
    /// Suspended a prescription.
    Suspend,
    /// Let a suspended prescription go on.
    Resume,
    /// Took back, or corrected, a dispensing.
    Return,
    /// Moved the rest of a fill to another pharmacy.
    Transfer,
    /// Read one resource.
    Read,
    /// Searched.
    Search,
    /// Took data out in bulk.
    Export,
    /// Registered, identified or merged a patient.
    Register,
    /// Granted, confirmed or revoked a consent.
    Consent,
}

/// What was touched: its kind and pseudonym.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Resource {
    /// Its kind.
    pub kind: ResourceKind,
    /// Its pseudonym; none for a search.
    pub id: Option<OpaqueId>,
}

/// Kinds of resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ResourceKind {
    /// A prescription.
    Prescription,
    /// A patient's record in the register.
    Patient,
    /// A consent.
    Consent,
    /// The control book of an establishment.
    ControlBook,
    /// This trail.
    AccessTrail,
}

/// How it ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Done.
    Success,
    /// Not permitted; the refusal's stable code.
    Refused(OpaqueId),
    /// Permitted, but it failed for a technical reason.
    Failed,
}

impl Outcome {
    /// True when a rule said no.
    #[must_use]
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::Refused(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"id":7,"at":"2026-03-01T12:00:00Z","actor":{"id":"cedula:1234567","role":"prescriber","site":{"establishment":"HGIMB000011","municipality":"13048"}},"action":"read","resource":{"kind":"prescription","id":"rx-1"},"patient":"00112233445566778899aabbccddeeff","origin":"192.0.2.7","outcome":{"refused":"no-consent"}}"#;

    #[test]
    fn the_stored_form_is_stable() {
        let record: AccessRecord = serde_json::from_str(LINE).unwrap();
        assert!(record.outcome.is_refusal());
        assert_eq!(serde_json::to_string(&record).unwrap(), LINE);
    }

    #[test]
    fn a_curp_or_an_unknown_field_is_not_read() {
        let curp = "SABC560626MDFLRN01";
        for changed in [
            LINE.replace("cedula:1234567", curp),
            LINE.replace("rx-1", curp),
            LINE.replace("00112233445566778899aabbccddeeff", curp),
            LINE.replace("\"action\"", "\"name\":\"x\",\"action\""),
        ] {
            let error = serde_json::from_str::<AccessRecord>(&changed).unwrap_err();
            assert!(!error.to_string().contains(curp));
        }
    }

    #[test]
    fn municipalities_are_five_digits() {
        assert!("13048".parse::<Municipality>().is_ok());
        for wrong in ["1304", "130480", "1304A", ""] {
            assert_eq!(
                wrong.parse::<Municipality>(),
                Err(OpaqueIdError::Shape),
                "{wrong}"
            );
        }
    }
}
