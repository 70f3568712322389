//! A pharmacy's key, for tests and benchmarks that dispense without the counter's program.

use std::path::Path;

use anyhow::{Context, Result};
use data_encoding::BASE64URL_NOPAD;
use p256::ecdsa::SigningKey;
use p256::ecdsa::signature::hazmat::PrehashSigner;
use p256::pkcs8::{DecodePrivateKey, EncodePublicKey};
use serde_json::Value;
use signing::cose::{Kid, sign_detached};

use crate::client::{Answer, Client};

/// Header with the pharmacy's signature.
const HEADER: &str = "receta-signature";

/// The key behind a pharmacy's certificate.
pub struct PharmacyKey {
    key: SigningKey,
    kid: Kid,
}

impl PharmacyKey {
    /// Reads a PKCS#8 PEM file.
    ///
    /// # Errors
    /// It is not a P-256 key.
    pub fn load(path: &Path) -> Result<Self> {
        let pem = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let key = SigningKey::from_pkcs8_pem(&pem)
            .map_err(|_| anyhow::anyhow!("{} is not a P-256 key", path.display()))?;
        let spki = key
            .verifying_key()
            .to_public_key_der()
            .map_err(|_| anyhow::anyhow!("no public key"))?;
        let kid = Kid::of_spki(spki.as_bytes());
        Ok(Self { key, kid })
    }

    /// The value of the header for `document`: base64url of a detached `COSE_Sign1`.
    ///
    /// # Errors
    /// The key does not sign.
    pub fn sign(&self, document: &[u8]) -> Result<String> {
        let cose = sign_detached(document, self.kid, |digest| {
            let signed: Result<p256::ecdsa::Signature, _> = self.key.sign_prehash(&digest);
            signed.map(|signature| signature.to_bytes().into())
        });
        let cose = cose.map_err(|error| anyhow::anyhow!("{error}"))?;
        Ok(BASE64URL_NOPAD.encode(&cose))
    }

    /// Posts a `MedicationDispense`, or a transaction Bundle of them, with its signature.
    ///
    /// # Errors
    /// No answer.
    pub fn dispense(&self, client: &Client, resource: &Value) -> Result<Answer> {
        let document = serde_json_canonicalizer::to_vec(resource)?;
        let signature = self.sign(&document)?;
        let path = match resource["resourceType"].as_str() {
            Some("Bundle") => "/fhir/r4",
            _ => "/fhir/r4/MedicationDispense",
        };
        client.post_bytes(path, document, &[(HEADER, &signature)])
    }

    /// Posts a movement of stock with its signature.
    ///
    /// # Errors
    /// No answer.
    pub fn record_movement(&self, client: &Client, order: &Value) -> Result<Answer> {
        let document = serde_json_canonicalizer::to_vec(order)?;
        let signature = self.sign(&document)?;
        client.post_bytes("/stock/movements", document, &[(HEADER, &signature)])
    }
}
