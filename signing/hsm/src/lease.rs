//! A session taken out of the pool for a while.

use std::sync::Arc;

use cryptoki::session::Session;

use crate::HsmError;
use crate::login::close;
use crate::permits::Permit;
use crate::pool::{Access, Pool};
use crate::token_object::probe;

/// A session, and the permit that entitles to it. Dropping it closes the session, which destroys
/// its session objects; [`Lease::give_back`] keeps it for the next caller.
pub(crate) struct Lease {
    pool: Arc<Pool>,
    session: Option<Session>,
    generation: u64,
    access: Access,
    /// Last, so that it is returned when the session is out of the way.
    _permit: Permit,
}

impl Lease {
    pub(crate) fn new(
        pool: &Arc<Pool>,
        session: Session,
        generation: u64,
        access: Access,
        permit: Permit,
    ) -> Self {
        let pool = Arc::clone(pool);
        Self {
            pool,
            session: Some(session),
            generation,
            access,
            _permit: permit,
        }
    }

    /// Runs `work` on the leased session.
    ///
    /// # Errors
    /// [`HsmError::ActivationLost`] when the module was restarted since the lease began, or when
    /// the token is lost now: what the session held cannot be brought back by trying again.
    pub(crate) fn run<T>(
        &self,
        work: impl FnOnce(&Session) -> Result<T, HsmError>,
    ) -> Result<T, HsmError> {
        let live = self.pool.context.enter();
        let present = self
            .session
            .as_ref()
            .filter(|_| live.generation == self.generation);
        let Some(session) = present else {
            return Err(HsmError::ActivationLost);
        };
        work(session).map_err(|error| {
            let lost =
                error.is_token_loss() || (error.is_ambiguous() && probe(session, &live).is_err());
            if lost {
                HsmError::ActivationLost
            } else {
                error
            }
        })
    }

    /// Returns the session to the pool, which must find no objects of its own in it.
    pub(crate) fn give_back(mut self) {
        if matches!(self.access, Access::ReadWrite) {
            return; // closed by the drop: a read-write session is not for everyday work
        }
        if let Some(session) = self.session.take() {
            self.pool.shelve(self.generation, session);
        }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        if let Some(session) = self.session.take() {
            let live = self.pool.context.enter();
            if live.generation == self.generation {
                close(session);
            }
        }
    }
}
