//! What pharmacies and prescribers send after the issue.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use serde_json::{Value, json};

/// One line handed over.
#[derive(Debug, Clone)]
pub struct HandOver<'a> {
    /// Id of the `MedicationRequest`.
    pub request_id: &'a str,
    /// Clave of the medicine.
    pub clave: &'a str,
    /// Packages.
    pub packages: u32,
    /// Lot and expiry date (`YYYY-MM` or `YYYY-MM-DD`).
    pub lot: (&'a str, &'a str),
    /// SHA-256 of the QR without its seal.
    pub qr_digest: [u8; 32],
    /// When.
    pub at: Timestamp,
}

impl HandOver<'_> {
    /// The `MedicationDispense`.
    #[must_use]
    pub fn to_resource(&self) -> Value {
        let clave = json!({
            "system": "urn:oid:2.16.840.1.113883.3.215.12.8",
            "code": self.clave,
        });
        let digest = BASE64URL_NOPAD.encode(&self.qr_digest);
        json!({
            "resourceType": "MedicationDispense",
            "contained": [{
                "resourceType": "Medication",
                "id": "m",
                "code": {"coding": [clave]},
                "batch": {"lotNumber": self.lot.0, "expirationDate": self.lot.1},
            }],
            "identifier": [{"system": "urn:receta:qr-digest", "value": digest}],
            "status": "completed",
            "medicationReference": {"reference": "#m"},
            "authorizingPrescription": [
                {"reference": format!("MedicationRequest/{}", self.request_id)},
            ],
            "quantity": {"value": self.packages, "unit": "envase"},
            "whenHandedOver": self.at.to_string(),
        })
    }
}

/// `Parameters` of `$cancel`.
#[must_use]
pub fn cancellation(reason: &str, cedula: &str) -> Value {
    let identifier = json!({
        "system": "urn:oid:2.16.840.1.113883.3.215.12.18",
        "value": cedula,
    });
    json!({
        "resourceType": "Parameters",
        "parameter": [
            {"name": "reason", "valueCode": reason},
            {"name": "requester", "valueReference": {"identifier": identifier}},
        ],
    })
}
