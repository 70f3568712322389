//! The anchors, issuers and revocation lists we hold, and the validation of a path against them.

use std::borrow::Cow;
use std::time::Duration;

use der::{Decode, Encode};
use jiff::Timestamp;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, SignatureVerificationAlgorithm, TrustAnchor,
    UnixTime,
};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath};
use x509_cert::Certificate;
use x509_cert::time::Time;

use super::crl::Crl;
use super::loops::is_loop;
use super::{ProfessionalIdentity, SignerKey, TrustError, TrustedCertificate, usage};
use crate::nesting;

/// Certificates a signature may bring along, besides the leaf.
const MAX_INTERMEDIATES: usize = 4;
/// CAs a path may have between the leaf and the anchor.
const MAX_PATH_INTERMEDIATES: usize = 3;

/// Signature algorithms a CA may use. No SHA-1, no Ed25519 (no Mexican CA uses it).
pub(super) static PATH_ALGORITHMS: &[&dyn SignatureVerificationAlgorithm] = &[
    webpki::ring::ECDSA_P256_SHA256,
    webpki::ring::ECDSA_P256_SHA384,
    webpki::ring::ECDSA_P384_SHA256,
    webpki::ring::ECDSA_P384_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA256,
    webpki::ring::RSA_PKCS1_2048_8192_SHA384,
    webpki::ring::RSA_PKCS1_2048_8192_SHA512,
];

/// What an anchor is trusted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnchorPolicy {
    /// A CA for health professionals: `id-kp-documentSigning` (RFC 9336) on the leaf and on every
    /// CA below the anchor.
    Professional,
    /// The SAT's e.firma: no document-signing purpose exists there; the key usage must be the one
    /// of a FIEL, never that of a seal (CSD).
    Efirma,
    /// A CA for timestamp authorities (RFC 3161 §2.3): believed about when, never about who.
    Timestamp,
}

/// What to do when no revocation list covers an issuer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationPolicy {
    /// Use the lists we hold; an issuer without a list passes.
    WhenListed,
    /// Every certificate below the anchor needs a list that reaches the time asked about.
    Required,
}

/// A CA certificate in the forms the checks need.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    pub(super) der: Vec<u8>,
    pub(super) spki: Vec<u8>,
    pub(super) cert: Certificate,
}

impl Authority {
    fn parse(der: &[u8]) -> Result<Self, TrustError> {
        let cert = certificate(der)?;
        let spki = cert.tbs_certificate().subject_public_key_info().to_der();
        let spki = spki.map_err(|_| TrustError::MalformedCertificate)?;
        Ok(Self {
            der: der.to_vec(),
            spki,
            cert,
        })
    }

    fn contains(&self, at: Timestamp) -> bool {
        let validity = self.cert.tbs_certificate().validity();
        let bounds = (
            timestamp(validity.not_before),
            timestamp(validity.not_after),
        );
        matches!(bounds, (Some(from), Some(until)) if (from..=until).contains(&at))
    }
}

/// Anchors with their policies, known issuers and revocation lists. Immutable while verifying:
/// when a list arrives, a service clones the store, adds the list and swaps the stores.
#[derive(Debug, Clone)]
pub struct TrustStore {
    revocation: RevocationPolicy,
    /// `anchors[i]` describes `roots[i]`.
    roots: Vec<TrustAnchor<'static>>,
    anchors: Vec<(Authority, AnchorPolicy)>,
    issuers: Vec<Authority>,
    crls: Vec<Crl>,
}

impl TrustStore {
    /// An empty store, which trusts nobody.
    #[must_use]
    pub fn new(revocation: RevocationPolicy) -> Self {
        Self {
            revocation,
            roots: vec![],
            anchors: vec![],
            issuers: vec![],
            crls: vec![],
        }
    }

    /// What it asks of revocation data.
    #[must_use]
    pub fn revocation_policy(&self) -> RevocationPolicy {
        self.revocation
    }

    /// Adds a CA to trust, DER or one PEM block.
    pub fn add_anchor(&mut self, cert: &[u8], policy: AnchorPolicy) -> Result<(), TrustError> {
        let der = certificate_der(cert)?;
        let authority = Authority::parse(&der)?;
        usage::check_anchor(&authority.cert, policy)?;
        let subject = authority.cert.tbs_certificate().subject();
        if self.anchors.iter().any(|(known, _)| {
            known.spki == authority.spki && known.cert.tbs_certificate().subject() == subject
        }) {
            return Err(TrustError::DuplicateAnchor);
        }
        let root = webpki::anchor_from_trusted_cert(&der).map_err(TrustError::Path)?;
        self.roots.push(root.to_owned());
        self.anchors.push((authority, policy));
        Ok(())
    }

    /// Adds an issuing CA, DER or one PEM block. It is not trusted by itself: it completes paths
    /// and identifies the signers of revocation lists.
    pub fn add_issuer(&mut self, cert: &[u8]) -> Result<(), TrustError> {
        let authority = Authority::parse(&certificate_der(cert)?)?;
        usage::check_is_ca(&authority.cert)?;
        if !self.issuers.iter().any(|known| known.der == authority.der) {
            self.issuers.push(authority);
        }
        Ok(())
    }

