//! The prescriber's signatures, made in the HSM: the legal one over a document, and the QR's.
//!
//! The only place where a prescriber's key is used, and it cannot be called without the proof that
//! its owner consented ([`Activated`]).

use std::sync::Arc;

use hsm::HsmError;
use jiff::Timestamp;
use prescription::body::Evidence;
use signing::cms::{BuildError, cades};
use signing::cose::{Sign1, SignError};

use super::FlowError;
use super::activation::Activated;
use super::officer::Proof;
use super::prescriber::ReadyPrescriber;
use crate::office::Office;
use crate::store::KeyRef;

/// A signed document.
pub(super) struct Signed {
    /// The document's bytes.
    pub(super) document: Vec<u8>,
    /// Detached CAdES, DER.
    pub(super) cms: Vec<u8>,
    /// The QR's `COSE_Sign1` without seal; empty where there is no QR.
    pub(super) qr: Vec<u8>,
    /// The key of ours that signed; none where the prescriber signed outside.
    pub(super) key: Option<KeyRef>,
}

impl From<Signed> for Proof {
    fn from(signed: Signed) -> Self {
        Self {
            evidence: Evidence::Cades {
                document: signed.document,
                cms: signed.cms,
                qr: signed.qr,
            },
            key: signed.key,
        }
    }
}

/// Signs `document`, and the QR's `payload` where there is one. The key is inside the token for
/// the time of the two signatures only.
///
/// # Errors
/// The token refuses; a defect of ours where the activation is of another prescriber.
pub(super) async fn sign(
    office: &Office,
    (prescriber, activated): (Arc<ReadyPrescriber>, &Activated),
    at: Timestamp,
    document: Vec<u8>,
    payload: Option<Vec<u8>>,
) -> Result<Signed, FlowError> {
    if *activated.cedula() != prescriber.stored.cedula {
        return Err(FlowError::internal("an activation of another prescriber"));
    }
    let office = office.clone();
    tokio::task::spawn_blocking(move || sign_blocking(&office, &prescriber, at, document, payload))
        .await
        .map_err(FlowError::internal)?
}

fn sign_blocking(
    office: &Office,
    prescriber: &ReadyPrescriber,
    at: Timestamp,
    document: Vec<u8>,
    payload: Option<Vec<u8>>,
) -> Result<Signed, FlowError> {
    let wrapping = office.keys.wrapping.find(&prescriber.wrapping_label)?;
    let key = wrapping.activate(&prescriber.key)?;
    let sign = |digest: [u8; 32]| {
        key.sign_digest(&digest)
            .map(|signature| signature.to_bytes())
    };
    let cms = cades::build(&document, at, &prescriber.chain, sign).map_err(build_error)?;
    let qr = match payload {
        None => Vec::new(),
        Some(payload) => Sign1::sign(Some(prescriber.kid), payload, sign)
            .map_err(sign_error)?
            .encode(),
    };
    Ok(Signed {
        document,
        cms,
        qr,
        key: Some(prescriber.key_ref.clone()),
    })
}

fn build_error(error: BuildError<HsmError>) -> FlowError {
    if let BuildError::Signer(error) = error {
        error.into()
    } else {
        FlowError::internal(error)
    }
}

fn sign_error(error: SignError<HsmError>) -> FlowError {
    if let SignError::Signer(error) = error {
        error.into()
    } else {
        FlowError::internal(error)
    }
}
