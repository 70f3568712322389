//! All that we know of revocations: lists and answers, and what they say of a certificate at a
//! time.
//!
//! A revocation counts from its moment on, whoever tells of it: an older list does not take back
//! what a newer answer says, nor the other way round. That a certificate was **not** revoked at a
//! time is known from a source whose `nextUpdate` reaches that time.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use ring::digest;

use super::crl::Crl;
use super::store::Authority;
use super::{RevocationEvidence, RevocationPolicy, TrustError};
use crate::ocsp::{BasicAnswer, CertificateAnswer, Status};

/// A certificate, as revocation data names it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'a> {
    /// DER `SubjectPublicKeyInfo` of its issuer.
    pub(super) issuer_spki: &'a [u8],
    /// The bytes of its serial number.
    pub(super) serial: &'a [u8],
    /// The end of its validity: later lists need not mention it any more (RFC 5280 §3.3).
    pub(super) not_after: Timestamp,
}

/// An answer about one certificate, its signature verified.
#[derive(Debug)]
pub(super) struct Ocsp {
    /// DER `BasicOCSPResponse`, as received.
    der: Arc<[u8]>,
    says: CertificateAnswer,
}

/// SHA-256 of the issuer's key, and the serial number.
type Key = ([u8; 32], Vec<u8>);

/// What one source knows of a certificate at a time.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Verdict {
    Good,
    Bad(TrustError),
    Stale(TrustError),
    Silent,
}

/// Lists and answers. What a copy shares with its original is not copied.
#[derive(Debug, Clone, Default)]
pub(super) struct Revocations {
    /// The newest list of each issuer.
    crls: Vec<Arc<Crl>>,
    /// The newest answer of each certificate.
    ocsps: Arc<HashMap<Key, Arc<Ocsp>>>,
    /// Older lists and answers that came with a signature.
    kept_crls: Vec<Arc<Crl>>,
    kept_ocsps: Vec<(Key, Arc<Ocsp>)>,
}

impl Revocations {
    /// Adds a list in place of an older one of the same issuer.
    pub(super) fn add_crl(&mut self, fresh: Crl) -> Result<(), TrustError> {
        match self
            .crls
            .iter_mut()
            .find(|known| known.issuer_spki == fresh.issuer_spki)
        {
            Some(known) if known.this_update > fresh.this_update => {
                return Err(TrustError::CrlRollback);
            }
            Some(known) => *known = Arc::new(fresh),
            None => self.crls.push(Arc::new(fresh)),
        }
        Ok(())
    }

    /// Adds an answer in place of an older one about the same certificate.
    pub(super) fn add_ocsp(
        &mut self,
        issuer: &Authority,
        der: &[u8],
        answer: &BasicAnswer,
    ) -> Result<(), TrustError> {
        let ocsps = one_each(issuer, der, answer);
        let older = |(key, fresh): &(Key, Arc<Ocsp>)| {
            let known = self.ocsps.get(key);
            known.is_some_and(|known| known.says.this_update > fresh.says.this_update)
        };
        if ocsps.iter().any(older) {
            return Err(TrustError::OcspRollback);
        }
        Arc::make_mut(&mut self.ocsps).extend(ocsps);
        Ok(())
    }

    /// Keeps a list beside the newest one of its issuer.
    pub(super) fn keep_crl(&mut self, crl: Crl) {
        if !self.crls.iter().any(|known| known.der == crl.der) {
            self.kept_crls.push(Arc::new(crl));
        }
    }

    /// Keeps an answer beside the newest one about its certificate.
    pub(super) fn keep_ocsp(&mut self, issuer: &Authority, der: &[u8], answer: &BasicAnswer) {
        self.kept_ocsps.extend(one_each(issuer, der, answer));
    }

    /// Whether the certificate counted at `at`.
    pub(super) fn check(
        &self,
        who: Named<'_>,
        at: Timestamp,
        policy: RevocationPolicy,
        grace: SignedDuration,
    ) -> Result<(), TrustError> {
        let (mut good, mut stale) = (false, None);
        let key = key_of(who.issuer_spki, who.serial);
        let lists = self.crls_of(who.issuer_spki);
        let answers = self.ocsps_of(&key);
        let verdicts = lists
            .map(|crl| crl_verdict(crl, who, at, grace))
            .chain(answers.map(|ocsp| ocsp_verdict(ocsp, who, at, grace)));
        for verdict in verdicts {
            match verdict {
                Verdict::Bad(error) => return Err(error),
                Verdict::Good => good = true,
                Verdict::Stale(error) => stale = Some(error),
                Verdict::Silent => {}
            }
        }
        match stale {
            _ if good => Ok(()),
            Some(error) => Err(error),
            None if policy == RevocationPolicy::Required => Err(TrustError::RevocationUnknown),
            None => Ok(()),
        }
    }

