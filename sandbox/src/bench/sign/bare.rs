//! The token without anything of ours: sessions of each thread's own. The pool is logged in, and a
//! login is the whole process's.

use anyhow::{Context, Result, bail};
use cryptoki::context::Pkcs11;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use super::token::DIGEST;
use super::turns::Repeat;

/// `C_SignInit` and `C_Sign` by a key of the token.
///
/// # Errors
/// The token refuses.
pub(super) fn sign<'a>(pkcs11: &Pkcs11, token: &str, key: &str) -> Result<Repeat<'a>> {
    let session = session(pkcs11, token)?;
    let key = find(&session, ObjectClass::PRIVATE_KEY, key)?;
    Ok(Box::new(move || sign_once(&session, key)))
}

/// `C_UnwrapKey`, two signatures, `C_DestroyObject`, as a prescription needs them.
///
/// # Errors
/// The token refuses.
pub(super) fn wrapped<'a>(
    pkcs11: &Pkcs11,
    token: &str,
    wrapping: &str,
    blob: &'a [u8],
) -> Result<Repeat<'a>> {
    let session = session(pkcs11, token)?;
    let wrapping = find(&session, ObjectClass::SECRET_KEY, wrapping)?;
    let template = [
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::WrapWithTrusted(true),
    ];
    Ok(Box::new(move || {
        let key = session.unwrap_key(&Mechanism::AesKeyWrapPad, wrapping, blob, &template)?;
        sign_once(&session, key)?;
        sign_once(&session, key)?;
        Ok(session.destroy_object(key)?)
    }))
}

fn sign_once(session: &Session, key: ObjectHandle) -> Result<()> {
    Ok(session.sign(&Mechanism::Ecdsa, key, &DIGEST).map(drop)?)
}

fn find(session: &Session, class: ObjectClass, label: &str) -> Result<ObjectHandle> {
    let template = [Attribute::Class(class), Attribute::Label(label.into())];
    let found = session.find_objects(&template)?;
    found.first().copied().context("the token has no such key")
}

fn session(pkcs11: &Pkcs11, label: &str) -> Result<Session> {
    for slot in pkcs11.get_slots_with_initialized_token()? {
        if pkcs11.get_token_info(slot)?.label().trim_end() == label {
            return Ok(pkcs11.open_ro_session(slot)?);
        }
    }
    bail!("no token {label}")
}
