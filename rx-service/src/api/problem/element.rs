//! What a use case refuses about one element of the request.

use axum::http::StatusCode;
use prescription::refusal::Field;

use crate::fhir::{Issue, IssueType, OperationOutcome, RequestPaths};
use crate::flow::FlowError;

const UNKNOWN_PATIENT: &str =
    "El paciente no está registrado. Incluya un recurso Patient con su nombre.";
const NOT_NOW: &str =
    "whenHandedOver debe ser la hora actual, o de un surtido sin conexión de las últimas 72 horas.";

/// What is wrong, and with which element of which line.
struct Found {
    kind: IssueType,
    code: &'static str,
    text: String,
    field: Field,
    line: Option<u8>,
}

/// Status and `OperationOutcome` of an error that is about one element; `None` of any other.
pub(super) fn of(
    error: &FlowError,
    paths: Option<&RequestPaths>,
) -> Option<(StatusCode, OperationOutcome)> {
    let found = of_whole(error).or_else(|| of_line(error))?;
    let issue = Issue {
        expression: paths.map(|paths| paths.of(found.field, found.line)),
        ..Issue::error(found.kind, found.code, found.text)
    };
    Some((StatusCode::UNPROCESSABLE_ENTITY, issue.into()))
}

fn of_whole(error: &FlowError) -> Option<Found> {
    let found = |kind, code, text: &str, field| Found {
        kind,
        code,
        text: text.to_owned(),
        field,
        line: None,
    };
    if let FlowError::UnknownPatient = error {
        let (kind, field) = (IssueType::NotFound, Field::Patient);
        return Some(found(kind, "unknown-patient", UNKNOWN_PATIENT, field));
    }
    if let FlowError::Patient(text) = error {
        let (kind, field) = (IssueType::BusinessRule, Field::Patient);
        return Some(found(kind, "patient-contradicts", text, field));
    }
    if let FlowError::NotNow = error {
        return Some(found(IssueType::Value, "not-now", NOT_NOW, Field::Date));
    }
    None
}

fn of_line(error: &FlowError) -> Option<Found> {
    let found = |kind, code, text, field, line| Found {
        kind,
        code,
        text,
        field,
        line: Some(line),
    };
    if let FlowError::OtherMedicine(line) = *error {
        let text = format!("El medicamento no es el del renglón {line} de la receta.");
        let (kind, field) = (IssueType::BusinessRule, Field::Medication);
        return Some(found(kind, "other-medicine", text, field, line));
    }
    if let FlowError::OtherUnit(line) = *error {
        let text = format!(
            "Renglón {line}: una receta de dosis unitarias se cuenta en dosis unitarias; las \
             demás, en envases."
        );
        let (kind, field) = (IssueType::Value, Field::Quantity);
        return Some(found(kind, "other-unit", text, field, line));
    }
    if let FlowError::SubstitutionContradicts(line) = *error {
        let text = format!(
            "Renglón {line}: substitution.wasSubstituted no corresponde con la denominación \
             prescrita y la entregada."
        );
        let (kind, field) = (IssueType::Invariant, Field::Medication);
        return Some(found(kind, "substitution-contradicts", text, field, line));
    }
    None
}
