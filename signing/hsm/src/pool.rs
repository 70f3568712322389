//! The logged-in sessions of one token, and its recovery when it dies.
//!
//! Traps of PKCS#11 decide the design:
//! - a session serves one thread at a time: whoever works holds a *permit* and a session of its own;
//! - after a restart of the module handle numbers repeat: sessions belong to a generation, and one
//!   of an older generation is forgotten, never closed (it might be somebody's new session);
//! - the login hangs on an open session: see [`crate::login`].
//!
//! Order of locks: permit, then `Context::enter`, then `login`.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use cryptoki::session::Session;

use crate::HsmError;
use crate::config::OneToken;
use crate::context::{Context, Live};
use crate::lease::Lease;
use crate::login::{Login, close, gone_if_ambiguous};
use crate::permits::Permit;
use crate::token_object::probe;

/// How often one call is tried: once more on a new session, then after each of two restarts of the
/// module.
pub(crate) const ATTEMPTS: u32 = 4;
/// The pause before the last attempt: gives a network HSM a moment to come back.
const PAUSE: Duration = Duration::from_millis(200);

/// What a session may do to token objects.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// Use them. The everyday session cannot create or destroy a token object.
    ReadOnly,
    /// Create them.
    ReadWrite,
}

/// A session to work on, and where it is.
pub(crate) struct Seat<'a> {
    pub(crate) session: &'a Session,
    pub(crate) live: &'a Live<'a>,
    /// Which token of the configuration.
    pub(crate) token: usize,
}

pub(crate) struct Pool {
    pub(crate) context: Arc<Context>,
    config: OneToken,
    login: Mutex<Login>,
}

/// Where an attempt takes its session from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Source {
    Idle,
    /// What lies idle may have died with the session that just failed.
    Fresh,
}

impl Pool {
    /// Loads the module.
    pub(crate) fn new(config: OneToken) -> Result<Arc<Self>, HsmError> {
        if config.sessions == 0 {
            return Err(HsmError::NoSessions);
        }
        Ok(Arc::new(Self {
            context: Context::shared(&config.module)?,
            login: Mutex::new(Login::Out),
            config,
        }))
    }

    /// Logs in once and opens the sentinel. A token that is not there at start is not waited for:
    /// a wrong label is more likely.
    pub(crate) fn log_in(&self) -> Result<(), HsmError> {
        let logged_in = self
            .lock_login()
            .current(&self.context.enter(), &self.config)
            .map(drop);
        match logged_in {
            // The context is shared: it may have died under another pool of this process.
            Err(HsmError::TokenGone { .. }) => self.revive(),
            logged_in_or_refused => logged_in_or_refused,
        }
    }

    pub(crate) fn label(&self) -> &str {
        &self.config.token.label
    }

    /// Runs `work` once and hands out the session it ran on. A session on which `work` failed is
    /// closed, so that no half-finished operation or stray object is passed on.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`] with the token's label when it is lost.
    pub(crate) fn once<T>(
        self: &Arc<Self>,
        permit: Permit,
        access: Access,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let live = self.context.enter();
        let tried = self.attempt(&live, permit.token, access, Source::Idle, work);
        let (session, value) = tried.map_err(|error| self.named(error))?;
        let generation = live.generation;
        let lease = Lease::new(self, session, generation, access, permit);
        Ok((lease, value))
    }

