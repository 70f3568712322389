//! Who took each step: the signatures of the evidence, judged at the time of the ledger entry.

use prescription::body::Evidence;
use prescription::{Cancelled, Cedula, Clues, Erased, Event, Folio, Issued};
use serde::Serialize;
use sha2::{Digest, Sha256};
use signing::cms::cades::{self, VerifiedCades};
use signing::cose::{CoseError, EMPTY_MAP, Kid, Sign1, verify_detached};
use signing::qr::{Payload, QrError, QrSigner, qr_digest};
use signing::trust::{AnchorPolicy, SignerKey, Trust, TrustStore};

use super::document::{self, DocumentField};
use super::fold::{Open, Step};
use super::keys::Keys;
use super::pharmacy::PharmacyAuthority;
use super::{Finding, Findings};

/// Whose signatures are believed. Without one of them the signatures of its kind stay unverified,
/// and the report says how many.
#[derive(Debug, Default)]
pub struct Signers {
    /// Anchors, issuers and revocation lists of the prescribers' certificates.
    pub professionals: Option<TrustStore>,
    /// Certificates of institutions, DER, whose keys sign the QRs of who signs with an e.firma.
    pub institutions: Vec<Vec<u8>>,
    /// The authority of the pharmacies' certificates.
    pub pharmacies: Option<PharmacyAuthority>,
}

/// Signatures verified, by kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct SignatureTally {
    /// Prescribers' legal signatures.
    pub cades: u64,
    /// Prescribers' signatures in QRs.
    pub qr: u64,
    /// Pharmacies' signatures.
    pub pharmacy: u64,
    /// Not verified because nobody was pinned who could have made them.
    pub unverified: u64,
}

/// Judges the evidence of one step. `known` is the prescription before it.
pub(super) fn check(
    signers: &Signers,
    step: &Step<'_>,
    known: Option<&Open>,
    tally: &mut SignatureTally,
    keys: &mut Keys,
    findings: &mut Findings,
) {
    let index = step.index;
    let folio = step.body.event.folio();
    let mut check = Check {
        signers,
        step,
        folio,
        tally,
        keys,
        findings,
    };
    match (&step.body.event, &step.body.evidence) {
        (Event::Issued(issued), Evidence::Cades { document, cms, qr }) if !qr.is_empty() => {
            check.issue(issued, document, cms, qr);
        }
        (Event::Cancelled(event), Evidence::Cades { document, cms, qr }) if qr.is_empty() => {
            check.cancel(event, document, cms);
        }
        (Event::Suspended(event), Evidence::Cades { document, cms, qr }) if qr.is_empty() => {
            let reason = Some(event.reason.code());
            check.document(document::compare_order(
                document,
                folio,
                &event.by,
                (Some("suspend"), reason),
            ));
            check.cades(document, cms, &event.by);
        }
        (Event::Resumed(event), Evidence::Cades { document, cms, qr }) if qr.is_empty() => {
            check.document(document::compare_order(
                document,
                folio,
                &event.by,
                (Some("resume"), None),
            ));
            check.cades(document, cms, &event.by);
        }
        (
            Event::Dispensed(_) | Event::Returned(_) | Event::Transferred(_),
            Evidence::Cose {
                document,
                cose,
                certificate,
            },
        ) => check.at_the_counter(known, document, cose, certificate),
        (Event::Erased(event), Evidence::Cades { document, cms, qr }) if qr.is_empty() => {
            check.erase(event, document, cms);
        }
        (Event::Expired(_), Evidence::OfLaw) => {}
        (
            Event::Issued(_)
            | Event::Dispensed(_)
            | Event::Cancelled(_)
            | Event::Expired(_)
            | Event::Erased(_)
            | Event::Suspended(_)
            | Event::Resumed(_)
            | Event::Returned(_)
            | Event::Transferred(_),
            Evidence::Cades { .. } | Evidence::Cose { .. } | Evidence::OfLaw,
        ) => findings.push(Finding::WrongEvidence { index, folio }),
    }
}

/// The digest that names the QR of an issue, if it is one.
pub(super) fn qr_digest_of(evidence: &Evidence) -> Option<[u8; 32]> {
    match evidence {
        Evidence::Cades { qr, .. } => qr_digest(qr).ok(),
        Evidence::Cose { .. } | Evidence::OfLaw => None,
    }
}

/// The patient's CURP in the QR of an issue, which its document must repeat.
pub(super) fn curp_of(evidence: &Evidence) -> Option<String> {
    match evidence {
        Evidence::Cades { qr, .. } => Some(read_qr(qr).ok()?.1.curp),
        Evidence::Cose { .. } | Evidence::OfLaw => None,
    }
}

