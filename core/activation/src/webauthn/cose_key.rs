//! The public key of a passkey (RFC 9052 §7; RFC 9053 §7.1.1): ES256 on P-256 and nothing else.
//!
//! `EdDSA` is not offered: no platform authenticator makes such keys today, and one algorithm has
//! one set of mistakes.

use minicbor::Decoder;
use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};

use super::WebauthnError;

/// A P-256 key: the uncompressed point, 65 bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey([u8; 65]);

impl PublicKey {
    /// Reads a `COSE_Key` at the beginning of `bytes`; returns how many bytes it took. Its five
    /// members may come in any order, none twice, and no other may be there (§6.5.1.1 asks for
    /// exactly the required ones).
    pub(super) fn read_cose(bytes: &[u8]) -> Result<(Self, usize), WebauthnError> {
        let broken = |_| WebauthnError::Key;
        let mut decoder = Decoder::new(bytes);
        if decoder.map().map_err(broken)? != Some(5) {
            return Err(WebauthnError::Key);
        }
        let (mut numbers, mut x, mut y) = ([None; 3], None, None);
        for _ in 0..5 {
            let label = decoder.i64().map_err(broken)?;
            let again = match label {
                1 => numbers[0].replace(decoder.i64().map_err(broken)?).is_some(),
                3 => numbers[1].replace(decoder.i64().map_err(broken)?).is_some(),
                -1 => numbers[2].replace(decoder.i64().map_err(broken)?).is_some(),
                -2 => x.replace(decoder.bytes().map_err(broken)?).is_some(),
                -3 => y.replace(decoder.bytes().map_err(broken)?).is_some(),
                _ => return Err(WebauthnError::Key),
            };
            if again {
                return Err(WebauthnError::Key);
            }
        }
        // Key type EC2, algorithm ES256, curve P-256.
        if numbers != [Some(2), Some(-7), Some(1)] {
            return Err(WebauthnError::Key);
        }
        let point = [&[4], x.unwrap_or_default(), y.unwrap_or_default()].concat();
        Ok((Self::from_point(&point)?, decoder.position()))
    }

    /// The key with this uncompressed point.
    ///
    /// # Errors
    /// [`WebauthnError::Key`] for another form. A point off the curve verifies nothing.
    pub fn from_point(point: &[u8]) -> Result<Self, WebauthnError> {
        let point: [u8; 65] = point.try_into().map_err(|_| WebauthnError::Key)?;
        if point[0] != 4 {
            return Err(WebauthnError::Key);
        }
        Ok(Self(point))
    }

    /// The uncompressed point.
    #[must_use]
    pub fn point(&self) -> &[u8; 65] {
        &self.0
    }

    /// Whether `signature` (DER) over `message` is of this key.
    pub(super) fn verify(&self, message: &[u8], signature: &[u8]) -> Result<(), WebauthnError> {
        UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &self.0)
            .verify(message, signature)
            .map_err(|_| WebauthnError::Signature)
    }
}
