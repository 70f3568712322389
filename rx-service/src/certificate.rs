//! Certificates as people hand them over: PEM or DER.

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The DER of a certificate in PEM or DER. Nothing is verified.
#[must_use]
pub fn to_der(bytes: &[u8]) -> Vec<u8> {
    match CertificateDer::from_pem_slice(bytes) {
        Ok(certificate) => certificate.to_vec(),
        Err(_) => bytes.to_vec(),
    }
}

/// The `SubjectPublicKeyInfo` (DER) of a certificate; `None` where it is none. Nothing is verified.
#[must_use]
pub fn spki_of(der: &[u8]) -> Option<Vec<u8>> {
    use x509_cert::der::{Decode, Encode};
    let certificate = x509_cert::Certificate::from_der(der).ok()?;
    let spki = certificate.tbs_certificate().subject_public_key_info();
    spki.to_der().ok()
}

/// Certificates as one PEM text.
#[must_use]
pub fn to_pem_bundle(certificates: &[Vec<u8>]) -> String {
    let mut pem = String::new();
    for certificate in certificates {
        pem.push_str("-----BEGIN CERTIFICATE-----\n");
        let text = data_encoding::BASE64.encode(certificate);
        for line in text.as_bytes().chunks(64) {
            pem.push_str(&String::from_utf8_lossy(line));
            pem.push('\n');
        }
        pem.push_str("-----END CERTIFICATE-----\n");
    }
    pem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_reads_back_and_der_passes_through() {
        let der = vec![0x30, 0x82, 1, 2, 3];
        assert_eq!(
            to_der(to_pem_bundle(std::slice::from_ref(&der)).as_bytes()),
            der
        );
        assert_eq!(to_der(&der), der);
    }
}
