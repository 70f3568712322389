//! Encryption of personal data at rest, and the pseudonyms of patients.

use prescription::PatientId;
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hmac;
use ring::rand::{SecureRandom, SystemRandom};

/// The keys of this installation's personal data: 32 bytes that open bodies and demographics
/// (AES-256-GCM), and 32 that make pseudonyms (HMAC-SHA-256). The HSM keeps both sealed.
///
/// Nonces are random: one key must not seal more than 2³² values (NIST SP 800-38D §8.3).
pub struct DataKey {
    aead: LessSafeKey,
    pseudonym: hmac::Key,
    random: SystemRandom,
}

/// A sealed value does not open: another key, another row, or a damaged byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed value does not open")]
pub struct SealError;

impl DataKey {
    /// Length of the secret, in bytes.
    pub const SECRET_LEN: usize = 64;

    /// The keys from their secret.
    ///
    /// # Errors
    /// Never for a secret of the right length, which the type gives.
    pub fn new(secret: &[u8; Self::SECRET_LEN]) -> Result<Self, SealError> {
        let (aead, pseudonym) = secret.split_at(32);
        let aead = UnboundKey::new(&AES_256_GCM, aead).map_err(|_| SealError)?;
        Ok(Self {
            aead: LessSafeKey::new(aead),
            pseudonym: hmac::Key::new(hmac::HMAC_SHA256, pseudonym),
            random: SystemRandom::new(),
        })
    }

    /// The pseudonym of the person with this CURP or temporary identifier.
    ///
    /// # Errors
    /// Never: the digest has the shape of a pseudonym.
    pub fn pseudonym(&self, person: &str) -> Result<PatientId, SealError> {
        let mut context = hmac::Context::with_key(&self.pseudonym);
        context.update(b"receta/patient/v1\0");
        context.update(person.as_bytes());
        let tag = context.sign();
        let first = &tag.as_ref()[..16];
        data_encoding::HEXLOWER
            .encode(first)
            .parse()
            .map_err(|_| SealError)
    }

    /// Seals `plain` for the row that `row` names, so that a sealed value cannot be moved.
    ///
    /// # Errors
    /// The operating system gives no randomness.
    pub fn seal(&self, row: &str, plain: &[u8]) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE_LEN];
        self.random.fill(&mut nonce).map_err(|_| SealError)?;
        let mut sealed = Vec::with_capacity(NONCE_LEN + plain.len() + AES_256_GCM.tag_len());
        sealed.extend_from_slice(plain);
        self.aead
            .seal_in_place_append_tag(
                Nonce::assume_unique_for_key(nonce),
                Aad::from(row.as_bytes()),
                &mut sealed,
            )
            .map_err(|_| SealError)?;
        sealed.splice(..0, nonce);
        Ok(sealed)
    }

    /// Opens what [`Self::seal`] sealed for the same row.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn open(&self, row: &str, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
        let (nonce, rest) = sealed.split_at_checked(NONCE_LEN).ok_or(SealError)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| SealError)?;
        let mut plain = rest.to_vec();
        let length = self
            .aead
            .open_in_place(nonce, Aad::from(row.as_bytes()), &mut plain)
            .map_err(|_| SealError)?
            .len();
        plain.truncate(length);
        Ok(plain)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use data_encoding::HEXLOWER;
    use serde_json::Value;

    fn key(fill: u8) -> DataKey {
        DataKey::new(&[fill; 64]).unwrap()
    }

    #[test]
    fn opens_only_with_its_key_for_its_row() {
        let sealed = key(1).seal("event/A/1", b"body").unwrap();
        assert_eq!(key(1).open("event/A/1", &sealed).unwrap(), b"body");
        assert_eq!(key(2).open("event/A/1", &sealed), Err(SealError));
        assert_eq!(key(1).open("event/A/2", &sealed), Err(SealError));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_found() {
        let sealed = key(1).seal("row", b"body").unwrap();
        for place in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[place] ^= 1;
            assert_eq!(key(1).open("row", &damaged), Err(SealError), "byte {place}");
        }
        assert_eq!(key(1).open("row", &sealed[..5]), Err(SealError));
    }

    #[test]
    fn pseudonyms_differ_by_person_and_by_installation() {
        let one = key(1).pseudonym("SABC560626MDFLRN01").unwrap();
        assert_eq!(one, key(1).pseudonym("SABC560626MDFLRN01").unwrap());
        assert_ne!(one, key(1).pseudonym("VADA800927HSRSRL05").unwrap());
        assert_ne!(one, key(2).pseudonym("SABC560626MDFLRN01").unwrap());
    }

    /// Project Wycheproof's AES-GCM vectors of our parameters: 256-bit key, 96-bit nonce, 128-bit
    /// tag. A row name is text, so vectors whose associated data is not UTF-8 cannot be put.
    #[test]
    fn wycheproof_aes_gcm() {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../shared/vectors/wycheproof/aes_gcm_test.json"
        );
        let Ok(text) = std::fs::read_to_string(path) else {
            eprintln!("SKIPPED: {path} is missing");
            return;
        };
        let vectors: Value = serde_json::from_str(&text).unwrap();
        let bytes = |value: &Value| HEXLOWER.decode(value.as_str().unwrap().as_bytes()).unwrap();
        let (mut valid, mut invalid, mut not_text) = (0, 0, 0);
        let groups = vectors["testGroups"].as_array().unwrap().iter();
        for group in groups.filter(|group| {
            group["keySize"] == 256 && group["ivSize"] == 96 && group["tagSize"] == 128
        }) {
            for test in group["tests"].as_array().unwrap() {
                let Ok(row) = String::from_utf8(bytes(&test["aad"])) else {
                    not_text += 1;
                    continue;
                };
                let mut secret = [0; DataKey::SECRET_LEN];
                secret[..32].copy_from_slice(&bytes(&test["key"]));
                let sealed = ["iv", "ct", "tag"].map(|part| bytes(&test[part])).concat();
                let opened = DataKey::new(&secret).unwrap().open(&row, &sealed);
                if test["result"] == "valid" {
                    assert_eq!(opened, Ok(bytes(&test["msg"])), "case {}", test["tcId"]);
                    valid += 1;
                } else {
                    assert_eq!(opened, Err(SealError), "case {}", test["tcId"]);
                    invalid += 1;
                }
            }
        }
        eprintln!("{valid} valid, {invalid} invalid, {not_text} left out: not UTF-8");
        assert!(valid > 15 && invalid > 20, "{valid} and {invalid}");
    }
}
