//! The key of a COSE message: its identifier, and the point inside its SPKI.

use std::fmt;

use sha2::{Digest, Sha256};

use super::CoseError;

/// Key identifier: the first 8 bytes of SHA-256 of the certificate's `SubjectPublicKeyInfo` DER.
///
/// It finds a key; it does not prove one. A collision makes a signature fail, never pass.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kid([u8; 8]);

impl Kid {
    /// The identifier with these bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 8]) -> Self {
        Self(bytes)
    }

    /// The identifier of the key in `spki_der`.
    #[must_use]
    pub fn of_spki(spki_der: &[u8]) -> Self {
        let mut first = [0; 8];
        first.copy_from_slice(&Sha256::digest(spki_der)[..8]);
        Self(first)
    }

    /// Its 8 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 8] {
        &self.0
    }
}

impl fmt::Display for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl fmt::Debug for Kid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kid({self})")
    }
}

/// DER of an uncompressed P-256 SPKI up to the point (RFC 5480 §2): it has one form only, so a
/// comparison is the strictest parser.
pub(super) const P256_SPKI_PREFIX: [u8; 26] = [
    0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a,
    0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
];

/// The point of a P-256 key: 65 bytes that start with `0x04`.
pub(super) fn p256_point(spki_der: &[u8]) -> Result<&[u8], CoseError> {
    match spki_der.strip_prefix(&P256_SPKI_PREFIX) {
        Some(point) if point.len() == 65 && point[0] == 0x04 => Ok(point),
        _ => Err(CoseError::KeyNotP256),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cose::test_signer::TestSigner;

    #[test]
    fn reads_the_point_that_another_library_wrote() {
        let signer = TestSigner::new(1);
        assert_eq!(p256_point(&signer.spki), Ok(signer.point.as_slice()));
    }

    #[test]
    fn key_not_p256() {
        let spki = TestSigner::new(1).spki;
        let mut other_curve = spki.clone();
        other_curve[22] ^= 1;
        let mut compressed = spki.clone();
        compressed[26] = 0x02;
        let trailing = [spki.as_slice(), &[0]].concat();
        for wrong in [&[][..], &spki[..90], &other_curve, &compressed, &trailing] {
            assert_eq!(p256_point(wrong), Err(CoseError::KeyNotP256));
        }
    }

    #[test]
    fn kid_is_the_start_of_the_digest() {
        assert_eq!(Kid::of_spki(b"").to_string(), "e3b0c44298fc1c14");
    }
}