    /// As [`Pool::once`], and when the token is lost on the way `work` runs again from the start,
    /// [`ATTEMPTS`] times in all, the module being restarted in between: it must be repeatable.
    pub(crate) fn lease<T>(
        self: &Arc<Self>,
        permit: Permit,
        access: Access,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let mut attempt = 1;
        loop {
            let live = self.context.enter();
            let generation = live.generation;
            let source = if attempt == 1 {
                Source::Idle
            } else {
                Source::Fresh
            };
            let error = match self.attempt(&live, permit.token, access, source, work) {
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
            if attempt == 2 {
                continue;
            }
            if attempt == ATTEMPTS {
                std::thread::sleep(PAUSE);
            }
            // A module that does not even start again: the token is as good as gone.
            self.context
                .restart(generation)
                .map_err(|error| self.token_gone(&error))?;
        }
    }

    /// Asks a token that was lost for a sign of life, without disturbing the others of its module.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`] and the generation it was asked in.
    pub(crate) fn probe_gently(&self) -> Result<(), (HsmError, u64)> {
        let live = self.context.enter();
        let generation = live.generation;
        let fresh = Source::Fresh;
        let probed = self.attempt(&live, 0, Access::ReadOnly, fresh, &probe_seat);
        let (session, ()) = probed.map_err(|error| (self.named(error), generation))?;
        drop(live);
        self.shelve(generation, session);
        Ok(())
    }

    /// Restarts the module until the token answers; for the start.
    fn revive(&self) -> Result<(), HsmError> {
        for pause in [Duration::ZERO, PAUSE] {
            std::thread::sleep(pause);
            let Err((_, generation)) = self.probe_gently() else {
                return Ok(());
            };
            self.context
                .restart(generation)
                .map_err(|error| self.token_gone(&error))?;
        }
        self.probe_gently().map_err(|(error, _)| error)
    }

    /// Tries `work`, and once more when a token that is alive answered that something went wrong
    /// and not what.
    fn attempt<T>(
        &self,
        live: &Live<'_>,
        token: usize,
        access: Access,
        source: Source,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Session, T), HsmError> {
        match self.one_try(live, token, access, source, work) {
            Err(error) if error.is_ambiguous() => self.one_try(live, token, access, source, work),
            answer => answer,
        }
    }

    fn one_try<T>(
        &self,
        live: &Live<'_>,
        token: usize,
        access: Access,
        source: Source,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Session, T), HsmError> {
        let session = self.session(live, access, source)?;
        let seat = Seat {
            session: &session,
            live,
            token,
        };
        match work(&seat) {
            Ok(value) => Ok((session, value)),
            Err(error) => {
                let dead = error.is_ambiguous() && probe(&session, live).is_err();
                close(session);
                Err(if dead { self.token_gone(&error) } else { error })
            }
        }
    }

    /// A logged-in session: an idle one, or a new one (the permits bound their number).
    fn session(
        &self,
        live: &Live<'_>,
        access: Access,
        source: Source,
    ) -> Result<Session, HsmError> {
        let mut login = self.lock_login();
        let login = login.current(live, &self.config)?;
        if source == Source::Fresh {
            login.idle.drain(..).for_each(close);
        }
        if matches!(access, Access::ReadOnly)
            && let Some(session) = login.idle.pop()
        {
            return Ok(session);
        }
        let opened = match access {
            Access::ReadOnly => live.pkcs11.open_ro_session_no_drop(login.slot),
            Access::ReadWrite => live.pkcs11.open_rw_session_no_drop(login.slot),
        };
        opened.map_err(|error| gone_if_ambiguous(error.into()))
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

    /// A loss under the token's name; any other error as it is.
    fn named(&self, error: HsmError) -> HsmError {
        if error.is_token_loss() {
            self.token_gone(&error)
        } else {
            error
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

    fn lock_login(&self) -> MutexGuard<'_, Login> {
        self.login.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// [`probe`] as work for a seat.
pub(crate) fn probe_seat(seat: &Seat<'_>) -> Result<(), HsmError> {
    probe(seat.session, seat.live)
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
    use crate::permits::Permits;
    use crate::{Secret, TokenConfig};

    struct Alone {
        pool: Arc<Pool>,
        permits: Arc<Permits>,
    }

    impl Alone {
        fn open(token: &SoftHsm, sessions: usize) -> Self {
            let config = OneToken {
                module: token.module().to_owned(),
                token: TokenConfig {
                    label: token.label().to_owned(),
                    pin: Secret::new(token.pin().to_owned()),
                },
                sessions,
            };
            let pool = Pool::new(config).unwrap();
            pool.log_in().unwrap();
            Self {
                pool,
                permits: Permits::new(1, sessions, Duration::from_millis(20)),
            }
        }

        fn lease<T>(
            &self,
            access: Access,
            work: impl Fn(&Seat<'_>) -> Result<T, HsmError>,
        ) -> Result<(Lease, T), HsmError> {
            self.pool.lease(self.permits.take(&[0])?, access, &work)
        }

        fn handle(&self) -> Result<(Lease, u64), HsmError> {
            let handle = |seat: &Seat<'_>| Ok(seat.session.handle());
            let (lease, handle) = self.lease(Access::ReadOnly, handle)?;
            Ok((lease, handle))
        }

        fn idle(&self) -> usize {
            match &*self.pool.lock_login() {
                Login::In(login) => login.idle.len(),
                Login::Out | Login::Refused(_) => panic!("not logged in"),
            }
        }
    }

    #[test]
    fn sessions_are_bounded_reused_and_replaced() {
        let name = "pool::tests::sessions_are_bounded_reused_and_replaced";
        in_child_with_token(name, |token| {
            let alone = Alone::open(token, 2);
            let (first, first_handle) = alone.handle().unwrap();
            let (second, second_handle) = alone.handle().unwrap();
            assert_ne!(first_handle, second_handle);
            assert!(matches!(
                alone.handle(),
                Err(HsmError::PoolExhausted { sessions: 2, .. })
            ));
            first.give_back();
            assert_eq!(alone.idle(), 1);
            let (again, again_handle) = alone.handle().unwrap();
            assert_eq!(again_handle, first_handle, "an idle session is reused");
            drop((second, again));
            assert_eq!(alone.idle(), 0, "a dropped lease closes its session");
            let failed = alone.lease(Access::ReadOnly, |_| Err::<(), _>(HsmError::BadKeyLabel));
            assert!(matches!(failed, Err(HsmError::BadKeyLabel)));
            assert_eq!(
                alone.idle(),
                0,
                "a session on which work failed is not kept"
            );
            let (lease, ()) = alone.lease(Access::ReadWrite, |_| Ok(())).unwrap();
            lease.give_back();
            assert_eq!(alone.idle(), 0, "a read-write session is not kept");
            let (lease, ()) = alone.lease(Access::ReadOnly, probe_seat).unwrap();
            lease.give_back();
            assert_eq!(alone.idle(), 1);
        });
    }

    #[test]
    fn a_lost_token_is_tried_again_a_bounded_number_of_times() {
        let name = "pool::tests::a_lost_token_is_tried_again_a_bounded_number_of_times";
        in_child_with_token(name, |token| {
            let alone = Alone::open(token, 1);
            let lost = || HsmError::TokenGone {
                label: String::new(),
                detail: "pulled".to_owned(),
            };
            let calls = std::cell::Cell::new(0);
            let error = alone.lease(Access::ReadOnly, |_| {
                calls.set(calls.get() + 1);
                Err::<(), _>(lost())
            });
            let text = error.err().unwrap().to_string();
            assert!(
                text.contains(token.label()) && text.contains("pulled"),
                "{text}"
            );
            assert_eq!(calls.get(), ATTEMPTS);
            // The second attempt restarted nothing, the third and the fourth did.
            let generation = alone.pool.context.enter().generation;
            assert_eq!(generation, u64::from(ATTEMPTS) - 2);
            let calls = std::cell::Cell::new(0);
            let (_, now) = alone
                .lease(Access::ReadOnly, |seat| {
                    calls.set(calls.get() + 1);
                    probe_seat(seat)?;
                    if calls.get() == 1 {
                        Err(lost())
                    } else {
                        Ok(seat.live.generation)
                    }
                })
                .unwrap();
            assert_eq!(now, generation, "a new session was enough");
        });
    }

    /// Handle numbers repeat after a restart; closing or reusing a stale session would hit a new one.
    #[test]
    fn sessions_of_an_older_generation_are_forgotten() {
        let name = "pool::tests::sessions_of_an_older_generation_are_forgotten";
        in_child_with_token(name, |token| {
            let alone = Alone::open(token, 4);
            let (dropped, number) = alone.handle().unwrap();
            let (given_back, other_number) = alone.handle().unwrap();
            alone.pool.context.restart(0).unwrap();
            let (fresh, fresh_number) = alone.handle().unwrap();
            let (second, second_number) = alone.handle().unwrap();
            assert_eq!(
                (fresh_number, second_number),
                (number, other_number),
                "numbers repeat"
            );
            drop(dropped);
            given_back.give_back();
            assert_eq!(alone.idle(), 0, "a stale session is not handed out again");
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
            let alone = Alone::open(token, 1);
            alone.pool.context.restart(0).unwrap();
            alone.pool.context.restart(0).unwrap();
            assert_eq!(alone.pool.context.enter().generation, 1);
        });
    }
}
