//! Bringing a wrapped key under another wrapping key, inside the token.
//!
//! PKCS#11's own way (v2.40, section 4.9): the key is unwrapped sensitive and
//! `CKA_WRAP_WITH_TRUSTED`, so that the token lets it out only under a key whose `CKA_TRUSTED` the
//! security officer set. Neither the process nor whoever holds the user PIN can bring it elsewhere.

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::ObjectHandle;
use cryptoki::session::Session;

use crate::pool::Access;
use crate::unwrap_template::Confinement;
use crate::wrapped::{policy, refused, signing_key_template};
use crate::{HsmError, WrappedKey, WrappingKey};

impl WrappingKey {
    /// The same prescriber key wrapped under `to`. The private value never leaves the token in the
    /// clear, and the old wrapping stays good.
    ///
    /// Before it answers, the new wrapping is opened again and wrapped under the present key: the
    /// bytes must be those it started from (RFC 5649 is deterministic). Whoever replaces the
    /// stored key after that loses nothing.
    ///
    /// # Errors
    /// [`HsmError::NotRewrappable`] when this key is a plain one, [`HsmError::NotTrusted`] when
    /// `to` is, [`HsmError::OtherToken`], [`HsmError::WrappedKeyRefused`] when the bytes were
    /// altered or wrapped under another key, [`HsmError::RewrapUnproven`].
    pub fn rewrap(&self, key: &WrappedKey, to: &WrappingKey) -> Result<WrappedKey, HsmError> {
        if !Arc::ptr_eq(&self.secret.hsm.tokens, &to.secret.hsm.tokens) {
            return Err(HsmError::OtherToken);
        }
        if !self.is_trusted() {
            return Err(HsmError::NotRewrappable {
                label: self.label().to_owned(),
            });
        }
        if !to.is_trusted() {
            return Err(HsmError::NotTrusted {
                label: to.label().to_owned(),
            });
        }
        let tokens = &self.secret.hsm.tokens;
        let moved = tokens.run(Access::ReadOnly, |seat| {
            let from = self.secret.handle_at(seat)?;
            let to = to.secret.handle_at(seat)?;
            let new = pass_on(seat.session, key.blob(), from, to)?;
            if pass_on(seat.session, &new, to, from)? != key.blob() {
                return Err(HsmError::RewrapUnproven);
            }
            WrappedKey::from_blob(&new)
        });
        moved.map_err(refused)
    }
}

/// Unwraps `blob` with `from` and wraps it with `to`. On an error the caller closes the session,
/// which destroys the key in between.
fn pass_on(
    session: &Session,
    blob: &[u8],
    from: ObjectHandle,
    to: ObjectHandle,
) -> Result<Vec<u8>, HsmError> {
    let mechanism = Mechanism::AesKeyWrapPad;
    let template = signing_key_template(&policy(Confinement::UnderTrusted, true));
    let object = session.unwrap_key(&mechanism, from, blob, &template)?;
    let wrapped = session.wrap_key(&mechanism, to, object)?;
    session.destroy_object(object)?;
    Ok(wrapped)
}
