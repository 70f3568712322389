//! The keys of one prescriber, folded from the acts on them: what an officer may order next, and
//! what an auditor judges.

use jiff::Timestamp;

use super::{Birth, Digest, KeyAct, KeyProblem, KeyState, KeyVerb};

/// What is known of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyFacts {
    /// SHA-256 of its `SubjectPublicKeyInfo`.
    pub spki: Digest,
    /// What it may do.
    pub state: KeyState,
    /// Label of the wrapping key.
    pub wrapping: String,
    /// SHA-256 of the wrapped bytes: those that were destroyed, once they were.
    pub wrapped: Digest,
    /// SHA-256 of its certificate.
    pub certificate: Option<Digest>,
    /// Since when somebody else may have used it.
    pub compromised_since: Option<Timestamp>,
}

/// The keys of one prescriber, in order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyHistory(Vec<KeyFacts>);

impl FromIterator<KeyFacts> for KeyHistory {
    /// Keys as somebody kept them: what folding their acts would give.
    fn from_iter<T: IntoIterator<Item = KeyFacts>>(keys: T) -> Self {
        Self(keys.into_iter().collect())
    }
}

impl KeyHistory {
    /// Whether there is no key.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The key with this number.
    #[must_use]
    pub fn get(&self, number: u32) -> Option<&KeyFacts> {
        let place = usize::try_from(number.checked_sub(1)?).ok()?;
        self.0.get(place)
    }

    /// The key with this public half.
    #[must_use]
    pub fn of_spki(&self, spki: &Digest) -> Option<&KeyFacts> {
        self.0.iter().find(|key| key.spki == *spki)
    }

