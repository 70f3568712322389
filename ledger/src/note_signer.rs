//! Who signs notes: a key in an HSM (elsewhere), or a key in memory (here).

use ring::signature::{Ed25519KeyPair, KeyPair};

use crate::note::NoteError;
use crate::verifier_key::{VerifierKey, VerifierKeyError};

/// Holder of the Ed25519 private key that belongs to a [`VerifierKey`]. The production
/// implementation asks an HSM; [`SoftwareSigner`] serves tests and small tools.
pub trait NoteSigner {
    /// The public key, under the name that goes into signature lines.
    fn verifier_key(&self) -> &VerifierKey;

    /// Pure Ed25519 (RFC 8032) over `message`.
    ///
    /// # Errors
    /// When the key cannot be used now.
    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteSignError>;
}

/// Why a note was not signed.
#[derive(Debug, thiserror::Error)]
pub enum NoteSignError {
    /// The device that holds the key did not sign.
    #[error("the signing device did not sign; check that it is reachable and logged in")]
    Device(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// The signer's output does not verify under its own public key. Nothing was issued.
    #[error(
        "the signer returned a signature that its public key does not verify; check the key pair"
    )]
    DoesNotVerify,
    /// The text cannot be the text of a note.
    #[error("the text of a note must end in a newline and contain no other control characters")]
    Text,
    /// The note can take no further signature.
    #[error("the signature cannot be attached: {0}")]
    Attach(#[source] NoteError),
    /// A time of cosigning that the format cannot carry.
    #[error("the time of a cosignature must be below 2^63 seconds; check the clock")]
    Time,
}

/// An Ed25519 key held in this process's memory.
#[derive(Debug)]
pub struct SoftwareSigner {
    verifier_key: VerifierKey,
    key_pair: Ed25519KeyPair,
}

impl SoftwareSigner {
    /// Derives the key pair from a 32-byte secret seed (RFC 8032 §5.1.5).
    ///
    /// # Errors
    /// When the name is not one a signature line can carry.
    pub fn from_seed(name: &str, seed: &[u8; 32]) -> Result<Self, VerifierKeyError> {
        let key_pair =
            Ed25519KeyPair::from_seed_unchecked(seed).map_err(|_| VerifierKeyError::Format)?;
        let public_key = key_pair.public_key().as_ref();
        let public_key = public_key
            .try_into()
            .map_err(|_| VerifierKeyError::Format)?;
        Ok(Self {
            verifier_key: VerifierKey::new(name, public_key)?,
            key_pair,
        })
    }
}

impl NoteSigner for SoftwareSigner {
    fn verifier_key(&self) -> &VerifierKey {
        &self.verifier_key
    }

    fn sign(&self, message: &[u8]) -> Result<[u8; 64], NoteSignError> {
        let signature = self.key_pair.sign(message);
        signature
            .as_ref()
            .try_into()
            .map_err(|_| NoteSignError::DoesNotVerify)
    }
}

#[cfg(test)]
mod tests {
    use data_encoding::HEXLOWER;

    use super::*;

    /// RFC 8032 §7.1, test 1.
    #[test]
    fn known_answer() {
        let bytes = |hex: &str| HEXLOWER.decode(hex.as_bytes()).unwrap();
        let seed = bytes("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let signer = SoftwareSigner::from_seed("example", &seed.try_into().unwrap()).unwrap();
        assert_eq!(
            signer.verifier_key().public_key().as_slice(),
            bytes("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a")
        );
        assert_eq!(
            signer.sign(b"").unwrap().as_slice(),
            bytes(concat!(
                "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155",
                "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"
            ))
        );
    }
}
