use serde_json::json;

use super::super::{Format, examples};
use super::*;

const PHARMACY: &str = "HGIMB000064";
const WAREHOUSE: &str = "DFALM000001";

fn example() -> Value {
    examples::value(examples::SUPPLY_DELIVERY)
}

fn clues(text: &str) -> Clues {
    text.parse().unwrap()
}

fn of_clues(text: &str) -> Value {
    json!({"identifier": {"system": systems::CLUES, "value": text}})
}

fn problems(value: &Value, caller: &str) -> Vec<(String, ShapeProblem)> {
    let errors = read(value, &clues(caller)).unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

#[test]
fn what_comes_from_outside_is_a_purchase() {
    let request = read(&example(), &clues(PHARMACY)).unwrap();
    assert_eq!(request.kind, MovementKind::Purchase);
    assert_eq!(request.document.as_deref(), Some("F-2026-001234"));
    let [line] = request.lines.as_slice() else {
        panic!("one line")
    };
    assert_eq!(
        (line.lot.as_str(), line.amount),
        ("CZ2409A", Amount::Packages(10))
    );
    let Some(Counterpart::Supplier { rfc, licence }) = request.counterpart else {
        panic!("a supplier")
    };
    assert_eq!(
        (rfc.as_str(), licence.as_deref()),
        ("ALM010101AAA", Some("LS-DF-0001"))
    );
}

#[test]
fn what_another_establishment_shipped_is_received() {
    let mut value = example();
    value["supplier"] = of_clues(WAREHOUSE);
    let path = "SupplyDelivery.identifier".to_owned();
    assert_eq!(
        problems(&value, PHARMACY),
        [(path.clone(), ShapeProblem::SystemMissing(systems::SHIPMENT))]
    );
    value["identifier"][1] = json!({"system": systems::SHIPMENT, "value": "DFALM000001-7"});
    let request = read(&value, &clues(PHARMACY)).unwrap();
    assert_eq!(
        (request.kind, request.counterpart),
        (MovementKind::Receipt, None)
    );
    let shipment = request.shipment.unwrap();
    assert_eq!(
        (shipment.from, shipment.to, shipment.number),
        (clues(WAREHOUSE), clues(PHARMACY), 7)
    );
    value["identifier"][1]["value"] = json!("DFALM000002-7");
    assert_eq!(
        problems(&value, PHARMACY),
        [(path, ShapeProblem::Contradiction)]
    );
}

#[test]
fn what_is_under_way_was_shipped_by_the_caller() {
    let mut value = example();
    value["status"] = json!("in-progress");
    value["supplier"] = of_clues(WAREHOUSE);
    let request = read(&value, &clues(WAREHOUSE)).unwrap();
    assert_eq!(request.kind, MovementKind::Shipment);
    assert_eq!(
        request.counterpart,
        Some(Counterpart::Establishment(clues(PHARMACY)))
    );
    let path = "SupplyDelivery.supplier".to_owned();
    assert_eq!(
        problems(&value, PHARMACY),
        [(path, ShapeProblem::NotTheCaller)]
    );
    let path = "SupplyDelivery.destination".to_owned();
    assert_eq!(
        problems(&example(), WAREHOUSE),
        [(path, ShapeProblem::NotTheCaller)]
    );
}

#[test]
fn each_wrong_element_is_named() {
    let cases = [
        (
            "/status",
            json!("abandoned"),
            "status",
            ShapeProblem::UnknownCode(STATUSES),
        ),
        (
            "/occurrenceDateTime",
            json!("2026-03-02"),
            "occurrenceDateTime",
            ShapeProblem::Format(Format::Instant),
        ),
        (
            "/suppliedItem/quantity/unit",
            json!("tableta"),
            "suppliedItem.quantity.unit",
            ShapeProblem::Fixed("envase"),
        ),
        (
            "/suppliedItem/quantity/value",
            json!(1.5),
            "suppliedItem.quantity.value",
            ShapeProblem::Format(Format::Count),
        ),
        (
            "/suppliedItem/itemReference/reference",
            json!("#otro"),
            "suppliedItem.itemReference.reference",
            ShapeProblem::Unresolved,
        ),
        (
            "/contained/0/code/coding/0/code",
            json!("2612"),
            "contained[0].code.coding[0].code",
            ShapeProblem::Identifier(IdentifierKind::Clave),
        ),
        (
            "/contained/0/batch/expirationDate",
            json!("09/2027"),
            "contained[0].batch.expirationDate",
            ShapeProblem::Format(Format::Expiry),
        ),
        (
            "/supplier/identifier/value",
            json!("alm"),
            "supplier.identifier.value",
            ShapeProblem::Identifier(IdentifierKind::Rfc),
        ),
        (
            "/destination/identifier/value",
            json!("x"),
            "destination.identifier.value",
            ShapeProblem::Identifier(IdentifierKind::Clues),
        ),
        (
            "/identifier/1/system",
            json!(systems::DOCUMENT),
            "identifier[1]",
            ShapeProblem::TooMany(1),
        ),
    ];
    for (pointer, content, path, problem) in cases {
        let mut value = example();
        *value.pointer_mut(pointer).unwrap() = content;
        let expected = (format!("SupplyDelivery.{path}"), problem);
        assert_eq!(problems(&value, PHARMACY), [expected], "{pointer}");
    }
}

#[test]
fn nothing_is_required_that_is_not_and_nothing_is_ignored() {
    for required in [
        "status",
        "suppliedItem",
        "occurrenceDateTime",
        "supplier",
        "destination",
    ] {
        let mut value = example();
        value.as_object_mut().unwrap().remove(required);
        let expected = (format!("SupplyDelivery.{required}"), ShapeProblem::Missing);
        assert_eq!(problems(&value, PHARMACY), [expected]);
    }
    for element in UNSUPPORTED {
        let mut value = example();
        value[element] = json!({"reference": "Patient/1"});
        let expected = (
            format!("SupplyDelivery.{element}"),
            ShapeProblem::Unsupported,
        );
        assert_eq!(problems(&value, PHARMACY), [expected]);
    }
    let mut value = example();
    value["contained"][0]
        .as_object_mut()
        .unwrap()
        .remove("batch");
    let path = "SupplyDelivery.contained[0].batch".to_owned();
    assert_eq!(problems(&value, PHARMACY), [(path, ShapeProblem::Missing)]);
}

#[test]
fn the_systems_are_those_that_are_named() {
    let known = [
        systems::DOCUMENT,
        systems::PERMIT,
        systems::LICENCE,
        systems::SHIPMENT,
    ];
    for system in known {
        let mut value = example();
        value["identifier"] = json!([{"system": system, "value": "DFALM000001-7"}]);
        assert!(read(&value, &clues(PHARMACY)).is_ok(), "{system}");
    }
}
