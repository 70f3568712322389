//! Prescribers ready to sign: certificate validated, chain prepared, key wrapped.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use hsm::WrappedKey;
use jiff::Timestamp;
use prescription::Cedula;
use signing::cms::cades::SigningChain;
use signing::cose::Kid;
use signing::qr::Payload;
use signing::trust::{TrustError, TrustedCertificate};

use super::FlowError;
use crate::office::Office;
use crate::store::{KeyRef, StoredPrescriber};

/// A prescriber whose certificate was validated.
pub(super) struct ReadyPrescriber {
    /// The stored facts.
    pub stored: StoredPrescriber,
    /// The validated certificate.
    pub certificate: TrustedCertificate,
    /// What a legal signature carries.
    pub chain: SigningChain,
    /// How the QR names the key.
    pub kid: Kid,
    /// Which key it is.
    pub key_ref: KeyRef,
    /// The wrapped key.
    pub key: WrappedKey,
    /// Label of the key that wraps it.
    pub wrapping_label: String,
}

/// Validated prescribers, by cédula. An entry is good as long as everything stored is the same, the
/// state of the key with it; whether its certificate counts is asked at each use.
#[derive(Default)]
pub struct PrescriberCache(RwLock<HashMap<Cedula, Arc<ReadyPrescriber>>>);

impl PrescriberCache {
    fn get(&self, stored: &StoredPrescriber) -> Option<Arc<ReadyPrescriber>> {
        let cache = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let ready = cache.get(&stored.cedula)?;
        (ready.stored == *stored).then(|| Arc::clone(ready))
    }

    fn put(&self, ready: &Arc<ReadyPrescriber>) {
        let mut cache = self.0.write().unwrap_or_else(PoisonError::into_inner);
        cache.insert(ready.stored.cedula.clone(), Arc::clone(ready));
    }
}

/// The prescriber with this cédula, ready to sign at `at`.
///
/// # Errors
/// [`FlowError::NotEnrolled`] and [`FlowError::Certificate`].
pub(super) async fn ready(
    office: &Office,
    cedula: &Cedula,
    at: Timestamp,
) -> Result<Arc<ReadyPrescriber>, FlowError> {
    let stored = office
        .store
        .prescriber(cedula)
        .await?
        .ok_or(FlowError::NotEnrolled)?;
    let ready = if let Some(ready) = office.prescribers.get(&stored) {
        ready
    } else {
        let ready = Arc::new(prepare(office, stored, at)?);
        office.prescribers.put(&ready);
        ready
    };
    // Of what was checked, the path is remembered by the store; validity and revocation are asked
    // again, of what is known now.
    let trust = office.trust.current();
    let der = ready.certificate.der();
    trust
        .validate(der, &[], at)
        .map_err(|error| refused(&error))?;
    Ok(ready)
}

/// A prescriber with the name that their newest certificate gives, whether it still signs or not: for
/// paper and books.
///
/// # Errors
/// [`FlowError::NotEnrolled`] where there is no certificate, and [`FlowError::Certificate`].
pub(super) async fn named(
    office: &Office,
    cedula: &Cedula,
) -> Result<(StoredPrescriber, String), FlowError> {
    let stored = office.store.prescriber(cedula).await?;
    let stored = stored.ok_or(FlowError::NotEnrolled)?;
    let newest = stored.keys.iter().rev().find_map(|key| {
        let der = key.certificate.as_deref()?;
        Some((der, key.times.certified_at))
    });
    let (der, certified_at) = newest.ok_or(FlowError::NotEnrolled)?;
    // It was valid when it was installed; where nobody kept that time, it must be now.
    let kept = certified_at.filter(|at| *at > Timestamp::UNIX_EPOCH);
    let at = kept.unwrap_or_else(|| office.now().0);
    let trust = office.trust.current();
    let certificate = trust.validate(der, &[], at).map_err(certificate_error)?;
    let name = certificate.identity().name.clone();
    Ok((stored, name))
}

fn prepare(
    office: &Office,
    stored: StoredPrescriber,
    at: Timestamp,
) -> Result<ReadyPrescriber, FlowError> {
    let current = stored.current_key().ok_or(FlowError::NotEnrolled)?;
    let (Some(der), Some(wrapped)) = (&current.certificate, &current.wrapped) else {
        return Err(FlowError::NotEnrolled);
    };
    let certificate = office
        .trust
        .current()
        .validate(der, &[], at)
        .map_err(|error| refused(&error))?;
    if certificate.spki() != current.spki {
        return Err(FlowError::Certificate(
            "it certifies another key".to_owned(),
        ));
    }
    let cedula = certificate.identity().cedula.as_deref();
    if cedula != Some(stored.cedula.as_str()) {
        return Err(FlowError::Certificate("it names another cédula".to_owned()));
    }
    if certificate.identity().represents.is_some() {
        // LGS 28 Bis: professionals prescribe, companies do not.
        return Err(FlowError::Certificate("it represents a company".to_owned()));
    }
    let issuers: Vec<_> = office.issuers.iter().map(Vec::as_slice).collect();
    let chain = SigningChain::new(der, &issuers).map_err(certificate_error)?;
    let kid = Kid::of_spki(certificate.spki());
    let key = WrappedKey::from_bytes(wrapped.clone())?;
    let (number, wrapping_label) = (current.number, current.wrapping_label.clone());
    Ok(ReadyPrescriber {
        key_ref: KeyRef {
            cedula: stored.cedula.clone(),
            number,
        },
        wrapping_label,
        stored,
        certificate,
        chain,
        kid,
        key,
    })
}

/// The certificate of the key `kid` of the prescriber that a QR claims, judged at the time at which
/// the QR says that it was made. That it is the QR we issued, and [`super::signed_by::check`] at
/// ledger time, settle whether that is true.
///
/// # Errors
/// [`FlowError::NotEnrolled`] where there is no such key, [`FlowError::Certificate`],
/// [`FlowError::RevocationUnknown`], [`FlowError::SignatureDistrusted`].
pub(super) async fn certificate_of(
    office: &Office,
    claimed: &Payload,
    kid: Kid,
) -> Result<TrustedCertificate, FlowError> {
    let stored = office.store.prescriber(&claimed.cedula).await?;
    let stored = stored.ok_or(FlowError::NotEnrolled)?;
    let mut keys = stored.keys.iter();
    let key = keys.find(|key| Kid::of_spki(&key.spki) == kid);
    let der = key.and_then(|key| key.certificate.as_deref());
    let der = der.ok_or(FlowError::NotEnrolled)?;
    let trust = office.trust.current();
    let certificate = trust.validate(der, &[], claimed.issued_at);
    certificate.map_err(|error| {
        if matches!(error, TrustError::Revoked | TrustError::UnknownToIssuer) {
            FlowError::SignatureDistrusted(error)
        } else {
            refused(&error)
        }
    })
}

/// What is stale is told apart from what is wrong: the operator mends the one, the prescriber the
/// other.
fn refused(error: &TrustError) -> FlowError {
    if super::signed_by::is_unknown(error) {
        FlowError::RevocationUnknown(error.clone())
    } else {
        certificate_error(error)
    }
}

fn certificate_error(error: impl std::fmt::Display) -> FlowError {
    FlowError::Certificate(error.to_string())
}
