//! Whom to believe about the shards: from one pinned key, through signed lists, to every key.

use std::fmt;

use crate::note::{NoteError, SignedNote};
use crate::shard_list::{Shard, ShardContradiction, ShardList, ShardListError};
use crate::verifier_key::VerifierKey;

const EVIDENCE_HEADER: &str = "receta.shards-fork/v1";

/// A list that a believed key signed: [`ShardList::verify`] succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedShardList {
    list: ShardList,
    note: SignedNote,
}

impl VerifiedShardList {
    /// What the list says.
    #[must_use]
    pub fn list(&self) -> &ShardList {
        &self.list
    }

    /// The list with its signatures, for keeping.
    #[must_use]
    pub fn note(&self) -> &SignedNote {
        &self.note
    }
}

/// What a verifier believes: the keys it pinned, and the newest list they led to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardTrust {
    pinned: Vec<VerifierKey>,
    known: Option<VerifiedShardList>,
}

/// Two lists that the ledger signed and that cannot both be true. The text form is the header line
/// and the two notes, each after a blank line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardFork {
    first: SignedNote,
    second: SignedNote,
}

/// Why a list is not believed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardRefusal {
    /// Not a signed list of shards.
    #[error("{0}")]
    List(#[from] ShardListError),
    /// No believed key signed, or one that is known did not sign this.
    #[error("the list of shards is not believed: {0}")]
    Note(#[from] NoteError),
    /// The key that signs for the newest shard did not sign the list that names it.
    #[error("the newest key of the newest shard did not sign the list of shards: {0}")]
    NewestKey(#[source] NoteError),
    /// The list is by a believed key, but does not name it.
    #[error("the list of shards does not name the believed key that signed it")]
    SignerNotListed,
    /// The list is older than the one that is known.
    #[error("the list of shards has version {offered}; version {known} is known already")]
    Older {
        /// Version of the list refused.
        offered: u64,
        /// Version of the list that is known.
        known: u64,
    },
    /// Two believed lists cannot both be true.
    #[error("two signed lists of shards contradict each other: {reason}")]
    Fork {
        /// Where they contradict each other.
        reason: ShardContradiction,
        /// Both of them.
        evidence: Box<ShardFork>,
    },
}

impl ShardList {
    /// Believes a list that one of `believed` signed, and the newest key of its newest shard, which
    /// so shows that it is in use.
    ///
    /// # Errors
    /// One variant per reason.
    pub fn verify(
        note: &SignedNote,
        believed: &[VerifierKey],
    ) -> Result<VerifiedShardList, ShardRefusal> {
        let mut signer = None;
        for key in believed {
            match note.verify(key) {
                Ok(_) => signer = signer.or(Some(key)),
                Err(NoteError::UnknownSigner) => {}
                Err(wrong) => return Err(wrong.into()),
            }
        }
        let signer = signer.ok_or(NoteError::UnknownSigner)?;
        let list = Self::parse(note.unverified_text())?;
        if !list.keys_of(signer.name()).contains(signer) {
            return Err(ShardRefusal::SignerNotListed);
        }
        let newest = list.newest().and_then(Shard::newest_key);
        let newest = newest.ok_or(ShardListError::Count)?;
        note.verify(newest).map_err(ShardRefusal::NewestKey)?;
        Ok(VerifiedShardList {
            list,
            note: note.clone(),
        })
    }
}

impl ShardTrust {
    /// Begins with pinned keys, of any shard.
    #[must_use]
    pub fn pinned(pinned: Vec<VerifierKey>) -> Self {
        Self {
            pinned,
            known: None,
        }
    }

    /// The newest list believed.
    #[must_use]
    pub fn list(&self) -> Option<&ShardList> {
        self.known.as_ref().map(VerifiedShardList::list)
    }

    /// The keys to believe for checkpoints of `origin`.
    #[must_use]
    pub fn keys_of(&self, origin: &str) -> Vec<VerifierKey> {
        let pinned = self.pinned.iter().filter(|key| key.name() == origin);
        let mut keys: Vec<_> = pinned.cloned().collect();
        for key in self.list().map_or(&[][..], |list| list.keys_of(origin)) {
            if !keys.contains(key) {
                keys.push(key.clone());
            }
        }
        keys
    }

    /// Follows to a newer list. One that skips several shards is believed only if it is signed by a
    /// key already believed: a verifier that was away follows the lists between, in their order.
    ///
    /// # Errors
    /// One variant per reason; a [`ShardRefusal::Fork`] is evidence against the ledger.
    pub fn follow(&mut self, note: &SignedNote) -> Result<(), ShardRefusal> {
        let offered = ShardList::verify(note, &self.list_signers())?;
        if let Some(known) = &self.known {
            let (old, new) = (known.list(), offered.list());
            if new.version() < old.version() {
                // An older list that a newer one extends was true once; otherwise it never was.
                known.check(new, old, note)?;
                return Err(ShardRefusal::Older {
                    offered: new.version(),
                    known: old.version(),
                });
            }
            known.check(old, new, note)?;
        }
        self.known = Some(offered);
        Ok(())
    }

    /// Keys whose word counts for the next list: with a list, those of its two newest shards only,
    /// so that a key stolen years after its shard was closed moves nobody.
    fn list_signers(&self) -> Vec<VerifierKey> {
        let Some(list) = self.list() else {
            return self.pinned.clone();
        };
        let newest_two = list.shards().iter().rev().take(2);
        newest_two.flat_map(|shard| shard.keys().to_vec()).collect()
    }
}

impl VerifiedShardList {
    fn check(
        &self,
        older: &ShardList,
        newer: &ShardList,
        offered: &SignedNote,
    ) -> Result<(), ShardRefusal> {
        older
            .check_successor(newer)
            .map_err(|reason| ShardRefusal::Fork {
                reason,
                evidence: Box::new(ShardFork {
                    first: self.note.clone(),
                    second: offered.clone(),
                }),
            })
    }
}

impl ShardFork {
    /// Reads the text form strictly: two signed lists that contradict each other. Who signed them
    /// is not verified. `None` for anything else.
    #[must_use]
    pub fn parse(bytes: &[u8]) -> Option<Self> {
        let text = str::from_utf8(bytes).ok()?;
        let notes = text.strip_prefix(EVIDENCE_HEADER)?.strip_prefix("\n\n")?;
        // A list has no blank lines: the second one separates the two notes.
        let (separator, _) = notes.match_indices("\n\n").nth(1)?;
        let (first, second) = notes.split_at(separator + 1);
        let evidence = Self {
            first: SignedNote::parse(first.as_bytes()).ok()?,
            second: SignedNote::parse(&second.as_bytes()[1..]).ok()?,
        };
        evidence.contradiction().map(|_| evidence)
    }

    /// Whether keys of the ledger signed both: a key of `known` each.
    #[must_use]
    pub fn is_signed_by(&self, known: &[VerifierKey]) -> bool {
        let signed = |note: &SignedNote| known.iter().any(|key| note.verify(key).is_ok());
        signed(&self.first) && signed(&self.second)
    }

    /// Where the two contradict each other.
    #[must_use]
    pub fn contradiction(&self) -> Option<ShardContradiction> {
        let list = |note: &SignedNote| ShardList::parse(note.unverified_text()).ok();
        let (first, second) = (list(&self.first)?, list(&self.second)?);
        let (older, newer) = if first.version() <= second.version() {
            (first, second)
        } else {
            (second, first)
        };
        older.check_successor(&newer).err()
    }
}

impl fmt::Display for ShardFork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{EVIDENCE_HEADER}\n\n{}\n{}", self.first, self.second)
    }
}
