//! An AES-256 key that lives on the token and never leaves it.

use std::sync::{Mutex, PoisonError};

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::pool::Access;
use crate::token_object::{check_label, find_one, require};
use crate::{Hsm, HsmError};

/// AES-256.
pub(crate) const KEY_BYTES: u64 = 32;

/// A secret key found on the token: its handle, and the generation that is valid in.
pub(crate) struct TokenSecret {
    pub(crate) hsm: Hsm,
    pub(crate) label: String,
    usage: Usage,
    handle: Mutex<(u64, ObjectHandle)>,
}

/// What the key may do. One key never does both: `C_Decrypt` with a key that also wraps would hand
/// out wrapped keys in the clear.
#[derive(Clone, Copy)]
pub(crate) enum Usage {
    /// Wrap and unwrap other keys.
    Wrap,
    /// Encrypt and decrypt data.
    Encrypt,
}

impl Usage {
    /// The attributes such a key is made with and must still have when found.
    pub(crate) fn policy(self) -> Vec<Attribute> {
        let wraps = matches!(self, Self::Wrap);
        vec![
            Attribute::KeyType(KeyType::AES),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Modifiable(false),
            Attribute::Wrap(wraps),
            Attribute::Unwrap(wraps),
            Attribute::Encrypt(!wraps),
            Attribute::Decrypt(!wraps),
            Attribute::Sign(false),
            Attribute::Derive(false),
        ]
    }
}

impl TokenSecret {
    /// Finds the key `label` and checks it against its policy.
    pub(crate) fn find(hsm: &Hsm, label: &str, usage: Usage) -> Result<Self, HsmError> {
        check_label(label)?;
        let found = hsm.pool.run(Access::ReadOnly, |session, live| {
            Ok((live.generation, locate(session, label, usage)?))
        })?;
        Ok(Self {
            hsm: hsm.clone(),
            label: label.to_owned(),
            usage,
            handle: Mutex::new(found),
        })
    }

    /// Finds the key `label`, or makes it with the attributes of `extra` in addition.
    pub(crate) fn ensure(
        hsm: &Hsm,
        label: &str,
        usage: Usage,
        extra: &[Attribute],
    ) -> Result<Self, HsmError> {
        let _making = hsm
            .pool
            .making_object
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        match Self::find(hsm, label, usage) {
            Err(HsmError::KeyMissing { .. }) => {}
            found_or_failed => return found_or_failed,
        }
        hsm.pool.run(Access::ReadWrite, |session, _| {
            // Looked up again: `run` repeats this after a lost token (see `TokenPair::ensure`).
            match locate(session, label, usage) {
                Err(HsmError::KeyMissing { .. }) => generate(session, label, usage, extra),
                Ok(_) => Ok(()),
                Err(error) => Err(error),
            }
        })?;
        Self::find(hsm, label, usage)
    }

    /// The key's handle in this generation; looked up again after a restart of the module.
    pub(crate) fn handle_in(
        &self,
        session: &Session,
        generation: u64,
    ) -> Result<ObjectHandle, HsmError> {
        let mut cached = self.handle.lock().unwrap_or_else(PoisonError::into_inner);
        if cached.0 != generation {
            *cached = (generation, locate(session, &self.label, self.usage)?);
        }
        Ok(cached.1)
    }
}

fn locate(session: &Session, label: &str, usage: Usage) -> Result<ObjectHandle, HsmError> {
    let key = find_one(session, ObjectClass::SECRET_KEY, label)?;
    require(session, key, label, &usage.policy())?;
    Ok(key)
}

fn generate(
    session: &Session,
    label: &str,
    usage: Usage,
    extra: &[Attribute],
) -> Result<(), HsmError> {
    let mut template = usage.policy();
    template.extend([
        Attribute::Token(true),
        Attribute::Label(label.into()),
        Attribute::Id(label.into()),
        Attribute::ValueLen(KEY_BYTES.into()),
    ]);
    template.extend_from_slice(extra);
    session.generate_key(&Mechanism::AesKeyGen, &template)?;
    Ok(())
}
