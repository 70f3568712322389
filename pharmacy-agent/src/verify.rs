//! Verify, offline: is this QR by a certified prescriber, and in the ledger?
//!
//! Whether the prescription has been dispensed or cancelled since, only [`crate::status`] knows.

use ledger::Policy;
use signing::qr::{self, KeyHolder, QrError, VerifiedPrescription};
use signing::trust::{TrustError, TrustStore, TrustedCertificate};

use crate::store::{Store, StoreError};

/// Proof that a QR is authentic.
#[derive(Debug, Clone)]
pub struct Authentic {
    prescription: VerifiedPrescription,
    prescriber: String,
}

impl Authentic {
    /// The verified prescription.
    #[must_use]
    pub fn prescription(&self) -> &VerifiedPrescription {
        &self.prescription
    }

    /// The prescriber's name, from the certificate; where the institution signed the QR, that it did.
    #[must_use]
    pub fn prescriber(&self) -> &str {
        &self.prescriber
    }
}

/// The QR is not authentic, or that cannot be told.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// Not authentic.
    #[error("{}", .0.in_spanish())]
    Qr(#[from] QrError),
    /// The prescriber's certificate was not to be trusted when the ledger sealed the prescription.
    #[error(
        "El certificado de quien prescribe no era de confianza al registrarse la receta ({0}). \
         No surta."
    )]
    Certificate(TrustError),
    /// The certificates cannot be read.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Verifies the text of a QR with the certificates that this counter has.
///
/// The stored certificate is validated again, for the moment of the seal: a revocation list may
/// have come since it was stored.
///
/// # Errors
/// [`VerifyError`].
pub fn verify(
    text: &str,
    store: &Store,
    trust: &TrustStore,
    ledger: &Policy,
) -> Result<Authentic, VerifyError> {
    let parsed = qr::read(text)?;
    let stored = store
        .certificate(parsed.kid())?
        .ok_or(QrError::UnknownPrescriber)?;
    let prescription = sealed_by_any(ledger, |key| {
        qr::verify(&parsed, |_| Some(stored.key.clone()), key)
    })?;
    let trusted = trust
        .validate(&stored.der, &[], prescription.sealed_at())
        .map_err(VerifyError::Certificate)?;
    // The columns beside the certificate are for finding it; the certificate itself decides.
    let holder = holder_of(&trusted);
    if trusted.spki() != stored.key.spki_der || holder.as_ref() != Some(&stored.key.holder) {
        return Err(QrError::CedulaMismatch.into());
    }
    let name = &trusted.identity().name;
    let prescriber = match stored.key.holder {
        KeyHolder::Prescriber(_) => name.clone(),
        // The certificate names the institution; who prescribes, the QR names by the cédula alone.
        KeyHolder::Institution => format!("titular de la cédula, con e.firma; código QR de {name}"),
    };
    Ok(Authentic {
        prescription,
        prescriber,
    })
}

/// Whom a certificate names: a professional in person by the cédula; an institution where it
/// represents a legal person. `None` where it is neither.
pub(crate) fn holder_of(certificate: &TrustedCertificate) -> Option<KeyHolder> {
    let identity = certificate.identity();
    if identity.represents.is_some() {
        return Some(KeyHolder::Institution);
    }
    let cedula = identity.cedula.as_deref()?.parse().ok()?;
    Some(KeyHolder::Prescriber(cedula))
}

