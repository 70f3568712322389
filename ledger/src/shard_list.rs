//! The list of a ledger's shards: one log after the other, each with its keys. This file knows the
//! list and how it may grow; whom to believe about it is in [`ShardTrust`](crate::ShardTrust).

use std::fmt;

use crate::checkpoint::TreeHead;
use crate::decimal::parse_decimal;
use crate::hash::Hash;
use crate::verifier_key::{VerifierKey, VerifierKeyError};

const HEADER: &str = "receta.shards/v1";
/// Written for the final size and root of a shard that still grows.
const OPEN: &str = "-";
/// Most shards accepted: a few per year, for lifetimes.
const MAX_SHARDS: usize = 512;
/// Most keys accepted of one shard.
const MAX_KEYS: usize = 32;

/// One log among those that make up the ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shard {
    origin: String,
    first: u64,
    closed: Option<TreeHead>,
    keys: Vec<VerifierKey>,
}

/// The list as read: well-formed, but signed by nobody yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShardList {
    version: u64,
    shards: Vec<Shard>,
}

/// Why a text is not a list of shards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardListError {
    /// The first line is another one.
    #[error("the list does not begin with the line {HEADER}")]
    Header,
    /// The second line is not a canonical decimal of at least 1.
    #[error("the version of the list is not a canonical decimal number from 1")]
    Version,
    /// No shard, or more than are accepted.
    #[error("the list has no shard, or more than {MAX_SHARDS}")]
    Count,
    /// A line is not of the form of a shard's.
    #[error(
        "shard {0}: not 'shard <origin> <first index> <final size or -> <final root or -> <vkey>...'"
    )]
    Form(usize),
    /// A key is malformed, of another origin, or listed twice.
    #[error("shard {shard}: {reason}")]
    Key {
        /// Number of the shard, from 1.
        shard: usize,
        /// What is wrong with the key.
        reason: ShardKeyError,
    },
    /// The indices do not follow from the shards before.
    #[error("shard {0}: its first index does not follow from the shards before it")]
    FirstIndex(usize),
    /// A shard that still grows is followed by another.
    #[error("shard {0}: it is not closed, yet another shard follows")]
    Open(usize),
    /// Two shards of one origin.
    #[error("shard {0}: an earlier shard has the same origin")]
    DuplicateOrigin(usize),
}

/// What is wrong with a shard's key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardKeyError {
    /// Not a vkey.
    #[error("{0}")]
    Format(#[from] VerifierKeyError),
    /// The key's name is not the origin.
    #[error("the name of a key is not the origin of the shard")]
    OtherOrigin,
    /// Listed twice.
    #[error("a key is listed twice")]
    Duplicate,
    /// More than are accepted.
    #[error("there are more than {MAX_KEYS} keys")]
    TooMany,
}

/// Why a list is not a later state of another.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShardContradiction {
    /// One version, two lists.
    #[error("two lists of version {0} differ")]
    SameVersion(u64),
    /// A shard is gone, or something about it that cannot change did.
    #[error("the shard '{0}' was removed or rewritten")]
    Rewritten(String),
    /// A key of a shard is gone.
    #[error("the shard '{0}' lost a key")]
    LostKey(String),
}

impl Shard {
    /// A shard; the name of each key is the origin, the newest key is the last.
    ///
    /// # Errors
    /// When there is no key, or a key is not of this shard.
    pub fn new(
        first: u64,
        closed: Option<TreeHead>,
        keys: Vec<VerifierKey>,
    ) -> Result<Self, ShardKeyError> {
        let Some(origin) = keys.first().map(|key| key.name().to_owned()) else {
            return Err(ShardKeyError::OtherOrigin);
        };
        if keys.len() > MAX_KEYS {
            return Err(ShardKeyError::TooMany);
        }
        if keys.iter().any(|key| key.name() != origin) {
            return Err(ShardKeyError::OtherOrigin);
        }
        let twice = |(at, key): (usize, &VerifierKey)| keys[..at].contains(key);
        if keys.iter().enumerate().any(twice) {
            return Err(ShardKeyError::Duplicate);
        }
        Ok(Self {
            origin,
            first,
            closed,
            keys,
        })
    }

    /// Origin of its checkpoints.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Index of its first entry among those of the whole ledger.
    #[must_use]
    pub fn first(&self) -> u64 {
        self.first
    }

    /// Size and root it ended with, once it did.
    #[must_use]
    pub fn closed(&self) -> Option<TreeHead> {
        self.closed
    }

    /// Every key that ever signed for it, oldest first.
    #[must_use]
    pub fn keys(&self) -> &[VerifierKey] {
        &self.keys
    }

    /// The key it signs with today.
    #[must_use]
    pub fn newest_key(&self) -> Option<&VerifierKey> {
        self.keys.last()
    }

