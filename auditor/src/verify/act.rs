//! Acts in registers: movements of controlled substances, changes of catalogs, special folios.
//! Numbered without gaps in each series, committed to by their leaf, signed by whoever records
//! them. What movements amount to, `stock` tells.

mod document;
mod finding;

use std::collections::HashMap;

use prescription::body::{Evidence, commitment};
use prescription::leaf::Pseudonym;
use prescription::register::{Register, RegisterBody, RegisterLeaf};
use prescription::{Clues, Event, Issued};
use serde::Serialize;
use serde_json::Value;
use signing::cms::cades;
use signing::cose::verify_detached;
use signing::trust::Trust;
use substances::Movement;

pub use self::finding::{ActField, ActFinding};
use super::bodies::BodyRecord;
use super::fold::days_of;
use super::keys::Keys;
use super::{Finding, Findings, Pass, SignatureTally, Signers, Verified};

/// Acts in registers, by register.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct ActTally {
    /// Movements of controlled substances and antibiotics.
    pub movements: u64,
    /// Changes of catalogs.
    pub catalogs: u64,
    /// Acts on special folios.
    pub special_folios: u64,
    /// Acts on keys of prescribers and on those that wrap them.
    pub keys: u64,
    /// Acts whose series only the body names, which was not there.
    pub unnamed: u64,
    /// Signatures with a key of which the register of keys, which had begun, says nothing.
    pub unregistered: u64,
    /// Movements of which the signed document has another form than ours, so that its content was
    /// not compared.
    pub uncompared: u64,
}

impl ActTally {
    /// Whether there are none, as in a ledger from before the registers.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// Where each series stands: the last number of each register and subject.
#[derive(Debug, Default)]
pub(super) struct Acts {
    last: HashMap<(Register, String), u64>,
    pub(super) tally: ActTally,
    /// The log continues another, which is not examined with it.
    continues: bool,
}

impl Acts {
    /// Series may have begun in an earlier log.
    pub(super) fn continue_another(&mut self) {
        self.continues = true;
    }

    /// Counts the leaf, and judges its number where it says whose series it is of.
    pub(super) fn follow(&mut self, index: u64, leaf: &RegisterLeaf, findings: &mut Findings) {
        match leaf.register {
            Register::Movement => self.tally.movements += 1,
            Register::Catalog => self.tally.catalogs += 1,
            Register::SpecialFolio => self.tally.special_folios += 1,
            Register::Key => self.tally.keys += 1,
        }
        if let Some(subject) = &leaf.subject {
            self.number(index, leaf, subject.clone(), findings);
        }
    }

    /// Without the body nobody knows whose series the act is of.
    pub(super) fn without_body(&mut self, leaf: &RegisterLeaf) {
        self.tally.unnamed += u64::from(leaf.subject.is_none());
    }

