//! What a certificate says of itself, for its holder to read. Nothing is verified.

use der::{Decode, Encode};
use jiff::Timestamp;
use x509_cert::Certificate;

use super::store::timestamp;
use super::{ProfessionalIdentity, SignerKey, TrustError, usage};

/// What a certificate is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateKind {
    /// A person's e.firma, as the SAT issues it (FIEL).
    Efirma,
    /// A SAT *certificado de sello digital* (CSD): it seals invoices.
    Seal,
    /// For signing documents, of an authority of professionals (RFC 9336).
    Professional,
    /// Signs something, neither of these.
    Other,
    /// Its key usage does not allow signatures.
    NotForSigning,
}

/// A certificate as it describes itself.
#[derive(Debug, Clone)]
pub struct Inspected {
    /// What it is for.
    pub kind: CertificateKind,
    /// Whom it names.
    pub identity: ProfessionalIdentity,
    /// Its key.
    pub key: SignerKey,
    /// DER `SubjectPublicKeyInfo`.
    pub spki: Vec<u8>,
    /// First second of validity.
    pub not_before: Timestamp,
    /// Last second of validity.
    pub not_after: Timestamp,
}

/// Reads a certificate, DER. Nobody vouches for what it says.
///
/// # Errors
/// [`TrustError::MalformedCertificate`], [`TrustError::MalformedExtension`],
/// [`TrustError::Identity`], [`TrustError::Key`].
pub fn inspect(der: &[u8]) -> Result<Inspected, TrustError> {
    let malformed = TrustError::MalformedCertificate;
    let cert = Certificate::from_der(der).map_err(|_| malformed.clone())?;
    let tbs = cert.tbs_certificate();
    let spki = tbs.subject_public_key_info();
    let instant = |time| timestamp(time).ok_or(malformed.clone());
    Ok(Inspected {
        kind: usage::kind(&cert)?,
        identity: ProfessionalIdentity::from_certificate(&cert)?,
        key: SignerKey::from_spki(spki)?,
        spki: spki.to_der().map_err(|_| malformed.clone())?,
        not_before: instant(tbs.validity().not_before)?,
        not_after: instant(tbs.validity().not_after)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trust::test_pki::{Pki, leaf_params};

    fn kind(usages: Vec<rcgen::KeyUsagePurpose>, document_signing: bool) -> CertificateKind {
        let mut params = leaf_params();
        params.key_usages = usages;
        if !document_signing {
            params.extended_key_usages.clear();
        }
        inspect(&Pki::with_leaf(&params).leaf).unwrap().kind
    }

    #[test]
    fn tells_what_a_certificate_is_for() {
        use rcgen::KeyUsagePurpose as K;
        let signs = vec![K::DigitalSignature, K::ContentCommitment];
        let fiel = [signs.clone(), vec![K::DataEncipherment, K::KeyAgreement]].concat();
        assert_eq!(kind(signs.clone(), true), CertificateKind::Professional);
        assert_eq!(kind(signs, false), CertificateKind::Other);
        assert_eq!(kind(fiel, false), CertificateKind::Efirma);
        let cipher = vec![K::KeyEncipherment];
        assert_eq!(kind(cipher, true), CertificateKind::NotForSigning);
    }

    #[test]
    fn what_the_sat_issues_is_told_apart() {
        let folder = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/data/efirma-test-certs"
        );
        for (path, kind) in [
            (
                "EKU9003173C9/fake-fiel/EKU9003173C9.cer",
                CertificateKind::Efirma,
            ),
            (
                "EKU9003173C9/fake-csd/EKU9003173C9.cer",
                CertificateKind::Seal,
            ),
        ] {
            let Ok(der) = std::fs::read(format!("{folder}/{path}")) else {
                eprintln!("SKIPPED: {folder}/{path} is missing");
                return;
            };
            assert_eq!(inspect(&der).unwrap().kind, kind, "{path}");
        }
        assert!(inspect(b"").is_err());
    }
}
