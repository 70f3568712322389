//! Documents and signatures as the service and the pharmacies make them.

use prescription::body::Evidence;
use prescription::{Cancelled, Dispensed, Erased, Issued};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use signing::cms::cades;
use signing::cose::{Sign1, sign_detached};
use signing::qr::Payload;

use crate::pki::{CURP, Pharmacy, Prescriber};

const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";
const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";
const FOLIO: &str = "urn:receta:folio";

pub(crate) fn canonical(value: &Value) -> Vec<u8> {
    serde_json_canonicalizer::to_vec(value).unwrap()
}

/// The Bundle that a prescriber signs.
pub(crate) fn issue_document(issued: &Issued) -> Value {
    let folio = json!({"system": FOLIO, "value": issued.folio.to_string()});
    let patient = json!({"fullUrl": "urn:uuid:1", "resource": {
        "resourceType": "Patient",
        "identifier": [{"system": "http://sistema.salud.gob.mx/curp", "value": CURP}],
    }});
    let special = issued.special_folio.iter().map(
        |special| json!({"system": "urn:receta:recetario-especial", "value": special.as_str()}),
    );
    let identifier: Vec<Value> = special.collect();
    let lines = (1..).zip(&issued.lines).map(|(number, line)| {
        json!({"resource": {
            "resourceType": "MedicationRequest",
            "id": format!("{}-{number}", issued.folio.compact()),
            "groupIdentifier": folio,
            "identifier": identifier,
            "status": "active",
            "intent": "order",
            "subject": {"reference": "urn:uuid:1"},
            "requester": {"identifier": {"system": CEDULA, "value": issued.prescriber.as_str()}},
            "authoredOn": issued.written_on.to_string(),
            "medicationCodeableConcept":
                {"coding": [{"system": CLAVE, "code": line.clave.as_str()}]},
            "dispenseRequest": {
                "quantity": {"value": line.packages.count(), "unit": "envase"},
                "numberOfRepeatsAllowed": line.fills - 1,
            },
        }})
    });
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "identifier": folio,
        "timestamp": issued.at.to_string(),
        "entry": std::iter::once(patient).chain(lines).collect::<Vec<_>>(),
    })
}

pub(crate) fn qr(issued: &Issued, document: &[u8], by: &Prescriber) -> Vec<u8> {
    let digest = Sha256::digest(document).into();
    let payload = Payload::from_issued(issued, CURP, "Concepción Salgado", digest).unwrap();
    let payload = payload.to_cbor().unwrap();
    Sign1::sign(Some(by.key.kid()), payload, |digest| by.key.sign(digest))
        .unwrap()
        .encode()
}

/// Evidence of an issue with this document, signed by `by`, whoever the event names.
pub(crate) fn issue_with(issued: &Issued, document: &Value, by: &Prescriber) -> Evidence {
    let document = canonical(document);
    let cms = cades::build(&document, issued.at, &by.chain, |digest| {
        by.key.sign(digest)
    })
    .unwrap();
    Evidence::Cades {
        qr: qr(issued, &document, by),
        document,
        cms,
    }
}

pub(crate) fn issue(issued: &Issued, by: &Prescriber) -> Evidence {
    issue_with(issued, &issue_document(issued), by)
}

/// The `Parameters` that a prescriber signs.
pub(crate) fn cancel_document(event: &Cancelled) -> Value {
    json!({"resourceType": "Parameters", "parameter": [
        {"name": "reason", "valueCode": event.reason.code()},
        {"name": "requester",
         "valueReference": {"identifier": {"system": CEDULA, "value": event.by.as_str()}}},
        {"name": "folio", "valueIdentifier": {"system": FOLIO, "value": event.folio.to_string()}},
    ]})
}

pub(crate) fn cancel_with(event: &Cancelled, document: &Value, by: &Prescriber) -> Evidence {
    let document = canonical(document);
    let cms = cades::build(&document, event.at, &by.chain, |digest| by.key.sign(digest)).unwrap();
    Evidence::Cades {
        document,
        cms,
        qr: Vec::new(),
    }
}

/// An officer's signature over an act.
pub(crate) fn order_with(act: &Value, at: jiff::Timestamp, by: &Prescriber) -> Evidence {
    let document = canonical(act);
    let cms = cades::build(&document, at, &by.chain, |digest| by.key.sign(digest)).unwrap();
    Evidence::Cades {
        document,
        cms,
        qr: Vec::new(),
    }
}

/// The order of an officer, signed by `by`, whoever the event names.
pub(crate) fn erase_with(event: &Erased, by: &Prescriber) -> Evidence {
    let document = event.order().unwrap();
    let cms = cades::build(&document, event.at, &by.chain, |digest| by.key.sign(digest)).unwrap();
    Evidence::Cades {
        document,
        cms,
        qr: Vec::new(),
    }
}

/// What a pharmacy signs: one resource, or a transaction of several.
pub(crate) fn dispense_document(event: &Dispensed, issued: &Issued, qr: &[u8; 32]) -> Value {
    let qr = data_encoding::BASE64URL_NOPAD.encode(qr);
    let mut resources: Vec<Value> = event
        .lines
        .iter()
        .map(|line| {
            let clave = issued.lines[usize::from(line.line) - 1].clave.as_str();
            json!({
                "resourceType": "MedicationDispense",
                "status": "completed",
                "authorizingPrescription": [{"reference":
                    format!("MedicationRequest/{}-{}", event.folio.compact(), line.line)}],
                "quantity": {"value": line.packages.count()},
                "whenHandedOver": event.at.to_string(),
                "identifier": [{"system": "urn:receta:qr-digest", "value": qr}],
                "medicationReference": {"reference": "#m"},
                "contained": [{
                    "resourceType": "Medication",
                    "id": "m",
                    "code": {"coding": [{"system": CLAVE, "code": clave}]},
                    "batch": {"lotNumber": line.lot, "expirationDate": "2028-01"},
                }],
            })
        })
        .collect();
    if resources.len() == 1 {
        return resources.remove(0);
    }
    let entries: Vec<Value> = resources
        .into_iter()
        .map(|resource| json!({"resource": resource}))
        .collect();
    json!({"resourceType": "Bundle", "type": "transaction", "entry": entries})
}

pub(crate) fn dispense_with(document: &Value, by: &Pharmacy) -> Evidence {
    let document = canonical(document);
    let cose = sign_detached(&document, by.key.kid(), |digest| by.key.sign(digest)).unwrap();
    Evidence::Cose {
        document,
        cose,
        certificate: by.certificate.clone(),
    }
}
