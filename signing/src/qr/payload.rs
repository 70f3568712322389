//! What a QR says: the prescription without the names of medicines, which the catalog knows.

use std::fmt;

use jiff::civil::Date;
use jiff::{Span, Timestamp};
use prescription::{
    Cedula, Clave, Clues, Dosage, Folio, Fraction, Issued, IssuedLine, Packages, SpecialFolio,
};

use super::payload_cbor;
use crate::cose::CborError;

/// Version of the payload format.
pub const VERSION: u8 = 1;
/// Lines of a prescription.
pub const MAX_LINES: usize = 6;
/// Bytes of a patient's name in UTF-8.
pub const MAX_NAME_LEN: usize = 120;
/// Characters of a CURP.
const CURP_LEN: usize = 18;

/// The content of a QR. `Debug` shows the folio only: the rest is personal data.
#[derive(Clone, PartialEq, Eq)]
pub struct Payload {
    /// Number of the prescription.
    pub folio: Folio,
    /// CURP of the patient: 18 capital letters and digits. Its meaning is checked elsewhere.
    pub curp: String,
    /// Name of the patient, 1 to 120 bytes without control characters.
    pub name: String,
    /// Who prescribed.
    pub cedula: Cedula,
    /// Where it was written.
    pub clues: Clues,
    /// Instant of issue by the signer's clock, in whole seconds from 1970 on.
    pub issued_at: Timestamp,
    /// Date written, from 1970 on.
    pub written_on: Date,
    /// One to six medicines.
    pub lines: Vec<PayloadLine>,
    /// SHA-256 of the document that carries the legal signature.
    pub document_digest: [u8; 32],
    /// The authority's folio, for fraction I (LGS art. 241).
    pub special_folio: Option<SpecialFolio>,
    /// Whose key signed the QR.
    pub signer: QrSigner,
}

/// Whose key signed a QR.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum QrSigner {
    /// The prescriber's, as the legal signature.
    #[default]
    Prescriber,
    /// The institution's: the prescriber made the legal signature with an e.firma whose signatures
    /// do not fit a QR (RSA), or whose certificate does not name the cédula. Whoever needs the
    /// prescriber's own signature fetches it, and knows it by this digest.
    Institution {
        /// SHA-256 of the detached CAdES signature, DER, as it was issued.
        cades: [u8; 32],
    },
}

/// One medicine in a QR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayloadLine {
    /// The medicine.
    pub clave: Clave,
    /// Packages of one fill, at least one.
    pub packages: Packages,
    /// Fills, the first included, at least one.
    pub fills: u8,
    /// Sale fraction on the day of issue.
    pub fraction: Fraction,
    /// Whether it is an antibiotic.
    pub antibiotic: bool,
    /// Last day on which it can be filled, not before the date written.
    pub valid_until: Date,
    /// How it is taken.
    pub dosage: Dosage,
}

/// Why bytes are not a payload, or a payload cannot be encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PayloadError {
    /// Not deterministic CBOR.
    #[error(transparent)]
    Cbor(#[from] CborError),
    /// Another version of the format.
    #[error("the QR payload is not of version 1; update this program")]
    Version,
    /// A field is missing, surplus or of another type.
    #[error("the QR payload does not have the fields of version 1")]
    Shape,
    /// The same content in other words: a cédula as text that could be a number, for one.
    #[error("the QR payload is not in its canonical form")]
    NotCanonical,
    /// One of the five bits that a folio leaves over is set.
    #[error("the folio in the QR payload is malformed")]
    Folio,
    /// Not 18 capital letters and digits.
    #[error("the CURP in the QR payload is not 18 capital letters and digits")]
    Curp,
    /// Empty, too long or with control characters.
    #[error("the patient's name must have 1 to 120 bytes and no control characters")]
    Name,
    /// Not a cédula.
    #[error("the cédula in the QR payload is malformed")]
    Cedula,
    /// Not a CLUES.
    #[error("the CLUES in the QR payload is malformed")]
    Clues,
    /// Before 1970, too far ahead, or with a fraction of a second.
    #[error("the instant of issue must be in whole seconds from 1970 on")]
    IssuedAt,
    /// Before 1970 or too far ahead.
    #[error("the date written must lie between 1970 and 9999")]
    WrittenOn,
    /// None, or more than six.
    #[error("a prescription has 1 to 6 lines")]
    LineCount,
    /// Not a clave.
    #[error("a clave in the QR payload is malformed")]
    Clave,
    /// Zero.
    #[error("a line must have at least one package per fill")]
    Packages,
    /// Zero.
    #[error("a line must have at least one fill")]
    Fills,
    /// Not twice one of the six, plus one for an antibiotic.
    #[error("the class of a medicine in the QR payload must be a number from 2 to 13")]
    Fraction,
    /// Before the date written or too far ahead.
    #[error("the last day of validity must lie between the date written and the year 9999")]
    ValidUntil,
    /// A quantity out of range, or an unknown unit, period or route.
    #[error("the dosage in the QR payload has an unknown code or a number out of range")]
    Dosage,
    /// Not a special folio.
    #[error("the special folio in the QR payload is malformed")]
    SpecialFolio,
}

