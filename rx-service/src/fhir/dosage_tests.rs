use serde_json::{Value, json};

use super::*;
use crate::fhir::{Format, JsonType, examples};

fn request() -> Value {
    examples::value(examples::CLONAZEPAM)
}

fn dosage(value: &Value) -> Result<Dosage, Vec<(String, ShapeProblem)>> {
    let mut errors = Errors::default();
    let node = Node::root(value, "MedicationRequest", &mut errors).unwrap();
    let read = read(&node, &mut errors);
    let plain = |errors: Vec<crate::fhir::ShapeError>| {
        errors
            .into_iter()
            .map(|error| (error.path, error.problem))
            .collect()
    };
    errors.finish(read).map_err(plain)
}

/// The dosage after replacing (or adding) one element below `dosageInstruction[0]`.
fn with(pointer: &str, content: Value) -> Result<Dosage, Vec<(String, ShapeProblem)>> {
    let mut value = request();
    let (parent, name) = pointer.rsplit_once('/').unwrap_or(("", pointer));
    let parent = if parent.is_empty() {
        String::new()
    } else {
        format!("/{parent}")
    };
    value
        .pointer_mut(&format!("/dosageInstruction/0{parent}"))
        .unwrap()[name] = content;
    dosage(&value)
}

fn refused(pointer: &str, content: Value) -> (String, ShapeProblem) {
    let mut errors = with(pointer, content).unwrap_err();
    assert_eq!(errors.len(), 1, "{pointer}: {errors:?}");
    errors.remove(0)
}

#[test]
fn reads_half_a_tablet_a_day() {
    assert_eq!(
        dosage(&request()),
        Ok(Dosage {
            dose_milli: 500,
            unit: DoseUnit::Tablet,
            times: 1,
            every: 1,
            period: Period::Day,
            days: 30,
            route: Route::Oral,
            as_needed: false,
        })
    );
}

#[test]
fn units_come_by_code_or_by_word() {
    let quantity = "doseAndRate/0/doseQuantity";
    let unit = |content: Value| with(quantity, content).map(|dosage| dosage.unit);
    let code = |system: &str, code: &str| json!({"value": 1, "system": system, "code": code});
    assert_eq!(unit(code(systems::UCUM, "mL")), Ok(DoseUnit::Millilitre));
    assert_eq!(
        unit(json!({"value": 1, "unit": "Cápsulas"})),
        Ok(DoseUnit::Capsule)
    );
    assert_eq!(
        unit(json!({"value": 1, "unit": "mL"})),
        Ok(DoseUnit::Millilitre)
    );
    assert_eq!(
        unit(json!({"value": 1, "unit": "gotas", "code": "1"})),
        Ok(DoseUnit::Drop)
    );
    assert_eq!(
        unit(json!({"value": 1, "unit": "gotas", "code": "{gtt}"})),
        Ok(DoseUnit::Drop)
    );
    let at = |name: &str| {
        format!("MedicationRequest.dosageInstruction[0].{quantity}.{name}")
            .replace("doseAndRate/0/", "doseAndRate[0].")
    };
    let both = json!({"value": 1, "unit": "mg", "code": "g"});
    assert_eq!(
        refused(quantity, both),
        (at("unit"), ShapeProblem::Contradiction)
    );
    let strange = refused(quantity, json!({"value": 1, "unit": "mg", "code": "meq"}));
    assert_eq!(strange.0, at("code"));
    let other_system = refused(quantity, code("urn:x", "mg"));
    assert_eq!(
        other_system,
        (at("system"), ShapeProblem::Fixed(systems::UCUM))
    );
    assert_eq!(
        refused(quantity, json!({"value": 1})),
        (at("unit"), ShapeProblem::Missing)
    );
}

#[test]
fn the_dose_is_in_thousandths() {
    let value = "doseAndRate/0/doseQuantity/value";
    assert_eq!(with(value, json!(2.125)).unwrap().dose_milli, 2125);
    let format = ShapeProblem::Format(Format::Thousandths);
    assert_eq!(refused(value, json!(0.0005)).1, format);
    assert_eq!(refused(value, json!(-1)).1, format);
    assert!(matches!(
        refused(value, json!(5_000_000)).1,
        ShapeProblem::OutOfRange { .. }
    ));
    assert_eq!(
        refused(value, json!("1")).1,
        ShapeProblem::WrongType(JsonType::Number)
    );
}