struct Check<'c> {
    signers: &'c Signers,
    step: &'c Step<'c>,
    folio: Folio,
    tally: &'c mut SignatureTally,
    keys: &'c mut Keys,
    findings: &'c mut Findings,
}

impl Check<'_> {
    /// What a pharmacy signs.
    fn at_the_counter(
        &mut self,
        known: Option<&Open>,
        document: &[u8],
        cose: &[u8],
        certificate: &[u8],
    ) {
        let qr_digest = known.and_then(|open| open.qr_digest.as_ref());
        let (compared, by) = match &self.step.body.event {
            Event::Dispensed(event) => {
                let issued = known.map(Open::issued);
                let compared = document::compare_dispense(document, event, issued, qr_digest);
                (compared, &event.pharmacy)
            }
            Event::Returned(event) => (document::compare_return(document, event), &event.pharmacy),
            Event::Transferred(event) => {
                let compared = document::compare_transfer(document, event, qr_digest);
                (compared, event.recorder())
            }
            Event::Issued(_)
            | Event::Cancelled(_)
            | Event::Expired(_)
            | Event::Erased(_)
            | Event::Suspended(_)
            | Event::Resumed(_) => return,
        };
        self.document(compared);
        self.pharmacy(by, document, cose, certificate);
    }

    fn issue(&mut self, issued: &Issued, document: &[u8], cms: &[u8], qr: &[u8]) {
        let (index, folio) = (self.step.index, self.folio);
        let message = read_qr(qr);
        let payload = message.as_ref().ok().map(|(_, payload)| payload);
        let curp = payload.map(|payload| payload.curp.as_str());
        self.document(document::compare_issue(document, issued, curp));
        if let Some(payload) = payload
            && !agrees(payload, issued, document, cms)
        {
            self.findings.push(Finding::QrDiffers { index, folio });
        }
        let signer = self.cades(document, cms, &issued.prescriber);
        let verified = match (message, signer) {
            (Err(reason), _) => Err(reason),
            (Ok((message, payload)), Some(signer)) => {
                match self.qr_spki(&message, &payload, &signer) {
                    Some(spki) => message.verify(&spki).map(drop).map_err(QrError::Cose),
                    None if may_sign_qr(&signer) => Err(QrError::OtherHolder),
                    // By an institution whose certificate was not given.
                    None => {
                        self.tally.unverified += 1;
                        return;
                    }
                }
            }
            (Ok(_), None) => {
                // Whose key it would be is unknown. Where the authority is pinned, the refusal of
                // the legal signature is a finding already.
                self.tally.unverified += u64::from(self.signers.professionals.is_none());
                return;
            }
        };
        match verified {
            Ok(()) => self.tally.qr += 1,
            Err(reason) => self.findings.push(Finding::QrRefused {
                index,
                folio,
                reason,
            }),
        }
    }

    /// The key that must have signed the QR: that of the legal signature, or the institution's
    /// where the payload says so and the prescriber's own could not. `None`: unknown.
    fn qr_spki(
        &self,
        message: &Sign1,
        payload: &Payload,
        signer: &VerifiedCades,
    ) -> Option<Vec<u8>> {
        if payload.signer == QrSigner::Prescriber {
            return Some(signer.signer().spki().to_vec());
        }
        let store = self.signers.professionals.as_ref()?;
        if may_sign_qr(signer) {
            return None;
        }
        let valid = |der: &Vec<u8>| store.validate(der, &[], self.step.leaf.at).ok();
        let institutions = self.signers.institutions.iter().filter_map(valid);
        institutions
            .filter(|one| one.identity().represents.is_some())
            .map(|one| one.spki().to_vec())
            .find(|spki| message.kid() == Some(Kid::of_spki(spki)))
    }

    fn cancel(&mut self, event: &Cancelled, document: &[u8], cms: &[u8]) {
        self.document(document::compare_cancel(document, event));
        // That `by` is the prescriber of the receta, the fold checks.
        self.cades(document, cms, &event.by);
    }

    /// The order of an officer, who signs in person what the event says.
    fn erase(&mut self, event: &Erased, document: &[u8], cms: &[u8]) {
        let (index, folio) = (self.step.index, self.folio);
        if !event.order().is_ok_and(|order| order == document) {
            self.findings
                .push(Finding::ErasureOrderDiffers { index, folio });
        }
        let Some(store) = &self.signers.professionals else {
            self.tally.unverified += 1;
            return;
        };
        match cades::verify(document, cms, &Trust::Store(store), self.step.leaf.at) {
            Err(reason) => self.findings.push(Finding::ErasureRefused {
                index,
                folio,
                reason,
            }),
            Ok(verified) => {
                let signer = verified.subject();
                let same = signer.cedula.as_deref() == Some(event.by.as_str());
                if same && signer.represents.is_none() {
                    self.tally.cades += 1;
                    if let Err(what) = self.keys.signed(&verified) {
                        self.findings.push(Finding::Act { index, what });
                    }
                } else {
                    self.findings.push(Finding::OtherOfficer { index, folio });
                }
            }
        }
    }

    fn document(&mut self, compared: Result<(), DocumentField>) {
        let (index, folio) = (self.step.index, self.folio);
        if let Err(field) = compared {
            self.findings.push(Finding::DocumentDiffers {
                index,
                folio,
                field,
            });
        }
    }

    /// Verifies a legal signature, which must be of the holder of `cedula` in person.
    fn cades(&mut self, document: &[u8], cms: &[u8], cedula: &Cedula) -> Option<VerifiedCades> {
        let (index, folio) = (self.step.index, self.folio);
        let Some(store) = &self.signers.professionals else {
            self.tally.unverified += 1;
            return None;
        };
        match cades::verify(document, cms, &Trust::Store(store), self.step.leaf.at) {
            Err(reason) => {
                self.findings.push(Finding::CadesRefused {
                    index,
                    folio,
                    reason,
                });
                None
            }
            Ok(verified) => {
                if is_of(&verified, cedula) {
                    self.tally.cades += 1;
                    if let Err(what) = self.keys.signed(&verified) {
                        self.findings.push(Finding::Act { index, what });
                    }
                } else {
                    self.findings
                        .push(Finding::OtherPrescriber { index, folio });
                }
                Some(verified)
            }
        }
    }

    fn pharmacy(&mut self, clues: &Clues, document: &[u8], cose: &[u8], certificate: &[u8]) {
        let (index, folio) = (self.step.index, self.folio);
        let Some(authority) = &self.signers.pharmacies else {
            self.tally.unverified += 1;
            return;
        };
        let pharmacy = match authority.verify(certificate, self.step.leaf.at) {
            Ok(pharmacy) => pharmacy,
            Err(reason) => {
                let finding = Finding::PharmacyCertificateRefused {
                    index,
                    folio,
                    reason,
                };
                return self.findings.push(finding);
            }
        };
        if pharmacy.clues != *clues {
            self.findings.push(Finding::OtherPharmacy { index, folio });
        }
        if !self.step.leaf.controlled.is_empty() && !pharmacy.licensed {
            self.findings
                .push(Finding::PharmacyNotLicensed { index, folio });
        }
        match verify_detached(cose, document, &pharmacy.spki) {
            Ok(_) => self.tally.pharmacy += 1,
            Err(reason) => self.findings.push(Finding::CoseRefused {
                index,
                folio,
                reason,
            }),
        }
    }
}

