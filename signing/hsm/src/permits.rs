//! How many may work at once, and on which token.

use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::HsmError;

/// The free sessions of each token. Callers of all tokens wait in one place, so that a token whose
/// calls hang does not hold those back who could work on another.
pub(crate) struct Permits {
    /// By token: how many may still begin.
    free: Mutex<Vec<usize>>,
    returned: Condvar,
    /// Of one token.
    sessions: usize,
    /// How long a caller waits.
    wait: Duration,
}

/// The right to one session on [`Permit::token`].
pub(crate) struct Permit {
    permits: Arc<Permits>,
    pub(crate) token: usize,
}

impl Permits {
    pub(crate) fn new(tokens: usize, sessions: usize, wait: Duration) -> Arc<Self> {
        Arc::new(Self {
            free: Mutex::new(vec![sessions; tokens]),
            returned: Condvar::new(),
            sessions,
            wait,
        })
    }

    /// A permit for the first of `tokens` that has one free.
    ///
    /// # Errors
    /// [`HsmError::PoolExhausted`] when none came free in time.
    pub(crate) fn take(self: &Arc<Self>, tokens: &[usize]) -> Result<Permit, HsmError> {
        let available = |free: &[usize]| {
            let has_one = |token: &&usize| free.get(**token).is_some_and(|free| *free > 0);
            tokens.iter().find(has_one).copied()
        };
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = self
            .returned
            .wait_timeout_while(free, self.wait, |free| available(free).is_none())
            .unwrap_or_else(PoisonError::into_inner);
        let exhausted = || HsmError::PoolExhausted {
            sessions: self.sessions,
            waited_s: self.wait.as_secs(),
        };
        let token = available(&free).ok_or_else(exhausted)?;
        let free = free.get_mut(token).ok_or_else(exhausted)?;
        *free = free.saturating_sub(1);
        Ok(Permit {
            permits: Arc::clone(self),
            token,
        })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut free = self
            .permits
            .free
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = free.get_mut(self.token) {
            *free += 1;
        }
        drop(free);
        // One waiter might wait for another token only: all look.
        self.permits.returned.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_free_token_is_taken_and_waiting_ends() {
        let permits = Permits::new(2, 1, Duration::from_millis(20));
        let first = permits.take(&[0, 1]).unwrap();
        assert_eq!(first.token, 0);
        let second = permits.take(&[0, 1]).unwrap();
        assert_eq!(second.token, 1, "the preferred one is at work");
        let none = permits.take(&[0, 1]);
        assert!(matches!(
            none,
            Err(HsmError::PoolExhausted { sessions: 1, .. })
        ));
        drop(second);
        let only_first = permits.take(&[0]);
        assert!(matches!(only_first, Err(HsmError::PoolExhausted { .. })));
        assert_eq!(permits.take(&[0, 1]).unwrap().token, 1);
    }

    #[test]
    fn whoever_waits_is_woken() {
        let permits = Permits::new(2, 1, Duration::from_secs(10));
        let held = permits.take(&[1]).unwrap();
        std::thread::scope(|scope| {
            let waiter = scope.spawn(|| permits.take(&[1]).map(|permit| permit.token));
            std::thread::sleep(Duration::from_millis(20));
            drop(held);
            assert_eq!(waiter.join().unwrap().unwrap(), 1);
        });
    }
}
