//! Prescribers ready to sign: certificate validated, chain prepared, key wrapped.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use hsm::WrappedKey;
use jiff::Timestamp;
use prescription::Cedula;
use signing::cms::cades::SigningChain;
use signing::cose::Kid;
use signing::qr::Payload;
use signing::trust::TrustedCertificate;

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
/// state of the key with it, and the certificate within its validity; revocation lists are read at
/// start.
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
    ready
        .certificate
        .check_validity(at)
        .map_err(certificate_error)?;
    Ok(ready)
}

/// The certificate of the key `kid` of the prescriber that a QR claims: of the one that signs now,
/// or of one that signed when the QR says that it was made.
///
/// # Errors
/// [`FlowError::NotEnrolled`] where no key of this prescriber is called so, and
/// [`FlowError::Certificate`].
pub(super) async fn certificate_of(
    office: &Office,
    claimed: &Payload,
    kid: Kid,
    now: Timestamp,
) -> Result<TrustedCertificate, FlowError> {
    let stored = office.store.prescriber(&claimed.cedula).await?;
    let stored = stored.ok_or(FlowError::NotEnrolled)?;
    let mut keys = stored.keys.iter();
    let key = keys.find(|key| Kid::of_spki(&key.spki) == kid);
    let key = key.ok_or(FlowError::NotEnrolled)?;
    if key.state.signs() {
        let ready = ready(office, &claimed.cedula, now).await?;
        return Ok(ready.certificate.clone());
    }
    let der = key.certificate.as_deref().ok_or(FlowError::NotEnrolled)?;
    let trust = office.trust.current();
    let certificate = trust.validate(der, &[], claimed.issued_at);
    certificate.map_err(certificate_error)
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
        .map_err(certificate_error)?;
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

fn certificate_error(error: impl std::fmt::Display) -> FlowError {
    FlowError::Certificate(error.to_string())
}
