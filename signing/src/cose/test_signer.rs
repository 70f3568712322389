//! A P-256 key in memory, in the place of the HSM.

use std::convert::Infallible;

use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::ecdsa::{Signature, SigningKey};
use p256::pkcs8::EncodePublicKey;

use super::Kid;

/// Signs as the closures of [`super::Sign1::sign`] do.
pub(crate) struct TestSigner {
    key: SigningKey,
    pub(crate) spki: Vec<u8>,
    pub(crate) point: Vec<u8>,
    pub(crate) kid: Kid,
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of a signer that can fail"
)]
impl TestSigner {
    pub(crate) fn new(seed: u8) -> Self {
        let key = SigningKey::from_slice(&[seed; 32]).unwrap();
        let public = key.verifying_key();
        let spki = public.to_public_key_der().unwrap().into_vec();
        let point = public.to_sec1_point(false).as_bytes().to_vec();
        Self {
            kid: Kid::of_spki(&spki),
            key,
            spki,
            point,
        }
    }

    pub(crate) fn sign(&self, digest: [u8; 32]) -> Result<[u8; 64], Infallible> {
        let signature: Signature = self.key.sign_prehash(&digest).unwrap();
        Ok(signature.normalize_s().to_bytes().into())
    }

    /// The other half of the group, as half of an HSM's signatures are.
    pub(crate) fn sign_high(&self, digest: [u8; 32]) -> Result<[u8; 64], Infallible> {
        let signature: Signature = self.key.sign_prehash(&digest).unwrap();
        let (r, s) = signature.normalize_s().split_scalars();
        let high = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        Ok(high.to_bytes().into())
    }
}
