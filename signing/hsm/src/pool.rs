//! A bounded number of logged-in sessions on one token, and recovery when the token dies.
//!
//! Traps of PKCS#11 decide the design:
//! - a session serves one thread at a time: whoever works holds a *permit* and a session of its own;
//! - after a restart of the module handle numbers repeat: sessions belong to a generation, and one
//!   of an older generation is forgotten, never closed (it might be somebody's new session);
//! - the login hangs on an open session: see [`crate::login`].
//!
//! Order of locks: permit, then `Context::enter`, then `login`.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::session::Session;

use crate::HsmError;
use crate::config::OneToken;
use crate::context::{Context, Live};
use crate::lease::Lease;
use crate::login::{Login, close};
use crate::token_object::probe;

/// How often one call is tried, the module being restarted in between.
const ATTEMPTS: u32 = 3;
/// The pause before the last attempt: gives a network HSM a moment to come back.
const PAUSE: Duration = Duration::from_millis(200);
/// How long a caller waits for a free session.
pub(crate) const PERMIT_WAIT: Duration = Duration::from_secs(10);

/// What a session may do to token objects.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// Use them. The everyday session cannot create or destroy a token object.
    ReadOnly,
    /// Create them.
    ReadWrite,
}

pub(crate) struct Pool {
    pub(crate) context: Arc<Context>,
    config: OneToken,
    permit_wait: Duration,
    free_permits: Mutex<usize>,
    permit_returned: Condvar,
    login: Mutex<Login>,
    /// Held while a missing token object is made, so that two threads do not make two.
    pub(crate) making_object: Mutex<()>,
}

/// The right to one session.
pub(crate) struct Permit(Arc<Pool>);

impl Pool {
    /// Loads the module, logs in once and opens the sentinel. A token that is not there at start
    /// is not waited for: a wrong label is more likely.
    pub(crate) fn open(config: OneToken, permit_wait: Duration) -> Result<Arc<Self>, HsmError> {
        if config.sessions == 0 {
            return Err(HsmError::NoSessions);
        }
        let pool = Arc::new(Self {
            context: Context::shared(&config.module)?,
            free_permits: Mutex::new(config.sessions),
            permit_returned: Condvar::new(),
            login: Mutex::new(Login::Out),
            making_object: Mutex::new(()),
            config,
            permit_wait,
        });
        let logged_in = pool
            .lock_login()
            .current(&pool.context.enter(), &pool.config)
            .map(drop);
        match logged_in {
            Ok(()) => {}
            // The context is shared: it may have died under another pool of this process.
            Err(HsmError::TokenGone { .. }) => pool.run(Access::ReadOnly, probe)?,
            Err(error) => return Err(error),
        }
        Ok(pool)
    }

    /// Runs `work` on a session and returns the session to the pool. See [`Pool::lease`].
    pub(crate) fn run<T>(
        self: &Arc<Self>,
        access: Access,
        work: impl Fn(&Session, &Live) -> Result<T, HsmError>,
    ) -> Result<T, HsmError> {
        let (lease, value) = self.lease(access, work)?;
        lease.give_back();
        Ok(value)
    }

    /// Runs `work(session, live)` and hands out the session it ran on.
    ///
    /// When the token is lost on the way, the module is restarted and `work` runs again from the
    /// start, [`ATTEMPTS`] times in all: it must be repeatable. A session on which `work` failed is
    /// closed, so that no half-finished operation or stray object is passed on.
    pub(crate) fn lease<T>(
        self: &Arc<Self>,
        access: Access,
        work: impl Fn(&Session, &Live) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let permit = self.take_permit()?;
        let mut attempt = 1;
        loop {
            let live = self.context.enter();
            let generation = live.generation;
            let error = match self.attempt(&live, access, &work) {
                Ok((session, value)) => {
                    return Ok((Lease::new(self, session, generation, access, permit), value));
                }
                Err(error) => error,
            };
            drop(live);
            if !error.is_token_loss() {
                return Err(error);
            }
            if attempt == ATTEMPTS {
                return Err(self.token_gone(&error));
            }
            attempt += 1;
            if attempt == ATTEMPTS {
                std::thread::sleep(PAUSE);
            }
            // A module that does not even start again: the token is as good as gone.
            self.context
                .restart(generation)
                .map_err(|error| self.token_gone(&error))?;
        }
    }

