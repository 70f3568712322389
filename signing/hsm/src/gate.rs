//! Who is inside the module, and shutting everybody out of it for a restart.
//!
//! A reader-writer lock would do if calls always came back. A call into a network HSM may hang;
//! with a lock the restart would wait for it, and everybody else behind the restart. So closing
//! this gate is given a limit, after which it opens again as if nothing had been asked.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Gate {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    inside: usize,
    closing: bool,
}

/// Proof of being inside. Do not enter twice on one thread: a closing in between would wait for
/// the outer one while the inner one waits for the closing.
pub(crate) struct Inside<'a>(&'a Gate);

/// Proof that nobody is inside.
pub(crate) struct Closed<'a>(&'a Gate);

impl Gate {
    pub(crate) fn enter(&self) -> Inside<'_> {
        let state = self.lock();
        let mut state = self
            .changed
            .wait_while(state, |state| state.closing)
            .unwrap_or_else(PoisonError::into_inner);
        state.inside += 1;
        Inside(self)
    }

    /// Lets nobody in and waits until all are out; `None` when that took longer than `limit`.
    pub(crate) fn close(&self, limit: Duration) -> Option<Closed<'_>> {
        let state = self.lock();
        // One at a time.
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, limit, |state| state.closing)
            .unwrap_or_else(PoisonError::into_inner);
        if state.closing {
            return None;
        }
        state.closing = true;
        let (mut state, _) = self
            .changed
            .wait_timeout_while(state, limit, |state| state.inside > 0)
            .unwrap_or_else(PoisonError::into_inner);
        if state.inside > 0 {
            state.closing = false;
            drop(state);
            self.changed.notify_all();
            return None;
        }
        Some(Closed(self))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.inside = state.inside.saturating_sub(1);
        let somebody_waits = state.closing && state.inside == 0;
        drop(state);
        if somebody_waits {
            self.0.changed.notify_all();
        }
    }
}

impl Drop for Closed<'_> {
    fn drop(&mut self) {
        self.0.lock().closing = false;
        self.0.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

    use super::*;

    #[test]
    fn nobody_is_inside_while_it_is_closed() {
        let (gate, inside) = (Gate::default(), AtomicUsize::new(0));
        let stop = AtomicBool::new(false);
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| {
                    while !stop.load(Ordering::Relaxed) {
                        let _inside = gate.enter();
                        inside.fetch_add(1, Ordering::SeqCst);
                        std::thread::yield_now();
                        inside.fetch_sub(1, Ordering::SeqCst);
                    }
                });
            }
            for _ in 0..200 {
                let closed = gate.close(Duration::from_secs(10)).unwrap();
                assert_eq!(inside.load(Ordering::SeqCst), 0);
                drop(closed);
            }
            stop.store(true, Ordering::Relaxed);
        });
    }

    /// A call that hangs stops the restart, not everybody else.
    #[test]
    fn closing_gives_up_on_a_call_that_hangs() {
        let gate = Gate::default();
        let hangs = gate.enter();
        assert!(gate.close(Duration::from_millis(20)).is_none());
        drop(gate.enter());
        drop(hangs);
        let closed = gate.close(Duration::from_millis(20)).unwrap();
        assert!(
            gate.close(Duration::from_millis(20)).is_none(),
            "closed already"
        );
        drop(closed);
        assert!(gate.close(Duration::from_millis(20)).is_some());
    }
}
