//! OCSP answers, and what of the revocation data goes along with a signature.

use jiff::Timestamp;

use super::crl::Crl;
use super::path::validity;
use super::revocation::Named;
use super::store::{Authority, TrustStore};
use super::{TrustError, TrustedCertificate, signed};
use crate::ocsp::{self, BasicAnswer, OcspError};

/// Revocation data that answers for the certificates of one path (ETSI EN 319 122-1 §5.5.3).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RevocationEvidence {
    /// DER `CertificateList`s.
    pub crls: Vec<Vec<u8>>,
    /// DER `BasicOCSPResponse`s.
    pub ocsps: Vec<Vec<u8>>,
}

/// Until when what we hold about revocation is good.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListAge {
    /// DER `SubjectPublicKeyInfo` of the CA.
    pub issuer_spki: Vec<u8>,
    /// When the newest list was made.
    pub this_update: Timestamp,
    /// When the next one is due.
    pub next_update: Timestamp,
}

impl TrustStore {
    /// Adds an OCSP answer, a DER `OCSPResponse` or the `BasicOCSPResponse` inside one, about
    /// certificates of an anchor or issuer added before; it replaces older answers about them.
    /// Lists of the same CA must be added first: they tell whether its responder was revoked.
    ///
    /// # Errors
    /// [`TrustError::Ocsp`] with the reason, [`TrustError::OcspRollback`].
    pub fn add_ocsp(&mut self, der: &[u8]) -> Result<(), TrustError> {
        let basic = ocsp::without_envelope(der)?;
        let (issuer, answer) = self.verify_ocsp(&basic)?;
        let issuer = issuer.clone();
        self.revocations.add_ocsp(&issuer, &basic, &answer)
    }

    /// What shows that each certificate of `cert`'s path, below the anchor, counted at `at`: its
    /// OCSP answer, else the list of its issuer. A certificate about which nothing reaches `at`
    /// has nothing here: a store of [`super::RevocationPolicy::Required`] with this evidence
    /// would say so.
    #[must_use]
    pub fn evidence(&self, cert: &TrustedCertificate, at: Timestamp) -> RevocationEvidence {
        self.evidence_of(cert.der(), cert.issuers(), at)
    }

    /// The same for the path of any leaf: its certificate, then its CAs, the anchor last.
    #[must_use]
    pub fn evidence_of(
        &self,
        leaf: &[u8],
        issuers: &[Vec<u8>],
        at: Timestamp,
    ) -> RevocationEvidence {
        let mut evidence = RevocationEvidence::default();
        let path = std::iter::once(leaf).chain(issuers.iter().map(Vec::as_slice));
        // They parsed when the path was built.
        let parsed: Vec<Authority> = path.filter_map(|der| Authority::parse(der).ok()).collect();
        for pair in parsed.windows(2) {
            let [subject, issuer] = pair else { continue };
            let Some((_, not_after)) = validity(&subject.cert) else {
                continue;
            };
            let named = Named {
                issuer_spki: &issuer.spki,
                serial: subject.cert.tbs_certificate().serial_number().as_bytes(),
                not_after,
            };
            self.revocations.collect(named, at, &mut evidence);
        }
        evidence
    }

    /// A copy with this evidence beside what it holds, each piece verified. Evidence may be older
    /// than what is held, and takes nothing back of it.
    ///
    /// # Errors
    /// The first piece that does not verify, or that no CA we know made.
    pub fn with_evidence(&self, evidence: &RevocationEvidence) -> Result<Self, TrustError> {
        let mut store = self.clone();
        for der in &evidence.crls {
            let crl = Crl::verify(der, store.authorities())?;
            store.revocations.keep_crl(crl);
        }
        for der in &evidence.ocsps {
            let (issuer, answer) = store.verify_ocsp(der)?;
            let issuer = issuer.clone();
            store.revocations.keep_ocsp(&issuer, der, &answer);
        }
        Ok(store)
    }

    /// Verifies a list (DER or one PEM block) of a CA we know, and says of when it is. Nothing
    /// changes.
    ///
    /// # Errors
    /// As [`Self::add_crl`].
    pub fn read_crl(&self, crl: &[u8]) -> Result<ListAge, TrustError> {
        let crl = self.parse_crl(crl)?;
        Ok(ListAge {
            issuer_spki: crl.issuer_spki,
            this_update: crl.this_update,
            next_update: crl.next_update,
        })
    }

    /// Whether the lists of `issuer` (DER certificate) have a serial number revoked at `at`;
    /// `None`: no list reaches it.
    #[must_use]
    pub fn listed(&self, issuer: &[u8], serial: &[u8], at: Timestamp) -> Option<bool> {
        let issuer = Authority::parse(issuer).ok()?;
        self.revocations.listed(&issuer.spki, serial, at)
    }

    /// The CA we know that issued a DER certificate, by its name and signature.
    #[must_use]
    pub fn issuer_of(&self, certificate: &[u8]) -> Option<Vec<u8>> {
        let parsed = super::store::certificate(certificate).ok()?;
        let message = signed::signed_part(certificate)?;
        let signature = parsed.signature().as_bytes()?;
        let algorithm = parsed.signature_algorithm();
        let name = parsed.tbs_certificate().issuer();
        let issuer = self.authorities().find(|authority| {
            authority.cert.tbs_certificate().subject() == name
                && signed::verify(&authority.der, algorithm, message, signature).is_ok()
        });
        issuer.map(|issuer| issuer.der.clone())
    }

    /// The certificates of the CAs we know that are not anchors, DER.
    #[must_use]
    pub fn issuer_certificates(&self) -> Vec<Vec<u8>> {
        let issuers = self.issuers.iter().map(|issuer| issuer.der.clone());
        issuers.collect()
    }

    /// The newest list of each CA that has one.
    #[must_use]
    pub fn list_ages(&self) -> Vec<ListAge> {
        let ages = self.revocations.lists().map(|(spki, this, next)| ListAge {
            issuer_spki: spki.to_vec(),
            this_update: this,
            next_update: next,
        });
        ages.collect()
    }

    /// How many OCSP answers are held, and when the first of them runs out.
    #[must_use]
    pub fn ocsp_ages(&self) -> (usize, Option<Timestamp>) {
        self.revocations.answers()
    }

    fn verify_ocsp(&self, basic: &[u8]) -> Result<(&Authority, BasicAnswer), TrustError> {
        let mut failure = OcspError::OtherIssuer;
        for issuer in self.authorities() {
            if !ocsp::speaks_of(basic, &issuer.cert)? {
                continue;
            }
            let listed = |serial: &[u8], at| self.revocations.listed(&issuer.spki, serial, at);
            match BasicAnswer::verify(basic, &issuer.der, listed) {
                Ok(answer) => return Ok((issuer, answer)),
                Err(error) => failure = error,
            }
        }
        Err(failure.into())
    }
}
