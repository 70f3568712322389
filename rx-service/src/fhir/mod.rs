//! FHIR R4 (4.0.1) on the wire ↔ the domain.
//!
//! Bytes come in and are read in two passes: [`json`] refuses what is ambiguous in any JSON, then
//! a narrow reader takes what the rules need and names every element that is missing or wrong.
//! What a reader does not know stays in the document: the received resources are what the
//! prescriber signs ([`document`]). Elements that would change an order, and modifiers, are
//! refused rather than kept unread.
//!
//! What this module does *not* do: HTTP, SQL, read a clock, or know the law. Refusals of the rules
//! are given a place in the request by [`RequestPaths`].

use prescription::event::{CancelReason, SuspendReason};

mod bundle;
mod cancel;
pub mod capability;
mod concept;
pub mod document;
mod dosage;
#[cfg(test)]
mod examples;
mod issue;
pub mod json;
mod medication_dispense;
mod medication_request;
mod movement_csv;
mod movement_order;
mod node;
mod number_literal;
mod order;
pub mod outcome;
pub(crate) mod own_signature;
mod paper_facts;
mod parameters;
mod patient;
mod primitive;
mod request_paths;
mod resource_id;
mod search;
mod shape;
mod supply_delivery;
pub mod systems;
mod take_back;
pub mod terms;
mod transfer;
pub mod view;

pub use bundle::Submission;
pub use cancel::PrescriberRequest;
pub use capability::capability_statement;
pub use concept::BusinessIdentifier;
pub use document::Document;
pub use issue::{IssueLine, IssueRequest, IssueResources, PatientResource};
pub use medication_dispense::{DispenseLine, DispenseRequest};
pub use movement_csv::{CsvLines, read_movement_csv};
pub use movement_order::{Amount, MovementRequest, RequestLine};
pub use number_literal::NumberProblem;
pub use outcome::{Issue, IssueType, OperationOutcome, Severity};
pub use own_signature::{CompleteRequest, PrepareAnswer, PrepareRequest, complete_answer};
pub use paper_facts::{PaperFacts, paper_facts};
pub use patient::{Gender, PatientInput};
pub use primitive::DateTime;
pub use request_paths::{RequestPaths, issue_type};
pub use resource_id::{DispensedId, LineId, LineIdError};
pub use search::{MAX_COUNT, MedicationRequestSearch, RequestStatus};
pub use shape::{Format, IdentifierKind, JsonType, ShapeError, ShapeProblem};
pub use take_back::ReturnRequest;
pub use transfer::TransferRequest;

/// Reads the body of `POST /fhir/r4`: a transaction.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_transaction(body: &[u8]) -> Result<Submission, OperationOutcome> {
    Ok(bundle::read(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest`: a prescription of one line.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_medication_request(body: &[u8]) -> Result<IssueRequest, OperationOutcome> {
    Ok(issue::read_single(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/$prepare`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_prepare(body: &[u8]) -> Result<PrepareRequest, OperationOutcome> {
    Ok(own_signature::read_prepare(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/$complete`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_complete(body: &[u8]) -> Result<CompleteRequest, OperationOutcome> {
    Ok(own_signature::read_complete(&json::parse(body)?)?)
}

/// Reads a prescription of one line, or of several in a transaction.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_issue(body: &[u8]) -> Result<IssueRequest, OperationOutcome> {
    Ok(own_signature::read_resource(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationDispense`: a dispensing of one line.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_medication_dispense(body: &[u8]) -> Result<DispenseRequest, OperationOutcome> {
    Ok(medication_dispense::read_single(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/<id>/$cancel`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_cancel(body: &[u8]) -> Result<PrescriberRequest<CancelReason>, OperationOutcome> {
    Ok(cancel::read(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/<id>/$suspend`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_suspend(body: &[u8]) -> Result<PrescriberRequest<SuspendReason>, OperationOutcome> {
    Ok(cancel::read_suspend(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/<id>/$resume`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_resume(body: &[u8]) -> Result<PrescriberRequest<()>, OperationOutcome> {
    Ok(cancel::read_resume(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationRequest/<id>/$transfer`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_transfer(body: &[u8]) -> Result<TransferRequest, OperationOutcome> {
    Ok(transfer::read(&json::parse(body)?)?)
}

/// Reads the body of `POST /fhir/r4/MedicationDispense/<id>/$return`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_return(body: &[u8]) -> Result<ReturnRequest, OperationOutcome> {
    Ok(take_back::read(&json::parse(body)?)?)
}

/// Reads the body of `POST /stock/movements`, and the document that is signed.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_movement_order(
    body: &[u8],
) -> Result<(MovementRequest, serde_json::Value), OperationOutcome> {
    let mut document = json::parse(body);
    if let Err(errors) = &mut document {
        for error in errors {
            error.path = error.path.replacen("Resource", movement_order::ROOT, 1);
        }
    }
    let document = document?;
    Ok((movement_order::read(&document)?, document))
}

/// Reads the body of `POST /fhir/r4/SupplyDelivery`, which `caller` sends, as a movement, and the
/// document that is signed.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_supply_delivery(
    body: &[u8],
    caller: &prescription::Clues,
) -> Result<(MovementRequest, serde_json::Value), OperationOutcome> {
    let document = json::parse(body)?;
    Ok((supply_delivery::read(&document, caller)?, document))
}

/// Reads the decoded query of `GET /fhir/r4/MedicationRequest`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn read_search(
    query: &[(String, String)],
) -> Result<MedicationRequestSearch, OperationOutcome> {
    Ok(search::read(query)?)
}

#[cfg(test)]
mod tests;
