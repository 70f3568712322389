//! P-256 on the token: the institution's key.

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::object::KeyType;
use p256::PublicKey;
use p256::pkcs8::EncodePublicKey;

use crate::token_pair::{PairKind, TokenPair};
use crate::{Hsm, HsmError, P256Signature};

/// prime256v1 (RFC 5480), DER of the OID 1.2.840.10045.3.1.7.
pub(crate) const CURVE: &[u8] = &[0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

fn kind() -> PairKind<65> {
    PairKind {
        key_type: KeyType::EC,
        generate: Mechanism::EccKeyPairGen,
        curve: CURVE,
    }
}

/// A P-256 key pair on the token. Cloning shares it.
#[derive(Clone)]
pub struct TokenP256 {
    pair: Arc<TokenPair<65>>,
    spki: Vec<u8>,
}

impl Hsm {
    /// The P-256 key `label`.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`], and those of every call.
    pub fn find_p256(&self, label: &str) -> Result<TokenP256, HsmError> {
        TokenP256::new(TokenPair::find(self, label, &kind())?)
    }

    /// The P-256 key `label`; made if the token has none (`CKM_EC_KEY_PAIR_GEN`). For the key
    /// ceremony and for development, like [`Hsm::ensure_ed25519`].
    ///
    /// # Errors
    /// As [`Hsm::find_p256`].
    pub fn ensure_p256(&self, label: &str) -> Result<TokenP256, HsmError> {
        TokenP256::new(TokenPair::ensure(self, label, &kind())?)
    }
}

impl TokenP256 {
    fn new(pair: TokenPair<65>) -> Result<Self, HsmError> {
        let spki = spki_from_point(pair.point())?;
        Ok(Self {
            pair: Arc::new(pair),
            spki,
        })
    }

    /// The uncompressed SEC 1 point, 0x04 ‖ x ‖ y.
    #[must_use]
    pub fn public_key(&self) -> [u8; 65] {
        *self.pair.point()
    }

    /// The `SubjectPublicKeyInfo` in DER (RFC 5480), for a certificate request.
    #[must_use]
    pub fn spki(&self) -> &[u8] {
        &self.spki
    }

    /// Signs a digest of exactly 32 bytes, for example SHA-256. `CKM_ECDSA` would truncate a
    /// longer one without a word; the type does not allow it.
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::KeyChanged`], [`HsmError::PoolExhausted`].
    pub fn sign_digest(&self, digest: &[u8; 32]) -> Result<P256Signature, HsmError> {
        P256Signature::from_token(&self.pair.sign(&Mechanism::Ecdsa, digest)?)
    }
}

/// Checks that the point is on the curve and encodes it as `SubjectPublicKeyInfo`.
pub(crate) fn spki_from_point(point: &[u8; 65]) -> Result<Vec<u8>, HsmError> {
    let malformed = || HsmError::MalformedAnswer("P-256 public key");
    let key = PublicKey::from_sec1_bytes(point).map_err(|_| malformed())?;
    let der = key.to_public_key_der().map_err(|_| malformed())?;
    Ok(der.into_vec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_off_the_curve_is_refused() {
        let mut point = [1; 65];
        point[0] = 4;
        assert!(matches!(
            spki_from_point(&point),
            Err(HsmError::MalformedAnswer(_))
        ));
    }
}
