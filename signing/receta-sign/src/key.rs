//! The signer's key: from an encrypted PKCS#8 file as the SAT's `.key`, or in a token.

use std::path::PathBuf;

use hsm::{Hsm, HsmConfig, Secret, TokenP256};
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use pkcs8::{DecodePrivateKey, EncryptedPrivateKeyInfoRef, PrivateKeyInfoRef};
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{KeyPair, RSA_PKCS1_SHA256};
use signing::trust::SignerKey;
use zeroize::Zeroizing;

use crate::{OwnCertificate, SignError};

/// Largest file of a key: RSA-4096 encrypted has 2.5 kB.
const MAX_FILE: usize = 16 * 1024;

/// A key that is the certificate's.
pub struct OwnKey(Kind);

enum Kind {
    Rsa(Box<RsaKeyPair>),
    P256(Box<SigningKey>),
    Token(TokenP256),
}

/// A key in a token.
#[derive(Debug, Clone)]
pub struct TokenKey {
    /// The vendor's PKCS#11 module.
    pub module: PathBuf,
    /// Label of the token.
    pub token: String,
    /// Label of the P-256 key in it.
    pub label: String,
}

impl OwnKey {
    /// Opens a `.key`: PKCS#8 encrypted with PBES2 (PBKDF2, Triple DES or AES), DER or PEM, as the
    /// SAT gives it out. The key must be that of `certificate`.
    ///
    /// # Errors
    /// [`SignError::KeyFile`], [`SignError::Password`], [`SignError::KeyKind`],
    /// [`SignError::KeyMismatch`].
    pub fn from_file(
        file: &[u8],
        password: &[u8],
        certificate: &OwnCertificate,
    ) -> Result<Self, SignError> {
        if file.len() > MAX_FILE {
            return Err(SignError::KeyFile);
        }
        let der = der_of(file)?;
        let encrypted =
            EncryptedPrivateKeyInfoRef::try_from(&der[..]).map_err(|_| SignError::KeyFile)?;
        // A wrong password shows as wrong padding, or, one time in 256, as what is no key.
        let plain = encrypted
            .decrypt(password)
            .map_err(|_| SignError::Password)?;
        PrivateKeyInfoRef::try_from(plain.as_bytes()).map_err(|_| SignError::Password)?;
        Self(open(plain.as_bytes())?).of(certificate)
    }

    /// Finds a key in a token.
    ///
    /// # Errors
    /// [`SignError::Token`], [`SignError::KeyMismatch`].
    pub fn from_token(
        key: &TokenKey,
        pin: String,
        certificate: &OwnCertificate,
    ) -> Result<Self, SignError> {
        let config = HsmConfig::single(key.module.clone(), key.token.clone(), Secret::new(pin), 1);
        let found = Hsm::open(&config)?.find_p256(&key.label)?;
        Self(Kind::Token(found)).of(certificate)
    }

    /// This key, if it is the certificate's.
    fn of(self, certificate: &OwnCertificate) -> Result<Self, SignError> {
        let same = match (&self.0, certificate.key()) {
            (Kind::Rsa(key), SignerKey::Rsa(public)) => key.public_key().as_ref() == &public[..],
            (Kind::P256(key), SignerKey::P256(point)) => {
                key.verifying_key().to_sec1_point(false).as_bytes() == point
            }
            (Kind::Token(key), SignerKey::P256(point)) => key.public_key() == *point,
            (Kind::Rsa(_), SignerKey::P256(_))
            | (Kind::P256(_) | Kind::Token(_), SignerKey::Rsa(_)) => false,
        };
        if same {
            Ok(self)
        } else {
            Err(SignError::KeyMismatch)
        }
    }

    /// Signs `bytes` with SHA-256: RSASSA-PKCS1-v1_5, or ECDSA as `r ‖ s` with low S.
    ///
    /// # Errors
    /// [`SignError::Failed`], [`SignError::Token`].
    pub fn sign(&self, bytes: &[u8]) -> Result<Vec<u8>, SignError> {
        match &self.0 {
            Kind::Rsa(key) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(
                    &RSA_PKCS1_SHA256,
                    &SystemRandom::new(),
                    bytes,
                    &mut signature,
                )
                .map_err(|_| SignError::Failed)?;
                Ok(signature)
            }
            Kind::P256(key) => {
                let signed: Result<p256::ecdsa::Signature, _> = key.sign_prehash(&sha256(bytes));
                let signature = signed.map_err(|_| SignError::Failed)?;
                Ok(signature.normalize_s().to_bytes().to_vec())
            }
            Kind::Token(key) => Ok(key.sign_digest(&sha256(bytes))?.to_bytes().to_vec()),
        }
    }
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut out = [0; 32];
    out.copy_from_slice(digest(&SHA256, bytes).as_ref());
    out
}

