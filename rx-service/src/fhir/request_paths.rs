//! Where, in the document that was sent, the thing stands that a rule refuses.

use prescription::Refusal;
use prescription::refusal::Field;

use super::cancel::PrescriberRequest;
use super::issue::IssueRequest;
use super::medication_dispense::DispenseRequest;
use super::outcome::{Issue, IssueType, OperationOutcome};
use super::take_back::ReturnRequest;

/// The paths of a request's parts.
#[derive(Debug, Clone)]
pub struct RequestPaths {
    verb: Verb,
    root: &'static str,
    /// Number of the prescription's line, and the path of its resource.
    lines: Vec<(u8, String)>,
    /// Path of the Patient, the contained Medication of each line, or the requester.
    other: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Issue,
    Dispense,
    Cancel,
    Return,
}

impl From<&IssueRequest> for RequestPaths {
    fn from(request: &IssueRequest) -> Self {
        let root = if request.resources.in_bundle {
            "Bundle"
        } else {
            "MedicationRequest"
        };
        let paths = request.lines.iter().map(|line| line.path.clone());
        let lines = (1..=u8::MAX).zip(paths).collect();
        Self {
            verb: Verb::Issue,
            root,
            lines,
            other: vec![request.patient.path.clone()],
        }
    }
}

impl From<&DispenseRequest> for RequestPaths {
    fn from(request: &DispenseRequest) -> Self {
        let in_bundle = request.document["resourceType"] == "Bundle";
        let root = if in_bundle {
            "Bundle"
        } else {
            "MedicationDispense"
        };
        let lines = request.lines.iter();
        Self {
            verb: Verb::Dispense,
            root,
            lines: lines
                .clone()
                .map(|l| (l.handed_over.line, l.path.clone()))
                .collect(),
            other: lines.map(|l| l.medication_path.clone()).collect(),
        }
    }
}

impl<R> From<&PrescriberRequest<R>> for RequestPaths {
    fn from(request: &PrescriberRequest<R>) -> Self {
        let other = vec![request.requester_path.clone()];
        Self {
            verb: Verb::Cancel,
            root: "Parameters",
            lines: Vec::new(),
            other,
        }
    }
}

impl From<&ReturnRequest> for RequestPaths {
    fn from(request: &ReturnRequest) -> Self {
        Self {
            verb: Verb::Return,
            root: "Parameters",
            lines: Vec::new(),
            other: vec![request.quantity_path.clone()],
        }
    }
}

impl RequestPaths {
    /// `FHIRPath` of a part of the request. What is said once for all lines is shown at the first;
    /// a part that the request does not have, at the nearest element around it.
    #[must_use]
    pub fn of(&self, field: Field, line: Option<u8>) -> String {
        let known = |number| self.lines.iter().position(|(other, _)| *other == number);
        let found = line.and_then(known);
        let at = self
            .lines
            .get(found.unwrap_or(0))
            .map(|(_, path)| path.as_str());
        match (self.verb, at) {
            (Verb::Issue, Some(at)) => self.of_issue(field, at),
            (Verb::Dispense, Some(at)) => self.of_dispense(field, found.unwrap_or(0), at),
            (Verb::Cancel, _) => self.of_parameters(field == Field::Prescriber),
            (Verb::Return, _) => self.of_parameters(field == Field::Quantity),
            (_, None) => self.root.to_owned(),
        }
    }

    fn of_issue(&self, field: Field, at: &str) -> String {
        let element = match field {
            Field::Whole | Field::Pharmacy => return self.root.to_owned(),
            Field::Address => {
                let patient = self.other.first().map_or(self.root, String::as_str);
                return format!("{patient}.address");
            }
            Field::Medication => "medicationCodeableConcept",
            Field::Quantity => "dispenseRequest.quantity",
            Field::Fills => "dispenseRequest.numberOfRepeatsAllowed",
            Field::Duration => "dosageInstruction[0].timing.repeat.boundsDuration",
            Field::Dosage => "dosageInstruction[0]",
            Field::Prescriber => "requester",
            Field::Patient => "subject",
            Field::Diagnosis => "reasonCode",
            Field::Date => "authoredOn",
            Field::SpecialFolio => "identifier",
            Field::Lot | Field::Prescription => return at.to_owned(),
        };
        format!("{at}.{element}")
    }

    fn of_dispense(&self, field: Field, place: usize, at: &str) -> String {
        let element = match field {
            Field::Whole => return self.root.to_owned(),
            Field::Lot => {
                let medication = self.other.get(place).map_or(at, String::as_str);
                return format!("{medication}.batch");
            }
            Field::Medication => "medicationReference",
            Field::Quantity | Field::Fills => "quantity",
            Field::Date => "whenHandedOver",
            Field::Duration
            | Field::Dosage
            | Field::Prescriber
            | Field::Patient
            | Field::Address
            | Field::Diagnosis
            | Field::SpecialFolio
            | Field::Prescription => "authorizingPrescription[0]",
            // The pharmacy is known by its certificate.
            Field::Pharmacy => return at.to_owned(),
        };
        format!("{at}.{element}")
    }