impl Payload {
    /// The payload of an issued prescription. CURP and name come from the signed document, whose
    /// SHA-256 is `document_digest`; the event has the patient by pseudonym only.
    pub fn from_issued(
        issued: &Issued,
        curp: &str,
        name: &str,
        document_digest: [u8; 32],
    ) -> Result<Self, PayloadError> {
        let payload = Self {
            folio: issued.folio,
            curp: curp.to_owned(),
            name: name.to_owned(),
            cedula: issued.prescriber.clone(),
            clues: issued.establishment.clone(),
            issued_at: Timestamp::from_second(issued.at.as_second())
                .map_err(|_| PayloadError::IssuedAt)?,
            written_on: issued.written_on,
            lines: issued.lines.iter().map(PayloadLine::from).collect(),
            document_digest,
            special_folio: issued.special_folio.clone(),
            signer: QrSigner::Prescriber,
        };
        payload.check()?;
        Ok(payload)
    }

    /// The same for a QR that the institution signs. `cades` is SHA-256 of the legal signature.
    #[must_use]
    pub fn by_institution(self, cades: [u8; 32]) -> Self {
        Self {
            signer: QrSigner::Institution { cades },
            ..self
        }
    }

    /// The payload in deterministic CBOR (RFC 8949 §4.2.1): what the prescriber signs.
    pub fn to_cbor(&self) -> Result<Vec<u8>, PayloadError> {
        self.check()?;
        payload_cbor::encode(self)
    }

    /// Reads a payload strictly: there is one encoding of a payload, and any other is refused.
    pub fn from_cbor(bytes: &[u8]) -> Result<Self, PayloadError> {
        let payload = payload_cbor::decode(bytes)?;
        if payload.to_cbor()? == bytes {
            Ok(payload)
        } else {
            Err(PayloadError::NotCanonical)
        }
    }

    /// The bounds that the types do not express.
    fn check(&self) -> Result<(), PayloadError> {
        let in_curp = |c: u8| c.is_ascii_uppercase() || c.is_ascii_digit();
        if self.curp.len() != CURP_LEN || !self.curp.bytes().all(in_curp) {
            return Err(PayloadError::Curp);
        }
        let length = self.name.len();
        if !(1..=MAX_NAME_LEN).contains(&length) || self.name.chars().any(char::is_control) {
            return Err(PayloadError::Name);
        }
        if self.issued_at.as_second() < 0 || self.issued_at.subsec_nanosecond() != 0 {
            return Err(PayloadError::IssuedAt);
        }
        if !(1..=MAX_LINES).contains(&self.lines.len()) {
            return Err(PayloadError::LineCount);
        }
        for line in &self.lines {
            if line.packages.is_zero() {
                return Err(PayloadError::Packages);
            }
            if line.fills == 0 {
                return Err(PayloadError::Fills);
            }
        }
        Ok(())
    }
}

impl From<&IssuedLine> for PayloadLine {
    fn from(line: &IssuedLine) -> Self {
        Self {
            clave: line.clave.clone(),
            packages: line.packages,
            fills: line.fills,
            fraction: line.fraction,
            antibiotic: line.antibiotic,
            valid_until: line.valid_until,
            dosage: line.dosage,
        }
    }
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Payload")
            .field("folio", &self.folio)
            .finish_non_exhaustive()
    }
}

/// The first day that a payload can say.
pub(super) const EPOCH: Date = jiff::civil::date(1970, 1, 1);

/// Days from `start` to `date`; `None` where `date` is the earlier one.
pub(super) fn days_after(start: Date, date: Date) -> Option<u32> {
    let span = start.until(date).ok()?;
    u32::try_from(span.get_days()).ok()
}