/// A decrypted PKCS#8 key.
fn open(pkcs8: &[u8]) -> Result<Kind, SignError> {
    if let Ok(key) = SigningKey::from_pkcs8_der(pkcs8) {
        return Ok(Kind::P256(Box::new(key)));
    }
    match RsaKeyPair::from_pkcs8(pkcs8) {
        Ok(key) => Ok(Kind::Rsa(Box::new(key))),
        Err(_) => Err(SignError::KeyKind),
    }
}

/// DER, or the one PEM block of an encrypted key.
fn der_of(file: &[u8]) -> Result<Zeroizing<Vec<u8>>, SignError> {
    let Ok(text) = std::str::from_utf8(file) else {
        return Ok(Zeroizing::new(file.to_vec()));
    };
    let label = "ENCRYPTED PRIVATE KEY-----";
    let body = text
        .split_once(label)
        .and_then(|(_, rest)| rest.split_once("-----END"))
        .ok_or(SignError::KeyFile)?
        .0;
    data_encoding::BASE64_MIME_PERMISSIVE
        .decode(body.trim().as_bytes())
        .map(Zeroizing::new)
        .map_err(|_| SignError::KeyFile)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FOLDER: &str = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../../shared/data/efirma-test-certs"
    );

    /// The `.cer` and `.key` in the shared folder, or `None` where it is missing.
    fn sat(certificate: &str, key: &str) -> Option<(OwnCertificate, Vec<u8>)> {
        let read = |path: &str| std::fs::read(format!("{FOLDER}/{path}"));
        let (Ok(certificate), Ok(key)) = (read(certificate), read(key)) else {
            eprintln!("SKIPPED: {FOLDER} is missing");
            return None;
        };
        Some((OwnCertificate::read(&certificate).unwrap(), key))
    }

    const FIEL: &str = "EKU9003173C9/fake-fiel/EKU9003173C9.cer";
    const FIEL_KEY: &str = "EKU9003173C9/fake-fiel/EKU9003173C9.key";
    const SEAL: &str = "EKU9003173C9/fake-csd/EKU9003173C9.cer";

    #[test]
    fn a_key_as_the_sat_gives_it_out_signs() {
        for (certificate, key) in [
            (FIEL, FIEL_KEY),
            (
                "phpcfdi-credentials/FIEL_AAA010101AAA/certificate.cer",
                "phpcfdi-credentials/FIEL_AAA010101AAA/private_key.key",
            ),
        ] {
            let Some((certificate, file)) = sat(certificate, key) else {
                return;
            };
            let key = OwnKey::from_file(&file, b"12345678a", &certificate).unwrap();
            let signature = key.sign(b"receta").unwrap();
            let scheme = signing::trust::SignatureScheme::RsaPkcs1Sha256;
            let verified = certificate.key().verify(scheme, b"receta", &signature);
            assert_eq!(verified, Ok(()));
        }
    }

    #[test]
    fn a_wrong_password_and_another_key_are_told_apart() {
        let Some((certificate, file)) = sat(FIEL, FIEL_KEY) else {
            return;
        };
        for wrong in ["12345678A", "", "12345678a "] {
            let refused = OwnKey::from_file(&file, wrong.as_bytes(), &certificate).err();
            assert!(matches!(refused, Some(SignError::Password)), "{wrong:?}");
        }
        let Some((seal, _)) = sat(SEAL, FIEL_KEY) else {
            return;
        };
        let refused = OwnKey::from_file(&file, b"12345678a", &seal).err();
        assert!(matches!(refused, Some(SignError::KeyMismatch)));
        let long = vec![0; MAX_FILE + 1];
        for not_a_key in [&b"texto"[..], &[0x30, 0], &file[..100], &long] {
            let refused = OwnKey::from_file(not_a_key, b"12345678a", &certificate).err();
            assert!(matches!(refused, Some(SignError::KeyFile)));
        }
    }

    /// A company's e.firma and a seal are refused by what they say; both say who they are.
    #[test]
    fn the_certificates_of_the_sat_are_described() {
        let Some((fiel, _)) = sat(FIEL, FIEL_KEY) else {
            return;
        };
        let shown = fiel.describe();
        assert!(shown.contains("30001000000500003415"), "{shown}");
        assert!(shown.contains("e.firma"), "{shown}");
        let at = "2026-06-01T00:00:00Z".parse().unwrap();
        assert!(matches!(fiel.check(at), Err(SignError::Represents)));
        let Some((seal, _)) = sat(SEAL, FIEL_KEY) else {
            return;
        };
        assert!(seal.describe().contains("CSD"));
        assert!(matches!(seal.check(at), Err(SignError::Seal)));
    }
}
