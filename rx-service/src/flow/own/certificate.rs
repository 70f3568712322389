//! The certificate that a prescriber brings along: whose it is, and whether it may sign.

use jiff::Timestamp;
use signing::cms::cades::SigningChain;
use signing::cose::Kid;
use signing::trust::{SignerKey, TrustedCertificate};

use super::{OwnError, QrBy};
use crate::flow::FlowError;
use crate::office::Office;
use crate::store::StoredPrescriber;

/// A prescriber with a certificate of their own, validated.
pub(super) struct OwnSigner {
    pub(super) certificate: TrustedCertificate,
    pub(super) chain: SigningChain,
    pub(super) kid: Kid,
    pub(super) qr_by: QrBy,
}

/// Validates `certificate` for `prescriber` at `at`: path, use and revocation, and whom it names.
///
/// # Errors
/// [`OwnError`] with the reason.
pub(super) async fn check(
    office: &Office,
    prescriber: &StoredPrescriber,
    certificate: &[u8],
    at: Timestamp,
) -> Result<OwnSigner, FlowError> {
    let trusted = office
        .trust
        .current()
        .validate(certificate, &[], at)
        .map_err(OwnError::Trust)?;
    check_holder(prescriber, &trusted)?;
    let issuers: Vec<&[u8]> = below_anchor(&trusted);
    let chain = SigningChain::new(certificate, &issuers).map_err(FlowError::internal)?;
    let names_cedula = trusted.identity().cedula.is_some();
    let qr_by = match trusted.key() {
        SignerKey::P256(_) if names_cedula => QrBy::Prescriber,
        SignerKey::P256(_) | SignerKey::Rsa(_) => QrBy::Institution,
    };
    let kid = Kid::of_spki(trusted.spki());
    if qr_by == QrBy::Prescriber {
        check_one_certificate(office, kid, certificate).await?;
    }
    Ok(OwnSigner {
        certificate: trusted,
        chain,
        kid,
        qr_by,
    })
}

/// The prescriber in person: by the cédula where the certificate has one, otherwise by the CURP,
/// which is all that an e.firma names.
fn check_holder(
    prescriber: &StoredPrescriber,
    certificate: &TrustedCertificate,
) -> Result<(), OwnError> {
    let identity = certificate.identity();
    if identity.represents.is_some() {
        return Err(OwnError::Represents);
    }
    let curp = prescriber.curp.as_ref().map(mpi::Curp::as_str);
    if curp.is_some_and(|curp| curp != identity.curp) {
        return Err(OwnError::OtherCurp);
    }
    match &identity.cedula {
        Some(cedula) if *cedula == prescriber.cedula.as_str() => Ok(()),
        Some(_) => Err(OwnError::OtherCedula),
        None if curp.is_some() => Ok(()),
        None => Err(OwnError::CurpUnknown),
    }
}

/// A key has one certificate, by which counters find it.
async fn check_one_certificate(
    office: &Office,
    kid: Kid,
    certificate: &[u8],
) -> Result<(), FlowError> {
    let known = office.store.qr_certificate(*kid.as_bytes()).await?;
    if known.is_some_and(|known| known.certificate != certificate) {
        return Err(OwnError::KeyReused.into());
    }
    Ok(())
}

/// The CAs that a signature carries: verifiers have the anchor.
fn below_anchor(certificate: &TrustedCertificate) -> Vec<&[u8]> {
    let issuers = certificate.issuers();
    let count = issuers.len().saturating_sub(1);
    issuers.iter().take(count).map(Vec::as_slice).collect()
}