    /// Adds a complete revocation list (DER or one PEM block) of an anchor or issuer added
    /// before, replacing an older one.
    pub fn add_crl(&mut self, crl: &[u8]) -> Result<(), TrustError> {
        let der =
            single::<CertificateRevocationListDer<'static>>(crl).ok_or(TrustError::MalformedCrl)?;
        let authorities = self
            .anchors
            .iter()
            .map(|(anchor, _)| anchor)
            .chain(&self.issuers);
        let fresh = Crl::verify(&der, authorities)?;
        match self
            .crls
            .iter_mut()
            .find(|known| known.issuer_spki == fresh.issuer_spki)
        {
            Some(known) if known.this_update > fresh.this_update => {
                return Err(TrustError::CrlRollback);
            }
            Some(known) => *known = fresh,
            None => self.crls.push(fresh),
        }
        Ok(())
    }

    /// Validates `leaf` for a signature that is proved to have existed at `at`.
    ///
    /// `intermediates` are the certificates that came with the signature, DER, in any order.
    /// Nothing is taken from them on trust. Work is bounded by their number, by the path's
    /// length and by the signature budget of `rustls-webpki`.
    pub fn validate(
        &self,
        leaf: &[u8],
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<TrustedCertificate, TrustError> {
        let cert = certificate(leaf)?;
        usage::check_leaf(&cert)?;
        let path = self.path(leaf, &cert, intermediates, at)?;
        usage::check_leaf_policy(&cert, path.policy)?;
        self.check_revocation(&cert, &path, at)?;
        trusted(leaf, &cert, &path)
    }

    /// Builds and checks a path, without regard to the purpose of the leaf or its revocation.
    pub(super) fn path(
        &self,
        leaf: &[u8],
        cert: &Certificate,
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<CheckedPath<'_>, TrustError> {
        if intermediates.len() > MAX_INTERMEDIATES {
            return Err(TrustError::TooManyCertificates);
        }
        if !intermediates.iter().all(|der| nesting::is_bounded(der)) {
            return Err(TrustError::TooDeep);
        }
        let candidates: Vec<CertificateDer<'_>> = intermediates
            .iter()
            .copied()
            .chain(self.issuers.iter().map(|issuer| issuer.der.as_slice()))
            .map(CertificateDer::from)
            .collect();
        check_leaf_validity(cert, at)?;
        let leaf_der = CertificateDer::from(leaf);
        let end_entity = EndEntityCert::try_from(&leaf_der).map_err(path_error)?;
        let seconds = u64::try_from(at.as_second()).unwrap_or(0);
        let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let path = end_entity
            .verify_for_usage(
                PATH_ALGORITHMS,
                &self.roots,
                &candidates,
                time,
                PurposesCheckedByPolicy,
                None,
                None,
            )
            .map_err(|error| {
                let error = path_error(error);
                if error == TrustError::UnknownIssuer && is_loop(cert, &candidates) {
                    TrustError::PathLoop
                } else {
                    error
                }
            })?;
        self.check_path(&path, at)
    }

    /// Checks every CA of a path whose signatures verified.
    fn check_path(
        &self,
        path: &VerifiedPath<'_>,
        at: Timestamp,
    ) -> Result<CheckedPath<'_>, TrustError> {
        let position = self
            .roots
            .iter()
            .position(|root| std::ptr::eq(root, path.anchor()));
        let (anchor, policy) = position
            .and_then(|at| self.anchors.get(at))
            .ok_or(TrustError::UnknownIssuer)?;

        let mut intermediates = Vec::new();
        for issuer in path.intermediate_certificates() {
            let issuer = Authority::parse(&issuer.der())?;
            usage::check_issuer(&issuer.cert, *policy)?;
            intermediates.push(issuer);
        }
        let limit = usage::path_length(&anchor.cert)?.map_or(MAX_PATH_INTERMEDIATES, usize::from);
        if intermediates.len() > limit.min(MAX_PATH_INTERMEDIATES) {
            return Err(TrustError::PathTooLong);
        }
        if !anchor.contains(at) {
            return Err(TrustError::IssuerOutsideValidity);
        }
        Ok(CheckedPath {
            intermediates,
            anchor,
            policy: *policy,
        })
    }

    /// Asks the list of each issuer about the certificate below it.
    pub(super) fn check_revocation(
        &self,
        leaf: &Certificate,
        path: &CheckedPath<'_>,
        at: Timestamp,
    ) -> Result<(), TrustError> {
        let subjects = std::iter::once(leaf).chain(path.issuers().map(|issuer| &issuer.cert));
        for (subject, issuer) in subjects.zip(path.issuers()) {
            let serial = subject.tbs_certificate().serial_number().as_bytes();
            match self.crls.iter().find(|crl| crl.issuer_spki == issuer.spki) {
                Some(crl) => crl.check(serial, at)?,
                None if self.revocation == RevocationPolicy::Required => {
                    return Err(TrustError::RevocationUnknown);
                }
                None => {}
            }
        }
        Ok(())
    }
}

