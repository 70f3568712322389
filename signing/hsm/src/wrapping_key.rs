//! The AES key that wraps prescriber keys, and the proof that the token enforces its template.

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, AttributeType, ObjectHandle};
use cryptoki::session::Session;

use crate::pool::Access;
use crate::token_secret::{TokenSecret, Usage};
use crate::unwrap_template::sensitive_and_not_extractable;
use crate::wrapped::{generate_and_wrap, signing_key_template};
use crate::{Hsm, HsmError};

/// A non-extractable AES-256 key that may only wrap and unwrap, and whose `CKA_UNWRAP_TEMPLATE`
/// makes everything it unwraps sensitive and non-extractable. Cloning shares it.
#[derive(Clone)]
pub struct WrappingKey(pub(crate) Arc<TokenSecret>);

impl Hsm {
    /// The wrapping key `label`, after a proof that the token enforces its template: a trial key
    /// is wrapped, and every dishonest request to unwrap it must fail or be overruled.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`], [`HsmError::UnwrapTemplateIgnored`].
    pub fn find_wrapping_key(&self, label: &str) -> Result<WrappingKey, HsmError> {
        proven(TokenSecret::find(self, label, Usage::Wrap)?)
    }

    /// The wrapping key `label`; made if the token has none. For the key ceremony and for
    /// development: on a wrong token this call would make a key that unwraps nothing.
    ///
    /// # Errors
    /// As [`Hsm::find_wrapping_key`].
    pub fn ensure_wrapping_key(&self, label: &str) -> Result<WrappingKey, HsmError> {
        let template = sensitive_and_not_extractable()?;
        proven(TokenSecret::ensure(self, label, Usage::Wrap, &[template])?)
    }
}

/// Returns the key only if it passes [`prove_template`].
fn proven(key: TokenSecret) -> Result<WrappingKey, HsmError> {
    key.hsm.pool.run(Access::ReadOnly, |session, live| {
        prove_template(
            session,
            key.handle_in(session, live.generation)?,
            &key.label,
        )
    })?;
    Ok(WrappingKey(Arc::new(key)))
}

fn prove_template(session: &Session, key: ObjectHandle, label: &str) -> Result<(), HsmError> {
    let (wrapped, _) = generate_and_wrap(session, key)?;
    let policy = [Attribute::Sensitive(true), Attribute::Extractable(false)];
    let dishonest: [&[Attribute]; 4] = [
        &[],
        &[Attribute::Sensitive(false), Attribute::Extractable(true)],
        &[Attribute::Sensitive(true), Attribute::Extractable(true)],
        &[Attribute::Sensitive(false), Attribute::Extractable(false)],
    ];
    for request in dishonest {
        let template = signing_key_template(request);
        let unwrapped =
            session.unwrap_key(&Mechanism::AesKeyWrapPad, key, wrapped.blob(), &template);
        match unwrapped.map_err(HsmError::from) {
            Ok(object) => {
                let actual = session.get_attributes(
                    object,
                    &[AttributeType::Sensitive, AttributeType::Extractable],
                )?;
                session.destroy_object(object)?;
                if policy.iter().any(|attribute| !actual.contains(attribute)) {
                    return Err(HsmError::UnwrapTemplateIgnored {
                        label: label.to_owned(),
                    });
                }
            }
            Err(HsmError::Pkcs11 { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    // The refusals above prove nothing if the token refuses everything.
    let template = signing_key_template(&policy);
    let object = session.unwrap_key(&Mechanism::AesKeyWrapPad, key, wrapped.blob(), &template)?;
    session.destroy_object(object)?;
    Ok(())
}