/// Whether a legal signature is of the holder of `cedula` in person. An e.firma names its holder by
/// CURP and no cédula: whose CURP it is, the service checked, and a report cannot tell without the
/// register of professionals.
fn is_of(verified: &VerifiedCades, cedula: &Cedula) -> bool {
    let signer = verified.subject();
    let same = match &signer.cedula {
        Some(named) => named.as_str() == cedula.as_str(),
        None => verified.signer().policy() == AnchorPolicy::Efirma,
    };
    same && signer.represents.is_none()
}

/// Whether the signer's own key signs QRs: P-256, in a certificate that names the cédula.
fn may_sign_qr(signer: &VerifiedCades) -> bool {
    let p256 = matches!(signer.signer().key(), SignerKey::P256(_));
    p256 && signer.subject().cedula.is_some()
}

/// Reads the QR as the prescriber signed it: without the seal, which came later.
fn read_qr(cose: &[u8]) -> Result<(Sign1, Payload), QrError> {
    let message = Sign1::parse(cose)?;
    if message.unprotected() != EMPTY_MAP {
        return Err(CoseError::UnknownHeader.into());
    }
    message.kid().ok_or(QrError::MissingKid)?;
    let payload = message.payload().ok_or(CoseError::PayloadMissing)?;
    let payload = Payload::from_cbor(payload)?;
    Ok((message, payload))
}

/// Whether the QR is the one that this event and this document give. Patient and name it has from
/// the document; the event knows neither.
fn agrees(payload: &Payload, issued: &Issued, document: &[u8], cms: &[u8]) -> bool {
    let digest = Sha256::digest(document).into();
    let due = Payload::from_issued(issued, &payload.curp, &payload.name, digest);
    let due = due.map(|due| match payload.signer {
        QrSigner::Prescriber => due,
        QrSigner::Institution { .. } => due.by_institution(Sha256::digest(cms).into()),
    });
    due.as_ref() == Ok(payload)
}
