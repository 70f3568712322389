//! The certificate with which a pharmacy signs: it chains to the pinned authority of the clients,
//! and names the pharmacy in one URI, `urn:receta:client:pharmacy:<CLUES>[:<licence>]`.

use std::time::Duration;

use jiff::Timestamp;
use prescription::Clues;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, SignatureVerificationAlgorithm, TrustAnchor, UnixTime};
use webpki::{EndEntityCert, KeyUsage};

/// Signature algorithms that the authority of the clients may use.
static ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::ED25519,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
];

const CALLER: &str = "urn:receta:client:";

/// Why a pharmacy's certificate, or the authority behind it, is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PharmacyCertificateError {
    /// The pinned file holds no certificate of an authority.
    #[error("the file holds no PEM certificate of an authority; give the authority of the clients")]
    Authority,
    /// Not a certificate.
    #[error("the certificate cannot be read")]
    Malformed,
    /// It does not chain to the pinned authority at that time, or is not for clients.
    #[error("the certificate has no valid path to the pinned authority: {0}")]
    Path(webpki::Error),
    /// It names no pharmacy, or more than one caller.
    #[error("the certificate does not name exactly one pharmacy")]
    Name,
}

impl PharmacyCertificateError {
    pub(super) fn in_spanish(&self) -> String {
        match self {
            Self::Authority => "la autoridad fijada no es un certificado PEM".to_owned(),
            Self::Malformed => "no se puede leer".to_owned(),
            Self::Path(reason) => {
                format!("no lo respalda la autoridad fijada a la hora del acto (detalle: {reason})")
            }
            Self::Name => "no nombra exactamente una farmacia".to_owned(),
        }
    }
}

/// Proof that a certificate was a pharmacy's. Only `PharmacyAuthority::verify` makes one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerifiedPharmacy {
    pub(super) clues: Clues,
    pub(super) licensed: bool,
    pub(super) spki: Vec<u8>,
}

/// Who may sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Who {
    /// A pharmacy.
    Pharmacy,
    /// Whoever keeps stock: a pharmacy, or a factory or warehouse
    /// (`supplier:<CLUES>:<licence>:<kind>`).
    Keeper,
}

/// The authority that certifies pharmacies.
#[derive(Debug, Clone)]
pub struct PharmacyAuthority {
    anchors: Vec<TrustAnchor<'static>>,
}

impl PharmacyAuthority {
    /// Pins the certificates of a PEM file.
    ///
    /// # Errors
    /// [`PharmacyCertificateError::Authority`].
    pub fn from_pem(pem: &[u8]) -> Result<Self, PharmacyCertificateError> {
        let refused = PharmacyCertificateError::Authority;
        let mut anchors = Vec::new();
        for certificate in CertificateDer::pem_slice_iter(pem) {
            let certificate = certificate.map_err(|_| refused.clone())?;
            let anchor = webpki::anchor_from_trusted_cert(&certificate);
            anchors.push(anchor.map_err(|_| refused.clone())?.to_owned());
        }
        if anchors.is_empty() {
            Err(refused)
        } else {
            Ok(Self { anchors })
        }
    }

    /// Verifies a pharmacy's certificate as of `at`, the time of the ledger entry.
    pub(super) fn verify(
        &self,
        certificate: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedPharmacy, PharmacyCertificateError> {
        self.verify_as(Who::Pharmacy, certificate, at)
    }

    /// Verifies the certificate of an establishment that keeps stock.
    pub(super) fn verify_keeper(
        &self,
        certificate: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedPharmacy, PharmacyCertificateError> {
        self.verify_as(Who::Keeper, certificate, at)
    }

    fn verify_as(
        &self,
        who: Who,
        certificate: &[u8],
        at: Timestamp,
    ) -> Result<VerifiedPharmacy, PharmacyCertificateError> {
        let der = CertificateDer::from(certificate);
        let leaf =
            EndEntityCert::try_from(&der).map_err(|_| PharmacyCertificateError::Malformed)?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let usage = KeyUsage::client_auth();
        leaf.verify_for_usage(ALGORITHMS, &self.anchors, &[], time, usage, None, None)
            .map_err(PharmacyCertificateError::Path)?;
        let mut callers = leaf
            .valid_uri_names()
            .filter_map(|uri| uri.strip_prefix(CALLER));
        let (Some(caller), None) = (callers.next(), callers.next()) else {
            return Err(PharmacyCertificateError::Name);
        };
        let supplier = Some(caller)
            .filter(|_| who == Who::Keeper)
            .and_then(parse_supplier);
        let named = parse(caller).or(supplier);
        let (clues, licensed) = named.ok_or(PharmacyCertificateError::Name)?;
        Ok(VerifiedPharmacy {
            clues,
            licensed,
            spki: leaf.subject_public_key_info().to_vec(),
        })
    }
}

/// CLUES of `pharmacy:<CLUES>[:<licence>]`, and whether it has a licence.
fn parse(caller: &str) -> Option<(Clues, bool)> {
    let named = caller.strip_prefix("pharmacy:")?;
    let (clues, licence) = match named.split_once(':') {
        Some((clues, licence)) => (clues, Some(licence)),
        None => (named, None),
    };
    let well_formed = licence.is_none_or(|licence| !licence.is_empty() && !licence.contains(':'));
    Some((clues.parse().ok()?, licence.is_some())).filter(|_| well_formed)
}

/// CLUES of `supplier:<CLUES>:<licence>:<kind>`; a supplier always has a licence.
fn parse_supplier(caller: &str) -> Option<(Clues, bool)> {
    let mut parts = caller.strip_prefix("supplier:")?.split(':');
    let (clues, licence, kind) = (parts.next()?, parts.next()?, parts.next()?);
    let well_formed = !licence.is_empty() && !kind.is_empty() && parts.next().is_none();
    Some((clues.parse().ok()?, true)).filter(|_| well_formed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_pharmacies_only() {
        let clues: Clues = "HGFAR000001".parse().unwrap();
        assert_eq!(parse("pharmacy:HGFAR000001"), Some((clues.clone(), false)));
        assert_eq!(parse("pharmacy:HGFAR000001:LS-1"), Some((clues, true)));
        for wrong in [
            "ehr:HGFAR000001",
            "pharmacy:",
            "pharmacy:HGFAR000001:",
            "pharmacy:HGFAR000001:a:b",
        ] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn reads_suppliers() {
        let clues: Clues = "DFALM000001".parse().unwrap();
        let read = parse_supplier("supplier:DFALM000001:LS-2:distribution-warehouse");
        assert_eq!(read, Some((clues, true)));
        for wrong in [
            "supplier:DFALM000001",
            "supplier:DFALM000001:LS-2",
            "supplier:DFALM000001::factory",
            "supplier:DFALM000001:LS-2:factory:x",
            "pharmacy:HGFAR000001:LS-1",
        ] {
            assert_eq!(parse_supplier(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_authority_is_a_pem_certificate() {
        for wrong in [
            "",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            let refused = PharmacyAuthority::from_pem(wrong.as_bytes()).unwrap_err();
            assert_eq!(refused, PharmacyCertificateError::Authority);
        }
    }
}
