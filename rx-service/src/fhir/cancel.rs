//! `Parameters` of `MedicationRequest/<id>/$cancel` → why, and by whom.

use prescription::Cedula;
use prescription::event::CancelReason;
use serde_json::Value;

use super::concept;
use super::node::Node;
use super::shape::{Errors, ShapeError, ShapeProblem};

/// A cancellation of a whole prescription, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CancelRequest {
    /// Why.
    pub reason: CancelReason,
    /// Who asks.
    pub requester: Cedula,
    /// `FHIRPath` of the requester.
    pub requester_path: String,
}

/// Codes of [`CancelReason`].
const REASONS: &str = "entered-in-error, therapy-changed, adverse-reaction, patient-request, fraud";

/// Reads the `Parameters`.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<CancelRequest, Vec<ShapeError>> {
    let mut errors = Errors::default();
    let request =
        Node::root(value, "Parameters", &mut errors).and_then(|node| read_node(&node, &mut errors));
    errors.finish(request)
}

fn read_node(node: &Node<'_>, errors: &mut Errors) -> Option<CancelRequest> {
    node.check_resource(errors);
    let (mut reason, mut requester) = (None, None);
    let parameters = node.list("parameter", errors)?;
    for parameter in &parameters {
        let slot = match parameter.text("name", errors, Ok) {
            Some("reason") => &mut reason,
            Some("requester") => &mut requester,
            Some(_) => {
                let problem = ShapeProblem::UnknownParameter("reason, requester");
                errors.push(parameter.path_of("name"), problem);
                continue;
            }
            None => continue,
        };
        if slot.replace(parameter).is_some() {
            errors.push(&parameter.path, ShapeProblem::TooMany(1));
        }
    }
    for (slot, name) in [(reason, "reason"), (requester, "requester")] {
        if slot.is_none() {
            errors.push(
                node.path_of("parameter"),
                ShapeProblem::ParameterMissing(name),
            );
        }
    }
    let reason = reason.and_then(|parameter| {
        parameter.text("valueCode", errors, |code| {
            CancelReason::from_code(code).ok_or(ShapeProblem::UnknownCode(REASONS))
        })
    });
    let requester_path = requester.map(|parameter| parameter.path_of("valueReference"));
    let requester =
        requester.and_then(|parameter| concept::cedula(parameter, "valueReference", errors));
    Some(CancelRequest {
        reason: reason?,
        requester: requester?,
        requester_path: requester_path?,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

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
        assert_eq!(codes.join(", "), REASONS);
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
