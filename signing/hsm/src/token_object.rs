//! Finding a token object and holding it to its policy.

use cryptoki::object::{Attribute, AttributeType, ObjectClass, ObjectHandle};
use cryptoki::session::{Session, SessionState};

use crate::HsmError;
use crate::context::Live;
use crate::error::describe;

/// Short enough for every vendor.
const LABEL_MAX: usize = 64;

/// Labels are compared byte by byte by the token; characters that vendors pad, fold or translate
/// are refused.
pub(crate) fn check_label(label: &str) -> Result<(), HsmError> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if label.is_empty() || label.len() > LABEL_MAX || !label.chars().all(plain) {
        return Err(HsmError::BadKeyLabel);
    }
    Ok(())
}

/// The one token object of this class and label.
///
/// # Errors
/// [`HsmError::KeyMissing`], [`HsmError::KeyDuplicated`].
pub(crate) fn find_one(
    session: &Session,
    class: ObjectClass,
    label: &str,
) -> Result<ObjectHandle, HsmError> {
    let found = session.find_objects(&[
        Attribute::Token(true),
        Attribute::Class(class),
        Attribute::Label(label.into()),
    ])?;
    match found.as_slice() {
        [] => Err(HsmError::KeyMissing {
            label: label.to_owned(),
        }),
        [one] => Ok(*one),
        _ => Err(HsmError::KeyDuplicated {
            label: label.to_owned(),
        }),
    }
}

/// Checks that an object has exactly the attributes of `policy`; a key made by hand with weaker
/// ones is not used.
///
/// # Errors
/// [`HsmError::KeyWeak`] naming the first attribute that differs.
pub(crate) fn require(
    session: &Session,
    object: ObjectHandle,
    label: &str,
    policy: &[Attribute],
) -> Result<(), HsmError> {
    let types: Vec<AttributeType> = policy.iter().map(Attribute::attribute_type).collect();
    let actual = session.get_attributes(object, &types)?;
    match policy.iter().find(|required| !actual.contains(required)) {
        None => Ok(()),
        Some(required) => Err(HsmError::KeyWeak {
            label: label.to_owned(),
            attribute: format!("its attributes must include {required:?}"),
        }),
    }
}

/// `CKA_CHECK_VALUE`: the first three bytes of a block of zeros encrypted with the key. Empty where
/// the token keeps none.
pub(crate) fn check_value(session: &Session, key: ObjectHandle) -> Result<Vec<u8>, HsmError> {
    let attributes = session.get_attributes(key, &[AttributeType::CheckValue])?;
    Ok(match attributes.into_iter().next() {
        Some(Attribute::CheckValue(value)) => value,
        _ => Vec::new(),
    })
}

/// Asks for a sign of life: the session must be logged in, and the token must answer for itself.
///
/// `C_GetTokenInfo` is the call that tells on SoftHSM: with its object store gone, sessions and
/// random numbers still work and every search finds nothing, without an error.
///
/// # Errors
/// [`HsmError::TokenGone`] with an empty label, which the pool fills in.
pub(crate) fn probe(session: &Session, live: &Live<'_>) -> Result<(), HsmError> {
    let gone = |detail: String| HsmError::TokenGone {
        label: String::new(),
        detail,
    };
    let info = session.get_session_info()?;
    if !matches!(
        info.session_state(),
        SessionState::RoUser | SessionState::RwUser
    ) {
        return Err(gone("the session is no longer logged in".to_owned()));
    }
    live.pkcs11
        .get_token_info(info.slot_id())
        .map_err(|error| gone(describe(&error)))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_plain() {
        for good in ["ledger", "wrapping-2026.1", &"k".repeat(64)] {
            assert!(check_label(good).is_ok(), "{good}");
        }
        for bad in ["", "a b", "llave-año", "x\0", &"k".repeat(65)] {
            assert!(
                matches!(check_label(bad), Err(HsmError::BadKeyLabel)),
                "{bad}"
            );
        }
    }
}
