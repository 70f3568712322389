//! One access somebody wants.

use prescription::{Cedula, Clues, PatientId};

use crate::scope::{DataCategory, Purpose, Recipient};

/// What the requester is to the patient in this transaction. The caller establishes it from facts
/// (an open encounter, a presented prescription), never from what the requester says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Relation {
    /// Prescribes to the patient now.
    TreatingPrescriber,
    /// Holds a prescription the patient presented.
    DispensingPharmacy,
    /// Anything else.
    Other,
}

impl Relation {
    /// True for those the law lets see what care needs.
    #[must_use]
    pub fn is_treating(self) -> bool {
        matches!(self, Self::TreatingPrescriber | Self::DispensingPharmacy)
    }
}

/// One category of one patient's data, wanted by somebody for a purpose. Data of several categories
/// takes one request each, and all must be permitted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Whose data.
    pub patient: PatientId,
    /// Which data.
    pub category: DataCategory,
    /// What for.
    pub purpose: Purpose,
    /// From where.
    pub establishment: Clues,
    /// By whom; none for a system acting for the establishment.
    pub professional: Option<Cedula>,
    /// What they are to the patient.
    pub relation: Relation,
}

impl Request {
    /// True when the consent's recipient is the one who asks.
    #[must_use]
    pub fn is_made_by(&self, recipient: &Recipient) -> bool {
        match recipient {
            Recipient::Establishment(clues) => *clues == self.establishment,
            Recipient::Professional(cedula) => Some(cedula) == self.professional.as_ref(),
            Recipient::AnyTreating => self.relation.is_treating(),
        }
    }
}
