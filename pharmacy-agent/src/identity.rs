//! The pharmacy's own key: it opens TLS and signs every act.

use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};
use rustls::sign::CertifiedKey;
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use signing::cose::{Kid, sign_detached};

use crate::config::{Config, ConfigError, read_text};
use crate::trust::{PinError, certificates};

/// The pharmacy's certificate and key.
pub struct PharmacyIdentity {
    /// The chain, the own certificate first.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key as TLS takes it, PKCS#8 PEM.
    pub key_pem: String,
    signing_key: SigningKey,
    kid: Kid,
}

/// The key or the certificate cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum IdentityError {
    /// The key's file cannot be read.
    #[error(transparent)]
    File(#[from] ConfigError),
    /// The certificate's file cannot be read.
    #[error(transparent)]
    Certificate(#[from] PinError),
    /// Not a P-256 key in PKCS#8.
    #[error("La llave de la farmacia no es P-256 en PKCS#8 PEM; conviértala o pida otra.")]
    Key,
    /// Certificate and key are of different pairs.
    #[error("El certificado y la llave de la farmacia no corresponden; revise client_key.")]
    Mismatch,
    /// The key did not sign.
    #[error("La llave de la farmacia no pudo firmar el acto.")]
    Sign,
}

impl PharmacyIdentity {
    /// Reads both files and checks that they belong together.
    ///
    /// # Errors
    /// [`IdentityError`].
    pub fn load(config: &Config) -> Result<Self, IdentityError> {
        let chain = certificates(&config.client_certificate)?;
        Self::new(chain, &read_text(&config.client_key)?)
    }

    fn new(chain: Vec<CertificateDer<'static>>, key_pem: &str) -> Result<Self, IdentityError> {
        let signing_key = SigningKey::from_pkcs8_pem(key_pem).map_err(|_| IdentityError::Key)?;
        let tls_key =
            PrivateKeyDer::from_pem_slice(key_pem.as_bytes()).map_err(|_| IdentityError::Key)?;
        // Checked here because the HTTP client would panic on a pair that does not fit.
        let provider = rustls::crypto::ring::default_provider();
        CertifiedKey::from_der(chain.clone(), tls_key, &provider)
            .map_err(|_| IdentityError::Mismatch)?;
        let spki = signing_key
            .verifying_key()
            .to_public_key_der()
            .map_err(|_| IdentityError::Key)?;
        Ok(Self {
            chain,
            key_pem: key_pem.to_owned(),
            kid: Kid::of_spki(spki.as_bytes()),
            signing_key,
        })
    }

    /// The header `Receta-Signature` for `document`: base64url of a detached `COSE_Sign1`.
    ///
    /// # Errors
    /// [`IdentityError::Sign`].
    pub fn sign(&self, document: &[u8]) -> Result<String, IdentityError> {
        let cose = sign_detached(document, self.kid, |digest| {
            let signed: Result<p256::ecdsa::Signature, _> = self.signing_key.sign_prehash(&digest);
            // `sign_detached` normalises a high S.
            signed.map(|signature| signature.to_bytes().into())
        });
        cose.map(|cose| BASE64URL_NOPAD.encode(&cose))
            .map_err(|_| IdentityError::Sign)
    }
}

#[cfg(test)]
impl PharmacyIdentity {
    /// An identity of a fresh self-signed certificate, and its SPKI.
    pub(crate) fn for_tests() -> (Self, Vec<u8>) {
        use p256::pkcs8::EncodePrivateKey;
        let (certificate, key) = crate::fixture::client_certificate(9);
        let pem = key.to_pkcs8_pem(p256::pkcs8::LineEnding::LF).unwrap();
        let spki = key.verifying_key().to_public_key_der().unwrap().into_vec();
        (Self::new(vec![certificate.into()], &pem).unwrap(), spki)
    }
}

#[cfg(test)]
mod tests {
    use p256::pkcs8::{EncodePrivateKey, LineEnding};
    use signing::cose::verify_detached;

    use super::*;
    use crate::fixture;

    #[test]
    fn the_service_can_verify_what_the_pharmacy_signs() {
        let (identity, spki) = PharmacyIdentity::for_tests();
        let signature = identity.sign(b"{}").unwrap();
        let cose = BASE64URL_NOPAD.decode(signature.as_bytes()).unwrap();
        let verified = verify_detached(&cose, b"{}", &spki).unwrap();
        assert_eq!(verified.kid(), Kid::of_spki(&spki));
        assert!(verify_detached(&cose, b"{ }", &spki).is_err());
    }

    #[test]
    fn a_pair_that_does_not_fit_is_refused_here() {
        let (certificate, _) = fixture::client_certificate(9);
        let (_, other) = fixture::client_certificate(10);
        let pem = other.to_pkcs8_pem(LineEnding::LF).unwrap();
        let refused = PharmacyIdentity::new(vec![certificate.into()], &pem);
        assert!(matches!(refused, Err(IdentityError::Mismatch)));
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        let refused = PharmacyIdentity::new(vec![], "-----BEGIN PRIVATE KEY-----\n");
        assert!(matches!(refused, Err(IdentityError::Key)));
    }
}