    fn parse(line: &str, number: usize) -> Result<Self, ShardListError> {
        let form = ShardListError::Form(number);
        let mut items = line.split(' ');
        let mut next = || items.next().ok_or(form);
        let (word, origin, first, size, root) = (next()?, next()?, next()?, next()?, next()?);
        let first = parse_decimal(first).filter(|_| word == "shard");
        let closed = match (size, root) {
            (OPEN, OPEN) => None,
            (size, root) => Some(TreeHead {
                size: parse_decimal(size).ok_or(form)?,
                root: Hash::from_base64(root).ok_or(form)?,
            }),
        };
        let refused = |reason| ShardListError::Key {
            shard: number,
            reason,
        };
        let keys = items.map(|key| key.parse().map_err(ShardKeyError::from));
        let keys: Vec<VerifierKey> = keys.collect::<Result<_, _>>().map_err(refused)?;
        if keys.is_empty() {
            return Err(form);
        }
        let shard = Self::new(first.ok_or(form)?, closed, keys).map_err(refused)?;
        if shard.origin == origin {
            Ok(shard)
        } else {
            Err(refused(ShardKeyError::OtherOrigin))
        }
    }

    /// What may change of a shard: it gets keys, and it is closed once.
    fn check_successor(&self, later: Option<&Self>) -> Result<(), ShardContradiction> {
        let rewritten = || ShardContradiction::Rewritten(self.origin.clone());
        let later = later.ok_or_else(rewritten)?;
        let same = later.origin == self.origin && later.first == self.first;
        let still_closed = self.closed.is_none() || later == self;
        if !same || !still_closed {
            return Err(rewritten());
        }
        if !later.keys.starts_with(&self.keys) {
            return Err(ShardContradiction::LostKey(self.origin.clone()));
        }
        Ok(())
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "shard {} {} ", self.origin, self.first)?;
        match self.closed {
            None => write!(f, "{OPEN} {OPEN}")?,
            Some(TreeHead { size, root }) => write!(f, "{size} {}", root.to_base64())?,
        }
        self.keys.iter().try_for_each(|key| write!(f, " {key}"))
    }
}

impl ShardList {
    /// A list whose shards follow one another: each but the last closed, each beginning where the
    /// one before ended, the first at 0.
    ///
    /// # Errors
    /// The first shard that does not follow.
    pub fn new(version: u64, shards: Vec<Shard>) -> Result<Self, ShardListError> {
        if version == 0 {
            return Err(ShardListError::Version);
        }
        if shards.is_empty() || shards.len() > MAX_SHARDS {
            return Err(ShardListError::Count);
        }
        let mut next_first = Some(0);
        for (at, shard) in shards.iter().enumerate() {
            let Some(first) = next_first else {
                return Err(ShardListError::Open(at));
            };
            if shard.first != first {
                return Err(ShardListError::FirstIndex(at + 1));
            }
            if shards[..at]
                .iter()
                .any(|known| known.origin == shard.origin)
            {
                return Err(ShardListError::DuplicateOrigin(at + 1));
            }
            next_first = match shard.closed {
                None => None,
                Some(TreeHead { size, .. }) => {
                    let end = first.checked_add(size);
                    Some(end.ok_or(ShardListError::FirstIndex(at + 1))?)
                }
            };
        }
        Ok(Self { version, shards })
    }

    /// Reads the text of the note strictly.
    ///
    /// # Errors
    /// One variant per departure from the format.
    pub fn parse(text: &str) -> Result<Self, ShardListError> {
        let text = text.strip_suffix('\n').ok_or(ShardListError::Header)?;
        let mut lines = text.split('\n');
        if lines.next() != Some(HEADER) {
            return Err(ShardListError::Header);
        }
        let version = lines.next().and_then(parse_decimal);
        let version = version.ok_or(ShardListError::Version)?;
        let mut shards = Vec::new();
        for (at, line) in lines.enumerate() {
            if at == MAX_SHARDS {
                return Err(ShardListError::Count);
            }
            shards.push(Shard::parse(line, at + 1)?);
        }
        Self::new(version, shards)
    }

    /// Grows with each change.
    #[must_use]
    pub fn version(&self) -> u64 {
        self.version
    }

    /// The shards, oldest first; never empty.
    #[must_use]
    pub fn shards(&self) -> &[Shard] {
        &self.shards
    }

    /// The shard that grows today, or that was the last to grow.
    #[must_use]
    pub fn newest(&self) -> Option<&Shard> {
        self.shards.last()
    }

    /// The keys of a shard; empty when there is none of this origin.
    #[must_use]
    pub fn keys_of(&self, origin: &str) -> &[VerifierKey] {
        let shard = self.shards.iter().find(|shard| shard.origin == origin);
        shard.map_or(&[], |shard| &shard.keys)
    }

    /// The shard that holds the entry with this index in the whole ledger.
    #[must_use]
    pub fn shard_of(&self, index: u64) -> Option<&Shard> {
        let shard = self.shards.iter().rfind(|shard| shard.first <= index)?;
        let ended = shard
            .closed
            .is_some_and(|head| index - shard.first >= head.size);
        Some(shard).filter(|_| !ended)
    }

    /// Checks that `later` is a later state of this list: closed shards are untouched, the open one
    /// got keys or was closed, others followed.
    ///
    /// # Errors
    /// What cannot have become of this list.
    pub(crate) fn check_successor(&self, later: &Self) -> Result<(), ShardContradiction> {
        if self.version == later.version {
            return if self == later {
                Ok(())
            } else {
                Err(ShardContradiction::SameVersion(self.version))
            };
        }
        let mut shards = self.shards.iter().enumerate();
        shards.try_for_each(|(at, shard)| shard.check_successor(later.shards.get(at)))
    }
}

impl fmt::Display for ShardList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}\n{}", self.version)?;
        self.shards
            .iter()
            .try_for_each(|shard| writeln!(f, "{shard}"))
    }
}
