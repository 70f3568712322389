//! The open token.

use std::sync::Arc;

use crate::config::OneToken;
use crate::pool::{Access, PERMIT_WAIT, Pool};
use crate::token_object::probe;
use crate::{HsmConfig, HsmError};

/// An open, logged-in token. Cloning shares it; the last clone closes its sessions.
///
/// Several may be opened in one process, on one module or more: they share the module's context.
#[derive(Clone)]
pub struct Hsm {
    pub(crate) pool: Arc<Pool>,
}

impl Hsm {
    /// Loads the module, finds the token by its label and logs in once.
    ///
    /// # Errors
    /// [`HsmError::ModuleMissing`], [`HsmError::TokenNotFound`], [`HsmError::WrongPin`] and the
    /// like: what an operator has to correct, at start and not at the first signature.
    pub fn open(config: &HsmConfig) -> Result<Self, HsmError> {
        let token = config.tokens.first().ok_or(HsmError::NoTokens)?;
        let one = OneToken {
            module: config.module.clone(),
            token: token.clone(),
            sessions: config.sessions,
        };
        Ok(Self {
            pool: Pool::open(one, PERMIT_WAIT)?,
        })
    }

    /// `count` bytes from the token's own generator (`C_GenerateRandom`).
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::PoolExhausted`].
    pub fn random(&self, count: usize) -> Result<Vec<u8>, HsmError> {
        self.pool.run(Access::ReadOnly, |session, _| {
            let mut bytes = vec![0; count];
            session.generate_random_slice(&mut bytes)?;
            Ok(bytes)
        })
    }

    /// Asks the token for a sign of life: logged in, and the token answering for itself. Costs well
    /// under a millisecond on SoftHSM. Tries to recover a lost token, like every other call.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`] when recovery failed, [`HsmError::PoolExhausted`] when no session
    /// came free.
    pub fn health(&self) -> Result<(), HsmError> {
        self.pool.run(Access::ReadOnly, probe)
    }
}
