//! Builds and checks the path of a leaf, and remembers the paths that were good.
//!
//! A path that verified stays good for as long as its certificates are valid: nothing that is
//! added to a store makes a signature wrong. What does change with time, revocation and the span
//! in which a CA is trusted, is not part of what is remembered and is asked every time.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use der::Encode;
use jiff::Timestamp;
use ring::digest;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath};
use x509_cert::Certificate;

use super::loops::is_loop;
use super::revocation::Named;
use super::store::{Authority, PATH_ALGORITHMS, TrustStore, certificate, timestamp};
use super::{AnchorPolicy, ProfessionalIdentity, SignerKey, TrustError, TrustedCertificate, usage};
use crate::nesting;

/// Certificates a signature may bring along, besides the leaf.
const MAX_INTERMEDIATES: usize = 4;
/// CAs a path may have between the leaf and the anchor.
const MAX_PATH_INTERMEDIATES: usize = 3;
/// Paths remembered, of some 6 kB each.
const MAX_REMEMBERED: usize = 8192;

/// A path whose CAs passed every check that does not change with time.
#[derive(Debug)]
pub(super) struct CheckedPath {
    /// The issuing CA first, the anchor last.
    issuers: Vec<Authority>,
    /// The anchor's.
    pub(super) policy: AnchorPolicy,
    /// The leaf first; the anchor, which nobody issued, is not among them.
    links: Vec<Link>,
    /// In which all certificates of the path are valid.
    valid: (Timestamp, Timestamp),
}

/// A certificate below the anchor.
#[derive(Debug)]
struct Link {
    serial: Vec<u8>,
    not_after: Timestamp,
    issuer_spki: Vec<u8>,
}

impl CheckedPath {
    /// The DER of the CAs: the issuing CA first, the anchor last.
    pub(super) fn issuers(&self) -> impl Iterator<Item = &[u8]> {
        self.issuers.iter().map(|issuer| issuer.der.as_slice())
    }

    /// Each certificate below the anchor, as revocation data names it.
    pub(super) fn named(&self) -> impl Iterator<Item = Named<'_>> {
        self.links.iter().map(|link| Named {
            issuer_spki: &link.issuer_spki,
            serial: &link.serial,
            not_after: link.not_after,
        })
    }

    fn is_valid_at(&self, at: Timestamp) -> bool {
        (self.valid.0..=self.valid.1).contains(&at)
    }
}

/// A professional's path, and who it proves.
#[derive(Debug)]
pub(super) struct Remembered {
    trusted: TrustedCertificate,
    path: CheckedPath,
}

impl Remembered {
    pub(super) fn trusted(&self) -> &TrustedCertificate {
        &self.trusted
    }

    pub(super) fn path(&self) -> &CheckedPath {
        &self.path
    }
}

/// Paths that were good, by the digest of everything they were asked with. A copy of a store
/// begins with none: it may come to hold other anchors.
#[derive(Default)]
pub(super) struct PathCache(RwLock<HashMap<[u8; 32], Arc<Remembered>>>);

impl Clone for PathCache {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl fmt::Debug for PathCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PathCache")
    }
}

impl PathCache {
    fn get(&self, key: &[u8; 32]) -> Option<Arc<Remembered>> {
        let paths = self.0.read().unwrap_or_else(PoisonError::into_inner);
        paths.get(key).map(Arc::clone)
    }

    fn put(&self, key: [u8; 32], path: &Arc<Remembered>) {
        let mut paths = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if paths.len() >= MAX_REMEMBERED {
            paths.clear();
        }
        paths.insert(key, Arc::clone(path));
    }
}

/// Digest of the leaf and of the certificates that came with it, with their lengths.
fn key_of(leaf: &[u8], intermediates: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for der in std::iter::once(&leaf).chain(intermediates) {
        context.update(&der.len().to_be_bytes());
        context.update(der);
    }
    let mut key = [0; 32];
    key.copy_from_slice(context.finish().as_ref());
    key
}

/// The path of `leaf` at `at`: a remembered one, or built anew.
pub(super) fn find(
    store: &TrustStore,
    leaf: &[u8],
    intermediates: &[&[u8]],
    at: Timestamp,
) -> Result<Arc<Remembered>, TrustError> {
    let key = key_of(leaf, intermediates);
    if let Some(path) = store.paths.get(&key)
        && path.path.is_valid_at(at)
    {
        return Ok(path);
    }
    let path = Arc::new(build(store, leaf, intermediates, at)?);
    store.paths.put(key, &path);
    Ok(path)
}

