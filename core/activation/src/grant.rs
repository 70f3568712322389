//! What was consented to, and whether it covers an act.

use jiff::{SignedDuration, Timestamp};
use prescription::Cedula;
use serde::Deserialize;

use crate::{Digest, Refusal};

/// What a deployment allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// Seconds that an activation, or a challenge, lives; never more than [`Policy::LONGEST`].
    pub lifetime_seconds: u32,
    /// Digests of one activation at most.
    pub batch: u32,
    /// Authorisations of one prescriber in an hour at most.
    pub per_hour: u32,
    /// Wrong codes in a row that lock a factor.
    pub wrong_codes: u32,
    /// Seconds of the first lock; each further one is twice as long, up to a day.
    pub lock_seconds: u32,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            lifetime_seconds: 120,
            batch: 20,
            per_hour: 600,
            wrong_codes: 5,
            lock_seconds: 900,
        }
    }
}

impl Policy {
    /// The longest life of an activation, in seconds, whatever is configured.
    pub const LONGEST: u32 = 300;

    /// Seconds that an activation lives.
    #[must_use]
    pub fn seconds(&self) -> u32 {
        self.lifetime_seconds.clamp(1, Self::LONGEST)
    }

    /// When what is given at `now` ends.
    #[must_use]
    pub fn end(&self, now: Timestamp) -> Timestamp {
        now.saturating_add(SignedDuration::from_secs(i64::from(self.seconds())))
            .unwrap_or(now)
    }

    /// Whether `digests`, announced as `count`, may be authorised together.
    ///
    /// # Errors
    /// [`Refusal::Digests`] and [`Refusal::TooMany`].
    pub fn check(&self, digests: &[Digest], count: u64) -> Result<(), Refusal> {
        let mut sorted = digests.to_vec();
        sorted.sort_unstable();
        sorted.dedup();
        if sorted.is_empty()
            || sorted.len() != digests.len()
            || u64::try_from(digests.len()) != Ok(count)
        {
            return Err(Refusal::Digests);
        }
        if count > u64::from(self.batch) {
            return Err(Refusal::TooMany(self.batch));
        }
        Ok(())
    }
}

/// A digest that was authorised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GrantedDigest {
    /// It.
    pub digest: Digest,
    /// It was acted on already.
    pub used: bool,
}

/// An activation, as stored: who consented to what, for whom, until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// Whose key.
    pub cedula: Cedula,
    /// The client that asked: the fingerprint of its certificate.
    pub client: String,
    /// When it ends; at that instant it is over.
    pub expires_at: Timestamp,
    /// What was authorised.
    pub digests: Vec<GrantedDigest>,
}

/// An act that needs a key.
#[derive(Debug, Clone, Copy)]
pub struct Use<'a> {
    /// Whose key.
    pub cedula: &'a Cedula,
    /// The client that acts.
    pub client: &'a str,
    /// What is acted on: all of it.
    pub digests: &'a [Digest],
    /// It contains a medicine of fractions I to III (LGS art. 226): its activation may cover
    /// nothing else.
    pub per_prescription: bool,
}

impl Grant {
    /// Whether the grant covers an act at `now`.
    ///
    /// # Errors
    /// One [`Refusal`] per reason, the first that holds.
    pub fn redeem(&self, act: &Use<'_>, now: Timestamp) -> Result<(), Refusal> {
        if self.cedula != *act.cedula {
            return Err(Refusal::OtherPrescriber);
        }
        if self.client != act.client {
            return Err(Refusal::OtherClient);
        }
        if now >= self.expires_at {
            return Err(Refusal::Expired(self.expires_at));
        }
        if act.digests.is_empty() {
            return Err(Refusal::OtherContent);
        }
        for digest in act.digests {
            let mut granted = self.digests.iter();
            match granted.find(|granted| granted.digest == *digest) {
                None => return Err(Refusal::OtherContent),
                Some(granted) if granted.used => return Err(Refusal::Used),
                Some(_) => {}
            }
        }
        let all_meant = |granted: &GrantedDigest| act.digests.contains(&granted.digest);
        if act.per_prescription && !self.digests.iter().all(all_meant) {
            return Err(Refusal::NotAlone);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
