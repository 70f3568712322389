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

/// Whether `system` names the CURP.
#[must_use]
pub fn is_curp(system: &str) -> bool {
    system == CURP || system == CURP_OID
}