    fn number(
        &mut self,
        index: u64,
        leaf: &RegisterLeaf,
        subject: String,
        findings: &mut Findings,
    ) {
        let found = leaf.number;
        let known = self.last.insert((leaf.register, subject), found);
        // What began in a log that is not examined goes on with any number; a body that is missing
        // leaves a gap among folios, whose series the leaf does not name.
        let anything = known.is_none() && self.continues;
        let expected = known.unwrap_or_default().saturating_add(1);
        let hidden = leaf.subject.is_none() && self.tally.unnamed > 0;
        if found != expected && !anything && !(hidden && found > expected) {
            let what = ActFinding::OutOfSeries { expected, found };
            findings.push(Finding::Act { index, what });
        }
    }
}

/// One act with its body, opened.
pub(super) struct Opened {
    /// Its movement, where it is one.
    pub(super) movement: Option<Movement>,
    subject: String,
    act: Value,
    evidence: Evidence,
}

/// Opens the commitment and reads the body, which must say what the leaf says.
pub(super) fn open(
    index: u64,
    leaf: &RegisterLeaf,
    record: &BodyRecord,
    findings: &mut Findings,
) -> Option<Opened> {
    if commitment(&record.salt, &record.body) != leaf.commitment {
        findings.push(Finding::CommitmentMismatch { index });
        return None;
    }
    let read = read(leaf.register, &record.body);
    let Some((body, movement)) = read else {
        findings.push(Finding::BodyMalformed { index });
        return None;
    };
    let place = &body.place;
    let same_subject = leaf
        .subject
        .as_ref()
        .is_none_or(|subject| *subject == place.subject);
    let same = place.register == leaf.register && place.number == leaf.number && same_subject;
    let is = |wrong: &dyn Fn(&Movement) -> bool| movement.as_ref().is_some_and(wrong);
    let differs = [
        (!same, ActField::Place),
        (
            is(&|one| one.number() != Some(leaf.number)),
            ActField::Number,
        ),
        (
            is(&|one| one.establishment.as_str() != place.subject),
            ActField::Establishment,
        ),
        (
            is(&|one| one.at.as_second() != leaf.at.as_second()),
            ActField::Time,
        ),
        (is(&|one| !days_of(one.at).contains(&one.on)), ActField::Day),
    ];
    let mut found = false;
    for (_, field) in differs.into_iter().filter(|(differs, _)| *differs) {
        found = true;
        let what = ActFinding::DiffersFromLeaf(field);
        findings.push(Finding::Act { index, what });
    }
    (!found).then_some(Opened {
        movement,
        subject: body.place.subject,
        act: body.act,
        evidence: body.evidence,
    })
}

/// The body, and the movement where it is one.
fn read(register: Register, bytes: &[u8]) -> Option<(RegisterBody<Value>, Option<Movement>)> {
    let movement = match register {
        Register::Movement => Some(RegisterBody::<Movement>::from_canonical(bytes).ok()?.act),
        Register::Catalog | Register::SpecialFolio | Register::Key => None,
    };
    Some((RegisterBody::from_canonical(bytes).ok()?, movement))
}

/// What judging an act needs.
pub(super) struct Judge<'j> {
    pub(super) signers: &'j Signers,
    pub(super) acts: &'j mut Acts,
    pub(super) signatures: &'j mut SignatureTally,
    pub(super) keys: &'j mut Keys,
    pub(super) findings: &'j mut Findings,
}

impl Judge<'_> {
    /// Judges number and evidence of an act.
    pub(super) fn judge(&mut self, index: u64, leaf: &RegisterLeaf, opened: &Opened) {
        if leaf.subject.is_none() {
            let subject = opened.subject.clone();
            self.acts.number(index, leaf, subject, self.findings);
        }
        let evidence = &opened.evidence;
        let found = match (&opened.movement, evidence) {
            (
                Some(movement),
                Evidence::Cose {
                    document,
                    cose,
                    certificate,
                },
            ) => self.movement(leaf, movement, document, [cose, certificate]),
            // A change of a catalog, or of folios, is an officer's, or the operator's own.
            (None, Evidence::Cades { document, cms, qr }) if qr.is_empty() => {
                self.order(leaf, &opened.act, document, cms)
            }
            (None, Evidence::OfLaw) => None,
            (Some(_), Evidence::Cades { .. } | Evidence::OfLaw)
            | (None, Evidence::Cades { .. } | Evidence::Cose { .. }) => {
                Some(ActFinding::WrongEvidence)
            }
        };
        let followed = match found {
            Some(what) => Err(what),
            None if leaf.register == Register::Key => {
                let signed = matches!(evidence, Evidence::Cades { .. });
                let act = (opened.subject.as_str(), &opened.act);
                self.keys.follow(leaf, act, signed)
            }
            None => Ok(()),
        };
        if let Err(what) = followed {
            self.findings.push(Finding::Act { index, what });
        }
    }

    fn movement(
        &mut self,
        leaf: &RegisterLeaf,
        movement: &Movement,
        document: &[u8],
        [cose, certificate]: [&Vec<u8>; 2],
    ) -> Option<ActFinding> {
        match document::compare(document, movement) {
            document::Compared::Same => {}
            document::Compared::OtherForm => self.acts.tally.uncompared += 1,
            document::Compared::Differs => {
                return Some(ActFinding::DiffersFromLeaf(ActField::Document));
            }
        }
        let Some(authority) = &self.signers.pharmacies else {
            self.signatures.unverified += 1;
            return None;
        };
        let keeper = match authority.verify_keeper(certificate, leaf.at) {
            Ok(keeper) => keeper,
            Err(reason) => return Some(ActFinding::CertificateRefused(reason)),
        };
        let controlled = movement.lines.iter().any(|line| line.book.is_controlled());
        if !is_of(&keeper.clues, movement) {
            return Some(ActFinding::OtherSigner);
        }
        if controlled && !keeper.licensed {
            return Some(ActFinding::NotLicensed);
        }
        match verify_detached(cose, document, &keeper.spki) {
            Ok(_) => self.signatures.pharmacy += 1,
            Err(reason) => return Some(ActFinding::CoseRefused(reason)),
        }
        None
    }

    /// An act that somebody signs in person: what was signed is the act.
    fn order(
        &mut self,
        leaf: &RegisterLeaf,
        act: &Value,
        document: &[u8],
        cms: &[u8],
    ) -> Option<ActFinding> {
        let canonical = serde_json_canonicalizer::to_vec(act);
        if !canonical.is_ok_and(|canonical| canonical == document) {
            return Some(ActFinding::DiffersFromLeaf(ActField::Document));
        }
        let Some(store) = &self.signers.professionals else {
            self.signatures.unverified += 1;
            return None;
        };
        let verified = match cades::verify(document, cms, &Trust::Store(store), leaf.at) {
            Ok(verified) => verified,
            Err(reason) => return Some(ActFinding::CadesRefused(reason)),
        };
        let signer = verified.subject();
        let by = act["by"].as_str();
        if signer.represents.is_some() || by.is_some_and(|by| signer.cedula.as_deref() != Some(by))
        {
            return Some(ActFinding::OtherSigner);
        }
        self.signatures.cades += 1;
        self.keys.signed(&verified).err()
    }
}

