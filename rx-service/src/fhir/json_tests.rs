use proptest::prelude::*;

use super::*;

fn problems(text: &str) -> Vec<(String, JsonProblem)> {
    let errors = parse(text.as_bytes()).unwrap_err();
    errors
        .into_iter()
        .map(|error| (error.path, error.problem))
        .collect()
}

fn one(path: &str, problem: JsonProblem) -> Vec<(String, JsonProblem)> {
    vec![(path.to_owned(), problem)]
}

#[test]
fn reads_what_a_plain_parser_reads() {
    let text = r#"{"resourceType":"Patient","active":true,"n":[1,-2,2.50,"á\u00e9\n"]}"#;
    assert_eq!(
        parse(text.as_bytes()).unwrap(),
        serde_json::from_str::<Value>(text).unwrap()
    );
}

#[test]
fn names_the_place_of_each_problem_at_once() {
    let text = r#"{"resourceType":"Bundle","entry":[{"a":1},{"resource":{
        "subject":null,"note":[],"x":{},"y":" ","z":"a\u0007b","v":[1,1e3],
        "id":"1","id":"2"}}]}"#;
    let at = |element: &str| format!("Bundle.entry[1].resource.{element}");
    assert_eq!(
        problems(text),
        [
            (at("subject"), JsonProblem::Null),
            (at("note"), JsonProblem::EmptyArray),
            (at("x"), JsonProblem::EmptyObject),
            (at("y"), JsonProblem::EmptyText),
            (at("z"), JsonProblem::ControlCharacter),
            (at("v[1]"), JsonProblem::Number(NumberProblem::Exponent)),
            (at("id"), JsonProblem::DuplicateKey),
        ]
    );
}

#[test]
fn keys_equal_after_unescaping_are_duplicates() {
    let text = r#"{"resourceType":"Patient","id":"1","\u0069d":"2"}"#;
    assert_eq!(problems(text), one("Patient.id", JsonProblem::DuplicateKey));
}

#[test]
fn says_where_the_bytes_go_wrong() {
    let utf8 = parse(b"{\"a\":\"\xff\"}").unwrap_err();
    assert_eq!(utf8[0].problem, JsonProblem::NotUtf8 { offset: 6 });
    assert_eq!(
        problems("{\"resourceType\":\"Patient\",\n\"id\": x}"),
        one("Patient.id", JsonProblem::Syntax { line: 2, column: 7 })
    );
    for text in [
        "",
        "{",
        "{\"a\":1}{}",
        "{\"a\":1} x",
        "\u{feff}{\"a\":1}",
        "{\"a\":\"\\ud800\"}",
    ] {
        let problem = problems(text).pop().unwrap().1;
        assert!(
            matches!(problem, JsonProblem::Syntax { .. }),
            "{text}: {problem:?}"
        );
    }
    assert_eq!(problems("[1]"), one("Resource", JsonProblem::NotAnObject));
}

#[test]
fn bounds_depth_and_size() {
    let nested = |depth: usize| format!("{}1{}", "{\"a\":".repeat(depth), "}".repeat(depth));
    assert!(parse(nested(MAX_DEPTH).as_bytes()).is_ok());
    let problem = problems(&nested(MAX_DEPTH + 1)).pop().unwrap().1;
    assert_eq!(problem, JsonProblem::TooDeep);
    assert_eq!(
        problems(&nested(10_000)).pop().unwrap().1,
        JsonProblem::TooDeep
    );
    let large = format!("{{\"a\":\"{}\"}}", "x".repeat(MAX_BYTES));
    let bytes = large.len();
    assert_eq!(
        problems(&large),
        one("Resource", JsonProblem::TooLarge { bytes })
    );
    let many = format!("{{\"a\":[{}1]}}", "null,".repeat(1000));
    assert_eq!(problems(&many).len(), MAX_ERRORS);
}

#[test]
fn a_strange_key_is_refused_and_not_repeated() {
    assert_eq!(
        problems(r#"{"resourceType":"Patient","SABC 560626":1}"#),
        one("Patient.?", JsonProblem::ElementName)
    );
}

/// An arbitrary JSON object without anything that FHIR forbids.
fn object() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        any::<bool>().prop_map(Value::from),
        (-1_000_000_i64..1_000_000).prop_map(Value::from),
        "[a-z]{1,8}".prop_map(Value::from),
    ];
    let value = leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Value::from),
            prop::collection::btree_map("[a-z]{1,4}", inner, 1..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    });
    prop::collection::btree_map("[a-z]{1,4}", value, 1..4)
        .prop_map(|members| Value::Object(members.into_iter().collect()))
}

/// Number of objects in `value`.
fn objects(value: &Value) -> usize {
    match value {
        Value::Object(members) => 1 + members.values().map(objects).sum::<usize>(),
        Value::Array(items) => items.iter().map(objects).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    }
}

/// Writes `value`, repeating the first key of the object number `target`.
fn with_duplicate(value: &Value, target: &mut usize, out: &mut String) {
    match value {
        Value::Object(members) => {
            let here = *target == 0;
            *target = target.wrapping_sub(1);
            out.push('{');
            if let Some(name) = members.keys().next().filter(|_| here) {
                out.extend(["\"", name, "\":1,"]);
            }
            for (place, (name, member)) in members.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                out.extend(["\"", name, "\":"]);
                with_duplicate(member, target, out);
            }
            out.push('}');
        }
        Value::Array(items) => {
            out.push('[');
            for (place, item) in items.iter().enumerate() {
                out.push_str(if place == 0 { "" } else { "," });
                with_duplicate(item, target, out);
            }
            out.push(']');
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push_str(&value.to_string());
        }
    }
}

proptest! {
    #[test]
    fn arbitrary_bytes_never_panic(bytes: Vec<u8>) {
        drop(parse(&bytes));
    }

    #[test]
    fn almost_json_never_panics(text in r#"[\[\]{}":,0-9eE.\\ntrue-]{0,60}"#) {
        drop(parse(text.as_bytes()));
    }

    #[test]
    fn what_is_allowed_is_read_unchanged(value in object()) {
        prop_assert_eq!(parse(value.to_string().as_bytes()), Ok(value));
    }

    #[test]
    fn a_duplicate_anywhere_is_refused(value in object(), pick: prop::sample::Index) {
        let mut target = pick.index(objects(&value));
        let mut text = String::new();
        with_duplicate(&value, &mut target, &mut text);
        let errors = parse(text.as_bytes()).unwrap_err();
        prop_assert_eq!(errors.len(), 1, "{}", text);
        prop_assert_eq!(errors[0].problem, JsonProblem::DuplicateKey);
    }
}
