//! The answer of `$prepare`, read with distrust, and the body of `$complete`.

use data_encoding::BASE64;
use jiff::Timestamp;
use serde_json::{Value, json};
use signing::cms::cades::Prepared;
use signing::cose::Sign1;
use signing::qr::Payload;

use crate::{OwnCertificate, OwnKey, SignError};

/// What is to be signed: it was found to be about one document.
pub struct Order {
    transaction: String,
    /// Number of the prescription.
    pub folio: String,
    /// Until when it can be completed.
    pub expires_at: Timestamp,
    /// The document, as JSON.
    pub document: Value,
    /// What the QR will say.
    pub payload: Payload,
    signed_attributes: Vec<u8>,
    qr_to_sign: Option<Vec<u8>>,
}

impl Order {
    /// Reads an answer, and holds each part of it against the others and against `certificate`.
    ///
    /// # Errors
    /// [`SignError::Answer`], [`SignError::OtherCertificate`], [`SignError::OtherDocument`],
    /// [`SignError::Qr`], [`SignError::QrDiffers`], [`SignError::Stale`].
    pub fn read(
        answer: &[u8],
        certificate: &OwnCertificate,
        now: Timestamp,
    ) -> Result<Self, SignError> {
        let answer: Value =
            serde_json::from_slice(answer).map_err(|_| SignError::Answer("JSON"))?;
        let expires_at = text(&answer, "expires", "valueInstant")?
            .parse()
            .map_err(|_| SignError::Answer("expires"))?;
        if now > expires_at {
            return Err(SignError::Stale(expires_at));
        }
        let bytes = binary(&answer, "document")?;
        let signed_attributes = binary(&answer, "signedAttributes")?;
        let chain = certificate.chain()?;
        Prepared::restore(signed_attributes.clone(), &chain)
            .map_err(SignError::OtherCertificate)?
            .covers(&bytes)
            .map_err(SignError::OtherDocument)?;
        let encoded = binary(&answer, "qrPayload")?;
        let payload = Payload::from_cbor(&encoded).map_err(SignError::Qr)?;
        let document = serde_json::from_slice(&bytes).map_err(|_| SignError::Answer("document"))?;
        agree(&payload, &bytes, &document)?;
        let order = Self {
            transaction: text(&answer, "transaction", "valueString")?.to_owned(),
            folio: payload.folio.to_string(),
            expires_at,
            document,
            payload,
            signed_attributes,
            qr_to_sign: to_sign(&answer, certificate, &encoded)?,
        };
        Ok(order)
    }

    /// Whether the institution signs the QR, because this key's signature does not fit one.
    #[must_use]
    pub fn qr_by_institution(&self) -> bool {
        self.qr_to_sign.is_none()
    }

    /// Signs, and writes the body of `$complete`.
    ///
    /// # Errors
    /// As [`OwnKey::sign`].
    pub fn sign(&self, key: &OwnKey) -> Result<Value, SignError> {
        let signature = key.sign(&self.signed_attributes)?;
        let mut list = vec![
            json!({"name": "transaction", "valueString": self.transaction}),
            json!({"name": "signature", "valueBase64Binary": BASE64.encode(&signature)}),
        ];
        if let Some(to_sign) = &self.qr_to_sign {
            let signature = BASE64.encode(&key.sign(to_sign)?);
            list.push(json!({"name": "qrSignature", "valueBase64Binary": signature}));
        }
        Ok(json!({"resourceType": "Parameters", "parameter": list}))
    }
}

/// The bytes of the QR's signature, which must be those of this payload and this key: the service
/// could ask for a signature over anything else.
fn to_sign(
    answer: &Value,
    certificate: &OwnCertificate,
    payload: &[u8],
) -> Result<Option<Vec<u8>>, SignError> {
    if text(answer, "qrSigner", "valueCode")? == "institution" {
        return Ok(None);
    }
    let given = binary(answer, "qrToSign")?;
    if given == Sign1::to_be_signed(certificate.spki(), payload) {
        Ok(Some(given))
    } else {
        Err(SignError::QrDiffers("bytes por firmar"))
    }
}

/// What the QR says is what the document says: the digest, who prescribes, the medicines in order.
fn agree(payload: &Payload, bytes: &[u8], document: &Value) -> Result<(), SignError> {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    if payload.document_digest != digest.as_ref() {
        return Err(SignError::QrDiffers("huella del documento"));
    }
    let folio = document["identifier"]["value"].as_str();
    if folio != Some(payload.folio.to_string().as_str()) {
        return Err(SignError::QrDiffers("folio"));
    }
    let lines = lines_of(document);
    let claves = lines.iter().map(|line| clave_of(line));
    if !claves.eq(payload
        .lines
        .iter()
        .map(|line| Some(line.clave.to_string())))
    {
        return Err(SignError::QrDiffers("medicamentos"));
    }
    let by = |line: &&Value| {
        line["requester"]["identifier"]["value"].as_str() == Some(payload.cedula.as_str())
    };
    if lines.iter().all(by) {
        Ok(())
    } else {
        Err(SignError::QrDiffers("cédula de quien prescribe"))
    }
}

/// The `MedicationRequest`s of the document, in order.
pub(crate) fn lines_of(document: &Value) -> Vec<&Value> {
    let entries = document["entry"].as_array().map(Vec::as_slice);
    let resources = entries.unwrap_or_default().iter();
    resources
        .map(|entry| &entry["resource"])
        .filter(|resource| resource["resourceType"] == "MedicationRequest")
        .collect()
}

/// The coding of a medicine, in the concept or in the contained resource that it refers to.
pub(crate) fn medicine_of(line: &Value) -> Option<&Value> {
    let concept = match line["medicationReference"]["reference"].as_str() {
        Some(reference) => {
            let id = reference.trim_start_matches('#');
            let contained = line["contained"].as_array()?;
            &contained.iter().find(|one| one["id"] == id)?["code"]
        }
        None => &line["medicationCodeableConcept"],
    };
    let codings = concept["coding"].as_array()?;
    codings
        .iter()
        .find(|coding| coding["system"] == "urn:oid:2.16.840.1.113883.3.215.12.8")
}

fn clave_of(line: &Value) -> Option<String> {
    medicine_of(line)?["code"].as_str().map(str::to_owned)
}

fn parameter<'a>(answer: &'a Value, name: &'static str) -> Result<&'a Value, SignError> {
    let list = answer["parameter"].as_array();
    let list = list.ok_or(SignError::Answer("parameter"))?;
    let mut found = list.iter().filter(|parameter| parameter["name"] == name);
    match (found.next(), found.next()) {
        (Some(parameter), None) => Ok(parameter),
        _ => Err(SignError::Answer(name)),
    }
}

fn text<'a>(answer: &'a Value, name: &'static str, kind: &str) -> Result<&'a str, SignError> {
    let value = parameter(answer, name)?[kind].as_str();
    value.ok_or(SignError::Answer(name))
}

fn binary(answer: &Value, name: &'static str) -> Result<Vec<u8>, SignError> {
    let value = text(answer, name, "valueBase64Binary")?;
    BASE64
        .decode(value.as_bytes())
        .map_err(|_| SignError::Answer(name))
}
