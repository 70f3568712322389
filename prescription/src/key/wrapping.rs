//! The keys that wrap: who made and retired them, and which prescribers' keys went from one to the
//! next.
//!
//! Re-wrapping changes where 300,000 private keys are kept, and nothing about what they may do. One
//! act commits to the list of a whole batch, so that it costs the ledger some hundred entries and
//! not one for each prescriber.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{Digest, KeyProblem};
use crate::Cedula;

/// The wrapping key of installations from before there was this register: nobody recorded who
/// made it.
pub const FIRST_WRAPPING_KEY: &str = "receta-wrapping";

/// An act on a wrapping key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WrappingAct {
    /// What.
    pub what: WrappingVerb,
    /// Label of the key in the token.
    pub label: String,
    /// The two persons at the ceremony, by cédula; each held one of the two PINs.
    pub custodians: [Cedula; 2],
    /// When, to the second.
    pub at: Timestamp,
    /// The officer who orders and signs it; none: the operator records it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub by: Option<Cedula>,
}

/// What happens to a wrapping key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WrappingVerb {
    /// It was made, and new keys are wrapped under it.
    Made,
    /// Nothing is under it any more: it may be destroyed in the token, and every old copy of what
    /// it wrapped is useless then.
    Retired,
}

/// A batch of keys that went from one wrapping key to another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RewrapAct {
    /// Label of the wrapping key before.
    pub from: String,
    /// Label of the wrapping key after.
    pub to: String,
    /// The keys.
    pub keys: Vec<Rewrapped>,
    /// When, to the second.
    pub at: Timestamp,
}

/// One key of a batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rewrapped {
    /// Whose.
    pub cedula: Cedula,
    /// Its number among the prescriber's keys.
    pub key: u32,
    /// SHA-256 of the bytes under the new wrapping key.
    pub wrapped: Digest,
}

/// The wrapping keys, folded from the acts on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WrappingKeys {
    /// In the order in which they were made.
    made: Vec<String>,
    /// Whether each is in use.
    in_use: BTreeMap<String, bool>,
}

impl Default for WrappingKeys {
    fn default() -> Self {
        Self {
            made: vec![FIRST_WRAPPING_KEY.to_owned()],
            in_use: BTreeMap::from([(FIRST_WRAPPING_KEY.to_owned(), true)]),
        }
    }
}

impl WrappingKeys {
    /// Label of the key under which new keys are wrapped: the newest in use.
    #[must_use]
    pub fn current(&self) -> Option<&str> {
        let mut newest = self.made.iter().rev();
        newest
            .find(|label| self.is_in_use(label))
            .map(String::as_str)
    }

    /// Whether keys may be under this one.
    #[must_use]
    pub fn is_in_use(&self, label: &str) -> bool {
        self.in_use.get(label) == Some(&true)
    }

    /// The wrapping keys after an act. `under` is how many keys are wrapped under this one.
    ///
    /// # Errors
    /// [`KeyProblem`]: the act cannot be.
    pub fn apply(mut self, act: &WrappingAct, under: u64) -> Result<Self, KeyProblem> {
        if act.custodians[0] == act.custodians[1] {
            return Err(KeyProblem::OnePerson);
        }
        match act.what {
            WrappingVerb::Made => {
                if self.in_use.contains_key(&act.label) {
                    return Err(KeyProblem::WrappingKnown);
                }
                self.made.push(act.label.clone());
                self.in_use.insert(act.label.clone(), true);
            }
            WrappingVerb::Retired => {
                if !self.is_in_use(&act.label) {
                    return Err(KeyProblem::WrappingNotInUse);
                }
                if under > 0 {
                    return Err(KeyProblem::WrappingStillUsed(under));
                }
                self.in_use.insert(act.label.clone(), false);
            }
        }
        Ok(self)
    }

    /// Whether a batch may go from one to the other.
    ///
    /// # Errors
    /// [`KeyProblem::WrappingNotInUse`], [`KeyProblem::EmptyBatch`].
    pub fn check_batch(&self, batch: &RewrapAct) -> Result<(), KeyProblem> {
        if batch.keys.is_empty() || batch.from == batch.to {
            return Err(KeyProblem::EmptyBatch);
        }
        if self.is_in_use(&batch.from) && self.is_in_use(&batch.to) {
            Ok(())
        } else {
            Err(KeyProblem::WrappingNotInUse)
        }
    }
}
