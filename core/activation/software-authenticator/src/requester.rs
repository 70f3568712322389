//! What a clinical record knows besides: who signs a request, and how a browser writes an answer.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::{Answer, Created};

const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";

/// Whether a `POST` to `path` is an act that a prescriber signs.
#[must_use]
pub fn needs_activation(path: &str) -> bool {
    let issue = ["/fhir/r4", "/fhir/r4/", "/fhir/r4/MedicationRequest"];
    let after = ["/$cancel", "/$suspend", "/$resume"];
    issue.contains(&path) || after.iter().any(|end| path.ends_with(end))
}

/// The cédula of whoever signs a FHIR request: the first identifier of that system in it.
#[must_use]
pub fn requester(body: &Value) -> Option<&str> {
    match body {
        Value::Object(members) => {
            if members.get("system").and_then(Value::as_str) == Some(CEDULA) {
                return members.get("value").and_then(Value::as_str);
            }
            members.values().find_map(requester)
        }
        Value::Array(items) => items.iter().find_map(requester),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => None,
    }
}

/// `PublicKeyCredential.toJSON()` of an assertion.
#[must_use]
pub fn answer_json(answer: &Answer) -> Value {
    let id = BASE64URL_NOPAD.encode(&answer.credential_id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "response": {
            "clientDataJSON": BASE64URL_NOPAD.encode(&answer.client_data),
            "authenticatorData": BASE64URL_NOPAD.encode(&answer.authenticator_data),
            "signature": BASE64URL_NOPAD.encode(&answer.signature),
        },
        "clientExtensionResults": {},
    })
}

/// `PublicKeyCredential.toJSON()` of a registration.
#[must_use]
pub fn created_json(id: &[u8], created: &Created) -> Value {
    let id = BASE64URL_NOPAD.encode(id);
    json!({
        "id": id,
        "rawId": id,
        "type": "public-key",
        "response": {
            "clientDataJSON": BASE64URL_NOPAD.encode(&created.client_data),
            "attestationObject": BASE64URL_NOPAD.encode(&created.attestation),
        },
        "clientExtensionResults": {},
    })
}
