//! The anchors, issuers and revocation lists we hold, and the validation of a path against them.

use std::borrow::Cow;
use std::collections::HashMap;

use der::{Decode, Encode};
use jiff::{SignedDuration, Timestamp};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{
    CertificateDer, CertificateRevocationListDer, SignatureVerificationAlgorithm, TrustAnchor,
};
use x509_cert::Certificate;
use x509_cert::time::Time;

use super::crl::Crl;
use super::path::{self, CheckedPath, PathCache};
use super::revocation::Revocations;
use super::{TrustError, TrustedCertificate, usage};
use crate::nesting;

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
    pub(super) fn parse(der: &[u8]) -> Result<Self, TrustError> {
        let cert = certificate(der)?;
        let spki = cert.tbs_certificate().subject_public_key_info().to_der();
        let spki = spki.map_err(|_| TrustError::MalformedCertificate)?;
        Ok(Self {
            der: der.to_vec(),
            spki,
            cert,
        })
    }

    pub(super) fn contains(&self, at: Timestamp) -> bool {
        path::validity(&self.cert).is_some_and(|(from, until)| (from..=until).contains(&at))
    }
}

/// In which a CA is trusted, whatever its certificate says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TrustSpan {
    /// First instant at which what it signed counts; `None`: ever since.
    pub from: Option<Timestamp>,
    /// Last one; `None`: still. What was signed before stays good.
    pub until: Option<Timestamp>,
}

impl TrustSpan {
    /// No limit.
    pub const ALWAYS: Self = Self {
        from: None,
        until: None,
    };
}

/// Anchors with their policies, known issuers, revocation lists and OCSP answers. Immutable while
/// verifying: when a list arrives, a service clones the store, adds the list and swaps the stores.
#[derive(Debug, Clone)]
pub struct TrustStore {
    revocation: RevocationPolicy,
    grace: SignedDuration,
    /// `anchors[i]` describes `roots[i]`.
    pub(super) roots: Vec<TrustAnchor<'static>>,
    pub(super) anchors: Vec<(Authority, AnchorPolicy)>,
    pub(super) issuers: Vec<Authority>,
    /// By the DER `SubjectPublicKeyInfo` of the CA.
    spans: HashMap<Vec<u8>, TrustSpan>,
    pub(super) revocations: Revocations,
    pub(super) paths: PathCache,
}

impl TrustStore {
    /// An empty store, which trusts nobody.
    #[must_use]
    pub fn new(revocation: RevocationPolicy) -> Self {
        Self {
            revocation,
            grace: SignedDuration::ZERO,
            roots: vec![],
            anchors: vec![],
            issuers: vec![],
            spans: HashMap::new(),
            revocations: Revocations::default(),
            paths: PathCache::default(),
        }
    }

    /// What it asks of revocation data.
    #[must_use]
    pub fn revocation_policy(&self) -> RevocationPolicy {
        self.revocation
    }

    /// Lets lists and answers count for `grace` beyond their `nextUpdate`: a CA that is late need
    /// not stop a country. Zero unless set.
    pub fn set_grace(&mut self, grace: SignedDuration) {
        self.grace = grace;
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

    /// Limits the time in which a CA added before is trusted.
    ///
    /// # Errors
    /// [`TrustError::UnknownIssuer`] for a CA that was not added.
    pub fn limit_trust(&mut self, cert: &[u8], span: TrustSpan) -> Result<(), TrustError> {
        let der = certificate_der(cert)?;
        let known = self
            .authorities()
            .find(|known| known.der == *der)
            .ok_or(TrustError::UnknownIssuer)?;
        let spki = known.spki.clone();
        self.spans.insert(spki, span);
        Ok(())
    }

    /// Adds a complete revocation list (DER or one PEM block) of an anchor or issuer added
    /// before, replacing an older one.
    pub fn add_crl(&mut self, crl: &[u8]) -> Result<(), TrustError> {
        let fresh = self.parse_crl(crl)?;
        self.revocations.add_crl(fresh)
    }

    pub(super) fn parse_crl(&self, crl: &[u8]) -> Result<Crl, TrustError> {
        let der =
            single::<CertificateRevocationListDer<'static>>(crl).ok_or(TrustError::MalformedCrl)?;
        Crl::verify(&der, self.authorities())
    }

    /// Validates `leaf` for a signature that is proved to have existed at `at`.
    ///
    /// `intermediates` are the certificates that came with the signature, DER, in any order.
    /// Nothing is taken from them on trust. Work is bounded by their number, by the path's
    /// length and by the signature budget of `rustls-webpki`. A path that was good is remembered;
    /// revocation is asked every time.
    pub fn validate(
        &self,
        leaf: &[u8],
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<TrustedCertificate, TrustError> {
        let remembered = path::find(self, leaf, intermediates, at)?;
        self.check_at(remembered.path(), at)?;
        Ok(remembered.trusted().clone())
    }

    /// What changes with time, of each certificate of a path below its anchor: whether its issuer
    /// was trusted, and whether it was revoked.
    pub(super) fn check_at(&self, path: &CheckedPath, at: Timestamp) -> Result<(), TrustError> {
        path.named().try_for_each(|certificate| {
            self.check_span(certificate.issuer_spki, at)?;
            self.revocations
                .check(certificate, at, self.revocation, self.grace)
        })
    }

    fn check_span(&self, spki: &[u8], at: Timestamp) -> Result<(), TrustError> {
        match self.spans.get(spki) {
            Some(span) if span.from.is_some_and(|from| at < from) => {
                Err(TrustError::IssuerNotTrustedYet)
            }
            Some(span) if span.until.is_some_and(|until| at > until) => {
                Err(TrustError::IssuerNoLongerTrusted)
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Anchors and issuers.
    pub(super) fn authorities(&self) -> impl Iterator<Item = &Authority> {
        let anchors = self.anchors.iter().map(|(anchor, _)| anchor);
        anchors.chain(&self.issuers)
    }
}

/// An X.509 time, to the second. `None` before 1970 or beyond year 9999.
pub(crate) fn timestamp(time: Time) -> Option<Timestamp> {
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
