//! Status: what has become of a prescription, as the service knows it.

use data_encoding::BASE64URL_NOPAD;
use jiff::Timestamp;
use prescription::event::Setting;
use prescription::state::Phase;
use prescription::{BlindedKey, Issued, IssuedLine, LineState, Packages, Prescription, Status};
use signing::qr::{PayloadLine, VerifiedPrescription};

use crate::counter::Counter;
use crate::own_signature::{self, OwnSignatureError};
use crate::service::{LineAnswer, ServiceError, StateAnswer};
use crate::store::StoreError;

/// What has become of a prescription, checked against what its QR says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KnownState {
    /// The answer, for showing.
    pub answer: StateAnswer,
    /// The same, for deciding.
    pub prescription: Prescription,
}

/// The state is not known.
#[derive(Debug, thiserror::Error)]
pub enum StatusError {
    /// The service gave none.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// It answered about something else than the signed prescription.
    #[error("El servicio respondió sobre otra receta que la firmada ({0}). No surta y repórtelo.")]
    Contradiction(&'static str),
    /// The prescriber's own signature, which the counter verifies itself, is not good.
    #[error(transparent)]
    OwnSignature(OwnSignatureError),
    /// The answer cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<OwnSignatureError> for StatusError {
    fn from(error: OwnSignatureError) -> Self {
        match error {
            // An outage is an outage, whichever question met it.
            OwnSignatureError::Service(error) => Self::Service(error),
            other @ (OwnSignatureError::NotPinned
            | OwnSignatureError::Other
            | OwnSignatureError::Refused(_)) => Self::OwnSignature(other),
        }
    }
}

/// Asks the service, and keeps the answer for when there is no network.
///
/// # Errors
/// [`StatusError`].
pub fn status(
    counter: &Counter,
    verified: &VerifiedPrescription,
    text: &str,
    now: Timestamp,
) -> Result<KnownState, StatusError> {
    let answer = counter.service.state(text)?;
    let prescription = prescription_in(verified, &answer)?;
    own_signature::check(counter, verified, text)?;
    counter.store().put_snapshot(&answer, now)?;
    Ok(KnownState {
        answer,
        prescription,
    })
}

/// The prescription as it was issued, from its QR. Who the patient is the rules do not ask.
#[must_use]
pub fn issued(verified: &VerifiedPrescription) -> Option<Issued> {
    let payload = verified.payload();
    let line = |line: &PayloadLine| IssuedLine {
        clave: line.clave.clone(),
        // Only the issue compares substances, and only the ledger needs their blinded names.
        substance: line.clave.to_string(),
        map_key: BlindedKey::UNKNOWN,
        fraction: line.fraction,
        antibiotic: line.antibiotic,
        packages: line.packages,
        fills: line.fills,
        dosage: line.dosage,
        brand: None,
        no_substitution: false,
        group: None,
        supply_days: None,
        refill_interval: None,
        overlap: None,
        valid_until: line.valid_until,
    };
    Some(Issued {
        folio: payload.folio,
        at: payload.issued_at,
        written_on: payload.written_on,
        patient: "0".repeat(32).parse().ok()?,
        animal: None,
        setting: Setting::Outpatient,
        prescriber: payload.cedula.clone(),
        establishment: payload.clues.clone(),
        special_folio: payload.special_folio.clone(),
        lines: payload.lines.iter().map(line).collect(),
    })
}

/// The state that `answer` describes, of the prescription that `verified` proves.
///
/// # Errors
/// [`StatusError::Contradiction`] when the two are of different prescriptions, or the answer
/// contradicts itself.
pub fn prescription_in(
    verified: &VerifiedPrescription,
    answer: &StateAnswer,
) -> Result<Prescription, StatusError> {
    let mut issued = issued(verified).ok_or(StatusError::Contradiction("contenido"))?;
    if answer.folio != issued.folio {
        return Err(StatusError::Contradiction("folio"));
    }
    if answer.qr_digest != BASE64URL_NOPAD.encode(verified.qr_digest()) {
        return Err(StatusError::Contradiction("código QR"));
    }
    if answer.lines.len() != issued.lines.len() {
        return Err(StatusError::Contradiction("renglones"));
    }
    let numbered = (1_u8..).zip(&issued.lines).zip(&answer.lines);
    let lines = numbered
        .map(|((number, line), answer)| line_state(number, line, answer))
        .collect::<Option<Vec<_>>>()
        .ok_or(StatusError::Contradiction("renglones"))?;
    // What the QR leaves out, the service tells: the rules ask for it.
    if answer.in_unit_doses() {
        issued.setting = Setting::Inpatient;
    }
    for (line, answer) in issued.lines.iter_mut().zip(&answer.lines) {
        line.brand.clone_from(&answer.brand);
        line.no_substitution = !answer.substitution_allowed;
    }
    Ok(Prescription {
        status: status_of(answer)?,
        // What came back, and who owes a rest, the service alone knows: it decides in the end.
        dispensings: Vec::new(),
        reservations: vec![None; issued.lines.len()],
        issued,
        lines,
        erased: None,
    })
}

fn line_state(number: u8, issued: &IssuedLine, answer: &LineAnswer) -> Option<LineState> {
    let same = answer.line == number
        && answer.clave == issued.clave
        && answer.packages == issued.packages.count()
        && answer.fills == issued.fills
        && answer.valid_until == issued.valid_until
        && answer.fraction == issued.fraction
        && answer.antibiotic == issued.antibiotic;
    if !same {
        return None;
    }
    let dispensed = Packages::new(answer.dispensed);
    if answer.closed {
        let retained = answer.retained;
        return Some(LineState::Closed {
            dispensed,
            retained,
        });
    }
    let owed = Packages::new(answer.owed);
    let in_fills = (1..=issued.fills).contains(&answer.fill);
    (in_fills && !owed.is_zero()).then_some(())?;
    Some(LineState::Open {
        fill: answer.fill,
        in_fill: issued.packages.minus(owed)?,
        dispensed,
    })
}

fn status_of(answer: &StateAnswer) -> Result<Status, StatusError> {
    let last = answer
        .dispensings
        .iter()
        .map(|dispensed| dispensed.at)
        .max();
    match answer.phase {
        Phase::Active | Phase::PartiallyDispensed => Ok(Status::Active),
        Phase::Completed => Ok(Status::Completed {
            at: last.ok_or(StatusError::Contradiction("surtidos"))?,
        }),
        Phase::Cancelled => {
            let cancelled = answer.cancelled.as_ref();
            let cancelled = cancelled.ok_or(StatusError::Contradiction("cancelación"))?;
            Ok(Status::Cancelled {
                at: cancelled.at,
                reason: cancelled.reason,
            })
        }
        // When the expiry was recorded is not told, and not asked by any rule.
        Phase::Expired => Ok(Status::Expired {
            at: Timestamp::UNIX_EPOCH,
        }),
        Phase::Suspended => {
            let suspended = answer.suspended.as_ref();
            let suspended = suspended.ok_or(StatusError::Contradiction("suspensión"))?;
            Ok(Status::Suspended {
                at: suspended.at,
                reason: suspended.reason,
            })
        }
        Phase::None => Err(StatusError::Contradiction("estado")),
    }
}

#[cfg(test)]
mod tests {
    use prescription::event::CancelReason;

