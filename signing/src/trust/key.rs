//! The public keys that sign prescriptions: P-256 (HSM) and RSA from 2048 bits (e.firma).

use const_oid::db::rfc5912::{ID_EC_PUBLIC_KEY, RSA_ENCRYPTION, SECP_256_R_1};
use der::asn1::{ObjectIdentifier, UintRef};
use der::{Decode, Sequence};
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, UnparsedPublicKey};
use spki::SubjectPublicKeyInfoOwned;

use crate::ecdsa::{self, EcdsaError};

/// Bounds of an RSA modulus, in bits: the SAT issues 2048; above 8192 `ring` refuses.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2048..=8192;

/// Why a key cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Neither P-256 nor RSA.
    #[error("only P-256 and RSA keys are accepted; ask for a certificate with one")]
    UnsupportedKey,
    /// An RSA modulus outside 2048 to 8192 bits.
    #[error("RSA keys must have 2048 to 8192 bits; ask for a new certificate")]
    RsaSize,
    /// The signature was made with another algorithm than the key's.
    #[error("the signature algorithm does not fit the key; sign again")]
    SchemeMismatch,
    /// An RSA signature that does not verify.
    #[error("the RSA signature does not match the signed bytes and the key")]
    BadRsaSignature,
    /// An ECDSA signature that does not verify.
    #[error(transparent)]
    Ecdsa(#[from] EcdsaError),
}

/// The two signature algorithms we accept, both over SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignatureScheme {
    /// ECDSA with SHA-256, DER-encoded (RFC 5758 §3.2).
    EcdsaP256Sha256,
    /// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017 §8.2).
    RsaPkcs1Sha256,
}

/// A signer's public key, checked for kind and size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignerKey {
    /// The uncompressed point: 65 bytes starting with `0x04`.
    P256([u8; 65]),
    /// DER `RSAPublicKey` (RFC 8017 §A.1.1).
    Rsa(Vec<u8>),
}

#[derive(Sequence)]
struct RsaPublicKey<'a> {
    modulus: UintRef<'a>,
    exponent: UintRef<'a>,
}

impl SignerKey {
    /// Reads the key out of a certificate's `SubjectPublicKeyInfo`.
    pub fn from_spki(spki: &SubjectPublicKeyInfoOwned) -> Result<Self, KeyError> {
        let bits = spki
            .subject_public_key
            .as_bytes()
            .ok_or(KeyError::UnsupportedKey)?;
        if spki.algorithm.oid == RSA_ENCRYPTION {
            let key = RsaPublicKey::from_der(bits).map_err(|_| KeyError::UnsupportedKey)?;
            let modulus = key.modulus.as_bytes();
            let leading = modulus
                .first()
                .map_or(0, |byte| byte.leading_zeros() as usize);
            return if RSA_BITS.contains(&(modulus.len() * 8 - leading)) {
                Ok(Self::Rsa(bits.to_vec()))
            } else {
                Err(KeyError::RsaSize)
            };
        }
        let curve = spki.algorithm.parameters.as_ref();
        let curve = curve.and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
        if spki.algorithm.oid != ID_EC_PUBLIC_KEY || curve != Some(SECP_256_R_1) {
            return Err(KeyError::UnsupportedKey);
        }
        match <[u8; 65]>::try_from(bits) {
            Ok(point) if point[0] == 0x04 => Ok(Self::P256(point)),
            _ => Err(KeyError::UnsupportedKey),
        }
    }

    /// Verifies `signature` (DER for ECDSA, low S only) over SHA-256 of `message`.
    pub fn verify(
        &self,
        scheme: SignatureScheme,
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), KeyError> {
        match (self, scheme) {
            (Self::P256(point), SignatureScheme::EcdsaP256Sha256) => Ok(ecdsa::verify_p256(
                point,
                message,
                &ecdsa::from_der(signature)?,
            )?),
            (Self::Rsa(key), SignatureScheme::RsaPkcs1Sha256) => {
                UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key)
                    .verify(message, signature)
                    .map_err(|_| KeyError::BadRsaSignature)
            }
            (Self::P256(_), SignatureScheme::RsaPkcs1Sha256)
            | (Self::Rsa(_), SignatureScheme::EcdsaP256Sha256) => Err(KeyError::SchemeMismatch),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use der::Any;
    use der::Encode;
    use der::asn1::BitString;
    use spki::AlgorithmIdentifierOwned;

    fn spki(oid: ObjectIdentifier, parameters: Any, key: &[u8]) -> SubjectPublicKeyInfoOwned {
        SubjectPublicKeyInfoOwned {
            algorithm: AlgorithmIdentifierOwned {
                oid,
                parameters: Some(parameters),
            },
            subject_public_key: BitString::from_bytes(key).unwrap(),
        }
    }

    fn rsa(modulus: &[u8]) -> SubjectPublicKeyInfoOwned {
        let key = RsaPublicKey {
            modulus: UintRef::new(modulus).unwrap(),
            exponent: UintRef::new(&[1, 0, 1]).unwrap(),
        };
        spki(RSA_ENCRYPTION, Any::null(), &key.to_der().unwrap())
    }

    #[test]
    fn rsa_sizes_are_bounded() {
        assert!(matches!(
            SignerKey::from_spki(&rsa(&[0xc1; 256])),
            Ok(SignerKey::Rsa(_))
        ));
        assert_eq!(
            SignerKey::from_spki(&rsa(&[0xc1; 128])),
            Err(KeyError::RsaSize)
        );
        let short_by_one_bit = [&[0x41][..], &[0xc1; 255]].concat();
        assert_eq!(
            SignerKey::from_spki(&rsa(&short_by_one_bit)),
            Err(KeyError::RsaSize)
        );
        assert_eq!(
            SignerKey::from_spki(&rsa(&[0xc1; 1025])),
            Err(KeyError::RsaSize)
        );
    }

    #[test]
    fn other_curves_and_compressed_points_are_refused() {
        let p256 = Any::encode_from(&SECP_256_R_1).unwrap();
        let p384 = Any::encode_from(&const_oid::db::rfc5912::SECP_384_R_1).unwrap();
        let point = [4_u8; 65];
        assert!(SignerKey::from_spki(&spki(ID_EC_PUBLIC_KEY, p256.clone(), &point)).is_ok());
        for wrong in [
            spki(ID_EC_PUBLIC_KEY, p384, &point),
            spki(ID_EC_PUBLIC_KEY, p256.clone(), &[2; 33]),
            spki(ID_EC_PUBLIC_KEY, p256.clone(), &[5; 65]),
            spki(SECP_256_R_1, p256, &point),
        ] {
            assert_eq!(SignerKey::from_spki(&wrong), Err(KeyError::UnsupportedKey));
        }
    }

    #[test]
    fn scheme_must_fit_the_key() {
        let key = SignerKey::P256([4; 65]);
        let mismatch = key.verify(SignatureScheme::RsaPkcs1Sha256, b"", b"");
        assert_eq!(mismatch, Err(KeyError::SchemeMismatch));
        let key = SignerKey::Rsa(vec![]);
        let mismatch = key.verify(SignatureScheme::EcdsaP256Sha256, b"", b"");
        assert_eq!(mismatch, Err(KeyError::SchemeMismatch));
        let bad = key.verify(SignatureScheme::RsaPkcs1Sha256, b"", b"");
        assert_eq!(bad, Err(KeyError::BadRsaSignature));
    }
}