    fn attempt<T>(
        &self,
        live: &Live,
        access: Access,
        work: &impl Fn(&Session, &Live) -> Result<T, HsmError>,
    ) -> Result<(Session, T), HsmError> {
        let session = self.session(live, access)?;
        match work(&session, live) {
            Ok(value) => Ok((session, value)),
            Err(error) => {
                let dead = error.is_ambiguous() && probe(&session, live).is_err();
                close(session);
                Err(if dead { self.token_gone(&error) } else { error })
            }
        }
    }

    /// A logged-in session: an idle one, or a new one (the permits bound their number).
    fn session(&self, live: &Live, access: Access) -> Result<Session, HsmError> {
        let mut login = self.lock_login();
        let login = login.current(live, &self.config)?;
        match access {
            Access::ReadOnly => match login.idle.pop() {
                Some(session) => Ok(session),
                None => Ok(live.pkcs11.open_ro_session_no_drop(login.slot)?),
            },
            Access::ReadWrite => Ok(live.pkcs11.open_rw_session_no_drop(login.slot)?),
        }
    }

    /// Keeps a healthy read-only session of generation `from` for the next caller; one of an older
    /// generation is forgotten.
    pub(crate) fn shelve(&self, from: u64, session: Session) {
        if let Login::In(login) = &mut *self.lock_login()
            && login.generation == from
        {
            login.idle.push(session);
        }
    }

    /// The final answer of a failed recovery, naming the token.
    fn token_gone(&self, cause: &HsmError) -> HsmError {
        let detail = if let HsmError::TokenGone { detail, .. } = cause {
            detail.clone()
        } else if let HsmError::ModuleUnusable { detail, .. } = cause {
            format!("the module does not start again: {detail}")
        } else if let HsmError::TokenNotFound { .. } = cause {
            "no token of that label is present".to_owned()
        } else {
            cause.to_string()
        };
        HsmError::TokenGone {
            label: self.config.token.label.clone(),
            detail,
        }
    }

    fn take_permit(self: &Arc<Self>) -> Result<Permit, HsmError> {
        let free = self
            .free_permits
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let (mut free, _) = self
            .permit_returned
            .wait_timeout_while(free, self.permit_wait, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        if *free == 0 {
            let sessions = self.config.sessions;
            return Err(HsmError::PoolExhausted {
                sessions,
                waited_s: self.permit_wait.as_secs(),
            });
        }
        *free -= 1;
        Ok(Permit(Arc::clone(self)))
    }

    fn lock_login(&self) -> MutexGuard<'_, Login> {
        self.login.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        *self
            .0
            .free_permits
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.permit_returned.notify_one();
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        let live = self.context.enter();
        self.login
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner)
            .close(&live);
    }
}

#[cfg(test)]
mod tests {
    use hsm_config::SoftHsm;
    use hsm_config::test_support::in_child_with_token;

    use super::*;
    use crate::{Secret, TokenConfig};

    fn pool(token: &SoftHsm, sessions: usize) -> Arc<Pool> {
        let config = OneToken {
            module: token.module().to_owned(),
            token: TokenConfig {
                label: token.label().to_owned(),
                pin: Secret::new(token.pin().to_owned()),
            },
            sessions,
        };
        Pool::open(config, Duration::from_millis(20)).unwrap()
    }

    fn idle(pool: &Pool) -> usize {
        match &*pool.lock_login() {
            Login::In(login) => login.idle.len(),
            Login::Out | Login::Refused(_) => panic!("not logged in"),
        }
    }

