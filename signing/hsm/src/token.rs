//! The open token, or the open tokens that hold the same keys.

use std::sync::Arc;

use crate::pool::{Access, Seat, probe_seat};
use crate::tokens::Tokens;
use crate::{HsmConfig, HsmError, TokenStatus};

/// How long a caller waits for a free session.
const PERMIT_WAIT: std::time::Duration = std::time::Duration::from_secs(10);

/// An open, logged-in token with its clones. Cloning shares it; the last clone closes its sessions.
///
/// Several may be opened in one process, on one module or more: they share the module's context.
#[derive(Clone)]
pub struct Hsm {
    pub(crate) tokens: Arc<Tokens>,
}

impl Hsm {
    /// Loads the module, finds the tokens by their labels and logs in once on each. One token that
    /// does not answer is left for later as long as another does: see [`Hsm::status`].
    ///
    /// # Errors
    /// [`HsmError::ModuleMissing`], [`HsmError::TokenNotFound`], [`HsmError::WrongPin`] and the
    /// like: what an operator has to correct, at start and not at the first signature.
    pub fn open(config: &HsmConfig) -> Result<Self, HsmError> {
        Ok(Self {
            tokens: Tokens::open(config, PERMIT_WAIT)?,
        })
    }

    /// `count` bytes from the token's own generator (`C_GenerateRandom`).
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::PoolExhausted`].
    pub fn random(&self, count: usize) -> Result<Vec<u8>, HsmError> {
        self.tokens.run(Access::ReadOnly, |seat: &Seat<'_>| {
            let mut bytes = vec![0; count];
            seat.session.generate_random_slice(&mut bytes)?;
            Ok(bytes)
        })
    }

    /// Asks for a sign of life: logged in, and a token answering for itself. Costs well under a
    /// millisecond on SoftHSM. Tries to recover a lost token, like every other call.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`] or [`HsmError::AllTokensGone`] when recovery failed,
    /// [`HsmError::PoolExhausted`] when no session came free.
    pub fn health(&self) -> Result<(), HsmError> {
        self.tokens.run(Access::ReadOnly, probe_seat)
    }

    /// What is known of each token, in order of preference. Asks nobody.
    #[must_use]
    pub fn status(&self) -> Vec<TokenStatus> {
        self.tokens.status()
    }
}