fn build(
    store: &TrustStore,
    leaf: &[u8],
    intermediates: &[&[u8]],
    at: Timestamp,
) -> Result<Remembered, TrustError> {
    let cert = certificate(leaf)?;
    usage::check_leaf(&cert)?;
    let path = store.path(leaf, &cert, intermediates, at)?;
    usage::check_leaf_policy(&cert, path.policy)?;
    Ok(Remembered {
        trusted: trusted(leaf, &cert, &path)?,
        path,
    })
}

impl TrustStore {
    /// Builds and checks a path, without regard to the purpose of the leaf or its revocation.
    pub(super) fn path(
        &self,
        leaf: &[u8],
        cert: &Certificate,
        intermediates: &[&[u8]],
        at: Timestamp,
    ) -> Result<CheckedPath, TrustError> {
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
        let validity = check_leaf_validity(cert, at)?;
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
        let (issuers, policy) = check_issuers(self, &path, at)?;
        checked(cert, issuers, policy, validity)
    }
}

/// Checks every CA of a path whose signatures verified: the issuing CA first, the anchor last.
fn check_issuers(
    store: &TrustStore,
    path: &VerifiedPath<'_>,
    at: Timestamp,
) -> Result<(Vec<Authority>, AnchorPolicy), TrustError> {
    let position = store
        .roots
        .iter()
        .position(|root| std::ptr::eq(root, path.anchor()));
    let (anchor, policy) = position
        .and_then(|at| store.anchors.get(at))
        .ok_or(TrustError::UnknownIssuer)?;

    let mut issuers = Vec::new();
    for issuer in path.intermediate_certificates() {
        let issuer = Authority::parse(&issuer.der())?;
        usage::check_issuer(&issuer.cert, *policy)?;
        issuers.push(issuer);
    }
    let limit = usage::path_length(&anchor.cert)?.map_or(MAX_PATH_INTERMEDIATES, usize::from);
    if issuers.len() > limit.min(MAX_PATH_INTERMEDIATES) {
        return Err(TrustError::PathTooLong);
    }
    if !anchor.contains(at) {
        return Err(TrustError::IssuerOutsideValidity);
    }
    issuers.push(anchor.clone());
    Ok((issuers, *policy))
}

/// Notes what is to be asked later of each certificate, and when all of them are valid.
fn checked(
    leaf: &Certificate,
    issuers: Vec<Authority>,
    policy: AnchorPolicy,
    mut valid: (Timestamp, Timestamp),
) -> Result<CheckedPath, TrustError> {
    for issuer in &issuers {
        let (from, until) = validity(&issuer.cert).ok_or(TrustError::MalformedCertificate)?;
        valid = (valid.0.max(from), valid.1.min(until));
    }
    let subjects = std::iter::once(leaf).chain(issuers.iter().map(|issuer| &issuer.cert));
    let links = subjects.zip(&issuers).map(|(subject, issuer)| {
        let (_, not_after) = validity(subject).ok_or(TrustError::MalformedCertificate)?;
        Ok(Link {
            serial: subject
                .tbs_certificate()
                .serial_number()
                .as_bytes()
                .to_vec(),
            not_after,
            issuer_spki: issuer.spki.clone(),
        })
    });
    let links = links.collect::<Result<_, TrustError>>()?;
    Ok(CheckedPath {
        issuers,
        policy,
        links,
        valid,
    })
}

/// First and last second of a certificate's validity.
pub(super) fn validity(cert: &Certificate) -> Option<(Timestamp, Timestamp)> {
    let validity = cert.tbs_certificate().validity();
    Some((
        timestamp(validity.not_before)?,
        timestamp(validity.not_after)?,
    ))
}

/// Before the path is built, so that an expired leaf is told from an expired CA.
fn check_leaf_validity(
    cert: &Certificate,
    at: Timestamp,
) -> Result<(Timestamp, Timestamp), TrustError> {
    match validity(cert) {
        Some((from, _)) if at < from => Err(TrustError::NotYetValid),
        Some((_, until)) if at > until => Err(TrustError::Expired),
        Some(validity) => Ok(validity),
        None => Err(TrustError::MalformedCertificate),
    }
}

/// Assembles the proof, once everything but revocation has been checked.
fn trusted(
    leaf: &[u8],
    cert: &Certificate,
    path: &CheckedPath,
) -> Result<TrustedCertificate, TrustError> {
    let malformed = TrustError::MalformedCertificate;
    let spki = cert.tbs_certificate().subject_public_key_info();
    let (not_before, not_after) = validity(cert).ok_or(malformed.clone())?;
    Ok(TrustedCertificate {
        der: leaf.to_vec(),
        spki: spki.to_der().map_err(|_| malformed)?,
        key: SignerKey::from_spki(spki)?,
        identity: ProfessionalIdentity::from_certificate(cert)?,
        policy: path.policy,
        not_before,
        not_after,
        issuers: path.issuers().map(<[u8]>::to_vec).collect(),
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
