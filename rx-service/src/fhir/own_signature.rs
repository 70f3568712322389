//! `Parameters` of `MedicationRequest/$prepare` and `$complete`, and the answer of `$prepare`.

use data_encoding::BASE64;
use serde_json::{Value, json};

use super::bundle::{self, Submission};
use super::issue::{self, IssueRequest};
use super::node::Node;
use super::parameters::{self, Names, Parameters};
use super::shape::{Errors, Format, ShapeError, ShapeProblem};
use super::{document, systems};

/// Bytes of a certificate or signature, in base64: more than any has.
const MAX_BASE64: usize = 700_000;
/// Characters of the name of a transaction.
const MAX_NAME: usize = 64;

/// What a prescriber's EHR wants prepared. Personal data: no `Debug`.
pub struct PrepareRequest {
    /// The prescription.
    pub issue: IssueRequest,
    /// Canonical bytes of the resource it was read from.
    pub resource: Vec<u8>,
    /// The certificate that will sign, DER; `None`: that of the wrapped key.
    pub certificate: Option<Vec<u8>>,
}

/// What the prescriber's software signed; nothing, where the wrapped key signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CompleteRequest {
    /// Which transaction.
    pub transaction: String,
    /// The signature value over the attributes.
    pub signature: Option<Vec<u8>>,
    /// A whole CMS, instead of `signature`.
    pub cades: Option<Vec<u8>>,
    /// The signature of the QR.
    pub qr_signature: Option<Vec<u8>>,
}

const PREPARE: Names = Names {
    required: &["prescription"],
    optional: &["certificate"],
    listed: "prescription, certificate",
};
const COMPLETE: Names = Names {
    required: &["transaction"],
    optional: &["signature", "cades", "qrSignature"],
    listed: "transaction, signature, cades, qrSignature",
};

/// Reads the body of `$prepare`.
///
/// # Errors
/// Every problem found.
pub(super) fn read_prepare(value: &Value) -> Result<PrepareRequest, Vec<ShapeError>> {
    let (resource, path, certificate) = parameters::read(value, &PREPARE, |found, errors| {
        let certificate = optional(found, "certificate", errors);
        let resource = found.get("prescription")?.object("resource", errors)?;
        Some((resource.value, resource.path.clone(), certificate?))
    })?;
    let issue = read_resource(resource).map_err(|errors| beneath(&path, errors))?;
    let resource = document::canonical_bytes(resource).map_err(|_| {
        vec![ShapeError {
            path,
            problem: ShapeProblem::Format(Format::Text),
        }]
    })?;
    Ok(PrepareRequest {
        issue,
        resource,
        certificate,
    })
}

/// A prescription: one `MedicationRequest`, or a transaction of several lines.
///
/// # Errors
/// Every problem found.
pub(super) fn read_resource(value: &Value) -> Result<IssueRequest, Vec<ShapeError>> {
    if value["resourceType"] != "Bundle" {
        return issue::read_single(value);
    }
    match bundle::read(value)? {
        Submission::Issue(request) => Ok(*request),
        Submission::Dispense(_) => Err(vec![ShapeError {
            path: "Bundle.entry[0].resource.resourceType".to_owned(),
            problem: ShapeProblem::WrongResource("MedicationRequest"),
        }]),
    }
}

/// The problems of a resource inside another one, under the path of where it stands.
fn beneath(path: &str, mut errors: Vec<ShapeError>) -> Vec<ShapeError> {
    for error in &mut errors {
        let rest = error.path.split_once('.').map_or("", |(_, rest)| rest);
        error.path = format!("{path}.{rest}");
    }
    errors
}

