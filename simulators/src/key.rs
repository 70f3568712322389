//! P-256 keys from a seed, with the nonces of RFC 6979: the same input gives the same bytes.

use anyhow::{Context, Result};
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use rcgen::{PKCS_ECDSA_P256_SHA256, PublicKeyData, SignatureAlgorithm};

/// A key that anyone can make again: never for anything real.
#[derive(Debug, Clone)]
pub struct Key {
    key: SigningKey,
    point: Vec<u8>,
}

impl Key {
    /// `seed` is at least 1.
    ///
    /// # Errors
    /// A seed of zero.
    pub fn from_seed(seed: u8) -> Result<Self> {
        let key = SigningKey::from_slice(&[seed; 32]).context("a seed is 1 to 254")?;
        let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Ok(Self { key, point })
    }

    /// DER `ECDSA-Sig-Value` over SHA-256 of `message`.
    #[must_use]
    pub fn sign_der(&self, message: &[u8]) -> Vec<u8> {
        let signature: Signature = self.key.sign(message);
        signature.to_der().as_bytes().to_vec()
    }
}

impl PublicKeyData for Key {
    fn der_bytes(&self) -> &[u8] {
        &self.point
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ECDSA_P256_SHA256
    }
}

impl rcgen::SigningKey for Key {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, rcgen::Error> {
        Ok(self.sign_der(message))
    }
}