    /// Whether the lists of an issuer have a serial number revoked at `at`; `None`: no list
    /// reaches it. For the certificates of OCSP responders.
    pub(super) fn listed(&self, issuer_spki: &[u8], serial: &[u8], at: Timestamp) -> Option<bool> {
        let mut known = None;
        for crl in self.crls_of(issuer_spki) {
            if crl.revoked_since(serial).is_some_and(|since| since <= at) {
                return Some(true);
            }
            if at <= crl.next_update {
                known = Some(false);
            }
        }
        known
    }

    /// Adds to `evidence` what shows that the certificate counted at `at`: its own answer before
    /// a list, which may be large.
    pub(super) fn collect(&self, who: Named<'_>, at: Timestamp, evidence: &mut RevocationEvidence) {
        let exact = SignedDuration::ZERO;
        let key = key_of(who.issuer_spki, who.serial);
        let answer = self
            .ocsps_of(&key)
            .find(|ocsp| ocsp_verdict(ocsp, who, at, exact) == Verdict::Good);
        if let Some(answer) = answer {
            push_new(&mut evidence.ocsps, &answer.der);
            return;
        }
        let list = self
            .crls_of(who.issuer_spki)
            .find(|crl| crl_verdict(crl, who, at, exact) == Verdict::Good);
        if let Some(list) = list {
            push_new(&mut evidence.crls, &list.der);
        }
    }

    /// End of the newest list of each issuer.
    pub(super) fn lists(&self) -> impl Iterator<Item = (&[u8], Timestamp, Timestamp)> {
        self.crls
            .iter()
            .map(|crl| (crl.issuer_spki.as_slice(), crl.this_update, crl.next_update))
    }

    /// Number of answers, and the end of the one that runs out first.
    pub(super) fn answers(&self) -> (usize, Option<Timestamp>) {
        let ends = self.ocsps.values().map(|ocsp| ocsp.says.next_update);
        (self.ocsps.len(), ends.min())
    }

    fn crls_of(&self, issuer_spki: &[u8]) -> impl Iterator<Item = &Crl> {
        self.crls
            .iter()
            .chain(&self.kept_crls)
            .map(AsRef::as_ref)
            .filter(move |crl| crl.issuer_spki == issuer_spki)
    }

    fn ocsps_of<'a>(&'a self, key: &'a Key) -> impl Iterator<Item = &'a Ocsp> {
        let kept = self.kept_ocsps.iter().filter(move |(of, _)| of == key);
        self.ocsps
            .get(key)
            .into_iter()
            .chain(kept.map(|(_, ocsp)| ocsp))
            .map(AsRef::as_ref)
    }
}

fn crl_verdict(crl: &Crl, who: Named<'_>, at: Timestamp, grace: SignedDuration) -> Verdict {
    match crl.revoked_since(who.serial) {
        Some(since) if since <= at => Verdict::Bad(TrustError::Revoked),
        _ if reaches_not(crl.next_update, at, grace) => Verdict::Stale(TrustError::StaleCrl),
        // A CA may drop an expired certificate from its lists.
        None if crl.this_update > who.not_after => Verdict::Silent,
        Some(_) | None => Verdict::Good,
    }
}

fn ocsp_verdict(ocsp: &Ocsp, who: Named<'_>, at: Timestamp, grace: SignedDuration) -> Verdict {
    let says = &ocsp.says;
    match says.status {
        Status::Revoked(since) if since <= at => Verdict::Bad(TrustError::Revoked),
        Status::Unknown if says.this_update <= at => Verdict::Bad(TrustError::UnknownToIssuer),
        Status::Unknown => Verdict::Silent,
        _ if reaches_not(says.next_update, at, grace) => Verdict::Stale(TrustError::StaleOcsp),
        Status::Good if says.this_update > who.not_after => Verdict::Silent,
        Status::Good | Status::Revoked(_) => Verdict::Good,
    }
}

fn reaches_not(next_update: Timestamp, at: Timestamp, grace: SignedDuration) -> bool {
    at.duration_since(next_update) > grace
}

fn one_each(issuer: &Authority, der: &[u8], answer: &BasicAnswer) -> Vec<(Key, Arc<Ocsp>)> {
    let der: Arc<[u8]> = der.into();
    let each = answer.answers().iter().map(|says| {
        let ocsp = Ocsp {
            der: Arc::clone(&der),
            says: says.clone(),
        };
        (key_of(&issuer.spki, &says.serial), Arc::new(ocsp))
    });
    each.collect()
}

fn key_of(issuer_spki: &[u8], serial: &[u8]) -> Key {
    let digest = digest::digest(&digest::SHA256, issuer_spki);
    let mut key = [0; 32];
    key.copy_from_slice(digest.as_ref());
    (key, serial.to_vec())
}

fn push_new(all: &mut Vec<Vec<u8>>, der: &[u8]) {
    if !all.iter().any(|known| known == der) {
        all.push(der.to_vec());
    }
}
