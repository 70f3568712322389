//! URIs of the identifier and code systems of the API.

/// CURP, as the national guide writes it.
pub const CURP: &str = "http://sistema.salud.gob.mx/curp";
/// CURP, by the OID that DGIS assigned. Accepted on input.
pub const CURP_OID: &str = "urn:oid:2.16.840.1.113883.4.629";
/// Cédula profesional.
pub const CEDULA: &str = "urn:oid:2.16.840.1.113883.3.215.12.18";
/// CLUES.
pub const CLUES: &str = "urn:oid:2.16.840.1.113883.4.631";
/// Clave of the Compendio Nacional de Insumos para la Salud.
pub const CLAVE: &str = "urn:oid:2.16.840.1.113883.3.215.12.8";
/// Folio of a prescription.
pub const FOLIO: &str = "urn:receta:folio";
/// The authority's folio of a special recetario (LGS art. 241).
pub const SPECIAL_FOLIO: &str = "urn:receta:recetario-especial";
/// SHA-256 of a QR's COSE bytes without its seal, base64url.
pub const QR_DIGEST: &str = "urn:receta:qr-digest";
/// Extension: the brand that the prescriber prefers (LGS art. 226, last paragraph).
pub const BRAND: &str = "urn:receta:denominacion-distintiva";
/// Codes of refusals and of malformed input in an `OperationOutcome`.
pub const REFUSAL: &str = "urn:receta:refusal";
/// Symbols of the articles that a refusal rests on.
pub const LAW: &str = "urn:receta:law";
/// Reasons of a cancellation.
pub const CANCEL_REASON: &str = "urn:receta:cancel-reason";
/// Reasons of a suspension.
pub const SUSPEND_REASON: &str = "urn:receta:suspend-reason";
/// Reasons of a return or correction.
pub const RETURN_REASON: &str = "urn:receta:return-reason";
/// Reasons for which a prescription may overlap with another.
pub const OVERLAP_REASON: &str = "urn:receta:overlap-reason";
/// HL7's codes of acts: `DUPTHPY` is an alert of duplicate therapy.
pub const ACT_CODE: &str = "http://terminology.hl7.org/CodeSystem/v3-ActCode";
/// HL7's categories of a `MedicationRequest`.
pub const REQUEST_CATEGORY: &str =
    "http://terminology.hl7.org/CodeSystem/medicationrequest-category";
/// HL7's extension: the patient is an animal.
pub const ANIMAL: &str = "http://hl7.org/fhir/StructureDefinition/patient-animal";
/// Extension of a `MedicationDispense`: how much of it came back.
pub const RETURNED: &str = "urn:receta:devuelto";
/// CIE-10 (ICD-10).
pub const CIE_10: &str = "http://hl7.org/fhir/sid/icd-10";
/// CIE-10, by its OID. Accepted on input.
pub const CIE_10_OID: &str = "urn:oid:2.16.840.1.113883.6.3";
/// RFC of a supplier that does not record here.
pub const RFC: &str = "urn:receta:rfc";
/// Number of an invoice or of the note that goes with a delivery.
pub const DOCUMENT: &str = "urn:receta:documento";
/// Special permit of acquisition, transfer or import.
pub const PERMIT: &str = "urn:receta:permiso";
/// Sanitary licence of a supplier that does not record here.
pub const LICENCE: &str = "urn:receta:licencia-sanitaria";
/// A shipment: CLUES of the sender, hyphen, number of the movement.
pub const SHIPMENT: &str = "urn:receta:envio";
/// SNOMED CT.
pub const SNOMED: &str = "http://snomed.info/sct";
/// Units of measure, UCUM.
pub const UCUM: &str = "http://unitsofmeasure.org";

/// Whether `system` names CIE-10.
#[must_use]
pub fn is_cie10(system: &str) -> bool {
    system == CIE_10 || system == CIE_10_OID
}

/// Whether `system` names the CURP.
#[must_use]
pub fn is_curp(system: &str) -> bool {
    system == CURP || system == CURP_OID
}
