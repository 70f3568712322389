//! The prescriber's own signature, where the institution signed the QR.
//!
//! Such a QR says so and carries the digest of the CAdES signature that the prescriber made with
//! their e.firma. For fractions I to III, which are dispensed online only, the counter does not
//! take the institution's word: it fetches document and signature and verifies them itself.

use data_encoding::BASE64;
use serde::Deserialize;
use signing::cms::{CmsError, cades};
use signing::qr::{QrSigner, VerifiedPrescription};
use signing::trust::{Trust, TrustStore};

use crate::counter::Counter;
use crate::service::ServiceError;

/// The prescriber's signature is not what the QR says, or cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum OwnSignatureError {
    /// The service gave none.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// No authority of e.firmas is pinned here.
    #[error(
        "La receta se firmó con e.firma y este programa no tiene autoridades de e.firma \
         ([efirma] en la configuración). No surta medicamentos de las fracciones I a III."
    )]
    NotPinned,
    /// Another signature, or another document, than the QR names.
    #[error("La firma o el documento no son los que nombra el código QR. No surta y repórtelo.")]
    Other,
    /// The signature does not verify.
    #[error("La firma de quien prescribe no es válida ({0}). No surta y repórtelo.")]
    Refused(CmsError),
}

/// What the service hands to whoever holds the QR.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignatureAnswer {
    /// Base64 of the document.
    document: String,
    /// Base64 of the detached CAdES.
    cades: String,
}

/// Whether the prescriber's own signature must be verified online.
#[must_use]
pub fn is_due(verified: &VerifiedPrescription) -> bool {
    let payload = verified.payload();
    matches!(payload.signer, QrSigner::Institution { .. })
        && payload
            .lines
            .iter()
            .any(|line| line.fraction.is_controlled())
}

/// Fetches and verifies the prescriber's signature, where it is due.
///
/// # Errors
/// [`OwnSignatureError`].
pub fn check(
    counter: &Counter,
    verified: &VerifiedPrescription,
    qr: &str,
) -> Result<(), OwnSignatureError> {
    if !is_due(verified) {
        return Ok(());
    }
    if counter.config.efirma.anchors.is_empty() {
        return Err(OwnSignatureError::NotPinned);
    }
    verify(
        &counter.trust,
        verified,
        &counter.service.own_signature(qr)?,
    )
}

/// Document and signature are those of the QR, and the signature is good at the time of the seal.
fn verify(
    trust: &TrustStore,
    verified: &VerifiedPrescription,
    answer: &SignatureAnswer,
) -> Result<(), OwnSignatureError> {
    let payload = verified.payload();
    let decode = |text: &str| {
        let decoded = BASE64.decode(text.as_bytes());
        decoded.map_err(|_| OwnSignatureError::Other)
    };
    let (document, cms) = (decode(&answer.document)?, decode(&answer.cades)?);
    let named = QrSigner::Institution {
        cades: sha256(&cms),
    };
    if payload.signer != named || payload.document_digest != sha256(&document) {
        return Err(OwnSignatureError::Other);
    }
    let at = verified.sealed_at();
    let signed = cades::verify(&document, &cms, &Trust::Store(trust), at)
        .map_err(OwnSignatureError::Refused)?;
    // A person, not the institution itself over again.
    if signed.subject().represents.is_some() {
        return Err(OwnSignatureError::Other);
    }
    Ok(())
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref());
    out
}

#[cfg(test)]
mod tests {
    use prescription::Fraction;
    use signing::cms::cades::{SigningChain, complete, prepare};

    use super::*;
    use crate::fixture::{self, CONTROLLED, ORDINARY, line, payload_of, sealed_at, verified_by};

    const DOCUMENT: &[u8] = br#"{"resourceType":"Bundle"}"#;

    /// A signature over [`DOCUMENT`] by the prescriber of the fixture, and the QR that names it.
    fn signed(clave: &str, fraction: Fraction) -> (VerifiedPrescription, SignatureAnswer) {
        let pki = fixture::pki();
        let chain = SigningChain::new(&pki.leaf_der, &[]).unwrap();
        let prepared = prepare(DOCUMENT, sealed_at(), &chain).unwrap();
        let signature = fixture::sign(prepared.digest());
        let cms = complete(prepared, &signature).unwrap();
        let mut payload = payload_of(vec![line(clave, fraction, 1, 1)]);
        payload.document_digest = sha256(DOCUMENT);
        let payload = payload.by_institution(sha256(&cms));
        let answer = SignatureAnswer {
            document: BASE64.encode(DOCUMENT),
            cades: BASE64.encode(&cms),
        };
        let holder = signing::qr::KeyHolder::Institution;
        (verified_by(&payload, holder), answer)
    }

    #[test]
    fn due_for_the_controlled_fractions_of_an_institutions_qr_alone() {
        assert!(is_due(&signed(CONTROLLED, Fraction::II).0));
        assert!(!is_due(&signed(ORDINARY, Fraction::IV).0));
        let own = payload_of(vec![line(CONTROLLED, Fraction::II, 1, 1)]);
        assert!(!is_due(&fixture::verified_of(&own)));
    }

    #[test]
    fn only_the_named_signature_over_the_named_document_by_a_trusted_person() {
        let trust = fixture::pki().trust();
        let (verified, answer) = signed(CONTROLLED, Fraction::II);
        assert!(verify(&trust, &verified, &answer).is_ok());

        let (_, mut other) = signed(CONTROLLED, Fraction::II);
        other.document = BASE64.encode(b"{}");
        let refused = verify(&trust, &verified, &other).unwrap_err();
        assert!(matches!(refused, OwnSignatureError::Other));
        let mut altered = BASE64.decode(answer.cades.as_bytes()).unwrap();
        *altered.last_mut().unwrap() ^= 1;
        let altered = SignatureAnswer {
            document: answer.document.clone(),
            cades: BASE64.encode(&altered),
        };
        let refused = verify(&trust, &verified, &altered).unwrap_err();
        assert!(matches!(refused, OwnSignatureError::Other));
        let garbled = SignatureAnswer {
            document: answer.document.clone(),
            cades: "?".to_owned(),
        };
        let refused = verify(&trust, &verified, &garbled).unwrap_err();
        assert!(matches!(refused, OwnSignatureError::Other));

        let nobody = TrustStore::new(signing::trust::RevocationPolicy::WhenListed);
        let refused = verify(&nobody, &verified, &answer).unwrap_err();
        assert!(matches!(refused, OwnSignatureError::Refused(_)));
    }

    #[test]
    fn a_counter_without_efirma_authorities_says_so() {
        let (_folder, counter) = fixture::counter();
        let (verified, _) = signed(CONTROLLED, Fraction::II);
        let refused = check(&counter, &verified, "RX1").unwrap_err();
        assert!(matches!(refused, OwnSignatureError::NotPinned));
        let (ordinary, _) = signed(ORDINARY, Fraction::IV);
        assert!(check(&counter, &ordinary, "RX1").is_ok());
    }
}
