//! The keys that wrap the prescribers' keys, found in the token when a key under one of them is
//! first used: a re-wrapping under way needs no restart of the services that sign meanwhile.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use hsm::{Hsm, HsmError, WrappingKey};
use prescription::key::wrapping::FIRST_WRAPPING_KEY;

/// The wrapping keys of the token. Cheap to clone.
#[derive(Clone)]
pub struct Wrapping {
    hsm: Hsm,
    known: Arc<RwLock<HashMap<String, WrappingKey>>>,
}

impl Wrapping {
    pub(crate) fn new(hsm: Hsm) -> Self {
        Self {
            hsm,
            known: Arc::default(),
        }
    }

    /// The wrapping key `label`. The first time it is looked for in the token, which must prove that
    /// it enforces the key's template: that blocks for some milliseconds.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`]: the ceremony made it in another token, or it was destroyed.
    pub fn find(&self, label: &str) -> Result<WrappingKey, HsmError> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(key) = known.get(label) {
            return Ok(key.clone());
        }
        drop(known);
        let key = self.hsm.find_wrapping_key(label)?;
        Ok(self.keep(label, key))
    }

    /// The key of an installation that begins: made in the token where no ceremony made it before.
    ///
    /// # Errors
    /// The token refuses.
    pub fn ensure_first(&self) -> Result<WrappingKey, HsmError> {
        let key = self.hsm.ensure_wrapping_key(FIRST_WRAPPING_KEY)?;
        Ok(self.keep(FIRST_WRAPPING_KEY, key))
    }

    fn keep(&self, label: &str, key: WrappingKey) -> WrappingKey {
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever was first, so that all share the handles that it has found.
        known.entry(label.to_owned()).or_insert(key).clone()
    }
}
