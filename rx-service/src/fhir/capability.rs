//! `GET /metadata`: what this server does, as a FHIR R4 `CapabilityStatement`.

use jiff::civil::Date;
use serde_json::{Value, json};

/// The statement. `base_url` is the address of `/fhir/r4` without a final slash, `version` the
/// software's, `date` the day of its release.
#[must_use]
pub fn capability_statement(base_url: &str, version: &str, date: Date) -> Value {
    json!({
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": date.to_string(),
        "kind": "instance",
        "software": {"name": "Receta", "version": version},
        "implementation": {
            "description": "Receta electrónica y libro de medicamentos controlados",
            "url": base_url,
        },
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "json"],
        "rest": [{
            "mode": "server",
            "documentation": "One MedicationRequest per line; groupIdentifier is the prescription. \
                A transaction Bundle holds the lines of one prescription (with its Patient), or \
                the lines of one act of dispensing.",
            "security": {
                "cors": false,
                "description": "TLS 1.3 with a client certificate; a pharmacy signs what it posts \
                    (header Receta-Signature).",
            },
            "resource": [
                medication_request(),
                created_only("MedicationDispense"),
                created_only("SupplyDelivery"),
            ],
            "interaction": [{"code": "transaction"}],
        }],
    })
}

fn medication_request() -> Value {
    json!({
        "type": "MedicationRequest",
        "profile": "http://hl7.org/fhir/StructureDefinition/MedicationRequest",
        "interaction": [
            {"code": "create", "documentation": "A prescription of one line."},
            {"code": "read", "documentation": "Id: the folio's 16 characters, a hyphen, the line."},
            {"code": "search-type", "documentation": "Unknown parameters are refused."},
        ],
        "versioning": "no-version",
        "readHistory": false,
        "updateCreate": false,
        "conditionalCreate": false,
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "searchParam": [
            {
                "name": "identifier",
                "definition": "http://hl7.org/fhir/SearchParameter/clinical-identifier",
                "type": "token",
                "documentation": "system|value: urn:receta:folio, or the EHR's own.",
            },
            {
                "name": "patient",
                "definition": "http://hl7.org/fhir/SearchParameter/clinical-patient",
                "type": "reference",
                "documentation": "A CURP, as patient.identifier or patient:identifier. By POST _search \
                    alone: a CURP never stands in a URL.",
            },
            {
                "name": "status",
                "definition": "http://hl7.org/fhir/SearchParameter/medications-status",
                "type": "token",
                "documentation": "active, completed, cancelled, stopped, on-hold; a comma means or.",
            },
            {
                "name": "authoredon",
                "definition":
                    "http://hl7.org/fhir/SearchParameter/MedicationRequest-authoredon",
                "type": "date",
                "documentation": "A day, with prefix eq, ge, gt, le or lt; twice for a range.",
            },
        ],
        "operation": operations(),
    })
}

/// What can be done with a prescription beside issuing and reading it.
fn operations() -> Value {
    json!([{
        "name": "prepare",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-prepare",
        "documentation": "POST MedicationRequest/$prepare says what a prescriber signs: with \
            their own e.firma, or with the key that the service keeps for them. Parameters: \
            prescription (resource: MedicationRequest or transaction Bundle), certificate \
            (base64Binary, DER; absent: the kept key).",
    }, {
        "name": "complete",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-complete",
        "documentation": "POST MedicationRequest/$complete issues what was prepared. \
            Parameters: transaction (string), signature or cades (base64Binary), qrSignature \
            (base64Binary, where the prescriber signs the QR); none of the three for the kept key, \
            but the header Receta-Activation over both digests of $prepare.",
    }, {
        "name": "cancel",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-cancel",
        "documentation": "POST MedicationRequest/<id>/$cancel cancels the whole prescription. \
            Parameters: reason (code), requester (Reference by cédula).",
    }, {
        "name": "suspend",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-suspend",
        "documentation": "POST MedicationRequest/<id>/$suspend stops the whole prescription for \
            the time being (status on-hold). Parameters: reason (code), requester (Reference by \
            cédula).",
    }, {
        "name": "resume",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-resume",
        "documentation": "POST MedicationRequest/<id>/$resume lets it go on. Parameters: \
            requester (Reference by cédula).",
    }, {
        "name": "transfer",
        "definition": "urn:receta:OperationDefinition:MedicationRequest-transfer",
        "documentation": "POST MedicationRequest/<id>/$transfer, by a pharmacy: the rest of a \
            fill that one pharmacy began is another one's to hand over. Parameters: \
            prescription (Reference), qr-digest (Identifier), at (dateTime), to (Reference by \
            CLUES; without it, the caller). Signed: Receta-Signature.",
    }])
}

/// A resource that is posted, signed, and neither read nor changed.
fn created_only(resource: &str) -> Value {
    json!({
        "type": resource,
        "profile": format!("http://hl7.org/fhir/StructureDefinition/{resource}"),
        "interaction": [{"code": "create"}],
        "versioning": "no-version",
        "readHistory": false,
        "updateCreate": false,
        "conditionalCreate": false,
        "conditionalUpdate": false,
        "conditionalDelete": "not-supported",
        "operation": [{
            "name": "return",
            "definition": "urn:receta:OperationDefinition:MedicationDispense-return",
            "documentation": "POST MedicationDispense/<id>/$return, by the pharmacy that dispensed, \
                within its window. Parameters: dispense (Reference), at (dateTime), reason (code), \
                destination (code), quantity. Signed: Receta-Signature.",
        }],
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use jiff::civil::date;

    use super::*;
    use crate::fhir::{json, search};

    fn statement() -> Value {
        capability_statement("https://receta.example/fhir/r4", "0.1.0", date(2026, 3, 1))
    }

    #[test]
    fn has_what_r4_requires_of_an_instance() {
        let statement = statement();
        for required in [
            "status",
            "date",
            "kind",
            "fhirVersion",
            "format",
            "implementation",
        ] {
            assert!(!statement[required].is_null(), "{required}");
        }
        assert_eq!(statement["date"], "2026-03-01");
        // Its own strict reader accepts it: nothing empty, nothing null.
        assert_eq!(json::parse(statement.to_string().as_bytes()), Ok(statement));
    }

    #[test]
    fn the_search_parameters_are_those_that_the_search_reads() {
        let declared: BTreeSet<String> = statement()["rest"][0]["resource"][0]["searchParam"]
            .as_array()
            .unwrap()
            .iter()
            .map(|parameter| parameter["name"].as_str().unwrap().to_owned())
            .collect();
        let read: BTreeSet<String> = search::PARAMETERS
            .split(", ")
            .filter(|name| !name.starts_with('_'))
            .map(|name| name.split(['.', ':']).next().unwrap().to_owned())
            .collect();
        assert_eq!(declared, read);
    }

    #[test]
    fn names_each_interaction_of_the_interface_and_no_other() {
        let statement = statement();
        let of = |place: usize| -> Vec<String> {
            let resource = &statement["rest"][0]["resource"][place];
            let list = resource["interaction"].as_array().unwrap();
            list.iter()
                .map(|i| i["code"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(of(0), ["create", "read", "search-type"]);
        assert_eq!(of(1), ["create"]);
        assert_eq!(of(2), ["create"]);
        assert_eq!(
            statement["rest"][0]["interaction"],
            json!([{"code": "transaction"}])
        );
    }
}
