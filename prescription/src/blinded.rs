//! The blinded name of "this substance for this patient": what the ledger's map keeps of it.
//!
//! Whoever holds the patient's secret can compute the name and ask the map whether a prescription
//! is active. Without the secret the name says nothing of the person or of the substance, however
//! many substances are tried: that is why it is an HMAC under 32 random bytes and never a hash of
//! a CURP, of which there are few enough to try them all.

use std::fmt;

use data_encoding::HEXLOWER;
use hmac::digest::block_api::BlockSizeUser;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

const DOMAIN: &[u8] = b"receta/map/substance/v1\0";

/// First 16 bytes of `HMAC-SHA256(secret, "receta/map/substance/v1\0" ‖ substance)`. In JSON, 32
/// lower-case hexadecimal digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct BlindedKey(pub [u8; 16]);

impl BlindedKey {
    /// In the place of the key where nobody knows it: a QR does not carry it.
    pub const UNKNOWN: Self = Self([0; 16]);
}

/// The secret of one patient, from which the patient's blinded keys come: 32 random bytes, kept
/// sealed with the patient's record and destroyed with it. Two secrets for one patient would let
/// the same substance stand twice in the map; the auditor looks for that.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MapSecret([u8; 32]);

impl MapSecret {
    /// The secret with these bytes, which must be random.
    #[must_use]
    pub fn new(random: [u8; 32]) -> Self {
        Self(random)
    }

    /// The blinded key of `substance` (active ingredients in canonical form) for this patient.
    #[must_use]
    pub fn blind(&self, substance: &str) -> BlindedKey {
        // A key shorter than a block is filled up with zeros (RFC 2104 §2).
        let mut block =
            hmac::digest::array::Array::<u8, <Sha256 as BlockSizeUser>::BlockSize>::default();
        block[..32].copy_from_slice(&self.0);
        let tag = Hmac::<Sha256>::new(&block)
            .chain_update(DOMAIN)
            .chain_update(substance)
            .finalize()
            .into_bytes();
        let mut first = [0; 16];
        first.copy_from_slice(&tag[..16]);
        BlindedKey(first)
    }
}

impl fmt::Debug for MapSecret {
    /// Redacted: no secret in logs.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MapSecret(…)")
    }
}

/// A text is not the lower-case hexadecimal of the bytes it should be. The text is not repeated:
/// it may be a secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not the lower-case hexadecimal of {0} bytes")]
pub struct NotHex(usize);

fn from_hex<const N: usize>(text: &str) -> Result<[u8; N], NotHex> {
    let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NotHex(N))?;
    bytes.try_into().map_err(|_| NotHex(N))
}

impl TryFrom<String> for BlindedKey {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        from_hex(&text).map(Self)
    }
}

impl From<BlindedKey> for String {
    fn from(key: BlindedKey) -> Self {
        HEXLOWER.encode(&key.0)
    }
}

impl TryFrom<String> for MapSecret {
    type Error = NotHex;

    fn try_from(text: String) -> Result<Self, NotHex> {
        from_hex(&text).map(Self)
    }
}

impl From<MapSecret> for String {
    fn from(secret: MapSecret) -> Self {
        HEXLOWER.encode(&secret.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by Python's `hmac.digest(bytes([7]*32), b"receta/map/substance/v1\0CLONAZEPAM",
    /// "sha256")[:16].hex()`.
    #[test]
    fn an_independent_program_computes_the_same_key() {
        let key = MapSecret::new([7; 32]).blind("CLONAZEPAM");
        assert_eq!(String::from(key), "0e59dbb334fe0b8132d6673843222da3");
    }

    #[test]
    fn keys_differ_by_patient_and_by_substance() {
        let key = MapSecret::new([7; 32]).blind("CLONAZEPAM");
        assert_eq!(key, MapSecret::new([7; 32]).blind("CLONAZEPAM"));
        assert_ne!(key, MapSecret::new([8; 32]).blind("CLONAZEPAM"));
        assert_ne!(key, MapSecret::new([7; 32]).blind("MORFINA"));
    }

    #[test]
    fn both_read_back_from_json_and_nothing_else_does() {
        let key = BlindedKey([0xab; 16]);
        let written = serde_json::to_string(&key).unwrap();
        assert_eq!(written, format!("\"{}\"", "ab".repeat(16)));
        assert_eq!(serde_json::from_str::<BlindedKey>(&written).unwrap(), key);
        for wrong in ["ab".repeat(15), "AB".repeat(16), "zz".repeat(16)] {
            assert!(BlindedKey::try_from(wrong.clone()).is_err(), "{wrong}");
        }
        let secret = MapSecret::new([0xcd; 32]);
        let written = serde_json::to_string(&secret).unwrap();
        assert_eq!(serde_json::from_str::<MapSecret>(&written).unwrap(), secret);
        assert!(!format!("{secret:?}").contains("cd"));
    }
}
