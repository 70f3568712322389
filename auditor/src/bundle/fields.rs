//! Bytes as base64 (RFC 4648 §4), one spelling per value.

use data_encoding::BASE64;
use ledger::Hash;
use serde::de::Error;
use serde::{Deserialize, Deserializer};

/// Levels of the highest tree.
const MAX_PATH: usize = 64;

fn decode(text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64.decode(text.as_bytes()).ok()?;
    // The decoder by itself accepts padded pieces in a row.
    Some(bytes).filter(|bytes| BASE64.encode(bytes) == text)
}

pub(super) mod bytes {
    use super::{BASE64, Deserialize, Deserializer, Error, decode};
    use serde::Serializer;

    pub(in crate::bundle) fn serialize<S: Serializer>(
        bytes: &[u8],
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64.encode(bytes))
    }

    pub(in crate::bundle) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(d)?;
        decode(&text).ok_or_else(|| D::Error::custom("not base64"))
    }
}

pub(super) mod salt {
    use super::{BASE64, Deserialize, Deserializer, Error, decode};
    use serde::Serializer;

    pub(in crate::bundle) fn serialize<S: Serializer>(
        salt: &[u8; 32],
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.serialize_str(&BASE64.encode(salt))
    }

    pub(in crate::bundle) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(d)?;
        let salt = decode(&text).and_then(|bytes| bytes.try_into().ok());
        salt.ok_or_else(|| D::Error::custom("not the base64 of 32 bytes"))
    }
}

pub(super) mod hashes {
    use super::{Deserialize, Deserializer, Error, Hash, MAX_PATH};
    use serde::Serializer;

    pub(in crate::bundle) fn serialize<S: Serializer>(
        hashes: &[Hash],
        s: S,
    ) -> Result<S::Ok, S::Error> {
        s.collect_seq(hashes.iter().map(|hash| hash.to_base64()))
    }

    pub(in crate::bundle) fn deserialize<'de, D: Deserializer<'de>>(
        d: D,
    ) -> Result<Vec<Hash>, D::Error> {
        let texts = Vec::<String>::deserialize(d)?;
        if texts.len() > MAX_PATH {
            return Err(D::Error::custom("longer than any inclusion path"));
        }
        let hashes = texts.iter().map(|text| Hash::from_base64(text));
        let hashes: Option<Vec<Hash>> = hashes.collect();
        hashes.ok_or_else(|| D::Error::custom("not the base64 of a hash"))
    }
}
