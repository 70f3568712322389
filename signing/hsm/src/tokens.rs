//! One or more tokens that hold the same keys, and which of them works.
//!
//! The first is preferred. A call that loses its token is made again on the next one, so that
//! nobody notices; the token that was lost is left alone by everybody but one thread, which asks
//! it for a sign of life until it answers ([`crate::watch`]). Only when no token is left does a
//! call restart the module and wait.
//!
//! Restarting is the last resort because it is the module's, not the token's: every session on
//! every token of it dies.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::HsmError;
use crate::config::HsmConfig;
use crate::lease::Lease;
use crate::permits::{Permit, Permits};
use crate::pool::{Access, Pool, Seat};
use crate::watch;

/// What is known of one token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenStatus {
    /// Its label.
    pub label: String,
    /// False from the call that lost it until it answers again.
    pub up: bool,
    /// How often it was lost since the process started.
    pub losses: u64,
    /// How it was lost last.
    pub last_loss: Option<String>,
}

pub(crate) struct Tokens {
    /// At least one, in order of preference.
    pub(crate) pools: Vec<Arc<Pool>>,
    permits: Arc<Permits>,
    health: Mutex<Health>,
    /// Held while a missing token object is made, so that two threads do not make two.
    pub(crate) making_object: Mutex<()>,
}

struct Health {
    tokens: Vec<TokenStatus>,
    /// A thread is asking the lost ones.
    watched: bool,
}

impl Tokens {
    /// Opens every token. One that is not there is left for later as long as another is; a wrong
    /// PIN or a label that two tokens share is for the operator to correct now.
    pub(crate) fn open(config: &HsmConfig, wait: Duration) -> Result<Arc<Self>, HsmError> {
        let pools = config
            .each()?
            .into_iter()
            .map(Pool::new)
            .collect::<Result<Vec<_>, _>>()?;
        let mut losses = Vec::new();
        for (token, pool) in pools.iter().enumerate() {
            match pool.log_in() {
                Ok(()) => {}
                Err(error) if error.is_token_loss() => losses.push((token, error)),
                Err(error) => return Err(error),
            }
        }
        if losses.len() == pools.len() {
            // The first, which is the preferred token's.
            return Err(losses.swap_remove(0).1);
        }
        let tokens = Arc::new(Self {
            health: Mutex::new(Health::new(&pools)),
            permits: Permits::new(pools.len(), config.sessions, wait),
            pools,
            making_object: Mutex::new(()),
        });
        for (token, error) in losses {
            tokens.lost(token, &error);
        }
        Ok(tokens)
    }

    /// Runs `work` on a session and returns the session to its pool. See [`Tokens::lease`].
    pub(crate) fn run<T>(
        self: &Arc<Self>,
        access: Access,
        work: impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<T, HsmError> {
        let (lease, value) = self.lease(access, work)?;
        lease.give_back();
        Ok(value)
    }

    /// Runs `work` and hands out the session it ran on. When its token is lost on the way, `work`
    /// runs again from the start on another: it must be repeatable.
    ///
    /// # Errors
    /// What `work` answered on a token that is alive; [`HsmError::TokenGone`] or
    /// [`HsmError::AllTokensGone`]; [`HsmError::PoolExhausted`].
    pub(crate) fn lease<T>(
        self: &Arc<Self>,
        access: Access,
        work: impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let mut candidates = self.up();
        while self.pools.len() > 1 && !candidates.is_empty() {
            let permit = self.permits.take(&candidates)?;
            let token = permit.token;
            candidates.retain(|candidate| *candidate != token);
            match self.once(permit, access, &work) {
                Err(error) if error.concerns_one_token() => self.lost(token, &error),
                answer => return answer,
            }
        }
        self.last_resort(access, &work)
    }

    /// On one token, which may be restarted for it: for what must be asked of each.
    pub(crate) fn run_on<T>(
        self: &Arc<Self>,
        token: usize,
        work: impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<T, HsmError> {
        let permit = self.permits.take(&[token])?;
        let (lease, value) = if self.pools.len() > 1 {
            self.once(permit, Access::ReadOnly, &work)?
        } else {
            self.pool(token)?.lease(permit, Access::ReadOnly, &work)?
        };
        lease.give_back();
        Ok(value)
    }

    /// The tokens that are up, in order of preference; all when none is.
    pub(crate) fn asked(&self) -> Vec<usize> {
        let up = self.up();
        if up.is_empty() {
            (0..self.pools.len()).collect()
        } else {
            up
        }
    }

    pub(crate) fn label(&self, token: usize) -> &str {
        self.pools.get(token).map_or("", |pool| pool.label())
    }

    pub(crate) fn status(&self) -> Vec<TokenStatus> {
        self.health().tokens.clone()
    }

    /// Takes note that a token was lost, and has it watched.
    pub(crate) fn lost(self: &Arc<Self>, token: usize, error: &HsmError) {
        let mut health = self.health();
        if let Some(status) = health.tokens.get_mut(token) {
            if status.up {
                status.losses += 1;
            }
            status.up = false;
            status.last_loss = Some(error.loss());
        }
        if self.pools.len() > 1 && !health.watched {
            health.watched = watch::begin(self);
        }
    }

    /// Takes note that a token answers.
    pub(crate) fn found(&self, token: usize) {
        if let Some(status) = self.health().tokens.get_mut(token) {
            status.up = true;
        }
    }

    /// The tokens to watch. When there are none, whoever asks stops watching.
    pub(crate) fn watched(&self) -> Vec<usize> {
        let mut health = self.health();
        let down: Vec<_> = (0..health.tokens.len())
            .filter(|token| health.tokens.get(*token).is_some_and(|status| !status.up))
            .collect();
        health.watched = !down.is_empty();
        down
    }

    /// Every token was lost: recovers the first that can be, restarting the module.
    fn last_resort<T>(
        self: &Arc<Self>,
        access: Access,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let mut losses = Vec::new();
        for (token, pool) in self.pools.iter().enumerate() {
            let permit = self.permits.take(&[token])?;
            match pool.lease(permit, access, work) {
                Ok(answer) => {
                    self.found(token);
                    return Ok(answer);
                }
                Err(error) if self.pools.len() > 1 && error.concerns_one_token() => {
                    self.lost(token, &error);
                    losses.push(error);
                }
                Err(error) => {
                    if error.is_token_loss() {
                        self.lost(token, &error);
                    }
                    return Err(error);
                }
            }
        }
        Err(HsmError::all_gone(losses))
    }

    fn once<T>(
        &self,
        permit: Permit,
        access: Access,
        work: &impl Fn(&Seat<'_>) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        self.pool(permit.token)?.once(permit, access, work)
    }

    fn pool(&self, token: usize) -> Result<&Arc<Pool>, HsmError> {
        self.pools.get(token).ok_or(HsmError::NoTokens)
    }

    fn up(&self) -> Vec<usize> {
        let health = self.health();
        (0..health.tokens.len())
            .filter(|token| health.tokens.get(*token).is_some_and(|status| status.up))
            .collect()
    }

    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Health {
    fn new(pools: &[Arc<Pool>]) -> Self {
        let fresh = |pool: &Arc<Pool>| TokenStatus {
            label: pool.label().to_owned(),
            up: true,
            losses: 0,
            last_loss: None,
        };
        Self {
            tokens: pools.iter().map(fresh).collect(),
            watched: false,
        }
    }
}
