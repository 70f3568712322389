use jiff::civil::date;
use serde_json::json;

use super::*;

fn order() -> Value {
    json!({
        "kind": "purchase",
        "at": "2026-03-02T09:00:00-06:00",
        "document": "F-2026-001234",
        "permit": "PE-77",
        "counterpart": {"supplier": {"rfc": "ALM010101AAA", "licence": "LS-99"}},
        "lines": [
            {"clave": "040.000.2612.00", "lot": "CZ2409A", "expiry": "2027-09", "packages": 10},
            {"clave": "040.000.2612.00", "lot": "CZ2410B", "expiry": "2027-10-31", "units": 45},
        ],
    })
}

fn problems(value: &Value) -> Vec<(String, ShapeProblem)> {
    let errors = read(value).unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

#[test]
fn reads_an_order() {
    let request = read(&order()).unwrap();
    assert_eq!(request.kind, MovementKind::Purchase);
    assert_eq!(request.at.to_string(), "2026-03-02T15:00:00Z");
    assert_eq!(request.permit.as_deref(), Some("PE-77"));
    let [first, second] = request.lines.as_slice() else {
        panic!("two lines")
    };
    assert_eq!(first.expiry, date(2027, 9, 30));
    assert_eq!(
        (first.amount, second.amount),
        (Amount::Packages(10), Amount::Units(45))
    );
    let Some(Counterpart::Supplier { rfc, licence }) = request.counterpart else {
        panic!("a supplier")
    };
    assert_eq!(
        (rfc.as_str(), licence.as_deref()),
        ("ALM010101AAA", Some("LS-99"))
    );
}

#[test]
fn each_wrong_paper_is_named() {
    check_each([
        (
            "/kind",
            json!("dispensing"),
            "kind",
            ShapeProblem::UnknownCode(KINDS),
        ),
        (
            "/at",
            json!("2026-03-02"),
            "at",
            ShapeProblem::Format(super::super::Format::Instant),
        ),
        (
            "/document",
            json!(7),
            "document",
            ShapeProblem::WrongType(super::super::JsonType::Text),
        ),
        (
            "/document",
            json!("x".repeat(121)),
            "document",
            ShapeProblem::TooLong(120),
        ),
        (
            "/counterpart/supplier/rfc",
            json!("alm010101aaa"),
            "counterpart.supplier.rfc",
            ShapeProblem::Identifier(IdentifierKind::Rfc),
        ),
        (
            "/counterpart",
            json!({"establishment": "hgimb000011"}),
            "counterpart.establishment",
            ShapeProblem::Identifier(IdentifierKind::Clues),
        ),
        (
            "/counterpart",
            json!({"other": 1}),
            "counterpart.other",
            ShapeProblem::UnknownMember("establishment, supplier"),
        ),
    ]);
}

#[test]
fn each_wrong_element_of_a_line_is_named() {
    check_each([
        (
            "/lines/1/clave",
            json!("2612"),
            "lines[1].clave",
            ShapeProblem::Identifier(IdentifierKind::Clave),
        ),
        (
            "/lines/0/expiry",
            json!("09/2027"),
            "lines[0].expiry",
            ShapeProblem::Format(super::super::Format::Expiry),
        ),
        (
            "/lines/1/units",
            json!(1.5),
            "lines[1].units",
            ShapeProblem::Format(super::super::Format::Count),
        ),
        (
            "/lines/0",
            json!({"clave": "040.000.2612.00"}),
            "lines[0].lot",
            ShapeProblem::Missing,
        ),
    ]);
}

/// Each content at its pointer is refused at its path.
fn check_each<const N: usize>(cases: [(&str, Value, &str, ShapeProblem); N]) {
    for (pointer, content, path, problem) in cases {
        let mut value = order();
        *value.pointer_mut(pointer).unwrap() = content;
        let found = problems(&value);
        assert_eq!(
            found[0],
            (format!("MovementOrder.{path}"), problem),
            "{pointer}"
        );
    }
}

#[test]
fn unknown_members_and_two_amounts_are_refused() {
    let mut value = order();
    value["patient"] = json!("SABC560626MDFLRN01");
    value["lines"][0]["units"] = json!(3);
    value["witnesses"] = json!(["Ana", 5]);
    let found = problems(&value);
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "MovementOrder.patient",
            "MovementOrder.witnesses[1]",
            "MovementOrder.lines[0]"
        ]
    );
    assert_eq!(found[2].1, ShapeProblem::ExactlyOne("packages, units"));
}

#[test]
fn a_shipment_is_named_whole() {
    let mut value = order();
    value["shipment"] = json!({"from": "HGIMB000180", "to": "HGIMB000064", "number": 7});
    let shipment = read(&value).unwrap().shipment.unwrap();
    assert_eq!(
        (shipment.from.as_str(), shipment.number),
        ("HGIMB000180", 7)
    );
    value["shipment"] = json!({"from": "HGIMB000180"});
    let found = problems(&value);
    let paths: Vec<_> = found.iter().map(|(path, _)| path.as_str()).collect();
    assert_eq!(
        paths,
        ["MovementOrder.shipment.to", "MovementOrder.shipment.number"]
    );
}

#[test]
fn no_more_lines_than_a_book_takes_at_once() {
    let mut value = order();
    let line = value["lines"][0].clone();
    value["lines"] = json!(vec![line; usize::from(MAX_LINES) + 1]);
    assert_eq!(
        problems(&value),
        [(
            "MovementOrder.lines".to_owned(),
            ShapeProblem::TooMany(MAX_LINES)
        )]
    );
}
