//! `Parameters` of `MedicationRequest/<id>/$cancel`, `$suspend` and `$resume` → why, and by whom.

use prescription::Cedula;
use prescription::event::{CancelReason, SuspendReason};
use serde_json::Value;

use super::concept;
use super::parameters::{self, Names, Parameters};
use super::shape::{Errors, ShapeError};

/// What a prescriber orders of a whole prescription, and why: [`CancelReason`], [`SuspendReason`], or
/// `()` for a resumption.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrescriberRequest<R> {
    /// Why.
    pub reason: R,
    /// Who asks.
    pub requester: Cedula,
    /// `FHIRPath` of the requester.
    pub requester_path: String,
}

/// Codes of [`CancelReason`].
const CANCEL_REASONS: &str =
    "entered-in-error, therapy-changed, adverse-reaction, patient-request, fraud";
/// Codes of [`SuspendReason`].
const SUSPEND_REASONS: &str =
    "adverse-reaction, interaction, awaiting-results, procedure, suspected-fraud";

const WITH_REASON: Names = Names {
    required: &["reason", "requester"],
    optional: &[],
    listed: "reason, requester",
};
const WITHOUT_REASON: Names = Names {
    required: &["requester"],
    optional: &[],
    listed: "requester",
};

/// Reads a cancellation.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<PrescriberRequest<CancelReason>, Vec<ShapeError>> {
    parameters::read(value, &WITH_REASON, |found, errors| {
        let reason = found.code("reason", errors, CancelReason::from_code, CANCEL_REASONS);
        by(found, reason, errors)
    })
}

/// Reads a suspension.
///
/// # Errors
/// Every problem found.
pub(super) fn read_suspend(
    value: &Value,
) -> Result<PrescriberRequest<SuspendReason>, Vec<ShapeError>> {
    parameters::read(value, &WITH_REASON, |found, errors| {
        let reason = found.code("reason", errors, SuspendReason::from_code, SUSPEND_REASONS);
        by(found, reason, errors)
    })
}

/// Reads a resumption.
///
/// # Errors
/// Every problem found.
pub(super) fn read_resume(value: &Value) -> Result<PrescriberRequest<()>, Vec<ShapeError>> {
    parameters::read(value, &WITHOUT_REASON, |found, errors| {
        by(found, Some(()), errors)
    })
}

fn by<R>(
    found: &Parameters<'_>,
    reason: Option<R>,
    errors: &mut Errors,
) -> Option<PrescriberRequest<R>> {
    let requester = concept::cedula(found.get("requester")?, "valueReference", errors);
    Some(PrescriberRequest {
        reason: reason?,
        requester: requester?,
        requester_path: found.path_of("requester", "valueReference"),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::fhir::shape::ShapeProblem;

    fn example() -> Value {
        serde_json::from_str(include_str!("examples/cancel.json")).unwrap()
    }

    fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
        read(value)
            .unwrap_err()
            .into_iter()
            .map(|e| (e.path, e.problem))
            .collect()
    }

    #[test]
    fn reads_the_example_in_any_order() {
        let mut value = example();
        let request = read(&value).unwrap();
        assert_eq!(request.reason, CancelReason::TherapyChanged);
        assert_eq!(request.requester.as_str(), "7654321");
        value["parameter"].as_array_mut().unwrap().reverse();
        assert_eq!(
            read(&value).unwrap().requester_path,
            "Parameters.parameter[0].valueReference"
        );
    }

    #[test]
    fn the_listed_codes_are_the_reasons() {
        let codes: Vec<_> = CancelReason::ALL
            .iter()
            .map(|reason| reason.code())
            .collect();
        assert_eq!(codes.join(", "), CANCEL_REASONS);
        let codes: Vec<_> = SuspendReason::ALL
            .iter()
            .map(|reason| reason.code())
            .collect();
        assert_eq!(codes.join(", "), SUSPEND_REASONS);
    }

    #[test]
    fn a_suspension_has_reasons_of_its_own_and_a_resumption_none() {
        let suspend = serde_json::from_str(include_str!("examples/suspend.json")).unwrap();
        assert_eq!(
            read_suspend(&suspend).unwrap().reason,
            SuspendReason::AwaitingResults
        );
        let known = ShapeProblem::UnknownCode(SUSPEND_REASONS);
        let found = read_suspend(&example()).unwrap_err().remove(0);
        assert_eq!(found.path, "Parameters.parameter[0].valueCode");
        assert_eq!(found.problem, known);

        let resume: Value = serde_json::from_str(include_str!("examples/resume.json")).unwrap();
        assert_eq!(read_resume(&resume).unwrap().requester.as_str(), "7654321");
        let found = read_resume(&suspend).unwrap_err().remove(0);
        assert_eq!(found.problem, ShapeProblem::UnknownParameter("requester"));
    }

    #[test]
    fn unknown_and_repeated_parameters_are_refused() {
        let mut value = example();
        let list = value["parameter"].as_array_mut().unwrap();
        list.push(json!({"name": "reason", "valueCode": "fraud"}));
        list.push(json!({"name": "line", "valueInteger": 1}));
        assert_eq!(
            problems(&value),
            [
                (
                    "Parameters.parameter[2]".to_owned(),
                    ShapeProblem::TooMany(1)
                ),
                (
                    "Parameters.parameter[3].name".to_owned(),
                    ShapeProblem::UnknownParameter("reason, requester")
                ),
            ]
        );
    }

    #[test]
    fn everything_missing_is_named_at_once() {
        let value = json!({"resourceType": "Parameters", "parameter": [{"name": "x"}]});
        let missing: Vec<_> = problems(&value)
            .into_iter()
            .map(|(_, problem)| problem)
            .collect();
        assert_eq!(
            missing,
            [
                ShapeProblem::UnknownParameter("reason, requester"),
                ShapeProblem::ParameterMissing("reason"),
                ShapeProblem::ParameterMissing("requester"),
            ]
        );
        let wrong = json!({"resourceType": "Patient"});
        assert_eq!(
            problems(&wrong),
            [(
                "Parameters.resourceType".to_owned(),
                ShapeProblem::WrongResource("Parameters")
            )]
        );
    }
}
