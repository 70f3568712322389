//! `Parameters` of `MedicationDispense/<id>/$return` → what comes back, why and where it goes.

use jiff::Timestamp;
use prescription::event::{Destination, ReturnReason};
use prescription::take_back::BroughtBack;
use serde_json::Value;

use super::dosage::{self, Counted};
use super::parameters::{self, Names, Parameters};
use super::primitive;
use super::resource_id::DispensedId;
use super::shape::{Errors, Format, ShapeError, ShapeProblem};

/// A return or correction of one dispensed line, as asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnRequest {
    /// The dispensed line: what the signature binds.
    pub dispense: DispensedId,
    /// When, as the pharmacy says.
    pub at: Timestamp,
    /// Why.
    pub reason: ReturnReason,
    /// What comes back, and where it goes.
    pub line: BroughtBack,
    /// Whether the quantity counts unit doses.
    pub unit_doses: bool,
    /// `FHIRPath` of the quantity.
    pub quantity_path: String,
}

const NAMES: Names = Names {
    required: &["dispense", "at", "reason", "destination", "quantity"],
    optional: &[],
    listed: "dispense, at, reason, destination, quantity",
};
/// Codes of [`ReturnReason`].
const REASONS: &str = "entered-in-error, wrong-medicine, recalled-lot, damaged, patient-return";
/// Codes of [`Destination`].
const DESTINATIONS: &str = "shelf, quarantine, destruction";

/// Reads the `Parameters`.
///
/// # Errors
/// Every problem found.
pub(super) fn read(value: &Value) -> Result<ReturnRequest, Vec<ShapeError>> {
    parameters::read(value, &NAMES, read_parameters)
}

fn read_parameters(found: &Parameters<'_>, errors: &mut Errors) -> Option<ReturnRequest> {
    let dispense = found.get("dispense").and_then(|parameter| {
        let reference = parameter.object("valueReference", errors)?;
        reference.text("reference", errors, |text| {
            text.strip_prefix("MedicationDispense/")
                .and_then(|id| id.parse::<DispensedId>().ok())
                .ok_or(ShapeProblem::Format(Format::DispensedId))
        })
    });
    let at = found
        .get("at")
        .and_then(|parameter| parameter.text("valueDateTime", errors, primitive::instant));
    let reason = found.code("reason", errors, ReturnReason::from_code, REASONS);
    let destination = found.code("destination", errors, Destination::from_code, DESTINATIONS);
    let quantity = found.get("quantity").and_then(|parameter| {
        let quantity = parameter.object("valueQuantity", errors)?;
        dosage::read_quantity(&quantity, errors)
    });
    let (packages, counted) = quantity?;
    let dispense = dispense?;
    Some(ReturnRequest {
        at: at?,
        reason: reason?,
        line: BroughtBack {
            line: dispense.line,
            packages,
            destination: destination?,
        },
        dispense,
        unit_doses: counted == Counted::UnitDoses,
        quantity_path: found.path_of("quantity", "valueQuantity"),
    })
}

#[cfg(test)]
mod tests {
    use prescription::Packages;
    use serde_json::json;

    use super::*;

    fn example() -> Value {
        serde_json::from_str(include_str!("examples/return.json")).unwrap()
    }

    fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
        let found = read(value).unwrap_err();
        found.into_iter().map(|e| (e.path, e.problem)).collect()
    }

    #[test]
    fn reads_the_example() {
        let request = read(&example()).unwrap();
        assert_eq!(request.dispense.to_string(), "7K3M9QRT2ABX51CD-44-1");
        assert_eq!(request.reason, ReturnReason::EnteredInError);
        let line = BroughtBack {
            line: 1,
            packages: Packages::new(1),
            destination: Destination::Shelf,
        };
        assert_eq!((request.line, request.unit_doses), (line, false));
        assert_eq!(request.at.to_string(), "2026-03-03T18:00:00Z");
    }

    #[test]
    fn the_listed_codes_are_the_reasons_and_destinations() {
        let codes = ReturnReason::ALL.iter().map(|reason| reason.code());
        assert_eq!(codes.collect::<Vec<_>>().join(", "), REASONS);
        let codes = Destination::ALL.iter().map(|to| to.code());
        assert_eq!(codes.collect::<Vec<_>>().join(", "), DESTINATIONS);
    }

    #[test]
    fn everything_wrong_is_named_at_once() {
        let mut value = example();
        value["parameter"][0]["valueReference"]["reference"] = json!("MedicationRequest/x");
        value["parameter"][1]["valueDateTime"] = json!("2026-03-03");
        value["parameter"][2]["valueCode"] = json!("because");
        value["parameter"][3]["valueCode"] = json!("bin");
        value["parameter"][4]["valueQuantity"]["unit"] = json!("tableta");
        let found = problems(&value);
        let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
        assert_eq!(
            paths,
            [
                "Parameters.parameter[0].valueReference.reference",
                "Parameters.parameter[1].valueDateTime",
                "Parameters.parameter[2].valueCode",
                "Parameters.parameter[3].valueCode",
                "Parameters.parameter[4].valueQuantity.unit",
            ]
        );
        let empty = json!({"resourceType": "Parameters", "parameter": [{"name": "at",
            "valueDateTime": "2026-03-03T12:00:00-06:00"}]});
        assert_eq!(problems(&empty).len(), 4, "each that is missing");
    }
}