/// The CAs of a path that passed every check.
pub(super) struct CheckedPath<'a> {
    intermediates: Vec<Authority>,
    anchor: &'a Authority,
    pub(super) policy: AnchorPolicy,
}

impl CheckedPath<'_> {
    /// The issuing CA first, the anchor last.
    pub(super) fn issuers(&self) -> impl Iterator<Item = &Authority> {
        self.intermediates
            .iter()
            .chain(std::iter::once(self.anchor))
    }
}

/// Before the path is built, so that an expired leaf is told from an expired CA.
fn check_leaf_validity(cert: &Certificate, at: Timestamp) -> Result<(), TrustError> {
    let validity = cert.tbs_certificate().validity();
    match (
        timestamp(validity.not_before),
        timestamp(validity.not_after),
    ) {
        (Some(from), _) if at < from => Err(TrustError::NotYetValid),
        (_, Some(until)) if at > until => Err(TrustError::Expired),
        (Some(_), Some(_)) => Ok(()),
        _ => Err(TrustError::MalformedCertificate),
    }
}

/// Assembles the proof, once everything has been checked.
fn trusted(
    leaf: &[u8],
    cert: &Certificate,
    path: &CheckedPath<'_>,
) -> Result<TrustedCertificate, TrustError> {
    let tbs = cert.tbs_certificate();
    let malformed = TrustError::MalformedCertificate;
    let spki = tbs.subject_public_key_info();
    Ok(TrustedCertificate {
        der: leaf.to_vec(),
        spki: spki.to_der().map_err(|_| malformed.clone())?,
        key: SignerKey::from_spki(spki)?,
        identity: ProfessionalIdentity::from_certificate(cert)?,
        policy: path.policy,
        not_before: timestamp(tbs.validity().not_before).ok_or(malformed.clone())?,
        not_after: timestamp(tbs.validity().not_after).ok_or(malformed)?,
        issuers: path.issuers().map(|issuer| issuer.der.clone()).collect(),
    })
}

/// Lets every purpose through: which one is required depends on the anchor, known only after the
/// path is built, and is checked then (see [`usage`]).
struct PurposesCheckedByPolicy;

impl ExtendedKeyUsageValidator for PurposesCheckedByPolicy {
    fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
        purposes
            .into_iter()
            .try_for_each(|purpose| purpose.map(drop))
    }
}

/// An X.509 time, to the second. `None` before 1970 or beyond year 9999.
pub(super) fn timestamp(time: Time) -> Option<Timestamp> {
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).ok()?;
    Timestamp::from_second(seconds).ok()
}

/// Reads a certificate of bounded nesting.
pub(super) fn certificate(der: &[u8]) -> Result<Certificate, TrustError> {
    if !nesting::is_bounded(der) {
        return Err(TrustError::TooDeep);
    }
    Certificate::from_der(der).map_err(|_| TrustError::MalformedCertificate)
}

fn certificate_der(bytes: &[u8]) -> Result<CertificateDer<'_>, TrustError> {
    match single::<CertificateDer<'static>>(bytes) {
        Some(Cow::Borrowed(der)) => Ok(CertificateDer::from(der)),
        Some(Cow::Owned(der)) => Ok(CertificateDer::from(der)),
        None => Err(TrustError::MalformedCertificate),
    }
}

/// DER as it is, or the content of exactly one PEM block of type `T`.
fn single<T: PemObject + AsRef<[u8]>>(bytes: &[u8]) -> Option<Cow<'_, [u8]>> {
    if bytes.first() == Some(&0x30) {
        return Some(Cow::Borrowed(bytes));
    }
    let mut blocks = T::pem_slice_iter(bytes);
    match (blocks.next(), blocks.next()) {
        (Some(Ok(only)), None) => Some(Cow::Owned(only.as_ref().to_vec())),
        _ => None,
    }
}

fn path_error(error: webpki::Error) -> TrustError {
    use webpki::Error as E;
    #[expect(
        clippy::wildcard_enum_match_arm,
        reason = "foreign, non-exhaustive; kept inside Path"
    )]
    match error {
        E::UnknownIssuer => TrustError::UnknownIssuer,
        E::CertNotValidYet { .. } | E::CertExpired { .. } => TrustError::IssuerOutsideValidity,
        E::InvalidSignatureForPublicKey => TrustError::BadPathSignature,
        E::MaximumSignatureChecksExceeded | E::MaximumPathBuildCallsExceeded => {
            TrustError::PathBudget
        }
        E::CaUsedAsEndEntity => TrustError::CaAsLeaf,
        E::EndEntityUsedAsCa => TrustError::NotACa,
        E::PathLenConstraintViolated | E::MaximumPathDepthExceeded => TrustError::PathTooLong,
        other => TrustError::Path(other),
    }
}
