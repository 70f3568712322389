//! The register of keys: every act on a prescriber's key, or on a key that wraps them, lawful after
//! the acts before it; and nothing signed with one of these keys but while it was in force. The order
//! is the ledger's: what the signer's clock says does not matter.

use std::collections::HashMap;

use prescription::Cedula;
use prescription::key::{
    Birth, Digest, KeyAct, KeyHistory, KeyProblem, KeySeries, KeyState, KeyVerb, RewrapAct,
    WrappingAct, WrappingKeys,
};
use prescription::register::RegisterLeaf;
use serde::de::DeserializeOwned;
use serde_json::Value;
use signing::cms::cades::VerifiedCades;
use signing::trust::AnchorPolicy;

use super::act::{ActField, ActFinding};

/// The keys so far.
#[derive(Debug, Default)]
pub(super) struct Keys {
    prescribers: HashMap<Cedula, KeyHistory>,
    wrapping: WrappingKeys,
    /// Living keys under each wrapping key.
    under: HashMap<String, u64>,
    /// Acts are missing: what follows from all of them cannot be judged.
    incomplete: bool,
    /// Signatures with a remote key of a prescriber of whom the register, which had begun, says
    /// nothing.
    pub(super) unregistered: u64,
}

impl Keys {
    /// The body of an act is missing, or the log continues another.
    pub(super) fn miss(&mut self) {
        self.incomplete = true;
    }

    /// Follows an act. `signed`: by the officer whom it names.
    pub(super) fn follow(
        &mut self,
        leaf: &RegisterLeaf,
        (subject, act): (&str, &Value),
        signed: bool,
    ) -> Result<(), ActFinding> {
        let series = KeySeries::of_subject(subject);
        let series = series.ok_or(ActFinding::DiffersFromLeaf(ActField::Place))?;
        match series {
            KeySeries::Prescriber(cedula) => {
                let act: KeyAct = read(act)?;
                same_time(leaf, act.at)?;
                self.prescriber(&cedula, &act, signed)
            }
            KeySeries::Wrapping(label) => {
                let act: WrappingAct = read(act)?;
                same_time(leaf, act.at)?;
                if act.label != label {
                    return Err(ActFinding::DiffersFromLeaf(ActField::Place));
                }
                check_officer(act.by.as_ref(), None, signed)?;
                let under = self.under.get(&act.label).copied().unwrap_or_default();
                let applied = self.wrapping.clone().apply(&act, under);
                self.judge(applied).map(|after| {
                    if let Some(after) = after {
                        self.wrapping = after;
                    }
                })
            }
            KeySeries::Rewrap(to) => {
                let act: RewrapAct = read(act)?;
                same_time(leaf, act.at)?;
                if act.to != to {
                    return Err(ActFinding::DiffersFromLeaf(ActField::Place));
                }
                let checked = self.wrapping.check_batch(&act);
                self.judge(checked)?;
                self.rewrap(&act)
            }
        }
    }

    fn prescriber(
        &mut self,
        cedula: &Cedula,
        act: &KeyAct,
        signed: bool,
    ) -> Result<(), ActFinding> {
        check_officer(act.by.as_ref(), Some(cedula), signed)?;
        if matches!(act.what, KeyVerb::Destroy { .. }) && !signed {
            return Err(ActFinding::WrongEvidence);
        }
        let before = self.prescribers.remove(cedula).unwrap_or_default();
        match before.clone().apply(act) {
            Ok(after) => {
                match &act.what {
                    KeyVerb::Enrol { wrapping, .. }
                    | KeyVerb::Rotate { wrapping, .. }
                    | KeyVerb::Adopt { wrapping, .. } => self.count(wrapping, true),
                    KeyVerb::Destroy { .. } => {
                        if let Some(key) = before.get(act.key) {
                            self.count(&key.wrapping, false);
                        }
                    }
                    KeyVerb::Certify { .. } | KeyVerb::Revoke { .. } => {}
                }
                self.prescribers.insert(cedula.clone(), after);
                Ok(())
            }
            Err(problem) => {
                self.prescribers.insert(cedula.clone(), before);
                self.judge::<()>(Err(problem)).map(drop)
            }
        }
    }

    fn rewrap(&mut self, act: &RewrapAct) -> Result<(), ActFinding> {
        for moved in &act.keys {
            let keys = self.prescribers.entry(moved.cedula.clone()).or_default();
            let to = Birth {
                wrapping: act.to.clone(),
                wrapped: moved.wrapped,
            };
            let done = keys.rewrap(moved.key, &act.from, to);
            if done.is_ok() {
                self.count(&act.from, false);
                self.count(&act.to, true);
            }
            self.judge(done)?;
        }
        Ok(())
    }

    fn count(&mut self, label: &str, more: bool) {
        let under = self.under.entry(label.to_owned()).or_default();
        *under = if more {
            under.saturating_add(1)
        } else {
            under.saturating_sub(1)
        };
    }

    /// A problem is one only where no act is missing that could explain it.
    fn judge<T>(&self, applied: Result<T, KeyProblem>) -> Result<Option<T>, ActFinding> {
        match applied {
            Ok(after) => Ok(Some(after)),
            Err(_) if self.incomplete => Ok(None),
            Err(problem) => Err(ActFinding::KeyUnlawful(problem)),
        }
    }

    /// Judges the key of a signature that verified, at its place in the ledger.
    pub(super) fn signed(&mut self, verified: &VerifiedCades) -> Result<(), ActFinding> {
        let certificate = verified.signer();
        // An own e.firma is nobody's here: trust in its certificate decides.
        if certificate.policy() != AnchorPolicy::Professional || self.incomplete {
            return Ok(());
        }
        let cedula = verified.subject().cedula.as_deref().unwrap_or_default();
        let cedula = cedula.parse::<Cedula>();
        let known = cedula.ok().and_then(|cedula| self.prescribers.get(&cedula));
        let Some(keys) = known else {
            self.unregistered += u64::from(!self.prescribers.is_empty());
            return Ok(());
        };
        let key = keys.of_spki(&Digest::of(certificate.spki()));
        let key = key.ok_or(ActFinding::KeyUnregistered)?;
        let certified = key.certificate == Some(Digest::of(certificate.der()));
        if key.state == KeyState::Certified && certified {
            Ok(())
        } else {
            Err(ActFinding::KeyNotInForce)
        }
    }
}

fn read<T: DeserializeOwned>(act: &Value) -> Result<T, ActFinding> {
    serde_json::from_value(act.clone()).map_err(|_| ActFinding::DiffersFromLeaf(ActField::Form))
}

fn same_time(leaf: &RegisterLeaf, at: jiff::Timestamp) -> Result<(), ActFinding> {
    if leaf.at == at {
        Ok(())
    } else {
        Err(ActFinding::DiffersFromLeaf(ActField::Time))
    }
}

/// Whoever is named as the officer signs, and nobody orders over their own keys.
fn check_officer(
    by: Option<&Cedula>,
    over: Option<&Cedula>,
    signed: bool,
) -> Result<(), ActFinding> {
    if by.is_some() != signed {
        return Err(ActFinding::WrongEvidence);
    }
    if by.is_some() && by == over {
        return Err(ActFinding::KeyUnlawful(KeyProblem::OwnKey));
    }
    Ok(())
}
