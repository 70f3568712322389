//! A passkey: makes its key, registers with attestation "none", and answers challenges.

use data_encoding::BASE64URL_NOPAD;
use minicbor::Encoder;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;
use sha2::{Digest, Sha256};

/// User present, user verified.
pub const VERIFIED: u8 = 0x05;
const ATTESTED: u8 = 0x40;

/// The key cannot be made or read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the passkey's key cannot be made or read")]
pub struct SoftwareError;

/// A passkey of one relying party.
pub struct SoftwarePasskey {
    pkcs8: Vec<u8>,
    key: EcdsaKeyPair,
    random: SystemRandom,
    /// The page on which its user works.
    pub origin: String,
    /// The relying party's domain.
    pub party: String,
}

/// What `navigator.credentials.create()` returns.
#[derive(Debug, Clone)]
pub struct Created {
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.attestationObject`.
    pub attestation: Vec<u8>,
}

/// What `navigator.credentials.get()` returns.
#[derive(Debug, Clone)]
pub struct Answer {
    /// `rawId`.
    pub credential_id: Vec<u8>,
    /// `response.clientDataJSON`.
    pub client_data: Vec<u8>,
    /// `response.authenticatorData`.
    pub authenticator_data: Vec<u8>,
    /// `response.signature`.
    pub signature: Vec<u8>,
}

impl SoftwarePasskey {
    /// A new passkey.
    ///
    /// # Errors
    /// No randomness.
    pub fn generate(party: &str, origin: &str) -> Result<Self, SoftwareError> {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random);
        Self::open(pkcs8.map_err(|_| SoftwareError)?.as_ref(), party, origin)
    }

    /// The passkey whose key [`Self::pkcs8`] gave.
    ///
    /// # Errors
    /// Other bytes.
    pub fn open(pkcs8: &[u8], party: &str, origin: &str) -> Result<Self, SoftwareError> {
        let random = SystemRandom::new();
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8, &random);
        Ok(Self {
            pkcs8: pkcs8.to_vec(),
            key: key.map_err(|_| SoftwareError)?,
            random,
            origin: origin.to_owned(),
            party: party.to_owned(),
        })
    }

    /// The private key, to keep in a file.
    #[must_use]
    pub fn pkcs8(&self) -> &[u8] {
        &self.pkcs8
    }

    /// The credential id: here a hash of the key.
    #[must_use]
    pub fn credential_id(&self) -> Vec<u8> {
        Sha256::digest(self.key.public_key()).to_vec()
    }

    /// Registers.
    #[must_use]
    pub fn create(&self, challenge: &[u8]) -> Created {
        let mut data = self.authenticator_data(VERIFIED | ATTESTED, 0);
        data.extend_from_slice(&[0; 16]);
        let id = self.credential_id();
        data.extend_from_slice(&u16::try_from(id.len()).unwrap_or(0).to_be_bytes());
        data.extend_from_slice(&id);
        data.extend_from_slice(&self.cose_key());
        Created {
            client_data: self.client_data("webauthn.create", challenge),
            attestation: attestation(&data),
        }
    }

    /// Answers a challenge, as a passkey that does not count.
    ///
    /// # Errors
    /// No randomness.
    pub fn get(&self, challenge: &[u8]) -> Result<Answer, SoftwareError> {
        let client_data = self.client_data("webauthn.get", challenge);
        self.sign(client_data, self.authenticator_data(VERIFIED, 0))
    }

    /// Signs any client data and authenticator data: what an attacker with the key could do.
    ///
    /// # Errors
    /// No randomness.
    pub fn sign(
        &self,
        client_data: Vec<u8>,
        authenticator_data: Vec<u8>,
    ) -> Result<Answer, SoftwareError> {
        let mut message = authenticator_data.clone();
        message.extend_from_slice(&Sha256::digest(&client_data));
        let signature = self.key.sign(&self.random, &message);
        Ok(Answer {
            credential_id: self.credential_id(),
            client_data,
            authenticator_data,
            signature: signature.map_err(|_| SoftwareError)?.as_ref().to_vec(),
        })
    }

    /// RP ID hash, flags and counter.
    #[must_use]
    pub fn authenticator_data(&self, flags: u8, counter: u32) -> Vec<u8> {
        let mut data = Sha256::digest(self.party.as_bytes()).to_vec();
        data.push(flags);
        data.extend_from_slice(&counter.to_be_bytes());
        data
    }

    /// What a browser writes.
    #[must_use]
    pub fn client_data(&self, kind: &str, challenge: &[u8]) -> Vec<u8> {
        let data = json!({
            "type": kind,
            "challenge": BASE64URL_NOPAD.encode(challenge),
            "origin": self.origin,
            "crossOrigin": false,
        });
        data.to_string().into_bytes()
    }

    /// The public key as a `COSE_Key`.
    #[must_use]
    pub fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let (x, y) = point.get(1..).unwrap_or_default().split_at(32);
        let mut out = Vec::new();
        let mut encoder = Encoder::new(&mut out);
        // Writing to a vector does not fail.
        let written = encoder.map(5).and_then(|e| {
            e.i64(1)?.i64(2)?.i64(3)?.i64(-7)?;
            e.i64(-1)?.i64(1)?.i64(-2)?.bytes(x)?.i64(-3)?.bytes(y)
        });
        debug_assert!(written.is_ok());
        out
    }
}

/// An attestation object of format "none".
#[must_use]
pub fn attestation(data: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(&mut out);
    let written = encoder.map(3).and_then(|e| {
        e.str("fmt")?.str("none")?.str("attStmt")?.map(0)?;
        e.str("authData")?.bytes(data)
    });
    debug_assert!(written.is_ok());
    out
}