    /// All keys, with their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (u32, &KeyFacts)> {
        (1..).zip(&self.0)
    }

    /// Number of the key in `state`, of states that one key can have at a time.
    #[must_use]
    pub fn in_state(&self, state: KeyState) -> Option<u32> {
        let found = self.iter().find(|(_, key)| key.state == state);
        found.map(|(number, _)| number)
    }

    /// The number of the next key.
    #[must_use]
    pub fn next(&self) -> u32 {
        u32::try_from(self.0.len()).map_or(u32::MAX, |count| count.saturating_add(1))
    }

    /// The keys after an act.
    ///
    /// # Errors
    /// [`KeyProblem`]: the act cannot be.
    pub fn apply(mut self, act: &KeyAct) -> Result<Self, KeyProblem> {
        match &act.what {
            KeyVerb::Enrol { wrapping, wrapped } => {
                if !self.is_empty() {
                    return Err(KeyProblem::NotTheFirst);
                }
                self.make(act, wrapping, *wrapped)?;
            }
            KeyVerb::Rotate { wrapping, wrapped } => {
                if self.is_empty() {
                    return Err(KeyProblem::NoKey);
                }
                self.make(act, wrapping, *wrapped)?;
            }
            KeyVerb::Adopt {
                state,
                wrapping,
                wrapped,
                certificate,
            } => {
                self.adopt(act, *state, *certificate)?;
                self.make(act, wrapping, *wrapped)?;
                let key = self.key_mut(act)?;
                (key.state, key.certificate) = (*state, *certificate);
            }
            KeyVerb::Certify { certificate } => self.certify(act, *certificate)?,
            KeyVerb::Revoke { since, .. } => self.revoke(act, *since)?,
            KeyVerb::Destroy { wrapped } => self.destroy(act, *wrapped)?,
        }
        Ok(self)
    }

    /// Only a state that a key could have before the register.
    fn adopt(
        &self,
        act: &KeyAct,
        state: KeyState,
        certificate: Option<Digest>,
    ) -> Result<(), KeyProblem> {
        if !self.is_empty() {
            return Err(KeyProblem::NotTheFirst);
        }
        let fits = match state {
            KeyState::Born => certificate.is_none(),
            KeyState::Certified => certificate.is_some(),
            KeyState::Retired | KeyState::Revoked | KeyState::Destroyed => false,
        };
        fits.then_some(()).ok_or(KeyProblem::NotAdoptable(act.key))
    }

    fn make(&mut self, act: &KeyAct, wrapping: &str, wrapped: Digest) -> Result<(), KeyProblem> {
        let expected = self.next();
        if act.key != expected {
            return Err(KeyProblem::OutOfTurn { expected });
        }
        if let Some(waiting) = self.in_state(KeyState::Born) {
            return Err(KeyProblem::AnotherWaits(waiting));
        }
        if self.of_spki(&act.spki).is_some() {
            return Err(KeyProblem::KnownKey);
        }
        self.0.push(KeyFacts {
            spki: act.spki,
            state: KeyState::Born,
            wrapping: wrapping.to_owned(),
            wrapped,
            certificate: None,
            compromised_since: None,
        });
        Ok(())
    }

    fn certify(&mut self, act: &KeyAct, certificate: Digest) -> Result<(), KeyProblem> {
        if self.key_mut(act)?.state != KeyState::Born {
            return Err(KeyProblem::NotWaiting(act.key));
        }
        // At most one key of a prescriber signs.
        for key in &mut self.0 {
            if key.state == KeyState::Certified {
                key.state = KeyState::Retired;
            }
        }
        let key = self.key_mut(act)?;
        key.state = KeyState::Certified;
        key.certificate = Some(certificate);
        Ok(())
    }

    fn revoke(&mut self, act: &KeyAct, since: Option<Timestamp>) -> Result<(), KeyProblem> {
        if since.is_some_and(|since| since > act.at) {
            return Err(KeyProblem::SinceLater);
        }
        let key = self.key_mut(act)?;
        match key.state {
            KeyState::Certified | KeyState::Retired => {}
            KeyState::Born => return Err(KeyProblem::NeverSigned(act.key)),
            KeyState::Revoked => return Err(KeyProblem::AlreadyRevoked(act.key)),
            KeyState::Destroyed => return Err(KeyProblem::AlreadyDestroyed(act.key)),
        }
        (key.state, key.compromised_since) = (KeyState::Revoked, since);
        Ok(())
    }

    fn destroy(&mut self, act: &KeyAct, wrapped: Digest) -> Result<(), KeyProblem> {
        let key = self.key_mut(act)?;
        match key.state {
            KeyState::Born | KeyState::Retired | KeyState::Revoked => {}
            KeyState::Certified => return Err(KeyProblem::StillSigns(act.key)),
            KeyState::Destroyed => return Err(KeyProblem::AlreadyDestroyed(act.key)),
        }
        if key.wrapped != wrapped {
            return Err(KeyProblem::OtherBytes(act.key));
        }
        key.state = KeyState::Destroyed;
        Ok(())
    }

    /// The keys after one of them was wrapped anew, from under the key `from`.
    ///
    /// # Errors
    /// [`KeyProblem`]: it is not there any more, or under another key.
    pub fn rewrap(&mut self, number: u32, from: &str, to: Birth) -> Result<(), KeyProblem> {
        let place = number.checked_sub(1).and_then(|n| usize::try_from(n).ok());
        let key = place.and_then(|place| self.0.get_mut(place));
        let key = key.ok_or(KeyProblem::Unknown(number))?;
        if key.state == KeyState::Destroyed {
            return Err(KeyProblem::AlreadyDestroyed(number));
        }
        if key.wrapping != from {
            return Err(KeyProblem::UnderAnother(number));
        }
        (key.wrapping, key.wrapped) = (to.wrapping, to.wrapped);
        Ok(())
    }

    /// The key that an act is about, which must say the same public half.
    fn key_mut(&mut self, act: &KeyAct) -> Result<&mut KeyFacts, KeyProblem> {
        let place = act.key.checked_sub(1).and_then(|n| usize::try_from(n).ok());
        let key = place.and_then(|place| self.0.get_mut(place));
        let key = key.ok_or(KeyProblem::Unknown(act.key))?;
        if key.spki == act.spki {
            Ok(key)
        } else {
            Err(KeyProblem::OtherKey(act.key))
        }
    }
}
