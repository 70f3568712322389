//! An ECDSA P-256 signature in one canonical form.

use p256::ecdsa::Signature;

use crate::HsmError;

/// A P-256 signature whose `s` is in the lower half of the group order.
///
/// For every signature (r, s) the pair (r, n − s) verifies too, and half of what tokens make is
/// the upper one. Normalising leaves one form, which COSE and QR verifiers here insist on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct P256Signature(Signature);

impl P256Signature {
    /// Takes what `CKM_ECDSA` answered: r ‖ s, 64 bytes.
    pub(crate) fn from_token(bytes: &[u8]) -> Result<Self, HsmError> {
        let signature = Signature::from_slice(bytes)
            .map_err(|_| HsmError::MalformedAnswer("ECDSA signature"))?;
        Ok(Self(signature.normalize_s()))
    }

    /// r ‖ s, 32 bytes each, big-endian: the form of COSE (RFC 9053, section 2.1).
    #[must_use]
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }

    /// `ECDSA-Sig-Value` (RFC 3279, section 2.2.3): the form of CMS and X.509. At most 72 bytes.
    #[must_use]
    pub fn to_der(&self) -> Vec<u8> {
        self.0.to_der().as_bytes().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_upper_half_is_brought_down() {
        // r = 1, s = n − 1, the largest there is; its twin is s = 1.
        let mut high = [0_u8; 64];
        high[31] = 1;
        high[32..].copy_from_slice(&[
            0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
            0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63,
            0x25, 0x50,
        ]);
        let mut low = [0_u8; 64];
        (low[31], low[63]) = (1, 1);
        let signature = P256Signature::from_token(&high).unwrap();
        assert_eq!(signature.to_bytes(), low);
        assert_eq!(signature.to_der(), [0x30, 6, 2, 1, 1, 2, 1, 1]);
    }

    #[test]
    fn what_is_no_signature_is_refused() {
        for bytes in [
            vec![],
            vec![1; 63],
            vec![1; 65],
            vec![0; 64],
            vec![0xff; 64],
        ] {
            assert!(P256Signature::from_token(&bytes).is_err(), "{bytes:02x?}");
        }
    }
}