    /// The one parameter that refusals point at, or the whole.
    fn of_parameters(&self, at_it: bool) -> String {
        let it = self.other.first().filter(|_| at_it);
        it.cloned().unwrap_or_else(|| self.root.to_owned())
    }

    /// The answer to a request that the rules refuse.
    #[must_use]
    pub fn outcome(&self, refusals: &[Refusal]) -> OperationOutcome {
        OperationOutcome {
            issues: refusals.iter().map(|refusal| self.issue(refusal)).collect(),
        }
    }

    fn issue(&self, refusal: &Refusal) -> Issue {
        Issue {
            expression: Some(self.of(refusal.field(), refusal.line())),
            law: refusal.law(),
            ..Issue::error(issue_type(refusal), refusal.code(), refusal.in_spanish())
        }
    }
}

/// FHIR's class of a refusal.
#[must_use]
pub fn issue_type(refusal: &Refusal) -> IssueType {
    match refusal {
        Refusal::ProfessionMayNotPrescribe { .. }
        | Refusal::PrescriberNotActive
        | Refusal::PrescriberNotAtEstablishment
        | Refusal::ConsentDenied
        | Refusal::PharmacyNotLicensed { .. }
        | Refusal::OnlineOnly { .. }
        | Refusal::NotForAnimals
        | Refusal::NotOnNurseList { .. }
        | Refusal::NotTheDispensingPharmacy
        | Refusal::OwedElsewhere { .. }
        | Refusal::UnitDoseElsewhere { .. }
        | Refusal::NotThePrescriber => IssueType::Forbidden,
        Refusal::MedicineUnknown { .. } => IssueType::CodeInvalid,
        Refusal::NoSuchLine { .. } | Refusal::NoSuchDispensing { .. } => IssueType::NotFound,
        Refusal::DuplicateSubstance { .. }
        | Refusal::SupplyAtHand { .. }
        | Refusal::SameGroup { .. }
        | Refusal::SameSpecialRecetaOpen { .. } => IssueType::Duplicate,
        Refusal::AlreadyCompleted { .. }
        | Refusal::AlreadyCancelled { .. }
        | Refusal::AlreadyExpired { .. }
        | Refusal::NotYetValid
        | Refusal::StillValid { .. }
        | Refusal::LineClosed { .. }
        | Refusal::MoreThanOwed { .. }
        | Refusal::Suspended { .. }
        | Refusal::NotSuspended
        | Refusal::TooEarly { .. }
        | Refusal::BackDated { .. }
        | Refusal::ReturnWindowOver { .. }
        | Refusal::MoreThanHandedOver { .. }
        | Refusal::NothingToTransfer
        | Refusal::RetainedNotTransferable { .. }
        | Refusal::NotAtEnd
        | Refusal::RetentionNotOver { .. }
        | Refusal::AlreadyErased { .. } => IssueType::Conflict,
        Refusal::LineCount { .. }
        | Refusal::WrittenOn
        | Refusal::FractionIMixed
        | Refusal::SpecialFolioMissing
        | Refusal::SpecialFolioNotUsable(_)
        | Refusal::SpecialFolioNotNeeded
        | Refusal::AddressMissing
        | Refusal::DiagnosisMissing
        | Refusal::Prohibited { .. }
        | Refusal::PackageCount { .. }
        | Refusal::FractionIIPackages { .. }
        | Refusal::NoFills { .. }
        | Refusal::TooManyFills { .. }
        | Refusal::TreatmentTooLong { .. }
        | Refusal::InternTreatmentTooLong { .. }
        | Refusal::DosageIncomplete { .. }
        | Refusal::DailyDoseAboveIndication { .. }
        | Refusal::BrandName { .. }
        | Refusal::NotDental { .. }
        | Refusal::SpeciesMissing
        | Refusal::NoBrandToKeep { .. }
        | Refusal::UnitDoseCount { .. }
        | Refusal::UnitDoseFills { .. }
        | Refusal::RefillInterval { .. }
        | Refusal::WrongMedicine { .. }
        | Refusal::SubstitutionNotAllowed { .. }
        | Refusal::DayOfInstant
        | Refusal::NotToTheShelf { .. }
        | Refusal::LinesOfCommand
        | Refusal::NothingDispensed { .. }
        | Refusal::LotMissing { .. }
        | Refusal::MedicineExpired { .. } => IssueType::BusinessRule,
    }
}

#[cfg(test)]
#[path = "request_paths_tests.rs"]
mod tests;