/// Reads the body of `$complete`.
///
/// # Errors
/// Every problem found.
pub(super) fn read_complete(value: &Value) -> Result<CompleteRequest, Vec<ShapeError>> {
    parameters::read(value, &COMPLETE, |found, errors| {
        let transaction = found
            .get("transaction")?
            .text("valueString", errors, |text| {
                if text.len() > MAX_NAME {
                    return Err(ShapeProblem::TooLong(64));
                }
                Ok(text.to_owned())
            });
        if found.get("signature").is_some() && found.get("cades").is_some() {
            let path = found.path_of("cades", "valueBase64Binary");
            errors.push(path, ShapeProblem::Contradiction);
            return None;
        }
        let mut read = |name| optional(found, name, errors);
        let (signature, cades) = (read("signature"), read("cades"));
        let qr_signature = read("qrSignature");
        Some(CompleteRequest {
            transaction: transaction?,
            signature: signature?,
            cades: cades?,
            qr_signature: qr_signature?,
        })
    })
}

/// `None` where one that is there could not be read, which has been reported.
#[expect(
    clippy::option_option,
    reason = "absent, unreadable and read are three things"
)]
fn optional(found: &Parameters<'_>, name: &str, errors: &mut Errors) -> Option<Option<Vec<u8>>> {
    match found.get(name) {
        None => Some(None),
        Some(_) => bytes(found, name, errors).map(Some),
    }
}

fn bytes(found: &Parameters<'_>, name: &str, errors: &mut Errors) -> Option<Vec<u8>> {
    let parameter: &Node<'_> = found.get(name)?;
    parameter.text("valueBase64Binary", errors, |text| {
        let read = (text.len() <= MAX_BASE64).then(|| BASE64.decode(text.as_bytes()).ok());
        let read = read.flatten().filter(|bytes| !bytes.is_empty());
        read.ok_or(ShapeProblem::Format(Format::Base64))
    })
}

/// What `$prepare` answers: the parameters in the order in which they are used.
pub struct PrepareAnswer<'a> {
    /// Name of the transaction.
    pub transaction: &'a str,
    /// The number that the prescription will have.
    pub folio: prescription::Folio,
    /// Until when it can be completed.
    pub expires_at: jiff::Timestamp,
    /// The document.
    pub document: &'a [u8],
    /// What the legal signature signs, and its SHA-256.
    pub signed_attributes: (&'a [u8], [u8; 32]),
    /// `prescriber` or `institution`.
    pub qr_signer: &'static str,
    /// What the QR will say.
    pub qr_payload: &'a [u8],
    /// The bytes that the QR's signature signs, and their SHA-256.
    pub qr_to_sign: Option<(&'a [u8], [u8; 32])>,
    /// `own` or `remote`: whose hands hold the key.
    pub key: &'static str,
}

impl PrepareAnswer<'_> {
    /// The `Parameters` resource.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let binary = |name: &str, bytes: &[u8]| json!({"name": name, "valueBase64Binary": BASE64.encode(bytes)});
        let (attributes, digest) = &self.signed_attributes;
        let mut list = vec![
            json!({"name": "transaction", "valueString": self.transaction}),
            json!({"name": "folio", "valueIdentifier":
                {"system": systems::FOLIO, "value": self.folio.to_string()}}),
            json!({"name": "expires", "valueInstant": self.expires_at.to_string()}),
            binary("document", self.document),
            binary("signedAttributes", attributes),
            binary("signedAttributesDigest", digest),
            json!({"name": "key", "valueCode": self.key}),
            json!({"name": "qrSigner", "valueCode": self.qr_signer}),
            binary("qrPayload", self.qr_payload),
        ];
        if let Some((to_sign, digest)) = &self.qr_to_sign {
            list.push(binary("qrToSign", to_sign));
            list.push(binary("qrDigest", digest));
        }
        json!({"resourceType": "Parameters", "parameter": list})
    }
}

