//! A prescriber key inside the token, for as long as it signs.

use std::cell::{Cell, RefCell};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, ObjectHandle};

use crate::lease::Lease;
use crate::pool::{Access, Seat};
use crate::wrapped::{policy, refused, signing_key_template};
use crate::{HsmError, P256Signature, WrappedKey, WrappingKey};

impl WrappingKey {
    /// Unwraps a key inside the token, ready to sign. It holds one of the pool's sessions until it
    /// is dropped: keep it for the signatures of one prescription, and never two on one thread.
    ///
    /// The token checks integrity, not identity: another prescriber's wrapped key activates just
    /// as well. Verify what it signed against the certificate of the one who should have signed.
    ///
    /// # Errors
    /// [`HsmError::WrappedKeyRefused`] when the bytes were altered or wrapped under another key.
    pub fn activate(&self, wrapped: &WrappedKey) -> Result<ActiveKey, HsmError> {
        let active = ActiveKey {
            wrapping: self.clone(),
            wrapped: wrapped.clone(),
            template: signing_key_template(&policy(self.confinement, false)),
            place: RefCell::new(None),
            sound: Cell::new(true),
        };
        let (lease, object) = active.activated(|_, object| Ok(object))?;
        active.place.replace(Some((lease, object)));
        Ok(active)
    }
}

/// A prescriber's key, unwrapped inside the token. Dropping it destroys it there.
///
/// When its token is lost between two signatures, or the module restarted, it is unwrapped again,
/// on another token where there is one: the caller does not notice.
///
/// `Send`, not `Sync`: a PKCS#11 session serves one thread at a time.
pub struct ActiveKey {
    wrapping: WrappingKey,
    wrapped: WrappedKey,
    template: Vec<Attribute>,
    /// Where the key is. `None` while it is nowhere.
    place: RefCell<Option<(Lease, ObjectHandle)>>,
    /// False once a signature failed: the session is then closed, not given back.
    sound: Cell<bool>,
}

impl ActiveKey {
    /// Signs a digest of exactly 32 bytes (SHA-256).
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::AllTokensGone`], [`HsmError::PoolExhausted`].
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<P256Signature, HsmError> {
        let mut place = self.place.borrow_mut();
        if let Some((lease, object)) = &*place {
            let signed =
                lease.run(|session| Ok(session.sign(&Mechanism::Ecdsa, *object, digest)?));
            match signed {
                Ok(signature) => return P256Signature::from_token(&signature),
                Err(HsmError::ActivationLost) => {}
                // Something went wrong on a token that is alive: once more, from the start.
                Err(error) if error.is_ambiguous() => {}
                Err(error) => {
                    self.sound.set(false);
                    return Err(error);
                }
            }
        }
        // The session first, and with it the permit: there may be no other.
        drop(place.take());
        let (lease, (object, signature)) = self.activated(|seat, object| {
            let signature = seat.session.sign(&Mechanism::Ecdsa, object, digest)?;
            Ok((object, signature))
        })?;
        *place = Some((lease, object));
        P256Signature::from_token(&signature)
    }

    /// Unwraps the key, on a token that works, and uses it there.
    fn activated<T>(
        &self,
        then: impl Fn(&Seat<'_>, ObjectHandle) -> Result<T, HsmError>,
    ) -> Result<(Lease, T), HsmError> {
        let secret = &self.wrapping.secret;
        let leased = secret.hsm.tokens.lease(Access::ReadOnly, |seat| {
            let wrapping = secret.handle_at(seat)?;
            let (mechanism, blob) = (Mechanism::AesKeyWrapPad, self.wrapped.blob());
            let unwrapped = seat
                .session
                .unwrap_key(&mechanism, wrapping, blob, &self.template)?;
            then(seat, unwrapped)
        });
        leased.map_err(refused)
    }
}

impl Drop for ActiveKey {
    fn drop(&mut self) {
        let Some((lease, object)) = self.place.take() else {
            return;
        };
        let destroyed = lease.run(|session| Ok(session.destroy_object(object)?));
        if self.sound.get() && destroyed.is_ok() {
            lease.give_back();
        }
        // Otherwise the lease closes its session, which destroys the key too (PKCS#11: session
        // objects end with the session that made them).
    }
}
