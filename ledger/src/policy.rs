//! Trust policies (C2SP tlog-policy): which logs are believed, and which witnesses must have
//! cosigned a checkpoint before it is.

use crate::checkpoint::{Checkpoint, CheckpointError, SignedCheckpoint};
use crate::cosignature::{CosignatureError, VerifiedCosignature, WitnessKey};
use crate::note::NoteError;
use crate::verifier_key::VerifierKey;

/// A log the policy believes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyLog {
    /// Its key; the key's name is the log's origin. Several keys of one origin are a log that
    /// changes its key: a checkpoint signed by any of them is the log's.
    pub key: VerifierKey,
    /// Where it can be reached.
    pub url: Option<String>,
}

/// A witness the policy knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyWitness {
    /// Its name within the policy, which need not be the key's.
    pub name: String,
    /// Its key.
    pub key: WitnessKey,
    /// Its submission prefix (C2SP tlog-witness).
    pub url: Option<String>,
}

/// A member of a group, or the quorum: an index into the policy's witnesses or groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Witness(usize),
    Group(usize),
}

/// What a checkpoint needs besides the log's signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quorum {
    /// Nothing: `quorum none`.
    None,
    Of(Member),
}

/// A group has witnessed a checkpoint when `threshold` of its members have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) threshold: usize,
    /// Groups among them come earlier in the policy, so that there are no circles.
    pub(crate) members: Vec<Member>,
}

/// A policy as read: [`Policy::parse`], or [`Policy::of_log`] for one pinned key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    pub(crate) logs: Vec<PolicyLog>,
    pub(crate) witnesses: Vec<PolicyWitness>,
    pub(crate) groups: Vec<Group>,
    pub(crate) quorum: Quorum,
}

/// Evidence that a checkpoint satisfies a policy: [`Policy::verify`] succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessedCheckpoint {
    checkpoint: Checkpoint,
    key: VerifierKey,
    cosignatures: Vec<VerifiedCosignature>,
    witnessed_at: Option<u64>,
}

impl WitnessedCheckpoint {
    /// What the log signed and the witnesses saw.
    #[must_use]
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    /// The log's key that signed; the first of the policy, when several did.
    #[must_use]
    pub fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// The cosignatures of all witnesses the policy knows, in its order.
    #[must_use]
    pub fn cosignatures(&self) -> &[VerifiedCosignature] {
        &self.cosignatures
    }

    /// The time, in seconds since 1970, as of which a quorum of witnesses vouches for the
    /// checkpoint: the latest one such that the witnesses that signed then or later are enough by
    /// themselves. One witness with a fast clock cannot make it later. `None` when the policy asks
    /// for no witness.
    #[must_use]
    pub fn witnessed_at(&self) -> Option<u64> {
        self.witnessed_at
    }
}

/// Why a checkpoint does not satisfy the policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PolicyRefusal {
    /// No log of the policy has the checkpoint's origin.
    #[error("the policy names no log '{origin}'")]
    UnknownLog {
        /// Origin of the checkpoint.
        origin: String,
    },
    /// None of the log's keys signed, or one that is known did not sign this.
    #[error("the checkpoint is not signed by the log: {0}")]
    Log(#[source] CheckpointError),
    /// A known witness's line does not verify, so that someone altered the checkpoint.
    #[error("the line of witness '{witness}' is refused: {reason}")]
    Witness {
        /// Its name in the policy.
        witness: String,
        /// What is wrong with it.
        reason: CosignatureError,
    },
    /// Too few witnesses cosigned.
    #[error(
        "the quorum '{quorum}' has not cosigned the checkpoint; cosigned: {}",
        listed(cosigned)
    )]
    NoQuorum {
        /// Name of the witness or group that is the quorum.
        quorum: String,
        /// The witnesses that did, by their name in the policy.
        cosigned: Vec<String>,
    },
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

impl Policy {
    /// Believes one key, without witnesses.
    #[must_use]
    pub fn of_log(key: VerifierKey) -> Self {
        Self {
            logs: vec![PolicyLog { key, url: None }],
            witnesses: Vec::new(),
            groups: Vec::new(),
            quorum: Quorum::None,
        }
    }