/// The date `days` after `start`; `None` beyond year 9999.
pub(super) fn date_after(start: Date, days: u32) -> Option<Date> {
    // `Span::days` panics on what is out of range.
    let span = Span::new().try_days(i64::from(days)).ok()?;
    start.checked_add(span).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::qr::fixture;

    #[test]
    fn debug_hides_the_patient() {
        let payload = fixture::payload();
        let shown = format!("{payload:?}");
        assert!(shown.contains(&payload.folio.to_string()));
        for hidden in [&payload.curp, &payload.name] {
            assert!(!shown.contains(hidden.as_str()), "{shown}");
        }
    }

    #[test]
    fn from_issued_takes_every_field_and_drops_the_fraction_of_a_second() {
        let expected = fixture::payload();
        let issued = fixture::issued();
        assert_ne!(issued.at.subsec_nanosecond(), 0);
        let payload = Payload::from_issued(
            &issued,
            &expected.curp,
            &expected.name,
            expected.document_digest,
        );
        assert_eq!(payload, Ok(expected));
        let refused = Payload::from_issued(&issued, "SABC", "Ana", [0; 32]);
        assert_eq!(refused, Err(PayloadError::Curp));
    }

    #[test]
    fn dates_round_trip_within_the_calendar() {
        let date = jiff::civil::date;
        assert_eq!(days_after(EPOCH, EPOCH), Some(0));
        assert_eq!(days_after(EPOCH, date(1969, 12, 31)), None);
        assert_eq!(days_after(EPOCH, date(2026, 11, 20)), Some(20_777));
        assert_eq!(date_after(EPOCH, 20_777), Some(date(2026, 11, 20)));
        assert_eq!(days_after(date(2026, 11, 20), date(2026, 12, 20)), Some(30));
        assert_eq!(date_after(date(2026, 11, 20), 30), Some(date(2026, 12, 20)));
        assert_eq!(date_after(EPOCH, u32::MAX), None);
        assert_eq!(date_after(Date::MAX, 1), None);
        let last = days_after(EPOCH, Date::MAX).unwrap();
        assert_eq!(date_after(EPOCH, last), Some(Date::MAX));
    }

    /// A payload made with the change must be refused for the reason.
    fn refused(reason: PayloadError, change: impl FnOnce(&mut Payload)) {
        let mut payload = fixture::payload();
        change(&mut payload);
        assert_eq!(payload.to_cbor(), Err(reason));
    }

    #[test]
    fn what_is_out_of_bounds_is_not_encoded() {
        use PayloadError as E;
        refused(E::Curp, |p| p.curp.truncate(17));
        refused(E::Curp, |p| p.curp = "sabc560626mdflrn01".to_owned());
        refused(E::Curp, |p| p.curp = "ÑABC560626MDFLRN0".to_owned());
        refused(E::Name, |p| p.name.clear());
        refused(E::Name, |p| p.name = "Ñ".repeat(61));
        refused(E::Name, |p| p.name.push('\n'));
        refused(E::IssuedAt, |p| {
            p.issued_at = Timestamp::from_second(-1).unwrap();
        });
        refused(E::IssuedAt, |p| {
            p.issued_at = Timestamp::from_millisecond(1500).unwrap();
        });
        refused(E::WrittenOn, |p| {
            p.written_on = jiff::civil::date(1969, 12, 31);
        });
        refused(E::LineCount, |p| p.lines.clear());
        refused(E::LineCount, |p| p.lines = vec![p.lines[0].clone(); 7]);
        refused(E::Packages, |p| p.lines[0].packages = Packages::ZERO);
        refused(E::Fills, |p| p.lines[0].fills = 0);
        refused(E::ValidUntil, |p| {
            p.lines[0].valid_until = jiff::civil::date(2026, 11, 19);
        });
    }

    #[test]
    fn the_bounds_themselves_are_encoded() {
        let mut payload = fixture::payload();
        payload.name = "Ñ".repeat(60);
        payload.lines = vec![payload.lines[0].clone(); 6];
        payload.issued_at = Timestamp::UNIX_EPOCH;
        payload.written_on = EPOCH;
        payload.lines[0].valid_until = EPOCH;
        payload.lines[1].valid_until = Date::MAX;
        let bytes = payload.to_cbor().unwrap();
        assert_eq!(Payload::from_cbor(&bytes), Ok(payload));
    }
}
