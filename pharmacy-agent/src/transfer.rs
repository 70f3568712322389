//! Transfer: the rest of a fill that one pharmacy owes is another one's to hand over.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use prescription::Clues;
use serde_json::{Value, json};

use crate::counter::Counter;
use crate::declare::{DeclareError, Declared, declare, earlier, signed};
use crate::store::{ActId, Statement, StatementKind};
use crate::verify::Authentic;

/// Moves what is owed of a prescription: to the pharmacy `to`, or, without one, to this one, because
/// the patient asks for it here. Signs, writes down and delivers.
///
/// # Errors
/// [`DeclareError`]; nothing was stated.
pub fn transfer(
    counter: &Counter,
    id: &ActId,
    authentic: &Authentic,
    to: Option<&Clues>,
    now: Timestamp,
) -> Result<Declared, DeclareError> {
    if let Some(declared) = earlier(counter, id, now)? {
        return Ok(declared);
    }
    let verified = authentic.prescription();
    let folio = verified.payload().folio;
    // Any line names the prescription.
    let line = format!("MedicationRequest/{}-1", folio.compact());
    let digest = BASE64URL_NOPAD.encode(verified.qr_digest());
    let whom = to.map_or_else(
        || "aquí, a petición del paciente".to_owned(),
        |to| format!("a {to}"),
    );
    let statement = Statement {
        id: id.clone(),
        kind: StatementKind::Transfer,
        at: now,
        path: format!("/fhir/r4/{line}/$transfer"),
        submission: signed(&parameters(&line, &digest, to, now), &counter.identity)?,
        summary: format!("Traspaso de lo que se debe de {folio} {whom}."),
    };
    Ok(declare(counter, &statement, now)?)
}

fn parameters(line: &str, digest: &str, to: Option<&Clues>, now: Timestamp) -> Value {
    let digest = json!({ "system": "urn:receta:qr-digest", "value": digest });
    let mut parameter = vec![
        json!({ "name": "prescription", "valueReference": { "reference": line } }),
        json!({ "name": "qr-digest", "valueIdentifier": digest }),
        json!({ "name": "at", "valueDateTime": now.to_string() }),
    ];
    if let Some(to) = to {
        let clues = json!({ "system": "urn:oid:2.16.840.1.113883.4.631", "value": to.as_str() });
        parameter.push(json!({ "name": "to", "valueReference": { "identifier": clues } }));
    }
    json!({ "resourceType": "Parameters", "parameter": parameter })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture::{self, now};

    #[test]
    fn is_written_as_agreed_with_and_without_a_receiver() {
        let (_folder, counter) = fixture::counter();
        let authentic = counter.verify(&fixture::qr(&fixture::payload())).unwrap();
        let other: Clues = "HGIMB000262".parse().unwrap();
        for (n, to) in [(1, Some(&other)), (2, None)] {
            let id = format!("{n:032x}").parse().unwrap();
            let done = transfer(&counter, &id, &authentic, to, now()).unwrap();
            assert!(matches!(done, Declared::Unknown { outage: true, .. }));
            let stated = counter.store().statement(&id).unwrap().unwrap().statement;
            let folio = fixture::payload().folio;
            let line = format!("MedicationRequest/{}-1", folio.compact());
            assert_eq!(stated.path, format!("/fhir/r4/{line}/$transfer"));
            let document: Value = serde_json::from_slice(&stated.submission.document).unwrap();
            let parameter = document["parameter"].as_array().unwrap();
            assert_eq!(parameter[0]["valueReference"]["reference"], line);
            assert_eq!(
                parameter[1]["valueIdentifier"]["value"]
                    .as_str()
                    .unwrap()
                    .len(),
                43
            );
            let receiver = &document["parameter"][3]["valueReference"]["identifier"]["value"];
            assert_eq!(receiver.as_str(), to.map(Clues::as_str));
            assert!(!stated.summary.contains(fixture::PATIENT));
        }
    }
}