    use super::*;
    use crate::fixture::{answer, verified};
    use crate::service::CancelledAnswer;

    #[test]
    fn an_untouched_prescription_is_as_issued() {
        let verified = verified();
        let fresh = Prescription::new(issued(&verified).unwrap());
        let read = prescription_in(&verified, &answer(&fresh)).unwrap();
        assert_eq!(read, fresh);
    }

    #[test]
    fn each_phase_is_read() {
        let verified = verified();
        let mut said = answer(&Prescription::new(issued(&verified).unwrap()));
        said.lines[0].fill = 2;
        said.lines[0].owed = 1;
        said.lines[0].dispensed = 3;
        said.phase = Phase::PartiallyDispensed;
        let read = prescription_in(&verified, &said).unwrap();
        let (one, three) = (Packages::new(1), Packages::new(3));
        let expected = LineState::Open {
            fill: 2,
            in_fill: one,
            dispensed: three,
        };
        assert_eq!((read.lines[0], read.status), (expected, Status::Active));

        let at = crate::fixture::now();
        let reason = CancelReason::Fraud;
        said.phase = Phase::Cancelled;
        said.cancelled = Some(CancelledAnswer { at, reason });
        let read = prescription_in(&verified, &said).unwrap();
        assert_eq!(read.status, Status::Cancelled { at, reason });
    }

    /// A change to an answer.
    type Change = fn(&mut StateAnswer);

    #[test]
    fn an_answer_about_something_else_is_refused() {
        let verified = verified();
        let honest = answer(&Prescription::new(issued(&verified).unwrap()));
        let changes: [Change; 10] = [
            |said| said.folio = prescription::Folio::from_random([8; 10]),
            |said| said.qr_digest = "AAAA".to_owned(),
            |said| said.lines.truncate(1),
            |said| said.lines[0].packages = 9,
            |said| said.lines[0].owed = 9,
            |said| said.lines[0].owed = 0,
            |said| said.lines[0].fill = 3,
            |said| said.lines[1].antibiotic = false,
            |said| said.phase = Phase::Completed,
            |said| said.phase = Phase::Cancelled,
        ];
        for (index, change) in changes.into_iter().enumerate() {
            let mut said = honest.clone();
            change(&mut said);
            let refused = prescription_in(&verified, &said);
            assert!(
                matches!(refused, Err(StatusError::Contradiction(_))),
                "{index}"
            );
        }
    }
}
