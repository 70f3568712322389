//! Why a use case did not happen. `api` turns each into an HTTP status and an `OperationOutcome`.

use hsm::HsmError;
use jiff::Timestamp;
use prescription::key::KeyProblem;
use prescription::special_folio::FolioProblem;
use prescription::{Folio, Refusal};
use signing::trust::TrustError;

use super::own::OwnError;
use crate::entropy::NoEntropy;
use crate::store::{Conflict, StoreError};
use crate::worker::sequence::SequenceError;

/// A use case did not happen; nothing has changed.
#[derive(Debug, thiserror::Error)]
pub enum FlowError {
    /// The law, or the state of the prescription, says no.
    #[error("refused: {0:?}")]
    Refused(Vec<Refusal>),
    /// A clave that the catalog does not have; the numbers of the lines, from 1.
    #[error("unknown clave in lines {0:?}")]
    UnknownClave(Vec<u8>),
    /// No prescriber with this cédula is enrolled, or has a certificate.
    #[error("the prescriber is not enrolled")]
    NotEnrolled,
    /// The prescriber's certificate does not allow signing now.
    #[error("the prescriber's certificate: {0}")]
    Certificate(String),
    /// The prescription was signed when its signer's certificate did not count any more, as is known
    /// now (ledger time decides).
    #[error("the signature of the prescription does not count: {0}")]
    SignatureDistrusted(TrustError),
    /// Whether a certificate was revoked is not known: what is held ran out.
    #[error("revocation is not known: {0}")]
    RevocationUnknown(TrustError),
    /// The patient is known by CURP only, and not registered.
    #[error("the patient is not registered; send a Patient resource")]
    UnknownPatient,
    /// The demographics contradict the register or the CURP.
    #[error("the patient cannot be registered: {0}")]
    Patient(&'static str),
    /// There is no such prescription, or the caller may not know of it.
    #[error("no such prescription")]
    NotFound,
    /// Its bodies were destroyed, after the legal retention.
    #[error("the prescription was erased at {0}")]
    Erased(Timestamp),
    /// One of its events waits for its ledger index, which an erasure must name.
    #[error("an event of {0} waits for its ledger index; try again in a moment")]
    NotSequenced(Folio),
    /// The caller's role does not allow this.
    #[error("{0}")]
    Forbidden(&'static str),
    /// The caller does not hold the QR of the prescription, or another one.
    #[error("the QR is not the one of this prescription")]
    WrongQr,
    /// The QR is not authentic.
    #[error("the QR is refused: {0}")]
    Qr(#[from] signing::qr::QrError),
    /// The pharmacy's signature over its request does not verify.
    #[error("the pharmacy's signature: {0}")]
    PharmacySignature(String),
    /// The dispensed medicine is not the line's.
    #[error("line {0} is of another medicine")]
    OtherMedicine(u8),
    /// Packages where unit doses were ordered, or the other way round.
    #[error("line {0} counts something else")]
    OtherUnit(u8),
    /// The pharmacy says otherwise than the brands whether it substituted.
    #[error("line {0}: substitution.wasSubstituted contradicts the brands")]
    SubstitutionContradicts(u8),
    /// The dispensing says it happened at another time.
    #[error("whenHandedOver is not now")]
    NotNow,
    /// The client used its identifier for another request.
    #[error("the client's identifier was used for another request")]
    IdentifierReused,
    /// An act on special folios that cannot be; every reason.
    #[error("{}", super::special_folio::describe(.0))]
    SpecialFolios(Vec<FolioProblem>),
    /// A special folio of the range is another prescriber's, or has just been used.
    #[error("a folio of the range is another prescriber's, or has just been used")]
    SpecialFolioTaken,
    /// Somebody else was faster, repeatedly.
    #[error("the prescription {0} is being changed by others; try again")]
    Busy(Folio),
    /// Stock or control books do not allow the movement.
    #[error("movement refused: {0:?}")]
    Movement(Vec<substances::Refusal>),
    /// There is no such control book.
    #[error("no such control book")]
    NoSuchBook(&'static str),
    /// More lines of a book than are read at once.
    #[error("the book has more lines than are read at once")]
    TooManyLines,
    /// What the patient has, or the special folio, was changed by others, repeatedly.
    #[error("what the patient has is being changed by others; try again")]
    PatientBusy,
    /// Another movement of the establishment was faster, repeatedly.
    #[error("the stock of {0} is being changed by others; try again")]
    StockBusy(prescription::Clues),
    /// Somebody else may have signed it: its key was compromised before.
    #[error("the key that signed was compromised before the prescription was issued")]
    KeyCompromised,
    /// An act on a key that cannot be.
    #[error(transparent)]
    Key(#[from] KeyProblem),
    /// A signature made outside, or the certificate for it.
    #[error(transparent)]
    Own(#[from] OwnError),
    /// The key was not activated, or a factor is refused.
    #[error(transparent)]
    Activation(#[from] activation::Refusal),
    /// The token does not sign.
    #[error(transparent)]
    Hsm(#[from] HsmError),
    /// The database failed.
    #[error(transparent)]
    Store(StoreError),
    /// The ledger does not go on.
    #[error(transparent)]
    Ledger(#[from] SequenceError),
    /// No randomness.
    #[error(transparent)]
    Entropy(#[from] NoEntropy),
    /// A defect of ours.
    #[error("internal error: {0}")]
    Internal(String),
}

impl From<StoreError> for FlowError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict(Conflict::Request) => Self::IdentifierReused,
            StoreError::Conflict(Conflict::Activation(refusal)) => Self::Activation(refusal),
            StoreError::Erased { at, .. } => Self::Erased(at),
            error @ (StoreError::Database { .. }
            | StoreError::Full(_)
            | StoreError::Inconsistent { .. }
            | StoreError::Conflict(_)
            | StoreError::Unusable(_)) => Self::Store(error),
        }
    }
}

impl FlowError {
    /// The code of a refusal that the access record keeps: somebody asked and was told no. Failures
    /// of ours are not refusals.
    #[must_use]
    pub fn refusal_code(&self) -> Option<&'static str> {
        match self {
            Self::Refused(refusals) => refusals.first().map(Refusal::code),
            Self::Movement(refusals) => refusals.first().map(substances::Refusal::code),
            Self::WrongQr => Some("wrong-qr"),
            Self::Qr(_) => Some("qr-refused"),
            Self::PharmacySignature(_) => Some("pharmacy-signature"),
            Self::OtherMedicine(_) => Some("other-medicine"),
            Self::OtherUnit(_) => Some("other-unit"),
            Self::SubstitutionContradicts(_) => Some("substitution-contradicts"),
            Self::NotNow => Some("not-now"),
            Self::Activation(refusal) => Some(refusal.code()),
            Self::NotEnrolled => Some("prescriber-not-enrolled"),
            Self::KeyCompromised => Some("prescriber-key-compromised"),
            Self::Certificate(_) => Some("prescriber-certificate"),
            Self::SignatureDistrusted(_) => Some("signature-distrusted"),
            Self::Own(error) => Some(error.code()),
            Self::UnknownClave(_)
            | Self::UnknownPatient
            | Self::Patient(_)
            | Self::RevocationUnknown(_)
            | Self::NotFound
            | Self::Erased(_)
            | Self::NotSequenced(_)
            | Self::Forbidden(_)
            | Self::IdentifierReused
            | Self::SpecialFolios(_)
            | Self::SpecialFolioTaken
            | Self::Busy(_)
            | Self::PatientBusy
            | Self::StockBusy(_)
            | Self::NoSuchBook(_)
            | Self::TooManyLines
            | Self::Key(_)
            | Self::Hsm(_)
            | Self::Store(_)
            | Self::Ledger(_)
            | Self::Entropy(_)
            | Self::Internal(_) => None,
        }
    }

    /// A defect of ours, from anything that says what happened.
    pub(super) fn internal(error: impl std::fmt::Display) -> Self {
        Self::Internal(error.to_string())
    }
}
