//! A pharmacy without a counter: signs what it hands over, as `pharmacy-agent` does, and sends it.

use anyhow::Result;
use sandbox::client::{Answer, Client};
use sandbox::pharmacy_key::PharmacyKey;
use sandbox::seed::HandOver;
use sandbox::{Who, World};

/// A pharmacy of the world.
pub struct Pharmacy {
    client: Client,
    key: PharmacyKey,
}

/// A dispensing ready to be sent: once, or again after a lost answer.
#[derive(Debug, Clone)]
pub struct SignedAct {
    /// The signed bytes: canonical JSON (RFC 8785).
    pub document: Vec<u8>,
    signature: String,
}

impl Pharmacy {
    /// The pharmacy `who`.
    ///
    /// # Errors
    /// `who` has no certificate.
    pub fn new(world: &World, who: Who) -> Result<Self> {
        let (_, key) = world.pki.client(who);
        Ok(Self {
            client: world.client(who)?,
            key: PharmacyKey::load(&key)?,
        })
    }

    /// Signs a handover.
    ///
    /// # Errors
    /// It cannot be written in canonical form.
    pub fn sign(&self, act: &HandOver<'_>) -> Result<SignedAct> {
        let document = serde_json_canonicalizer::to_vec(&act.to_resource())?;
        let signature = self.key.sign(&document)?;
        Ok(SignedAct {
            document,
            signature,
        })
    }

    /// Sends it.
    ///
    /// # Errors
    /// No answer.
    pub fn send(&self, act: &SignedAct) -> Result<Answer> {
        let headers = [("receta-signature", act.signature.as_str())];
        self.client.post_bytes(
            "/fhir/r4/MedicationDispense",
            act.document.clone(),
            &headers,
        )
    }

    /// What has become of the prescription of a QR.
    ///
    /// # Errors
    /// No answer.
    pub fn ask(&self, qr: &str) -> Result<Answer> {
        self.client
            .post("/verifications", &serde_json::json!({"qr": qr}))
    }
}
