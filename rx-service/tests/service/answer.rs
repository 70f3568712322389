//! What the service answered.

use axum::http::{HeaderMap, StatusCode};
use prescription::key::KeyAct;
use prescription::register::RegisterBody;
use serde_json::Value;

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn text(&self) -> String {
        String::from_utf8(self.body.clone()).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> String {
        self.headers[name].to_str().unwrap().to_owned()
    }

    /// Codes and elements of an `OperationOutcome`.
    pub(crate) fn issues(&self) -> Vec<(String, String)> {
        let outcome = self.json();
        assert_eq!(outcome["resourceType"], "OperationOutcome", "{outcome}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        outcome["issue"]
            .as_array()
            .unwrap()
            .iter()
            .map(|issue| {
                (
                    text(&issue["details"]["coding"][0]["code"]),
                    text(&issue["expression"][0]),
                )
            })
            .collect()
    }
}

/// The lines of the bodies' file without those of the register of keys: every enrolment writes there.
pub(crate) fn without_key_acts(bodies: &str) -> Vec<String> {
    let of_key = |line: &&str| {
        let line: Value = serde_json::from_str(line).unwrap();
        let body = line["body"].as_str().unwrap_or_default();
        let body = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
        RegisterBody::<KeyAct>::from_canonical(&body).is_ok()
    };
    let others = bodies.lines().filter(|line| !of_key(line));
    others.map(str::to_owned).collect()
}

/// The codes of an `OperationOutcome`.
pub(crate) fn codes(answer: &Answer) -> Vec<String> {
    answer.issues().into_iter().map(|(code, _)| code).collect()
}
