//! `Parameters` of `MedicationRequest/<id>/$transfer` → whose rest goes where.

use jiff::Timestamp;
use prescription::Clues;
use serde_json::Value;

use super::concept;
use super::medication_dispense::digest;
use super::node::Node;
use super::parameters::{self, Names, Parameters};
use super::primitive;
use super::resource_id::LineId;
use super::shape::{Errors, Format, IdentifierKind, ShapeError, ShapeProblem};
use super::systems;

/// A transfer, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransferRequest {
    /// The line of which the rest is moved: what the signature binds.
    pub prescription: LineId,
    /// SHA-256 of the QR's COSE bytes without its seal.
    pub qr_digest: [u8; 32],
    /// When, as the pharmacy says.
    pub at: Timestamp,
    /// To whom the caller releases the rest; `None`: the patient asks for it here.
    pub to: Option<Clues>,
}

const NAMES: Names = Names {
    required: &["prescription", "qr-digest", "at"],
    optional: &["to"],
    listed: "prescription, qr-digest, at, to",
};

/// Reads the `Parameters`.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<TransferRequest, Vec<ShapeError>> {
    parameters::read(value, &NAMES, read_parameters)
}

fn read_parameters(found: &Parameters<'_>, errors: &mut Errors) -> Option<TransferRequest> {
    let prescription = found.get("prescription").and_then(|parameter| {
        let reference = parameter.object("valueReference", errors)?;
        reference.text("reference", errors, |text| {
            text.strip_prefix("MedicationRequest/")
                .and_then(|id| id.parse().ok())
                .ok_or(ShapeProblem::Format(Format::LineId))
        })
    });
    let qr_digest = found.get("qr-digest").and_then(|parameter| {
        let identifier = parameter.object("valueIdentifier", errors)?;
        identifier.fixed("system", systems::QR_DIGEST, errors);
        identifier.text("value", errors, digest)
    });
    let at = found
        .get("at")
        .and_then(|parameter| parameter.text("valueDateTime", errors, primitive::instant));
    let to = match found.get("to") {
        None => Some(None),
        Some(parameter) => clues(parameter, errors).map(Some),
    };
    Some(TransferRequest {
        prescription: prescription?,
        qr_digest: qr_digest?,
        at: at?,
        to: to?,
    })
}

/// The CLUES in `valueReference.identifier`.
fn clues(parameter: &Node<'_>, errors: &mut Errors) -> Option<Clues> {
    let reference = parameter.object("valueReference", errors)?;
    let identifier = reference.object("identifier", errors)?;
    identifier.fixed("system", systems::CLUES, errors);
    identifier.text("value", errors, |text| {
        concept::parse(text, IdentifierKind::Clues)
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn example() -> Value {
        serde_json::from_str(include_str!("examples/transfer.json")).unwrap()
    }

    #[test]
    fn reads_the_example_with_and_without_a_receiver() {
        let mut value = example();
        let request = read(&value).unwrap();
        assert_eq!(request.prescription.to_string(), "7K3M9QRT2ABX51CD-1");
        assert_eq!(request.to.unwrap().as_str(), "HGIMB000262");
        value["parameter"].as_array_mut().unwrap().remove(3);
        assert_eq!(read(&value).unwrap().to, None);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut value = example();
        value["parameter"][0]["valueReference"]["reference"] = json!("MedicationRequest/x");
        value["parameter"][1]["valueIdentifier"]["value"] = json!("short");
        value["parameter"][2]["valueDateTime"] = json!("now");
        value["parameter"][3]["valueReference"]["identifier"]["value"] = json!("nowhere");
        let found = read(&value).unwrap_err();
        let problems: Vec<_> = found.iter().map(|e| e.problem).collect();
        assert_eq!(
            problems,
            [
                ShapeProblem::Format(Format::LineId),
                ShapeProblem::Format(Format::Digest),
                ShapeProblem::Format(Format::Instant),
                ShapeProblem::Identifier(IdentifierKind::Clues),
            ]
        );
    }
}
