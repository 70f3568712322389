//! Whom we believe now: one store for all requests, replaced whole when a list or an answer about
//! revocation arrives.
//!
//! A request takes [`LiveTrust::current`] once and judges with that store to its end: it never sees
//! half of a change. Nobody waits: a replacement is a swap of a pointer.

use std::sync::{Arc, Mutex, PoisonError, RwLock};

use signing::trust::TrustStore;

/// The trust store in use.
#[derive(Debug)]
pub struct LiveTrust {
    current: RwLock<Arc<TrustStore>>,
    /// Held from reading to replacing, so that of two changes at once none is lost.
    changing: Mutex<()>,
}

impl LiveTrust {
    /// Starts with `store`.
    #[must_use]
    pub fn new(store: TrustStore) -> Self {
        Self {
            current: RwLock::new(Arc::new(store)),
            changing: Mutex::new(()),
        }
    }

    /// The store of this moment.
    #[must_use]
    pub fn current(&self) -> Arc<TrustStore> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// Puts `store` in the place of the one in use. To change what is there, use
    /// [`Self::update`], which loses no change made at the same time.
    pub fn replace(&self, store: TrustStore) {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.put(store);
    }

    /// Changes a copy of the store in use, and puts it in its place.
    ///
    /// # Errors
    /// What `change` says; then the store in use stays.
    pub fn update<T, E>(
        &self,
        change: impl FnOnce(&mut TrustStore) -> Result<T, E>,
    ) -> Result<T, E> {
        let _turn = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let mut store = (*self.current()).clone();
        let result = change(&mut store)?;
        self.put(store);
        Ok(result)
    }

    /// Changes a copy of the store in use, and puts it in its place.
    pub fn change(&self, change: impl FnOnce(&mut TrustStore)) {
        let changed: Result<(), std::convert::Infallible> = self.update(|store| {
            change(store);
            Ok(())
        });
        match changed {
            Ok(()) => {}
            Err(never) => match never {},
        }
    }

    fn put(&self, store: TrustStore) {
        let store = Arc::new(store);
        let old = {
            let mut current = self.current.write().unwrap_or_else(PoisonError::into_inner);
            std::mem::replace(&mut *current, store)
        };
        // Lists of 100,000 entries take a while to free: not while readers wait.
        drop(old);
    }
}

#[cfg(test)]
mod tests {
    use signing::trust::{RevocationPolicy, TrustError};

    use super::*;

    fn live() -> LiveTrust {
        LiveTrust::new(TrustStore::new(RevocationPolicy::WhenListed))
    }

    #[test]
    fn who_judges_keeps_the_store_that_they_began_with() {
        let live = live();
        let begun = live.current();
        live.replace(TrustStore::new(RevocationPolicy::Required));
        assert!(!Arc::ptr_eq(&begun, &live.current()));
        assert_eq!(begun.revocation_policy(), RevocationPolicy::WhenListed);
        assert_eq!(
            live.current().revocation_policy(),
            RevocationPolicy::Required
        );
    }

    #[test]
    fn a_change_that_fails_changes_nothing() {
        let live = live();
        let before = live.current();
        let failed: Result<(), TrustError> = live.update(|store| store.add_crl(b"no list"));
        assert_eq!(failed, Err(TrustError::MalformedCrl));
        assert!(Arc::ptr_eq(&before, &live.current()));
    }
}
