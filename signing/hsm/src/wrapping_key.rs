//! The AES key that wraps prescriber keys, and the proof that the token enforces its template.
//!
//! There are two kinds, told apart by `CKA_TRUSTED`, which only the security officer can set:
//!
//! | Kind | Made by | What it unwraps | Re-wrap |
//! |---|---|---|---|
//! | trusted | two persons, [`crate::ceremony`] | sensitive, and wrappable under trusted keys only | yes |
//! | plain | the user alone, [`Hsm::ensure_wrapping_key`] | sensitive, never wrappable again | no |

use std::sync::Arc;

use cryptoki::object::{Attribute, AttributeType};

use crate::pool::Seat;
use crate::proof;
use crate::token_secret::{TokenSecret, Usage};
use crate::unwrap_template::{Confinement, unwrap_template};
use crate::{Hsm, HsmError};

/// A non-extractable AES-256 key that may only wrap and unwrap, and whose `CKA_UNWRAP_TEMPLATE`
/// makes everything it unwraps sensitive and confined to the token. Cloning shares it.
#[derive(Clone)]
pub struct WrappingKey {
    pub(crate) secret: Arc<TokenSecret>,
    pub(crate) confinement: Confinement,
}

impl Hsm {
    /// The wrapping key `label`, after a proof that the token enforces its template: a trial key
    /// is wrapped, and every dishonest request to unwrap it, or to wrap it elsewhere, must fail or
    /// be overruled.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`], [`HsmError::UnwrapTemplateIgnored`],
    /// [`HsmError::TrustIgnored`].
    pub fn find_wrapping_key(&self, label: &str) -> Result<WrappingKey, HsmError> {
        proven(TokenSecret::find(self, label, Usage::Wrap)?)
    }

    /// The wrapping key `label`; a *plain* one is made if the token has none. For development and
    /// tests: on a wrong token this call would make a key that unwraps nothing, and what is
    /// wrapped under a plain key can never be re-wrapped. Production keys come from
    /// [`crate::ceremony`].
    ///
    /// # Errors
    /// As [`Hsm::find_wrapping_key`].
    pub fn ensure_wrapping_key(&self, label: &str) -> Result<WrappingKey, HsmError> {
        let template = unwrap_template(Confinement::Forever)?;
        proven(TokenSecret::ensure(self, label, Usage::Wrap, &[template])?)
    }
}

impl WrappingKey {
    /// The label of the key on the token: store it beside what it wrapped.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.secret.label
    }

    /// True when the security officer made it trusted, so that what it wraps can be re-wrapped.
    #[must_use]
    pub fn is_trusted(&self) -> bool {
        self.confinement == Confinement::UnderTrusted
    }
}

/// Returns the key only if it passes its proof on every token that is up. One that comes back
/// later holds the same key object, by its check value; what it enforces is not proven again.
fn proven(key: TokenSecret) -> Result<WrappingKey, HsmError> {
    let tokens = &key.hsm.tokens;
    let (mut confinement, mut losses) = (None, Vec::new());
    for token in tokens.asked() {
        match tokens.run_on(token, |seat| prove_at(&key, seat)) {
            Ok(found) => {
                if confinement.is_some_and(|first| first != found) {
                    return Err(HsmError::CloneDiffers {
                        token: tokens.label(token).to_owned(),
                        label: key.label,
                    });
                }
                confinement = Some(found);
            }
            Err(error) if error.is_token_loss() => {
                tokens.lost(token, &error);
                losses.push(error);
            }
            Err(error) => return Err(error),
        }
    }
    match confinement {
        Some(confinement) => Ok(WrappingKey {
            secret: Arc::new(key),
            confinement,
        }),
        None => Err(HsmError::all_gone(losses)),
    }
}

fn prove_at(key: &TokenSecret, seat: &Seat<'_>) -> Result<Confinement, HsmError> {
    let handle = key.handle_at(seat)?;
    let attributes = seat
        .session
        .get_attributes(handle, &[AttributeType::Trusted])?;
    let confinement = if attributes.contains(&Attribute::Trusted(true)) {
        Confinement::UnderTrusted
    } else {
        Confinement::Forever
    };
    proof::prove(seat.session, handle, &key.label, confinement)?;
    Ok(confinement)
}