/// A ledger that changes its key has several, and a seal is by one of them. The reason that is told
/// is the one of the last.
fn sealed_by_any(
    ledger: &Policy,
    mut verify: impl FnMut(&[u8; 32]) -> Result<VerifiedPrescription, QrError>,
) -> Result<VerifiedPrescription, QrError> {
    let mut result = Err(QrError::UnknownPrescriber);
    for log in ledger.logs() {
        result = verify(log.key.public_key());
        if result.is_ok() {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use signing::qr::text;

    use super::*;
    use crate::fixture::{self, Pki};
    use crate::sync::store_certificates;

    fn counter() -> (tempfile::TempDir, Store, Pki) {
        let (folder, mut store) = Store::temporary();
        let pki = fixture::pki();
        let pem = pki.leaf_pem.as_bytes();
        store_certificates(pem, &pki.trust(), &mut store, fixture::now()).unwrap();
        (folder, store, pki)
    }

    fn refusal(text: &str) -> String {
        let (_folder, store, pki) = counter();
        let result = verify(text, &store, &pki.trust(), &fixture::ledger());
        result.unwrap_err().to_string()
    }

    #[test]
    fn an_authentic_prescription_names_its_prescriber() {
        let (_folder, store, pki) = counter();
        let qr = fixture::qr(&fixture::payload());
        let authentic = verify(&qr, &store, &pki.trust(), &fixture::ledger()).unwrap();
        assert_eq!(authentic.prescriber(), fixture::PRESCRIBER);
        assert_eq!(*authentic.prescription().payload(), fixture::payload());
    }

    #[test]
    fn any_key_of_a_ledger_that_changes_its_key_may_have_sealed() {
        let (_folder, store, pki) = counter();
        let newer = ledger::VerifierKey::new(fixture::vkey().name(), [9; 32]).unwrap();
        for keys in [[fixture::vkey(), newer.clone()], [newer, fixture::vkey()]] {
            let [one, other] = keys;
            let policy = format!("log {one}\nlog {other}\nquorum none\n");
            let policy = Policy::parse(&policy).unwrap();
            let qr = fixture::qr(&fixture::payload());
            assert!(verify(&qr, &store, &pki.trust(), &policy).is_ok());
        }
    }

    #[test]
    fn a_changed_quantity_is_found() {
        let qr = fixture::qr(&fixture::payload());
        let mut more = fixture::payload();
        more.lines[0].packages = prescription::Packages::new(20);
        // The signature of one prescription under the content of another.
        let (from, to) = (
            fixture::payload().to_cbor().unwrap(),
            more.to_cbor().unwrap(),
        );
        let bytes = text::decode(&qr).unwrap();
        let at = bytes.windows(from.len()).position(|w| w == from).unwrap();
        assert_eq!(from.len(), to.len());
        let mut altered = bytes;
        altered[at..at + to.len()].copy_from_slice(&to);
        let message = refusal(&text::encode(&altered).unwrap());
        assert!(message.contains("alterado"), "{message}");
    }

    #[test]
    fn an_unknown_signer_a_foreign_ledger_and_another_code_have_their_own_reasons() {
        let payload = fixture::payload();
        let unknown = refusal(&fixture::qr_by(8, &payload));
        assert!(
            unknown.contains("No se reconoce el certificado"),
            "{unknown}"
        );
        let other = refusal("https://example.org");
        assert!(other.contains("no es el de una receta"), "{other}");

        let (_folder, store, pki) = counter();
        let foreign = ledger::VerifierKey::new("receta.example/otro", [9; 32]).unwrap();
        let foreign = Policy::of_log(foreign);
        let refused = verify(&fixture::qr(&payload), &store, &pki.trust(), &foreign);
        assert!(
            refused
                .unwrap_err()
                .to_string()
                .contains("sello del registro")
        );
    }

    #[test]
    fn somebody_elses_cedula_is_refused() {
        let mut payload = fixture::payload();
        payload.cedula = "7654321".parse().unwrap();
        let message = refusal(&fixture::qr(&payload));
        assert!(message.contains("cédula"), "{message}");
    }

    #[test]
    fn an_authority_that_is_no_longer_pinned_vouches_for_nobody() {
        let (_folder, store, _) = counter();
        let nobody = TrustStore::new(signing::trust::RevocationPolicy::WhenListed);
        let qr = fixture::qr(&fixture::payload());
        let refused = verify(&qr, &store, &nobody, &fixture::ledger());
        assert!(matches!(refused, Err(VerifyError::Certificate(_))));
    }
}
