//! Where a certificate says that its revocation can be asked about.

use const_oid::ObjectIdentifier;
use der::Decode;
use x509_cert::Certificate;
use x509_cert::ext::pkix::name::{DistributionPointName, GeneralName};
use x509_cert::ext::pkix::{AuthorityInfoAccessSyntax, CrlDistributionPoints};

/// `id-ad-ocsp` (RFC 5280 §4.2.2.1).
const OCSP: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.48.1");

/// Addresses in a certificate. Nothing of it is verified: what comes from there is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CertificatePlaces {
    /// Of revocation lists (`cRLDistributionPoints`, RFC 5280 §4.2.1.13).
    pub lists: Vec<String>,
    /// Of OCSP responders (`authorityInfoAccess`).
    pub responders: Vec<String>,
}

impl CertificatePlaces {
    /// The addresses in a DER certificate; none where it cannot be read.
    #[must_use]
    pub fn of(certificate: &[u8]) -> Self {
        let Ok(certificate) = Certificate::from_der(certificate) else {
            return Self::default();
        };
        let tbs = certificate.tbs_certificate();
        let points = tbs.get_extension::<CrlDistributionPoints>().ok().flatten();
        let points = points.map(|(_, points)| points.0).unwrap_or_default();
        let lists = points
            .into_iter()
            // A point with reasons or another issuer speaks of a part only.
            .filter(|point| point.reasons.is_none() && point.crl_issuer.is_none())
            .filter_map(|point| match point.distribution_point {
                Some(DistributionPointName::FullName(names)) => Some(names),
                Some(DistributionPointName::NameRelativeToCRLIssuer(_)) | None => None,
            })
            .flatten();
        let access = tbs.get_extension::<AuthorityInfoAccessSyntax>();
        let access = access.ok().flatten().map(|(_, access)| access.0);
        let responders = access
            .unwrap_or_default()
            .into_iter()
            .filter(|one| one.access_method == OCSP)
            .map(|one| one.access_location);
        Self {
            lists: lists.filter_map(uri).collect(),
            responders: responders.filter_map(uri).collect(),
        }
    }
}

fn uri(name: GeneralName) -> Option<String> {
    if let GeneralName::UniformResourceIdentifier(uri) = name {
        Some(uri.to_string())
    } else {
        None
    }
}