    #[test]
    fn sessions_are_bounded_reused_and_replaced() {
        let name = "pool::tests::sessions_are_bounded_reused_and_replaced";
        in_child_with_token(name, |token| {
            let pool = pool(token, 2);
            let lease = || pool.lease(Access::ReadOnly, |session, _| Ok(session.handle()));
            let (first, first_handle) = lease().unwrap();
            let (second, second_handle) = lease().unwrap();
            assert_ne!(first_handle, second_handle);
            assert!(matches!(
                lease(),
                Err(HsmError::PoolExhausted { sessions: 2, .. })
            ));
            first.give_back();
            assert_eq!(idle(&pool), 1);
            let (again, again_handle) = lease().unwrap();
            assert_eq!(again_handle, first_handle, "an idle session is reused");
            drop((second, again));
            assert_eq!(idle(&pool), 0, "a dropped lease closes its session");
            let failed = pool.run(Access::ReadOnly, |_, _| Err::<(), _>(HsmError::BadKeyLabel));
            assert!(matches!(failed, Err(HsmError::BadKeyLabel)));
            assert_eq!(idle(&pool), 0, "a session on which work failed is not kept");
            pool.run(Access::ReadWrite, |_, _| Ok(())).unwrap();
            assert_eq!(idle(&pool), 0, "a read-write session is not kept");
            pool.run(Access::ReadOnly, probe).unwrap();
            assert_eq!(idle(&pool), 1);
        });
    }

    #[test]
    fn a_lost_token_is_tried_again_a_bounded_number_of_times() {
        let name = "pool::tests::a_lost_token_is_tried_again_a_bounded_number_of_times";
        in_child_with_token(name, |token| {
            let pool = pool(token, 1);
            let lost = || HsmError::TokenGone {
                label: String::new(),
                detail: "pulled".to_owned(),
            };
            let calls = std::cell::Cell::new(0);
            let error = pool.run(Access::ReadOnly, |_, _| {
                calls.set(calls.get() + 1);
                Err::<(), _>(lost())
            });
            let text = error.unwrap_err().to_string();
            assert!(
                text.contains(token.label()) && text.contains("pulled"),
                "{text}"
            );
            assert_eq!(calls.get(), ATTEMPTS);
            let generation = pool.run(Access::ReadOnly, |session, live| {
                probe(session, live)?;
                if live.generation == u64::from(ATTEMPTS) - 1 {
                    Err(lost())
                } else {
                    Ok(live.generation)
                }
            });
            assert_eq!(
                generation.unwrap(),
                u64::from(ATTEMPTS),
                "one restart was enough"
            );
        });
    }

    /// Handle numbers repeat after a restart; closing or reusing a stale session would hit a new one.
    #[test]
    fn sessions_of_an_older_generation_are_forgotten() {
        let name = "pool::tests::sessions_of_an_older_generation_are_forgotten";
        in_child_with_token(name, |token| {
            let pool = pool(token, 4);
            let lease = || {
                pool.lease(Access::ReadOnly, |session, _| Ok(session.handle()))
                    .unwrap()
            };
            let (dropped, number) = lease();
            let (given_back, other_number) = lease();
            pool.context.restart(0).unwrap();
            let (fresh, fresh_number) = lease();
            let (second, second_number) = lease();
            assert_eq!(
                (fresh_number, second_number),
                (number, other_number),
                "numbers repeat"
            );
            drop(dropped);
            given_back.give_back();
            assert_eq!(idle(&pool), 0, "a stale session is not handed out again");
            for lease in [fresh, second] {
                lease
                    .run(|session| Ok(session.get_session_info().map(drop)?))
                    .unwrap();
            }
        });
    }

    #[test]
    fn threads_that_saw_the_same_death_restart_once() {
        let name = "pool::tests::threads_that_saw_the_same_death_restart_once";
        in_child_with_token(name, |token| {
            let pool = pool(token, 1);
            pool.context.restart(0).unwrap();
            pool.context.restart(0).unwrap();
            assert_eq!(pool.context.enter().generation, 1);
        });
    }
}
