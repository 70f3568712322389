//! An AES-256 key that lives on the token and never leaves it.

use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::handles::{Handles, find_on_each, make_missing};
use crate::pool::Seat;
use crate::token_object::{check_value, find_one, require};
use crate::{Hsm, HsmError};

/// AES-256.
pub(crate) const KEY_BYTES: u64 = 32;

/// A secret key found on the token and its clones.
pub(crate) struct TokenSecret {
    pub(crate) hsm: Hsm,
    pub(crate) label: String,
    usage: Usage,
    /// `CKA_CHECK_VALUE`, empty where the token keeps none: tells two keys of one label apart.
    check_value: Vec<u8>,
    handles: Handles,
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
    /// Finds the key `label`, the same on every token that is up, and checks it against its policy.
    pub(crate) fn find(hsm: &Hsm, label: &str, usage: Usage) -> Result<Self, HsmError> {
        let find = |session: &Session| locate(session, label, usage);
        let (check_value, handles) = find_on_each(hsm, label, find)?;
        Ok(Self {
            hsm: hsm.clone(),
            label: label.to_owned(),
            usage,
            check_value,
            handles,
        })
    }

    /// Finds the key `label`, or makes it with the attributes of `extra` in addition.
    pub(crate) fn ensure(
        hsm: &Hsm,
        label: &str,
        usage: Usage,
        extra: &[Attribute],
    ) -> Result<Self, HsmError> {
        let find = || Self::find(hsm, label, usage);
        make_missing(hsm, find, |session| match locate(session, label, usage) {
            Err(HsmError::KeyMissing { .. }) => generate(session, label, usage, extra),
            Ok(_) => Ok(()),
            Err(error) => Err(error),
        })
    }

    /// The key's handle where `seat` is; looked up again on another token or after a restart, and
    /// the key must be the same one, as far as the token tells.
    pub(crate) fn handle_at(&self, seat: &Seat<'_>) -> Result<ObjectHandle, HsmError> {
        self.handles.at(seat, |session| {
            let (handle, check_value) = locate(session, &self.label, self.usage)?;
            if check_value == self.check_value {
                Ok(handle)
            } else {
                Err(HsmError::KeyChanged {
                    label: self.label.clone(),
                })
            }
        })
    }
}

/// The key and its check value.
fn locate(
    session: &Session,
    label: &str,
    usage: Usage,
) -> Result<(ObjectHandle, Vec<u8>), HsmError> {
    let key = find_one(session, ObjectClass::SECRET_KEY, label)?;
    require(session, key, label, &usage.policy())?;
    Ok((key, check_value(session, key)?))
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