fn is_of(clues: &Clues, movement: &Movement) -> bool {
    *clues == movement.establishment
}

impl Pass<'_> {
    /// An entry of a register.
    pub(super) fn act(&mut self, index: u64, entry: &[u8], body: Option<BodyRecord>) {
        let found = self.findings.total();
        let leaf = match RegisterLeaf::decode(entry) {
            Ok(leaf) => leaf,
            Err(reason) => return self.findings.push(Finding::NotALeaf { index, reason }),
        };
        self.acts.follow(index, &leaf, &mut self.findings);
        let Some(record) = body else {
            self.acts.without_body(&leaf);
            self.miss(&leaf);
            self.tally.missing += u64::from(self.bodies.is_some());
            return;
        };
        self.tally.present += 1;
        let Some(opened) = open(index, &leaf, &record, &mut self.findings) else {
            self.miss(&leaf);
            return self.acts.without_body(&leaf);
        };
        let mut judge = Judge {
            signers: self.signers,
            acts: &mut self.acts,
            signatures: &mut self.summary.signatures,
            keys: &mut self.keys,
            findings: &mut self.findings,
        };
        judge.judge(index, &leaf, &opened);
        let Some(movement) = &opened.movement else {
            return;
        };
        if let Some(stock) = &mut self.stock {
            stock.movement(index, movement, &mut self.findings);
        }
        if self.findings.total() == found
            && let Some(observer) = &mut self.observer
        {
            observer(Verified::Movement { index, movement });
        }
    }

    /// What became of a key is not known any more.
    fn miss(&mut self, leaf: &RegisterLeaf) {
        if leaf.register == Register::Key {
            self.keys.miss();
        }
    }

    /// What a step of a prescription does to stocks. `issued` is the prescription before it, `found`
    /// the findings.
    pub(super) fn replay(
        &mut self,
        index: u64,
        event: &Event,
        issued: Option<&Issued>,
        found: u64,
    ) {
        let Some(stock) = &mut self.stock else { return };
        let movement = match (event, issued) {
            (Event::Dispensed(dispensed), Some(issued)) => {
                stock.dispensed(index, issued, dispensed, &mut self.findings)
            }
            (Event::Returned(returned), Some(issued)) => {
                stock.returned(index, issued, returned, &mut self.findings)
            }
            (Event::Erased(erased), _) => {
                stock.erased(Pseudonym::of(erased.folio));
                None
            }
            (Event::Dispensed(_) | Event::Returned(_), None) => {
                stock.tally.unjudged += 1;
                None
            }
            (
                Event::Issued(_)
                | Event::Cancelled(_)
                | Event::Expired(_)
                | Event::Suspended(_)
                | Event::Resumed(_)
                | Event::Transferred(_),
                _,
            ) => None,
        };
        if let (Some(movement), Some(observer)) = (&movement, &mut self.observer)
            && self.findings.total() == found
        {
            observer(Verified::Derived { index, movement });
        }
    }
}