#[test]
fn a_route_said_twice_must_be_the_same() {
    let coded = |code: &str, text: &str| json!({"coding": [{"system": systems::SNOMED, "code": code}], "text": text});
    assert_eq!(
        with("route", coded("78421000", "Intramuscular"))
            .unwrap()
            .route,
        Route::Intramuscular
    );
    assert_eq!(
        with("route", coded("26643006", "por la boca"))
            .unwrap()
            .route,
        Route::Oral
    );
    assert_eq!(
        with("route", json!({"text": "vía tópica"})).unwrap().route,
        Route::Topical
    );
    assert_eq!(
        refused("route", coded("26643006", "rectal")).1,
        ShapeProblem::Contradiction
    );
    let unknown = refused("route", coded("999", "oral"));
    assert!(matches!(unknown.1, ShapeProblem::UnknownCode(_)));
    assert_eq!(
        unknown.0,
        "MedicationRequest.dosageInstruction[0].route.coding[0].code"
    );
    assert!(matches!(
        refused("route", json!({"text": "x"})).1,
        ShapeProblem::UnknownCode(_)
    ));
}

#[test]
fn what_changes_the_order_and_does_not_fit_is_refused() {
    for (pointer, content) in [
        ("timing/repeat/frequencyMax", json!(4)),
        ("timing/repeat/dayOfWeek", json!(["mon"])),
        ("timing/event", json!(["2026-03-02"])),
        ("maxDosePerPeriod", json!({"numerator": {"value": 4}})),
        ("doseAndRate/0/rateQuantity", json!({"value": 4})),
        ("doseAndRate/0/doseQuantity/comparator", json!("<")),
    ] {
        assert_eq!(
            refused(pointer, content).1,
            ShapeProblem::Unsupported,
            "{pointer}"
        );
    }
    let mut value = request();
    let list = value["dosageInstruction"].as_array_mut().unwrap();
    list.push(list[0].clone());
    let expected = (
        "MedicationRequest.dosageInstruction".to_owned(),
        ShapeProblem::TooMany(1),
    );
    assert_eq!(dosage(&value), Err(vec![expected]));
}

#[test]
fn as_needed_may_name_its_reason() {
    assert!(with("asNeededBoolean", json!(true)).unwrap().as_needed);
    assert!(
        with("asNeededCodeableConcept", json!({"text": "dolor"}))
            .unwrap()
            .as_needed
    );
    assert_eq!(
        refused("asNeededBoolean", json!("sí")).1,
        ShapeProblem::WrongType(JsonType::Boolean)
    );
}

#[test]
fn rhythm_is_whole_numbers_of_known_periods() {
    assert_eq!(
        with("timing/repeat/periodUnit", json!("wk"))
            .unwrap()
            .period,
        Period::Week
    );
    for (pointer, content) in [
        ("timing/repeat/periodUnit", json!("min")),
        ("timing/repeat/period", json!(1.5)),
        ("timing/repeat/frequency", json!(70_000)),
        ("timing/repeat/boundsDuration/code", json!("mo")),
    ] {
        let path = pointer.replace('/', ".");
        let expected = format!("MedicationRequest.dosageInstruction[0].{path}");
        assert_eq!(refused(pointer, content).0, expected);
    }
}

#[test]
fn tablets_are_not_taken_for_packages() {
    let value = json!({"resourceType": "X", "quantity": {"value": 30, "unit": "tabletas"}});
    let mut errors = Errors::default();
    let node = Node::root(&value, "X", &mut errors).unwrap();
    let read = quantity_of(&node, Counted::Packages, &mut errors);
    let refused = errors.finish(read).unwrap_err();
    assert_eq!(refused[0].path, "X.quantity.unit");
    assert_eq!(refused[0].problem, ShapeProblem::Fixed("envase"));
}

#[test]
fn fills_are_the_first_and_the_repeats() {
    let fills_of = |content: Value| {
        let mut errors = Errors::default();
        let value = json!({"resourceType": "X", "numberOfRepeatsAllowed": content});
        let read = fills(&Node::root(&value, "X", &mut errors).unwrap(), &mut errors);
        errors.finish(read).map_err(|errors| errors[0].problem)
    };
    assert_eq!(fills_of(json!(0)), Ok(1));
    assert_eq!(fills_of(json!(254)), Ok(255));
    let range = ShapeProblem::OutOfRange {
        least: 0,
        most: 254,
    };
    assert_eq!(fills_of(json!(255)), Err(range));
    assert_eq!(fills_of(json!(4_294_967_295_u32)), Err(range));
}
