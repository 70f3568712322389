//! Sealing small secrets with a key that never leaves the token: AES-256-GCM.
//!
//! Its use: the service's 32-byte data-encryption key lies sealed on disk and is opened once at
//! start. Bulk data is encrypted with that key in memory, not by the token.

use std::sync::Arc;

use cryptoki::context::Function;
use cryptoki::error::RvError;
use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::aead::GcmParams;
use zeroize::Zeroizing;

use crate::pool::Access;
use crate::token_secret::{TokenSecret, Usage};
use crate::{Hsm, HsmError};

/// Sealed secret: this byte ‖ nonce (12) ‖ ciphertext ‖ tag (16).
const FORMAT: u8 = 1;
const NONCE: usize = 12;
const TAG: usize = 16;
/// Keys and small configuration secrets, not data.
const SECRET_MAX: usize = 4096;

/// A non-extractable AES-256 key that encrypts and decrypts, and does not wrap. Cloning shares it.
#[derive(Clone)]
pub struct DataKey(Arc<TokenSecret>);

impl Hsm {
    /// The sealing key `label`.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`].
    pub fn find_data_key(&self, label: &str) -> Result<DataKey, HsmError> {
        Ok(DataKey(Arc::new(TokenSecret::find(
            self,
            label,
            Usage::Encrypt,
        )?)))
    }

    /// The sealing key `label`; made if the token has none. For the key ceremony and for
    /// development: on a wrong token this call would make a key that opens nothing.
    ///
    /// # Errors
    /// As [`Hsm::find_data_key`].
    pub fn ensure_data_key(&self, label: &str) -> Result<DataKey, HsmError> {
        Ok(DataKey(Arc::new(TokenSecret::ensure(
            self,
            label,
            Usage::Encrypt,
            &[],
        )?)))
    }
}

impl DataKey {
    /// Encrypts `secret` (at most 4096 bytes) and binds it to `context`, which must be given again
    /// to open it. The nonce is 96 random bits from the token: good for 2³² seals per key.
    ///
    /// # Errors
    /// [`HsmError::SealedMalformed`] when the secret is too long.
    pub fn seal(&self, context: &[u8], secret: &[u8]) -> Result<Vec<u8>, HsmError> {
        if secret.len() > SECRET_MAX {
            return Err(HsmError::SealedMalformed);
        }
        self.0.hsm.tokens.run(Access::ReadOnly, |seat| {
            let key = self.0.handle_at(seat)?;
            let mut nonce = [0; NONCE];
            seat.session.generate_random_slice(&mut nonce)?;
            let mut sealed = vec![FORMAT];
            sealed.extend_from_slice(&nonce);
            sealed.extend(
                seat.session
                    .encrypt(&gcm(&mut nonce, context)?, key, secret)?,
            );
            if sealed.len() != 1 + NONCE + secret.len() + TAG {
                return Err(HsmError::MalformedAnswer("AES-GCM ciphertext"));
            }
            Ok(sealed)
        })
    }

    /// Decrypts what [`DataKey::seal`] made for the same `context`. The result is wiped when
    /// dropped.
    ///
    /// # Errors
    /// [`HsmError::SealedMalformed`]; [`HsmError::SealedRefused`] when it was altered, sealed by
    /// another key or for another context.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, HsmError> {
        let Some((nonce, ciphertext)) = split(sealed) else {
            return Err(HsmError::SealedMalformed);
        };
        let opened = self.0.hsm.tokens.run(Access::ReadOnly, |seat| {
            let key = self.0.handle_at(seat)?;
            let mut nonce = nonce;
            let mechanism = gcm(&mut nonce, context)?;
            Ok(Zeroizing::new(
                seat.session.decrypt(&mechanism, key, ciphertext)?,
            ))
        });
        opened.map_err(refused)
    }
}

fn gcm<'a>(nonce: &'a mut [u8; NONCE], context: &'a [u8]) -> Result<Mechanism<'a>, HsmError> {
    const TAG_BITS: u64 = 128;
    Ok(Mechanism::AesGcm(GcmParams::new(
        nonce,
        context,
        TAG_BITS.into(),
    )?))
}

/// Nonce, and ciphertext with tag.
fn split(sealed: &[u8]) -> Option<([u8; NONCE], &[u8])> {
    let (format, rest) = sealed.split_first()?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE>()?;
    let plausible = (TAG..=SECRET_MAX + TAG).contains(&ciphertext.len());
    (*format == FORMAT && plausible).then_some((*nonce, ciphertext))
}

/// What modules answer to a tag that does not match. SoftHSM says `CKR_GENERAL_ERROR`; the pool has
/// by then made sure that the token is alive.
fn refused(error: HsmError) -> HsmError {
    let refused = matches!(
        error,
        HsmError::Pkcs11 {
            function: Function::Decrypt | Function::DecryptFinal,
            code: RvError::EncryptedDataInvalid
                | RvError::EncryptedDataLenRange
                | RvError::GeneralError
                | RvError::FunctionFailed,
        }
    );
    if refused {
        HsmError::SealedRefused
    } else {
        error
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn malformed_input_never_reaches_the_token() {
        let well_formed = [vec![FORMAT], vec![0; NONCE + TAG]].concat();
        assert!(split(&well_formed).is_some());
        let other_format = [vec![9], vec![0; NONCE + TAG]].concat();
        let too_short = [vec![FORMAT], vec![0; NONCE + TAG - 1]].concat();
        let too_long = [vec![FORMAT], vec![0; NONCE + TAG + SECRET_MAX + 1]].concat();
        for sealed in [other_format, too_short, too_long, vec![]] {
            assert!(split(&sealed).is_none());
        }
    }
}
