use jiff::civil::date;
use serde_json::json;

use super::*;

fn example() -> Value {
    json!({
        "resourceType": "Patient",
        "identifier": [{"system": systems::CURP, "value": "RAOG740412MHGMRD02"}],
        "name": [{"family": "Ramírez Ortega", "given": ["Guadalupe"]}],
    })
}

fn patient(value: &Value) -> Result<PatientInput, Vec<(String, ShapeProblem)>> {
    let mut errors = Errors::default();
    let read = Node::root(value, "Patient", &mut errors).and_then(|node| read(&node, &mut errors));
    let name = |error: super::super::ShapeError| (error.path, error.problem);
    errors
        .finish(read)
        .map_err(|errors| errors.into_iter().map(name).collect())
}

fn problem(value: &Value) -> (String, ShapeProblem) {
    let mut errors = patient(value).err().unwrap();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.remove(0)
}

fn name_of(name: &Value) -> (String, String, Option<String>) {
    let mut value = example();
    value["name"] = json!([name]);
    let name = patient(&value).ok().unwrap().name.unwrap();
    let second = name.second_surname().map(str::to_owned);
    (
        name.given().to_owned(),
        name.first_surname().to_owned(),
        second,
    )
}

#[test]
fn curp_and_name_are_enough() {
    let read = patient(&example()).ok().unwrap();
    assert_eq!(read.curp.as_str(), "RAOG740412MHGMRD02");
    assert!(read.birth_date.is_none() && read.address.is_none() && read.gender.is_none());
    assert_eq!(read.path, "Patient");
}

#[test]
fn surnames_come_from_their_extensions_or_from_where_a_reader_would_split() {
    let split = |family: &str| name_of(&json!({"family": family, "given": ["Ana", "María"]}));
    let owned = |first: &str, second: Option<&str>| {
        (
            "Ana María".to_owned(),
            first.to_owned(),
            second.map(str::to_owned),
        )
    };
    assert_eq!(split("Ramírez Ortega"), owned("Ramírez", Some("Ortega")));
    assert_eq!(split("Ramírez"), owned("Ramírez", None));
    assert_eq!(
        split("De la Cruz del Río"),
        owned("De la Cruz", Some("del Río"))
    );
    assert_eq!(
        split("Ortega de los Santos"),
        owned("Ortega", Some("de los Santos"))
    );
    let with_extensions = json!({
        "family": "Montes de Oca Vega",
        "given": ["Ana", "María"],
        "_family": {"extension": [
            {"url": FATHERS_FAMILY, "valueString": "Montes de Oca"},
            {"url": MOTHERS_FAMILY, "valueString": "Vega"},
        ]},
    });
    assert_eq!(
        name_of(&with_extensions),
        owned("Montes de Oca", Some("Vega"))
    );
}

#[test]
fn the_official_name_wins_and_an_old_one_never_counts() {
    let mut value = example();
    value["name"] = json!([
        {"use": "old", "family": "Vieja", "given": ["Ana"]},
        {"use": "nickname", "family": "Lupe", "given": ["Lupe"]},
        {"use": "official", "family": "Ramírez", "given": ["Guadalupe"]},
    ]);
    assert_eq!(
        patient(&value).ok().unwrap().name.unwrap().given(),
        "Guadalupe"
    );
    value["name"] = json!([{"use": "old", "family": "Vieja", "given": ["Ana"]}]);
    assert_eq!(
        problem(&value),
        ("Patient.name".to_owned(), ShapeProblem::Missing)
    );
}

#[test]
fn the_curp_may_come_by_its_oid_and_must_be_one() {
    let mut value = example();
    value["identifier"] = json!([
        {"system": "urn:oid:2.16.840.1.113883.4.629", "value": "RAOG740412MHGMRD02"},
        {"system": systems::CURP, "value": "RAOG740412MHGMRD02"},
        {"system": "urn:oid:1.2.3", "value": "expediente 7"},
    ]);
    assert!(patient(&value).is_ok());
    value["identifier"][1]["value"] = json!("SABC560626MDFLRN01");
    let path = "Patient.identifier[1].value".to_owned();
    assert_eq!(problem(&value), (path, ShapeProblem::Contradiction));
    value["identifier"] = json!([{"system": "urn:oid:1.2.3", "value": "7"}]);
    let missing = ShapeProblem::SystemMissing(systems::CURP);
    assert_eq!(problem(&value), ("Patient.identifier".to_owned(), missing));
    value["identifier"] = json!([{"system": systems::CURP, "value": "RAOG740412MHGMRD03"}]);
    let wrong = ShapeProblem::Curp(mpi::CurpError::CheckDigit);
    assert_eq!(
        problem(&value),
        ("Patient.identifier[0].value".to_owned(), wrong)
    );
}

#[test]
fn modifier_elements_of_a_patient_are_not_overlooked() {
    for (element, content) in [
        ("active", json!(false)),
        ("deceasedBoolean", json!(true)),
        ("deceasedDateTime", json!("2026-01-01")),
        ("link", json!([{"type": "replaced-by"}])),
    ] {
        let mut value = example();
        value[element] = content;
        assert_eq!(problem(&value).0, format!("Patient.{element}"));
    }
    let mut value = example();
    value["active"] = json!(true);
    value["deceasedBoolean"] = json!(false);
    assert!(patient(&value).is_ok());
}

#[test]
fn demographics_and_address_are_read() {
    let mut value = example();
    value["birthDate"] = json!("1974-04-12");
    value["gender"] = json!("female");
    value["address"] = json!([
        {"use": "old", "text": "Antes"},
        {"line": ["Hidalgo 12", "Centro"], "city": "Pachuca", "postalCode": "42000"},
    ]);
    let read = patient(&value).ok().unwrap();
    assert_eq!(read.birth_date, Some(date(1974, 4, 12)));
    assert_eq!(read.gender, Some(Gender::Female));
    assert_eq!(
        read.address.as_deref(),
        Some("Hidalgo 12, Centro, Pachuca, 42000")
    );
    value["birthDate"] = json!("1974-04");
    value["gender"] = json!("F");
    value["address"] = json!([{"city": "Pachuca"}]);
    let paths: Vec<_> = patient(&value)
        .err()
        .unwrap()
        .into_iter()
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        paths,
        [
            "Patient.birthDate",
            "Patient.gender",
            "Patient.address[0].line"
        ]
    );
}

#[test]
fn names_that_are_none_are_refused_with_their_reason() {
    let mut value = example();
    value["name"][0]["given"] = json!(["—"]);
    let (path, found) = problem(&value);
    assert_eq!(path, "Patient.name[0]");
    assert_eq!(found, ShapeProblem::Name(mpi::NameError::GivenMissing));
    value["name"][0]["given"] = json!("Ana");
    assert_eq!(problem(&value).0, "Patient.name[0].given");
}
