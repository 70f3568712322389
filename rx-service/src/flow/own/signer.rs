//! Whose key will sign what is prepared: the prescriber's own, outside, or theirs in our token.

use std::sync::Arc;

use jiff::Timestamp;
use prescription::Cedula;
use signing::cms::cades::SigningChain;
use signing::trust::TrustedCertificate;

use super::QrBy;
use super::certificate::{self, OwnSigner};
use crate::flow::FlowError;
use crate::flow::prescriber::{self, ReadyPrescriber};
use crate::office::Office;
use crate::store::StoredPrescriber;

/// A key that may sign, with its certificate validated.
pub(super) enum Signer {
    /// The prescriber's own.
    Own(Box<(StoredPrescriber, OwnSigner)>),
    /// The prescriber's wrapped key in our token.
    Remote(Arc<ReadyPrescriber>),
}

impl Signer {
    /// The signer with the certificate that was brought along; without one, the wrapped key.
    ///
    /// # Errors
    /// [`FlowError::NotEnrolled`], [`FlowError::Certificate`], [`FlowError::Own`].
    pub(super) async fn find(
        office: &Office,
        cedula: &Cedula,
        certificate: Option<&[u8]>,
        at: Timestamp,
    ) -> Result<Self, FlowError> {
        let Some(certificate) = certificate else {
            let ready = prescriber::ready(office, cedula, at).await?;
            return Ok(Self::Remote(ready));
        };
        let stored = office.store.prescriber(cedula).await?;
        let stored = stored.ok_or(FlowError::NotEnrolled)?;
        let signer = certificate::check(office, &stored, certificate, at).await?;
        Ok(Self::Own(Box::new((stored, signer))))
    }

    pub(super) fn prescriber(&self) -> &StoredPrescriber {
        match self {
            Self::Own(own) => &own.0,
            Self::Remote(ready) => &ready.stored,
        }
    }

    pub(super) fn certificate(&self) -> &TrustedCertificate {
        match self {
            Self::Own(own) => &own.1.certificate,
            Self::Remote(ready) => &ready.certificate,
        }
    }

    pub(super) fn chain(&self) -> &SigningChain {
        match self {
            Self::Own(own) => &own.1.chain,
            Self::Remote(ready) => &ready.chain,
        }
    }

    /// A wrapped key signs both, as it does at an issue in one step.
    pub(super) fn qr_by(&self) -> QrBy {
        match self {
            Self::Own(own) => own.1.qr_by,
            Self::Remote(_) => QrBy::Prescriber,
        }
    }

    pub(super) fn is_remote(&self) -> bool {
        matches!(self, Self::Remote(_))
    }
}