/// What `$complete` answers: the folio and each line, as issued.
#[must_use]
pub fn complete_answer(folio: prescription::Folio, lines: Vec<Value>) -> Value {
    let folio = json!({"name": "folio", "valueIdentifier":
        {"system": systems::FOLIO, "value": folio.to_string()}});
    let lines = lines
        .into_iter()
        .map(|line| json!({"name": "prescription", "resource": line}));
    let list: Vec<Value> = std::iter::once(folio).chain(lines).collect();
    json!({"resourceType": "Parameters", "parameter": list})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fhir::examples;

    fn prepare(prescription: &str) -> Value {
        let resource: Value = serde_json::from_str(prescription).unwrap();
        json!({"resourceType": "Parameters", "parameter": [
            {"name": "prescription", "resource": resource},
            {"name": "certificate", "valueBase64Binary": "MAA="},
        ]})
    }

    fn complete(parameters: &[Value]) -> Result<CompleteRequest, Vec<ShapeError>> {
        let mut list = vec![json!({"name": "transaction", "valueString": "t"})];
        list.extend_from_slice(parameters);
        read_complete(&json!({"resourceType": "Parameters", "parameter": list}))
    }

    fn binary(name: &str, text: &str) -> Value {
        json!({"name": name, "valueBase64Binary": text})
    }

    #[test]
    fn a_line_and_a_transaction_can_be_prepared() {
        for example in [examples::CLONAZEPAM, examples::THREE_LINES] {
            let read = read_prepare(&prepare(example)).ok().unwrap();
            assert_eq!(read.certificate.as_deref(), Some(&[0x30, 0][..]));
            let again: Value = serde_json::from_slice(&read.resource).unwrap();
            assert_eq!(again, serde_json::from_str::<Value>(example).unwrap());
            assert!(read_resource(&again).is_ok());
        }
    }

    #[test]
    fn without_a_certificate_the_wrapped_key_is_meant() {
        let mut value = prepare(examples::CLONAZEPAM);
        value["parameter"].as_array_mut().unwrap().pop();
        assert!(read_prepare(&value).ok().unwrap().certificate.is_none());
        // One that is there and cannot be read is not one that is absent.
        let mut value = prepare(examples::CLONAZEPAM);
        value["parameter"][1]["valueBase64Binary"] = json!("");
        assert!(read_prepare(&value).is_err());
    }

    #[test]
    fn what_is_wrong_inside_is_named_from_the_outside() {
        let mut value = prepare(examples::CLONAZEPAM);
        value["parameter"][0]["resource"]["requester"] = json!({});
        let found = read_prepare(&value).err().unwrap();
        let inside = "Parameters.parameter[0].resource.requester";
        assert!(
            found.iter().all(|error| error.path.starts_with(inside)),
            "{found:?}"
        );
        value["parameter"][1]["valueBase64Binary"] = json!("no es base64");
        let found = read_prepare(&value).err().unwrap();
        assert_eq!(found[0].problem, ShapeProblem::Format(Format::Base64));
    }

    #[test]
    fn one_legal_signature_in_one_of_two_forms() {
        let value = complete(&[binary("signature", "AQI=")]).unwrap();
        assert_eq!(value.signature.as_deref(), Some(&[1, 2][..]));
        assert_eq!((value.cades, value.qr_signature), (None, None));
        let both = complete(&[binary("cades", "AQI="), binary("qrSignature", "Aw==")]).unwrap();
        assert_eq!(both.qr_signature.as_deref(), Some(&[3][..]));
        let problem =
            |found: Result<CompleteRequest, Vec<ShapeError>>| found.unwrap_err()[0].problem;
        let none = complete(&[]).unwrap();
        assert_eq!(
            (none.signature, none.cades, none.qr_signature),
            (None, None, None)
        );
        let twice = complete(&[binary("signature", "AQI="), binary("cades", "AQI=")]);
        assert_eq!(problem(twice), ShapeProblem::Contradiction);
        for wrong in ["", "A", "AQI", "AR=="] {
            let refused = complete(&[binary("signature", wrong)]);
            assert!(refused.is_err(), "{wrong:?}");
        }
    }
}
