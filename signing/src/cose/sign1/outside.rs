//! A message whose signer is outside: what they sign, and the message made of what they return.

use super::{EMPTY_MAP, Sign1};
use crate::cose::{CoseError, Kid};
use crate::ecdsa::{self, P256Signature};

impl Sign1 {
    /// The exact bytes that a signer outside signs, ES256, for a message that carries `payload`:
    /// the `Sig_structure` of RFC 9052 §4.4, with the key in `spki_der` named in the header.
    #[must_use]
    pub fn to_be_signed(spki_der: &[u8], payload: &[u8]) -> Vec<u8> {
        Self::unsigned(spki_der, Vec::new()).sig_structure(payload)
    }

    /// The message of a `signature` made outside: `r ‖ s`, 64 bytes, low S, by the key in
    /// `spki_der` over [`Self::to_be_signed`]. Nothing is assembled that does not verify.
    ///
    /// # Errors
    /// [`CoseError::SignatureLength`], [`CoseError::HighS`], [`CoseError::KeyNotP256`],
    /// [`CoseError::BadSignature`]; [`CoseError::TooLarge`] for a payload that fits no message.
    pub fn assemble(
        spki_der: &[u8],
        payload: Vec<u8>,
        signature: &[u8],
    ) -> Result<Self, CoseError> {
        let signature =
            P256Signature::try_from(signature).map_err(|_| CoseError::SignatureLength)?;
        if !ecdsa::is_low_s(&signature) {
            return Err(CoseError::HighS);
        }
        let message = Self {
            signature,
            ..Self::unsigned(spki_der, payload)
        };
        if message.encode().len() > super::MAX_LEN {
            return Err(CoseError::TooLarge);
        }
        message.verify(spki_der)?;
        Ok(message)
    }

    fn unsigned(spki_der: &[u8], payload: Vec<u8>) -> Self {
        Self {
            kid: Some(Kid::of_spki(spki_der)),
            unprotected: EMPTY_MAP.to_vec(),
            payload: Some(payload),
            signature: [0; 64],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::test_signer::TestSigner;
    use sha2::{Digest, Sha256};

    const PAYLOAD: &[u8] = b"receta";

    fn sign(signer: &TestSigner, bytes: &[u8]) -> [u8; 64] {
        let digest: [u8; 32] = Sha256::digest(bytes).into();
        let raw = signer.sign(digest).unwrap();
        let parsed = p256::ecdsa::Signature::from_slice(&raw).unwrap();
        parsed.normalize_s().to_bytes().into()
    }

    #[test]
    fn a_signer_outside_makes_the_message_that_ours_makes() {
        let signer = TestSigner::new(1);
        let bytes = Sign1::to_be_signed(&signer.spki, PAYLOAD);
        let outside = Sign1::assemble(&signer.spki, PAYLOAD.to_vec(), &sign(&signer, &bytes));
        let ours = Sign1::sign(Some(signer.kid), PAYLOAD.to_vec(), |d| signer.sign(d)).unwrap();
        assert_eq!(outside.as_ref().map(Sign1::encode), Ok(ours.encode()));
        assert!(outside.unwrap().verify(&signer.spki).is_ok());
    }

    #[test]
    fn only_64_low_bytes_by_this_key_over_this_payload_are_assembled() {
        let signer = TestSigner::new(1);
        let good = sign(&signer, &Sign1::to_be_signed(&signer.spki, PAYLOAD));
        let refused = |signature: &[u8]| {
            Sign1::assemble(&signer.spki, PAYLOAD.to_vec(), signature).unwrap_err()
        };
        assert_eq!(refused(&good[..63]), CoseError::SignatureLength);
        assert_eq!(
            refused(&[&good[..], &[0]].concat()),
            CoseError::SignatureLength
        );
        let mut high = good;
        high[32..].fill(0xff);
        assert_eq!(refused(&high), CoseError::HighS);
        assert_eq!(refused(&sign(&signer, PAYLOAD)), CoseError::BadSignature);
        let other = TestSigner::new(2);
        let theirs = sign(&other, &Sign1::to_be_signed(&other.spki, PAYLOAD));
        assert_eq!(refused(&theirs), CoseError::BadSignature);
        let huge = vec![0; super::super::MAX_LEN];
        let too_large = Sign1::assemble(&signer.spki, huge, &good);
        assert_eq!(too_large, Err(CoseError::TooLarge));
        let not_p256 = Sign1::assemble(b"", PAYLOAD.to_vec(), &good);
        assert_eq!(not_p256, Err(CoseError::KeyNotP256));
    }
}
