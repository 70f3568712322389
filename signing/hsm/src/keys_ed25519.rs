//! Ed25519 on the token: the ledger's key (signed-note type 1).

use std::sync::Arc;

use cryptoki::mechanism::Mechanism;
use cryptoki::mechanism::eddsa::{EddsaParams, EddsaSignatureScheme};
use cryptoki::object::KeyType;

use crate::token_pair::{PairKind, TokenPair};
use crate::{Hsm, HsmError};

/// id-Ed25519 (RFC 8410), DER of the OID 1.3.101.112.
const CURVE: &[u8] = &[0x06, 0x03, 0x2b, 0x65, 0x70];

fn kind() -> PairKind<32> {
    PairKind {
        key_type: KeyType::EC_EDWARDS,
        generate: Mechanism::EccEdwardsKeyPairGen,
        curve: CURVE,
    }
}

/// An Ed25519 key pair on the token. Cloning shares it.
#[derive(Clone)]
pub struct TokenEd25519(Arc<TokenPair<32>>);

impl Hsm {
    /// The Ed25519 key `label`.
    ///
    /// # Errors
    /// [`HsmError::KeyMissing`], [`HsmError::KeyWeak`], and those of every call.
    pub fn find_ed25519(&self, label: &str) -> Result<TokenEd25519, HsmError> {
        Ok(TokenEd25519(Arc::new(TokenPair::find(
            self,
            label,
            &kind(),
        )?)))
    }

    /// The Ed25519 key `label`; made if the token has none (`CKM_EC_EDWARDS_KEY_PAIR_GEN`).
    ///
    /// For the key ceremony and for development. A service in production uses
    /// [`Hsm::find_ed25519`]: on a wrong token this call would quietly start a new identity.
    ///
    /// # Errors
    /// As [`Hsm::find_ed25519`].
    pub fn ensure_ed25519(&self, label: &str) -> Result<TokenEd25519, HsmError> {
        Ok(TokenEd25519(Arc::new(TokenPair::ensure(
            self,
            label,
            &kind(),
        )?)))
    }
}

impl TokenEd25519 {
    /// The public key (RFC 8032, section 5.1.5).
    #[must_use]
    pub fn public_key(&self) -> [u8; 32] {
        *self.0.point()
    }

    /// Signs the message itself, not a digest (RFC 8032, pure Ed25519).
    ///
    /// # Errors
    /// [`HsmError::TokenGone`], [`HsmError::KeyChanged`], [`HsmError::PoolExhausted`].
    pub fn sign(&self, message: &[u8]) -> Result<[u8; 64], HsmError> {
        let mechanism = Mechanism::Eddsa(EddsaParams::new(EddsaSignatureScheme::Pure));
        self.0
            .sign(&mechanism, message)?
            .try_into()
            .map_err(|_| HsmError::MalformedAnswer("Ed25519 signature"))
    }
}
