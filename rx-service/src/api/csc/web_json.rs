//! What `PublicKeyCredential.toJSON()` writes in a browser (`WebAuthn` L3 §5.1.5 names the form).

use activation::webauthn::{Assertion, Registration};
use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use serde_json::Value;

/// An assertion.
pub(super) struct AssertionJson {
    /// Credential id.
    pub(super) id: Vec<u8>,
    client_data: Vec<u8>,
    authenticator_data: Vec<u8>,
    signature: Vec<u8>,
}

/// A registration.
pub(super) struct RegistrationJson {
    client_data: Vec<u8>,
    attestation: Vec<u8>,
}

/// Members beyond these (`authenticatorAttachment`, …) are passed over: nothing is decided by them.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Credential {
    raw_id: String,
    #[serde(rename = "type")]
    kind: String,
    response: Response,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Response {
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: Option<String>,
    signature: Option<String>,
    attestation_object: Option<String>,
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()
}

impl AssertionJson {
    /// Reads it; `None` for anything else.
    pub(super) fn read(json: &[u8]) -> Option<Self> {
        let credential: Credential = serde_json::from_slice(json).ok()?;
        if credential.kind != "public-key" {
            return None;
        }
        Some(Self {
            id: bytes(&credential.raw_id)?,
            client_data: bytes(&credential.response.client_data)?,
            authenticator_data: bytes(credential.response.authenticator_data.as_deref()?)?,
            signature: bytes(credential.response.signature.as_deref()?)?,
        })
    }

    /// Its parts.
    pub(super) fn assertion(&self) -> Assertion<'_> {
        Assertion {
            client_data: &self.client_data,
            authenticator_data: &self.authenticator_data,
            signature: &self.signature,
        }
    }
}

impl RegistrationJson {
    /// Reads it; `None` for anything else.
    pub(super) fn read(json: Value) -> Option<Self> {
        let credential: Credential = serde_json::from_value(json).ok()?;
        if credential.kind != "public-key" {
            return None;
        }
        Some(Self {
            client_data: bytes(&credential.response.client_data)?,
            attestation: bytes(credential.response.attestation_object.as_deref()?)?,
        })
    }

    /// Its parts.
    pub(super) fn registration(&self) -> Registration<'_> {
        Registration {
            client_data: &self.client_data,
            attestation: &self.attestation,
        }
    }
}
