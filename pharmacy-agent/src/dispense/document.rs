//! The act in FHIR: what the pharmacy signs and posts.

use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};

use crate::identity::{IdentityError, PharmacyIdentity};
use crate::store::{Act, ActLine, Submission};

const QR_DIGEST: &str = "urn:receta:qr-digest";
const ACT: &str = "urn:receta:acto";
/// The brand that was handed over.
const BRAND: &str = "urn:receta:denominacion-distintiva";
const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";

/// The canonical bytes (RFC 8785) of an act and the pharmacy's signature over them.
///
/// # Errors
/// [`IdentityError::Sign`].
pub fn submission_of(
    act: &Act,
    qr_digest: &[u8; 32],
    identity: &PharmacyIdentity,
) -> Result<Submission, IdentityError> {
    let resource = resource(act, &BASE64URL_NOPAD.encode(qr_digest));
    let document = serde_json_canonicalizer::to_vec(&resource).map_err(|_| IdentityError::Sign)?;
    let signature = identity.sign(&document)?;
    Ok(Submission {
        document,
        signature,
    })
}

/// One line is a `MedicationDispense`; several are a transaction of them.
fn resource(act: &Act, qr_digest: &str) -> Value {
    if let [line] = act.lines.as_slice() {
        return medication_dispense(act, line, qr_digest);
    }
    let entry = |line: &ActLine| {
        json!({
            "resource": medication_dispense(act, line, qr_digest),
            "request": { "method": "POST", "url": "MedicationDispense" },
        })
    };
    let entries: Vec<_> = act.lines.iter().map(entry).collect();
    json!({ "resourceType": "Bundle", "type": "transaction", "entry": entries })
}

fn medication_dispense(act: &Act, line: &ActLine, qr_digest: &str) -> Value {
    let request = format!("MedicationRequest/{}-{}", act.folio.compact(), line.line);
    let unit = if line.unit_doses {
        "dosis unitaria"
    } else {
        "envase"
    };
    let mut resource = json!({
        "resourceType": "MedicationDispense",
        "contained": [medication(line)],
        "identifier": [
            { "system": QR_DIGEST, "value": qr_digest },
            { "system": ACT, "value": act.id.to_string() },
        ],
        "status": "completed",
        "medicationReference": { "reference": "#m" },
        "authorizingPrescription": [{ "reference": request }],
        "quantity": { "value": line.packages.count(), "unit": unit },
        "whenHandedOver": act.at.to_string(),
    });
    if let Some(brand) = &line.brand {
        resource["extension"] = json!([{ "url": BRAND, "valueString": brand }]);
    }
    resource
}

/// FHIR has no empty objects: a batch appears where something is known of it.
fn medication(line: &ActLine) -> Value {
    let mut medication = json!({
        "resourceType": "Medication",
        "id": "m",
        "code": { "coding": [{ "system": CLAVE, "code": line.clave.as_str() }] },
    });
    if let Some(lot) = &line.lot {
        medication["batch"]["lotNumber"] = json!(lot);
    }
    if let Some(expiry) = line.expiry {
        medication["batch"]["expirationDate"] = json!(expiry.to_string());
    }
    medication
}

#[cfg(test)]
mod tests {
    use signing::cose::verify_detached;

    use super::*;
    use crate::fixture::acts::{act, offline_act};

    #[test]
    fn one_line_is_written_as_agreed() {
        let (identity, _) = PharmacyIdentity::for_tests();
        let act = offline_act(1);
        let submission = submission_of(&act, &[0; 32], &identity).unwrap();
        let expected = format!(
            concat!(
                r##"{{"authorizingPrescription":[{{"reference":"MedicationRequest/{folio}-2"}}],"##,
                r##""contained":[{{"batch":{{"expirationDate":"2027-06-30","lotNumber":"L-2"}},"##,
                r##""code":{{"coding":[{{"code":"010.000.2128.00","##,
                r##""system":"urn:oid:2.16.840.1.113883.3.215.12.8"}}]}},"id":"m","##,
                r##""resourceType":"Medication"}}],"##,
                r##""identifier":[{{"system":"urn:receta:qr-digest","value":"{digest}"}},"##,
                r##"{{"system":"urn:receta:acto","value":"00000000000000000000000000000001"}}],"##,
                r##""medicationReference":{{"reference":"#m"}},"##,
                r##""quantity":{{"unit":"envase","value":1}},"##,
                r##""resourceType":"MedicationDispense","status":"completed","##,
                r##""whenHandedOver":"2026-11-23T18:00:00Z"}}"##,
            ),
            folio = act.folio.compact(),
            digest = "A".repeat(43),
        );
        assert_eq!(String::from_utf8(submission.document).unwrap(), expected);
    }

    #[test]
    fn several_lines_are_one_transaction_that_is_signed_whole() {
        let (identity, spki) = PharmacyIdentity::for_tests();
        let submission = submission_of(&act(1), &[0; 32], &identity).unwrap();
        let cose = BASE64URL_NOPAD
            .decode(submission.signature.as_bytes())
            .unwrap();
        assert!(verify_detached(&cose, &submission.document, &spki).is_ok());
        let bundle: Value = serde_json::from_slice(&submission.document).unwrap();
        assert_eq!(bundle["type"], "transaction");
        assert_eq!(bundle["entry"].as_array().unwrap().len(), 2);
        assert_eq!(bundle["entry"][1]["request"]["url"], "MedicationDispense");
    }

    #[test]
    fn a_brand_and_unit_doses_are_said_where_they_apply() {
        let mut act = offline_act(1);
        let plain = resource(&act, "digest");
        assert!(plain.get("extension").is_none());
        act.lines[0].brand = Some("Rivotril".to_owned());
        act.lines[0].unit_doses = true;
        let written = resource(&act, "digest");
        assert_eq!(written["extension"][0]["url"], BRAND);
        assert_eq!(written["extension"][0]["valueString"], "Rivotril");
        assert_eq!(written["quantity"]["unit"], "dosis unitaria");
    }

    #[test]
    fn without_lot_and_expiry_there_is_no_batch() {
        let mut act = offline_act(1);
        act.lines[0].lot = None;
        act.lines[0].expiry = None;
        let written = resource(&act, "digest");
        assert!(written["contained"][0].get("batch").is_none());
    }
}
