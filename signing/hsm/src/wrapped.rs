//! Prescriber keys: born in the token and stored wrapped. [`crate::ActiveKey`] brings them back.

use std::fmt;

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::object::{Attribute, KeyType, ObjectClass, ObjectHandle};
use cryptoki::session::Session;

use crate::ec_point::read_point;
use crate::keys_p256::{CURVE, spki_from_point};
use crate::pool::Access;
use crate::unwrap_template::Confinement;
use crate::{HsmError, WrappingKey};

/// First byte of a stored wrapped key: `CKM_AES_KEY_WRAP_PAD` (0x210A) over PKCS#8, which is
/// RFC 5649 on SoftHSM. Other mechanisms get other bytes, so that a stored key always says how it
/// was wrapped.
const FORMAT_KEY_WRAP_PAD: u8 = 1;
/// RFC 5649 works in blocks of 8 bytes; a P-256 key takes 10 to 20 of them, by vendor.
const BLOCK: usize = 8;
const BLOB_MAX: usize = 512;

/// A P-256 private key wrapped by a [`WrappingKey`], ready for the database: one format byte and
/// the blob (81 bytes with SoftHSM). Useless without the token that holds the wrapping key.
#[derive(Clone, PartialEq, Eq)]
pub struct WrappedKey(Vec<u8>);

impl fmt::Debug for WrappedKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WrappedKey({} bytes)", self.0.len())
    }
}

impl WrappedKey {
    /// Reads what [`WrappedKey::as_bytes`] stored. Its integrity is checked when it is activated.
    ///
    /// # Errors
    /// [`HsmError::WrappedKeyMalformed`] for another format or an impossible length.
    pub fn from_bytes(bytes: Vec<u8>) -> Result<Self, HsmError> {
        let well_formed = match bytes.as_slice() {
            [FORMAT_KEY_WRAP_PAD, blob @ ..] => {
                blob.len() % BLOCK == 0 && (3 * BLOCK..=BLOB_MAX).contains(&blob.len())
            }
            _ => false,
        };
        if well_formed {
            Ok(Self(bytes))
        } else {
            Err(HsmError::WrappedKeyMalformed)
        }
    }

    /// The bytes to store.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// What the token answered to `C_WrapKey`.
    pub(crate) fn from_blob(blob: &[u8]) -> Result<Self, HsmError> {
        let bytes = [&[FORMAT_KEY_WRAP_PAD], blob].concat();
        Self::from_bytes(bytes).map_err(|_| HsmError::MalformedAnswer("wrapped key"))
    }

    /// Without the format byte.
    pub(crate) fn blob(&self) -> &[u8] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl WrappingKey {
    /// Makes a P-256 pair inside the token and returns it wrapped, with its
    /// `SubjectPublicKeyInfo` in DER. Nothing of it stays on the token.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::PoolExhausted`], [`HsmError::MechanismMissing`].
    pub fn generate_p256(&self) -> Result<(WrappedKey, Vec<u8>), HsmError> {
        let secret = &self.secret;
        secret.hsm.tokens.run(Access::ReadOnly, |seat| {
            let wrapping = secret.handle_at(seat)?;
            generate_and_wrap(seat.session, wrapping, self.confinement)
        })
    }
}

/// Sensitive, and confined as its wrapping key says. `to_wrap`: it is about to be wrapped, which
/// needs `EXTRACTABLE`; every other time it is not extractable at all.
pub(crate) fn policy(confinement: Confinement, to_wrap: bool) -> Vec<Attribute> {
    let mut policy = vec![Attribute::Sensitive(true), Attribute::Extractable(to_wrap)];
    if confinement == Confinement::UnderTrusted {
        policy.push(Attribute::WrapWithTrusted(true));
    }
    policy
}

/// An EC private key that may sign and nothing else, as a session object; `sensitivity` says
/// whether it may be read or wrapped.
pub(crate) fn signing_key_template(sensitivity: &[Attribute]) -> Vec<Attribute> {
    let mut template = vec![
        Attribute::Class(ObjectClass::PRIVATE_KEY),
        Attribute::KeyType(KeyType::EC),
        Attribute::Token(false),
        Attribute::Private(true),
        Attribute::Sign(true),
        Attribute::Decrypt(false),
        Attribute::Unwrap(false),
        Attribute::Derive(false),
    ];
    template.extend_from_slice(sensitivity);
    template
}

/// Makes a pair as session objects, wraps the private key, destroys both. On any error the caller
/// closes the session, which destroys them as well.
pub(crate) fn generate_and_wrap(
    session: &Session,
    wrapping: ObjectHandle,
    confinement: Confinement,
) -> Result<(WrappedKey, Vec<u8>), HsmError> {
    // Sensitive all its life; extractable only so that it can be wrapped.
    let private = signing_key_template(&policy(confinement, true));
    let public = [
        Attribute::Token(false),
        Attribute::EcParams(CURVE.to_vec()),
        Attribute::Verify(true),
    ];
    let (public, private) =
        session.generate_key_pair(&Mechanism::EccKeyPairGen, &public, &private)?;
    let spki = spki_from_point(&read_point(session, public)?)?;
    let blob = session.wrap_key(&Mechanism::AesKeyWrapPad, wrapping, private)?;
    session.destroy_object(private)?;
    session.destroy_object(public)?;
    Ok((WrappedKey::from_blob(&blob)?, spki))
}

/// What modules answer to bytes that do not unwrap. SoftHSM says `CKR_GENERAL_ERROR`; the pool has
/// by then made sure that the token is alive.
pub(crate) fn refused(error: HsmError) -> HsmError {
    let refused = matches!(
        error,
        HsmError::Pkcs11 {
            function: Function::UnwrapKey,
            code: RvError::WrappedKeyInvalid
                | RvError::WrappedKeyLenRange
                | RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::GeneralError
                | RvError::FunctionFailed,
        }
    );
    if refused {
        HsmError::WrappedKeyRefused
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stored_bytes_are_read_strictly() {
        let good = [vec![1], vec![7; 80]].concat();
        assert_eq!(
            WrappedKey::from_bytes(good.clone()).unwrap().as_bytes(),
            good
        );
        let other_format = [vec![2], vec![7; 80]].concat();
        let trailing = [good, vec![0]].concat();
        for bytes in [
            other_format,
            trailing,
            vec![],
            vec![1],
            vec![1; 17],
            vec![1; 521],
        ] {
            let read = WrappedKey::from_bytes(bytes.clone());
            assert!(
                matches!(read, Err(HsmError::WrappedKeyMalformed)),
                "{bytes:02x?}"
            );
        }
    }
}
