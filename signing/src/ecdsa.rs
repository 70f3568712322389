//! ECDSA over P-256 with SHA-256, in the one form this system accepts: `r ‖ s`, low S.
//!
//! For every valid `(r, s)` the pair `(r, n − s)` is valid too, so a third party could turn one
//! signature into another without the key. We accept only `s ≤ n/2`: one signature, one encoding.

use p256::ecdsa::Signature;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};

/// A P-256 signature as the HSM returns it: `r` and `s`, 32 bytes each, big endian.
pub type P256Signature = [u8; 64];

/// Half the order of the P-256 group, rounded down (FIPS 186-5; SEC 2 §2.4.2).
const HALF_ORDER: [u8; 32] = [
    0x7f, 0xff, 0xff, 0xff, 0x80, 0x00, 0x00, 0x00, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
    0xde, 0x73, 0x7d, 0x56, 0xd3, 0x8b, 0xcf, 0x42, 0x79, 0xdc, 0xe5, 0x61, 0x7e, 0x31, 0x92, 0xa8,
];

/// Why an ECDSA signature was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EcdsaError {
    /// Not the DER of two integers in `1..n`.
    #[error("the ECDSA signature is malformed; ask for a new signature")]
    Malformed,
    /// `s > n/2`: the malleable twin of a signature.
    #[error("the ECDSA signature has a high S; the signer must normalise it")]
    HighS,
    /// The signature is not by this key over this message.
    #[error("the ECDSA signature does not match the signed bytes and the key")]
    BadSignature,
}

/// Whether `s` is in the lower half of the group, the only half we accept.
#[must_use]
pub fn is_low_s(signature: &P256Signature) -> bool {
    signature[32..] <= HALF_ORDER[..]
}

/// Verifies a low-S signature over SHA-256 of `message`.
///
/// `public_key` is the uncompressed point, 65 bytes starting with `0x04`.
pub fn verify_p256(
    public_key: &[u8],
    message: &[u8],
    signature: &P256Signature,
) -> Result<(), EcdsaError> {
    if !is_low_s(signature) {
        return Err(EcdsaError::HighS);
    }
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, public_key)
        .verify(message, signature)
        .map_err(|_| EcdsaError::BadSignature)
}

/// `r ‖ s` to the DER `ECDSA-Sig-Value` that X.509 and CMS carry (RFC 3279 §2.2.3).
pub fn to_der(signature: &P256Signature) -> Result<Vec<u8>, EcdsaError> {
    let parsed = Signature::from_slice(signature).map_err(|_| EcdsaError::Malformed)?;
    Ok(parsed.to_der().as_bytes().to_vec())
}

/// The strict inverse of [`to_der`]: no trailing bytes, no superfluous zeros.
pub fn from_der(der: &[u8]) -> Result<P256Signature, EcdsaError> {
    let parsed = Signature::from_der(der).map_err(|_| EcdsaError::Malformed)?;
    if parsed.to_der().as_bytes() != der {
        return Err(EcdsaError::Malformed);
    }
    Ok(parsed.to_bytes().into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use p256::ecdsa::SigningKey;
    use p256::ecdsa::signature::Signer;
    use proptest::prelude::*;

    fn signed(message: &[u8]) -> (Vec<u8>, P256Signature) {
        let key = SigningKey::from_slice(&[7; 32]).unwrap();
        let signature: Signature = key.sign(message);
        let point = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        (point, signature.normalize_s().to_bytes().into())
    }

    /// `n − s`, the other valid signature.
    fn high_twin(signature: &P256Signature) -> P256Signature {
        let parsed = Signature::from_slice(signature).unwrap();
        let (r, s) = parsed.split_scalars();
        let twin = Signature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap();
        twin.to_bytes().into()
    }

    #[test]
    fn accepts_the_signature_and_refuses_its_high_twin() {
        let (point, signature) = signed(b"receta");
        assert_eq!(verify_p256(&point, b"receta", &signature), Ok(()));
        let twin = high_twin(&signature);
        assert_ne!(twin, signature);
        assert_eq!(
            verify_p256(&point, b"receta", &twin),
            Err(EcdsaError::HighS)
        );
    }

    #[test]
    fn half_order_is_the_boundary() {
        let mut signature = [1_u8; 64];
        signature[32..].copy_from_slice(&HALF_ORDER);
        assert!(is_low_s(&signature));
        signature[63] += 1;
        assert!(!is_low_s(&signature));
    }

    #[test]
    fn refuses_another_message_another_key_and_a_zero_signature() {
        let (point, signature) = signed(b"receta");
        assert_eq!(
            verify_p256(&point, b"otra", &signature),
            Err(EcdsaError::BadSignature)
        );
        assert_eq!(
            verify_p256(&[4; 65], b"receta", &signature),
            Err(EcdsaError::BadSignature)
        );
        assert_eq!(
            verify_p256(&point, b"receta", &[0; 64]),
            Err(EcdsaError::BadSignature)
        );
        assert_eq!(to_der(&[0; 64]), Err(EcdsaError::Malformed));
    }

    #[test]
    fn der_is_strict() {
        let (_, signature) = signed(b"receta");
        let der = to_der(&signature).unwrap();
        assert_eq!(from_der(&der), Ok(signature));
        let trailing = [der.as_slice(), &[0]].concat();
        assert_eq!(from_der(&trailing), Err(EcdsaError::Malformed));
        assert_eq!(from_der(&der[..der.len() - 1]), Err(EcdsaError::Malformed));
    }

    proptest! {
        #[test]
        fn der_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..96)) {
            if let Ok(signature) = from_der(&bytes) {
                prop_assert_eq!(to_der(&signature).unwrap(), bytes);
            }
        }
    }
}
