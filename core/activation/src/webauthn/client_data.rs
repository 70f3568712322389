//! The client data: what the browser says that it asked the authenticator for (§5.8.1).

use data_encoding::BASE64URL_NOPAD;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use super::{RelyingParty, WebauthnError};

/// More is no client data of any browser.
const MOST: usize = 8 << 10;

/// A ceremony.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ceremony {
    /// §7.1.
    Create,
    /// §7.2.
    Get,
}

/// Members that are not here are passed over (§5.8.1.2); one that is here twice is refused.
#[derive(Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
    #[serde(rename = "topOrigin", default)]
    top_origin: Option<String>,
}

/// Checks the client data and returns its SHA-256, which the authenticator signed.
pub(super) fn check(
    json: &[u8],
    ceremony: Ceremony,
    challenge: &[u8; 32],
    party: &RelyingParty,
) -> Result<[u8; 32], WebauthnError> {
    if json.len() > MOST {
        return Err(WebauthnError::ClientData);
    }
    let data: ClientData = serde_json::from_slice(json).map_err(|_| WebauthnError::ClientData)?;
    let kind = match ceremony {
        Ceremony::Create => "webauthn.create",
        Ceremony::Get => "webauthn.get",
    };
    if data.kind != kind {
        return Err(WebauthnError::Type);
    }
    if data.challenge != BASE64URL_NOPAD.encode(challenge) {
        return Err(WebauthnError::Challenge);
    }
    if !party.origins.contains(&data.origin) {
        return Err(WebauthnError::Origin);
    }
    if data.cross_origin || data.top_origin.is_some() {
        return Err(WebauthnError::CrossOrigin);
    }
    Ok(Sha256::digest(json).into())
}

/// The challenge that the client data says it answers, to look it up by; nothing is verified.
#[must_use]
pub fn claimed_challenge(json: &[u8]) -> Option<[u8; 32]> {
    if json.len() > MOST {
        return None;
    }
    let data: ClientData = serde_json::from_slice(json).ok()?;
    let bytes = BASE64URL_NOPAD.decode(data.challenge.as_bytes()).ok()?;
    bytes.try_into().ok()
}