    /// The logs, in the order of the file.
    #[must_use]
    pub fn logs(&self) -> &[PolicyLog] {
        &self.logs
    }

    /// The witnesses, in the order of the file.
    #[must_use]
    pub fn witnesses(&self) -> &[PolicyWitness] {
        &self.witnesses
    }

    /// Whether a checkpoint needs any cosignature.
    #[must_use]
    pub fn demands_witnesses(&self) -> bool {
        self.quorum != Quorum::None
    }

    /// Believes a checkpoint when one of its log's keys signed it and the quorum cosigned it.
    /// Lines of unknown keys are ignored, as C2SP signed-note demands; a wrong line of a known key
    /// condemns the checkpoint, as it recommends.
    ///
    /// # Errors
    /// One variant per reason.
    pub fn verify(&self, signed: &SignedCheckpoint) -> Result<WitnessedCheckpoint, PolicyRefusal> {
        let key = self.signing_key(signed)?;
        let mut times = vec![None; self.witnesses.len()];
        let mut cosignatures = Vec::new();
        for (witness, time) in self.witnesses.iter().zip(&mut times) {
            match witness.key.verify(signed) {
                Ok(cosignature) => {
                    *time = Some(cosignature.time());
                    cosignatures.push(cosignature);
                }
                Err(CosignatureError::Missing) => {}
                Err(reason) => {
                    return Err(PolicyRefusal::Witness {
                        witness: witness.name.clone(),
                        reason,
                    });
                }
            }
        }
        Ok(WitnessedCheckpoint {
            checkpoint: signed.claimed().clone(),
            key: key.clone(),
            cosignatures,
            witnessed_at: self.quorum_time(&times)?,
        })
    }

    fn signing_key(&self, signed: &SignedCheckpoint) -> Result<&VerifierKey, PolicyRefusal> {
        let origin = signed.claimed().origin();
        let keys = self.logs.iter().map(|log| &log.key);
        let mut keys = keys.filter(|key| key.name() == origin).peekable();
        if keys.peek().is_none() {
            return Err(PolicyRefusal::UnknownLog {
                origin: origin.to_owned(),
            });
        }
        let mut found = None;
        for key in keys {
            match signed.verify(key) {
                Ok(_) => found = found.or(Some(key)),
                Err(CheckpointError::Note(NoteError::UnknownSigner)) => {}
                Err(reason) => return Err(PolicyRefusal::Log(reason)),
            }
        }
        found.ok_or(PolicyRefusal::Log(NoteError::UnknownSigner.into()))
    }

    /// When the quorum had cosigned, from when each witness did. A member that is a group counts
    /// from the time its own threshold was reached.
    fn quorum_time(&self, times: &[Option<u64>]) -> Result<Option<u64>, PolicyRefusal> {
        let Quorum::Of(quorum) = self.quorum else {
            return Ok(None);
        };
        let mut groups: Vec<Option<u64>> = Vec::with_capacity(self.groups.len());
        for group in &self.groups {
            let members = group.members.iter();
            let mut reached: Vec<u64> = members
                .filter_map(|member| time_of(*member, times, &groups))
                .collect();
            reached.sort_unstable_by(|a, b| b.cmp(a));
            groups.push(reached.get(group.threshold - 1).copied());
        }
        match time_of(quorum, times, &groups) {
            Some(time) => Ok(Some(time)),
            None => Err(PolicyRefusal::NoQuorum {
                quorum: self.member_name(quorum).to_owned(),
                cosigned: self.cosigned(times),
            }),
        }
    }

    fn cosigned(&self, times: &[Option<u64>]) -> Vec<String> {
        let witnesses = self.witnesses.iter().zip(times);
        let cosigned = witnesses.filter(|(_, time)| time.is_some());
        cosigned.map(|(witness, _)| witness.name.clone()).collect()
    }

    pub(crate) fn member_name(&self, member: Member) -> &str {
        match member {
            Member::Witness(index) => &self.witnesses[index].name,
            Member::Group(index) => &self.groups[index].name,
        }
    }
}

fn time_of(member: Member, witnesses: &[Option<u64>], groups: &[Option<u64>]) -> Option<u64> {
    match member {
        Member::Witness(index) => witnesses[index],
        Member::Group(index) => groups[index],
    }
}
