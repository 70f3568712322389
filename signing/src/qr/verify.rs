//! Reading and verifying a QR, offline.

use jiff::Timestamp;
use prescription::Cedula;

use super::payload::{Payload, QrSigner};
use super::seal::{self, Seal};
use super::{QrError, text};
use crate::cose::{CoseError, Kid, Sign1};

/// How far the signer's clock may run ahead of the ledger's, in seconds.
pub const MAX_CLOCK_SKEW: i64 = 300;

/// What a verifier knows of the certificate behind a key.
///
/// Whoever fills it vouches that the certificate had a valid path and that nobody had revoked it
/// (`TrustedCertificate`). One key has one certificate: a renewal brings a new key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrescriberKey {
    /// DER `SubjectPublicKeyInfo`, uncompressed P-256.
    pub spki_der: Vec<u8>,
    /// Whom the certificate names.
    pub holder: KeyHolder,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
}

/// Whom the certificate of a key names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum KeyHolder {
    /// A professional in person, with this cédula.
    Prescriber(Cedula),
    /// An institution, which signs the QR of whoever signed the document with an e.firma
    /// ([`QrSigner::Institution`]).
    Institution,
}

/// A QR that is well formed. Nobody vouches for it before [`verify`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParsedQr {
    /// As the prescriber signed it.
    message: Sign1,
    kid: Kid,
    payload: Payload,
    seal: Seal,
    digest: [u8; 32],
}

impl ParsedQr {
    /// What the QR says, not verified: to look up the certificate that it needs.
    #[must_use]
    pub fn claimed(&self) -> &Payload {
        &self.payload
    }

    /// The key that the QR says signed it: what to look up.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.kid
    }

    /// SHA-256 of the COSE bytes without seal (`urn:receta:qr-digest`).
    #[must_use]
    pub fn qr_digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// Proof that a prescriber signed a prescription while certified, and that the ledger holds it.
///
/// Only [`verify`] makes one. It does not say that the prescription may be dispensed today.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPrescription {
    payload: Payload,
    kid: Kid,
    seal_index: u64,
    sealed_at: Timestamp,
    digest: [u8; 32],
}

impl VerifiedPrescription {
    /// What was prescribed, to whom, by whom.
    #[must_use]
    pub fn payload(&self) -> &Payload {
        &self.payload
    }

    /// The key that signed.
    #[must_use]
    pub fn kid(&self) -> Kid {
        self.kid
    }

    /// Index of the issue in the ledger.
    #[must_use]
    pub fn seal_index(&self) -> u64 {
        self.seal_index
    }

    /// Ledger time of the issue, to the second.
    #[must_use]
    pub fn sealed_at(&self) -> Timestamp {
        self.sealed_at
    }

    /// SHA-256 of the COSE bytes without seal (`urn:receta:qr-digest`).
    #[must_use]
    pub fn qr_digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

/// Reads the text of a QR, as scanned or typed by a keyboard-wedge scanner.
pub fn read(text: &str) -> Result<ParsedQr, QrError> {
    let sealed = Sign1::parse(&text::decode(text)?)?;
    let (message, seal) = seal::detach(&sealed)?;
    let kid = message.kid().ok_or(QrError::MissingKid)?;
    let payload = Payload::from_cbor(message.payload().ok_or(CoseError::PayloadMissing)?)?;
    let digest = seal::digest(&message);
    Ok(ParsedQr {
        message,
        kid,
        payload,
        seal,
        digest,
    })
}

/// SHA-256 of COSE bytes without their seal, whether they carry one or not.
pub fn qr_digest(cose: &[u8]) -> Result<[u8; 32], QrError> {
    Ok(seal::digest(&Sign1::parse(cose)?))
}

/// Verifies a QR: the signature of the prescriber or of the institution, whose certificate it was,
/// the ledger's seal, and
/// that the certificate was valid at the time of the seal. The ledger's time decides, because a
/// signer may set the own clock at will.
///
/// `prescribers` finds a certificate by key; `ledger_key` is the pinned Ed25519 public key.
pub fn verify(
    qr: &ParsedQr,
    prescribers: impl Fn(Kid) -> Option<PrescriberKey>,
    ledger_key: &[u8; 32],
) -> Result<VerifiedPrescription, QrError> {
    let prescriber = prescribers(qr.kid).ok_or(QrError::UnknownPrescriber)?;
    qr.message.verify(&prescriber.spki_der)?;
    check_holder(&qr.payload, &prescriber.holder)?;
    let seal = qr.seal.verify(&qr.digest, ledger_key)?;
    if seal.at() < prescriber.not_before {
        return Err(QrError::CertificateNotYetValid);
    }
    if seal.at() > prescriber.not_after {
        return Err(QrError::CertificateExpired);
    }
    if qr.payload.issued_at.as_second() > seal.at().as_second().saturating_add(MAX_CLOCK_SKEW) {
        return Err(QrError::IssuedAfterSeal);
    }
    Ok(VerifiedPrescription {
        payload: qr.payload.clone(),
        kid: qr.kid,
        seal_index: seal.index(),
        sealed_at: seal.at(),
        digest: qr.digest,
    })
}

/// The payload says whose key signs it, and the certificate must say the same: an institution does
/// not pass for a prescriber, nor a prescriber for the institution that vouches for another.
fn check_holder(payload: &Payload, holder: &KeyHolder) -> Result<(), QrError> {
    match (payload.signer, holder) {
        (QrSigner::Prescriber, KeyHolder::Prescriber(cedula)) if *cedula == payload.cedula => {
            Ok(())
        }
        (QrSigner::Prescriber, KeyHolder::Prescriber(_)) => Err(QrError::CedulaMismatch),
        (QrSigner::Institution { .. }, KeyHolder::Institution) => Ok(()),
        (QrSigner::Prescriber, KeyHolder::Institution)
        | (QrSigner::Institution { .. }, KeyHolder::Prescriber(_)) => Err(QrError::OtherHolder),
    }
}
